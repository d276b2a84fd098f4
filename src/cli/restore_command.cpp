#include "base/try.h"
#include "cli/command.h"
#include "cli/moment.h"
#include "cli/progress.h"
#include "cli/store_request.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

void report(Output& output, const std::string& path, const CommitInfo& info) {
    if (output.is_json()) {
        return output.json(JsonLine()
                               .number("commit", info.commit)
                               .number("records_added", info.records_added)
                               .number("records_deleted", info.records_deleted));
    }
    if (info.records_added == 0 && info.records_deleted == 0) {
        return output.line(output.shown(path) + " holds the same records already; nothing was changed");
    }
    output.line("restored " + output.shown(path) + " in commit " + std::to_string(info.commit) + ": " +
                counted(info.records_added, "record", "records") + " written, " +
                with_separators(info.records_deleted) + " deleted");
}

Result<ExitCode> run_restore(Context& context) {
    const Arguments& arguments = context.arguments;
    const auto to = arguments.find("--to");
    if (!to) {
        return fail(ErrorCode::kInvalidArgument,
                    "restore needs --to COMMIT or --to TIME; 'reel log' lists the commits");
    }
    REEL_ASSIGN(const Moment moment, parse_moment(*to, "--to"));
    OpenOptions options;
    options.access = Access::kWrite;
    REEL_ASSIGN(options.lock_wait, read_lock_wait(arguments));
    const std::string& path = arguments.positionals().front();
    REEL_ASSIGN(Database database, Database::open(path, options));
    REEL_ASSIGN(const CommitInfo info, database.restore(moment));
    REEL_TRY(database.close());
    report(context.output, path, info);
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {{"STORE", Arity::kOne, "the store"}};

constexpr OptionSpec kRestoreSpecs[] = {
    {"--to", "COMMIT|TIME",
     "a commit's number ('reel log' lists them; 0 is the empty store), or a time such as 2026-11-22 or "
     "2026-11-22T18:33:02Z; without a zone it is UTC"},
};
constexpr OptionGroup kRestoreOptions{"Options", kRestoreSpecs};
constexpr const OptionGroup* kGroups[] = {&kRestoreOptions, &kWriterOptions};

constexpr Example kExamples[] = {
    {"reel restore notes.mp4 --to 12", "A new commit with the records of commit 12."},
    {"reel restore notes.mp4 --to 2026-11-22T09:00+01:00", "The records as they were that morning."},
};

}  // namespace

constinit const Command kRestoreCommand{
    "restore",
    "bring back the records of an earlier commit",
    "Makes a new commit after which the store holds the records that it held then, with the same ids, texts, "
    "metadata and vectors. Nothing is lost: what was newer stays in the history, and can be restored in "
    "turn. "
    "Only commits since the last compact without --keep-history can be reached.",
    kPositionals,
    kGroups,
    kExamples,
    run_restore};

}  // namespace reel::cli
