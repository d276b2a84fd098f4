#include <algorithm>

#include "base/try.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/store_request.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

void report(Output& output, const std::string& path, const CompactReport& done) {
    const uint64_t given_back = done.bytes_before - std::min(done.bytes_before, done.bytes_after);
    if (output.is_json()) {
        return output.json(JsonLine()
                               .text("compacted", path)
                               .number("bytes_before", done.bytes_before)
                               .number("bytes_after", done.bytes_after)
                               .number("bytes_given_back", given_back)
                               .number("records_dropped", done.records_dropped)
                               .number("commits_dropped", done.commits_dropped));
    }
    std::string line = "compacted " + output.shown(path) + ": " + with_separators(done.bytes_before) +
                       " -> " + with_separators(done.bytes_after) + " bytes, " + with_separators(given_back) +
                       " given back";
    if (done.records_dropped > 0) {
        line += "; " + counted(done.records_dropped, "deleted record", "deleted records") + " gone for good";
    }
    if (done.commits_dropped > 0) {
        line += "; " + counted(done.commits_dropped, "commit", "commits") + " forgotten";
    }
    output.line(line);
}

Result<ExitCode> run_compact(Context& context) {
    const Arguments& arguments = context.arguments;
    OpenOptions options;
    options.access = Access::kWrite;
    REEL_ASSIGN(options.lock_wait, read_lock_wait(arguments));
    const std::string& path = arguments.positionals().front();
    REEL_ASSIGN(Database database, Database::open(path, options));
    const bool keep = arguments.has("--keep-history");
    REEL_ASSIGN(const CompactReport done, database.compact(keep ? KeepHistory::kYes : KeepHistory::kNo));
    REEL_TRY(database.close());
    report(context.output, path, done);
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {{"STORE", Arity::kOne, "the store"}};

constexpr OptionSpec kCompactSpecs[] = {
    {"--keep-history", "", "keep deleted records and all commits; only indexes out of use go"},
};
constexpr OptionGroup kCompactOptions{"Options", kCompactSpecs};
constexpr const OptionGroup* kGroups[] = {&kCompactOptions, &kWriterOptions};

constexpr Example kExamples[] = {
    {"reel compact notes.mp4", "Deleted records are gone for good, and the history with them."},
    {"reel compact notes.mp4 --keep-history --json",
     "Only what newer indexes have replaced goes; every commit can still be reached."},
};

}  // namespace

constinit const Command kCompactCommand{
    "compact",
    "write the store anew without what is no longer needed",
    "Writes a new file beside the store (so much space must be free) and puts it in the store's place at "
    "once; "
    "readers keep the file they have. Without --keep-history deleted records are physically gone, and the "
    "history with them: record and commit numbers begin anew. A copy of the old file, a snapshot of the file "
    "system or the disk's own blocks may still hold what was deleted.",
    kPositionals,
    kGroups,
    kExamples,
    run_compact};

}  // namespace reel::cli
