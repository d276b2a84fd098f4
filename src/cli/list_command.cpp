#include "base/try.h"
#include "cli/command.h"
#include "cli/filter_option.h"
#include "cli/moment.h"
#include "cli/record_line.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

Result<ExitCode> run_list(Context& context) {
    const Arguments& arguments = context.arguments;
    REEL_ASSIGN(const auto limit, arguments.find_number("--limit", 1, UINT64_MAX));
    REEL_ASSIGN(std::string filter, read_filter(arguments));
    REEL_ASSIGN(const OpenOptions options, read_open_options(arguments));
    REEL_ASSIGN(const Database database, Database::open(arguments.positionals().front(), options));
    uint64_t left = limit.value_or(UINT64_MAX);
    REEL_TRY(database.scan({arguments.find("--after"), std::move(filter)}, [&](const Record& record) {
        if (context.output.is_json()) {
            context.output.json(record_line(record));
        } else {
            print_record_summary(context.output, record);
        }
        return --left > 0 && context.output.is_open();
    }));
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {{"STORE", Arity::kOne, "the store"}};

constexpr OptionSpec kListSpecs[] = {
    kFilterSpec,
    {"--limit", "N", "at most so many (default: all)"},
    {"--after", "ID", "start behind this record: the last id of one page begins the next"},
};
constexpr OptionGroup kListOptions{"Options", kListSpecs};
constexpr const OptionGroup* kGroups[] = {&kListOptions, &kHistoryOptions};

constexpr Example kExamples[] = {
    {"reel list notes.mp4 --limit 20", "Number, id and the start of the text of the first twenty."},
    {"reel list notes.mp4 --after notes/cells.md --limit 20 --json",
     "The next page, as lines of {\"id\",\"record\",\"text\",\"metadata\"}."},
};

}  // namespace

constinit const Command kListCommand{"list",
                                     "print the records in the order of writing",
                                     "Prints every record in the order in which it was written, one a line. "
                                     "With --limit and --after it goes page by "
                                     "page, with --filter through the records whose metadata fit.",
                                     kPositionals,
                                     kGroups,
                                     kExamples,
                                     run_list};

}  // namespace reel::cli
