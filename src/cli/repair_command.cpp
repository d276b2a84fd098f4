#include "base/json.h"
#include "base/try.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/store_request.h"
#include "reel/repair.h"

namespace reel::cli {

namespace {

/// What --embedder, --dim and --metric say; nullopt if none of them is there.
Result<std::optional<StoreConfig>> read_config(const Arguments& arguments) {
    REEL_ASSIGN(const StoreRequest request, read_store_request(arguments));
    if (!request.embedder && !request.dimension && !request.metric) return std::optional<StoreConfig>();
    StoreConfig config;
    config.metric = request.metric.value_or(config.metric);
    config.embedder.kind = "none";
    config.embedder.dimension = request.dimension.value_or(0);
    if (request.embedder && request.embedder->kind != "none") {
        EmbedderRuntime runtime = runtime_from_environment();
        if (!request.embedder->url.empty()) runtime.ollama_url = runtime.openai_url = request.embedder->url;
        REEL_ASSIGN(const auto embedder, make_embedder(*request.embedder, runtime));
        REEL_ASSIGN(config.embedder, embedder->describe());
    }
    return std::optional<StoreConfig>(std::move(config));
}

// --- Output ---

void print_places(Output& output, std::string_view what, const std::vector<RepairPlace>& places) {
    for (const RepairPlace& place : places) {
        if (output.is_json()) {
            JsonLine line;
            line.text("finding", what).number("offset", place.file_offset);
            if (place.record_number) line.number("record", *place.record_number);
            output.json(line.text("id", place.id).text("reason", place.reason));
            continue;
        }
        std::string line = std::string(what) + " at byte " + std::to_string(place.file_offset);
        if (place.record_number) line += ", record " + std::to_string(*place.record_number);
        if (!place.id.empty()) line += ", id " + output.shown(quote_json(place.id));
        output.line(line + ": " + output.shown(place.reason));
    }
}

void print_missing(Output& output, const std::vector<uint64_t>& numbers) {
    for (const uint64_t number : numbers) {
        if (output.is_json())
            output.json(JsonLine().text("finding", "missing").number("record", number));
        else
            output.line("missing: record " + std::to_string(number));
    }
}

std::string source_text(ConfigSource source) {
    switch (source) {
        case ConfigSource::kMovie: return "the file's own";
        case ConfigSource::kDamagedMovie: return "from a damaged movie of the file";
        case ConfigSource::kOptions: return "from the options";
        case ConfigSource::kPrototype: return "as of a file of the prototype";
        case ConfigSource::kGuess: return "guessed";
    }
    return "unknown";
}

std::string summary_text(const Output& output, const std::string& path, const RepairReport& report) {
    std::string line = "saved " + with_separators(report.saved) + " records to " + output.shown(path);
    if (report.unverified > 0) line += ", of them " + with_separators(report.unverified) + " unverified";
    line += "; " + with_separators(report.lost) + " lost, " + with_separators(report.deleted) + " deleted";
    if (report.superseded > 0) line += ", " + with_separators(report.superseded) + " superseded";
    return line + "; the configuration is " + source_text(report.config_source);
}

JsonLine summary_json(const std::string& path, const RepairReport& report) {
    return JsonLine()
        .text("repaired", path)
        .number("saved", report.saved)
        .number("unverified", report.unverified)
        .number("lost", report.lost)
        .number("damaged", report.damaged)
        .number("missing", report.missing)
        .number("deleted", report.deleted)
        .number("superseded", report.superseded)
        .number("copies", report.copies)
        .text("configuration", to_string(report.config_source))
        .number("dimension", uint64_t{report.config.embedder.dimension})
        .text("metric", to_string(report.config.metric))
        .number("newest_commit", report.newest_commit)
        .text("head", report.head);
}

Result<ExitCode> run_repair(Context& context) {
    const auto& words = context.arguments.positionals();
    RepairOptions options;
    REEL_ASSIGN(options.config_if_lost, read_config(context.arguments));
    REEL_ASSIGN(const RepairReport report, repair(words[0], words[1], options));
    print_places(context.output, "damaged", report.damaged_places);
    print_missing(context.output, report.missing_numbers);
    print_places(context.output, "unverified", report.unverified_places);
    print_places(context.output, "superseded", report.superseded_places);
    if (context.output.is_json())
        context.output.json(summary_json(words[1], report));
    else
        context.output.line(summary_text(context.output, words[1], report));
    for (const std::string& warning : report.warnings) context.messages.warning(warning);
    return report.lost == 0 ? ExitCode::kOk : ExitCode::kPartly;
}

constexpr PositionalSpec kPositionals[] = {
    {"BROKEN", Arity::kOne, "the damaged file; it is only read"},
    {"NEW", Arity::kOne, "the store to make of what is saved"},
};

constexpr OptionSpec kLostSpecs[] = {
    {"--embedder", "WHICH", "the embedder that the store had (default: none, every vector is given)"},
    {"--dim", "N", "dimension of the vectors (default: what most records have)"},
    {"--metric", "NAME", "cosine, l2 (squared) or ip (inner product)"},
};
constexpr OptionGroup kLostOptions{"Where the file's own configuration is lost", kLostSpecs};
constexpr const OptionGroup* kGroups[] = {&kLostOptions};

constexpr Example kExamples[] = {
    {"reel repair broken.mp4 saved.mp4",
     "Every whole record in a new store; exit code 1 if some were lost, and each is named."},
    {"reel repair broken.mp4 saved.mp4 --metric l2 --json",
     "A line for each finding, then one that sums up; the metric counts only if the file's own is gone."},
};

}  // namespace

constinit const Command kRepairCommand{
    "repair",
    "save all whole records of a damaged file in a new store",
    "Searches every byte of the file for records, whatever has happened to the rest of it, and proves them "
    "by the checksums that are left. A record without one is saved and named as unverified; one that has "
    "another checksum than was written is damaged and not saved.",
    kPositionals,
    kGroups,
    kExamples,
    run_repair};

}  // namespace reel::cli
