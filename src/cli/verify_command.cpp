#include "base/try.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

void print(Output& output, const Finding& finding) {
    if (output.is_json()) {
        return output.json(
            JsonLine().number("offset", finding.file_offset).text("finding", finding.sentence));
    }
    output.line("at byte " + std::to_string(finding.file_offset) + ": " + output.shown(finding.sentence));
}

Result<ExitCode> run_verify(Context& context) {
    const std::string& path = context.arguments.positionals().front();
    REEL_ASSIGN(const Database database, Database::open(path));
    const bool quick = context.arguments.has("--quick");
    REEL_ASSIGN(const VerifyReport report, database.verify(quick ? VerifyDepth::kQuick : VerifyDepth::kFull));
    const std::string head = database.info().chain_hash;
    for (const Finding& finding : report.findings) print(context.output, finding);
    const bool sound = report.findings.empty();
    if (context.output.is_json()) {
        context.output.json(JsonLine()
                                .boolean("sound", sound)
                                .number("records_checked", report.records_checked)
                                .number("bytes_checked", report.bytes_checked)
                                .number("findings", uint64_t{report.findings.size()})
                                .text("depth", quick ? "quick" : "full")
                                .text("chain_hash", head));
    } else {
        context.output.line(context.output.shown(path) + ": " + with_separators(report.records_checked) +
                            " records, " + with_separators(report.bytes_checked) + " bytes checked: " +
                            (sound ? "all is well" : std::to_string(report.findings.size()) + " findings") +
                            (quick ? " (the records themselves were not read)" : ""));
        if (!head.empty()) context.output.line("head: " + head);
    }
    return sound ? ExitCode::kOk : ExitCode::kPartly;
}

constexpr PositionalSpec kPositionals[] = {{"STORE", Arity::kOne, "the store"}};

constexpr OptionSpec kVerifySpecs[] = {
    {"--quick", "", "structure, tables, sections and the chain only, but no record"},
};
constexpr OptionGroup kVerifyOptions{"Options", kVerifySpecs};
constexpr const OptionGroup* kGroups[] = {&kVerifyOptions};

constexpr Example kExamples[] = {
    {"reel verify notes.mp4", "All is well, exit code 0; or what is wrong and where, exit code 1."},
    {"reel verify notes.mp4 --json",
     "A line {\"offset\",\"finding\"} for each finding, then one that sums up."},
};

}  // namespace

constinit const Command kVerifyCommand{
    "verify",
    "check every byte of a store that a checksum covers",
    "Reads the whole store and checks its structure, every checksum, the tables against the boxes, and the "
    "chain of "
    "commits. The head of the chain is printed: the same head, the same history. That tells of changes by "
    "accident or by somebody who left the head alone, not who wrote the store. Nothing is written; a file "
    "that "
    "cannot even be opened ends with exit code 4.",
    kPositionals,
    kGroups,
    kExamples,
    run_verify};

}  // namespace reel::cli
