#include "base/try.h"
#include "cli/command.h"
#include "cli/filter_option.h"
#include "cli/moment.h"
#include "reel/database.h"

namespace reel::cli {

namespace {

Result<ExitCode> run_export(Context& context) {
    const bool with_vectors = context.arguments.has("--vectors");
    ScanRange range;
    REEL_ASSIGN(range.filter, read_filter(context.arguments));
    REEL_ASSIGN(const OpenOptions options, read_open_options(context.arguments));
    REEL_ASSIGN(const Database database, Database::open(context.arguments.positionals().front(), options));
    REEL_TRY(database.scan(range, [&](const Record& record) {
        JsonLine line;
        line.text("id", record.id).text("text", record.text).raw("metadata", record.metadata);
        if (with_vectors) line.floats("vector", record.vector);
        context.output.json(line);
        return context.output.is_open();
    }));
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {{"STORE", Arity::kOne, "the store"}};

constexpr OptionSpec kExportSpecs[] = {
    kFilterSpec,
    {"--vectors", "", "the vectors too, in the shortest decimals that give back the same bits"},
};
constexpr OptionGroup kExportOptions{"Options", kExportSpecs};
constexpr const OptionGroup* kGroups[] = {&kExportOptions, &kHistoryOptions};

constexpr Example kExamples[] = {
    {"reel export notes.mp4 > notes.jsonl", "Ids, texts and metadata as JSON Lines."},
    {"reel export notes.mp4 --vectors | reel import copy.mp4 -",
     "A copy with the same vectors, bit for bit."},
};

}  // namespace

constinit const Command kExportCommand{
    "export",
    "write all records as JSON Lines",
    "Writes every record, or with --filter those that fit, as a line of {\"id\",\"text\",\"metadata\"}, "
    "with --vectors also \"vector\", which 'reel import' "
    "takes back. Metadata stays as it was written (numbers of any size, "
    "order of keys); only line breaks in it become "
    "spaces.",
    kPositionals,
    kGroups,
    kExamples,
    run_export};

}  // namespace reel::cli
