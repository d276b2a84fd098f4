#include "base/try.h"
#include "cli/command.h"
#include "cli/filter_option.h"
#include "cli/moment.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

Result<ExitCode> run_count(Context& context) {
    const Arguments& arguments = context.arguments;
    REEL_ASSIGN(const std::string filter, read_filter(arguments));
    REEL_ASSIGN(const OpenOptions options, read_open_options(arguments));
    REEL_ASSIGN(const Database database, Database::open(arguments.positionals().front(), options));
    REEL_ASSIGN(const uint64_t count, database.count(filter));
    if (context.output.is_json()) {
        context.output.json(JsonLine().number("count", count));
    } else {
        context.output.line(std::to_string(count));
    }
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {{"STORE", Arity::kOne, "the store"}};

constexpr OptionSpec kCountSpecs[] = {kFilterSpec};
constexpr OptionGroup kCountOptions{"Options", kCountSpecs};
constexpr const OptionGroup* kGroups[] = {&kCountOptions, &kHistoryOptions};

constexpr Example kExamples[] = {
    {"reel count notes.mp4", "How many records there are, as a plain number."},
    {"reel count notes.mp4 --filter 'tags contains \"todo\"'", "How many a filter lets through."},
};

}  // namespace

constinit const Command kCountCommand{"count",
                                      "print how many records there are, or fit a filter",
                                      "Prints the number of live records, with --filter of those whose "
                                      "metadata fit. Of a sealed store only the columns of the keys in the "
                                      "filter are read.",
                                      kPositionals,
                                      kGroups,
                                      kExamples,
                                      run_count};

}  // namespace reel::cli
