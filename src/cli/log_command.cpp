#include "base/try.h"
#include "cli/command.h"
#include "cli/iso_time.h"
#include "cli/progress.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

void print(Output& output, const CommitEntry& entry) {
    if (output.is_json()) {
        return output.json(JsonLine()
                               .number("commit", entry.commit)
                               .text("time", iso_time_text(entry.time_ms))
                               .number("time_ms", entry.time_ms)
                               .number("records_added", entry.records_added)
                               .number("records_deleted", entry.records_deleted)
                               .number("offset", entry.file_offset)
                               .text("chain_hash", entry.chain_hash));
    }
    output.line(std::to_string(entry.commit) + "  " + iso_time_text(entry.time_ms) + "  +" +
                with_separators(entry.records_added) + " -" + with_separators(entry.records_deleted) + "  " +
                entry.chain_hash.substr(0, 12));
}

Result<ExitCode> run_log(Context& context) {
    const Arguments& arguments = context.arguments;
    REEL_ASSIGN(const auto limit, arguments.find_number("--limit", 1, UINT64_MAX));
    REEL_ASSIGN(const Database database, Database::open(arguments.positionals().front()));
    REEL_ASSIGN(const auto entries, database.history(limit.value_or(UINT64_MAX)));
    for (const CommitEntry& entry : entries) {
        if (!context.output.is_open()) break;
        print(context.output, entry);
    }
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {{"STORE", Arity::kOne, "the store"}};

constexpr OptionSpec kLogSpecs[] = {{"--limit", "N", "at most so many (default: all)", 'n'}};
constexpr OptionGroup kLogOptions{"Options", kLogSpecs};
constexpr const OptionGroup* kGroups[] = {&kLogOptions};

constexpr Example kExamples[] = {
    {"reel log notes.mp4 -n 10", "The newest ten: number, time in UTC, records written and deleted, hash."},
    {"reel log notes.mp4 --json", "All, one JSON object a commit."},
};

}  // namespace

constinit const Command kLogCommand{
    "log",
    "print the commits, newest first",
    "Prints every commit with its number, its time in UTC, how many records it wrote and deleted (a replaced "
    "record is both), and the hash of the chain up to it. Number and time are what --as-of, 'reel diff' and "
    "'reel restore' take. A compact without --keep-history begins the numbers anew.",
    kPositionals,
    kGroups,
    kExamples,
    run_log};

}  // namespace reel::cli
