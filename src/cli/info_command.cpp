#include "base/json.h"
#include "base/try.h"
#include "cli/command.h"
#include "cli/iso_time.h"
#include "cli/moment.h"
#include "cli/progress.h"
#include "reel/database.h"
#include "reel/embedder_registry.h"

namespace reel::cli {

namespace {

std::string embedder_json(const EmbedderDescription& embedder) {
    return JsonLine()
        .text("kind", embedder.kind)
        .text("model", embedder.model)
        .text("digest", embedder.digest)
        .text("precision", embedder.precision)
        .text("document_prefix", embedder.document_prefix)
        .text("query_prefix", embedder.query_prefix)
        .number("dimension", uint64_t{embedder.dimension})
        .number("max_tokens", uint64_t{embedder.max_tokens})
        .str();
}

std::string warnings_json(const StoreInfo& info) {
    std::string list = "[";
    for (const std::string& warning : info.warnings) {
        if (list.size() > 1) list += ',';
        list += quote_json(warning);
    }
    return list + "]";
}

std::string indexes_json(const StoreInfo& info) {
    std::string list = "[";
    for (const IndexInfo& index : info.indexes) {
        if (list.size() > 1) list += ',';
        list += JsonLine()
                    .text("what", index.what)
                    .number("records", index.records)
                    .number("bytes", index.bytes)
                    .number("sections", index.sections)
                    .number("lists", index.lists)
                    .number("damaged", index.damaged)
                    .str();
    }
    return list + "]";
}

std::string index_text(const IndexInfo& index) {
    std::string text =
        counted(index.records, "record", "records") + ", " + with_separators(index.bytes) + " bytes";
    if (index.lists > 1) text += ", " + with_separators(index.lists) + " partitions";
    if (index.damaged > 0) {
        text += "; " + counted(index.damaged, "section", "sections") +
                " cannot be used: 'reel seal' makes the index anew";
    }
    return text;
}

/// What is not needed any more, for `reel compact`.
uint64_t reclaimable_bytes(const SpaceInfo& space) { return space.dead_bytes + space.stale_bytes; }

void add_space(JsonLine& line, const SpaceInfo& space) {
    line.number("live_bytes", space.live_bytes)
        .number("dead_bytes", space.dead_bytes)
        .number("index_bytes", space.index_bytes)
        .number("stale_bytes", space.stale_bytes)
        .number("reclaimable_bytes", reclaimable_bytes(space));
}

JsonLine info_line(const std::string& path, const StoreConfig& config, const StoreInfo& info,
                   const std::optional<SpaceInfo>& space) {
    JsonLine line;
    line.text("path", path)
        .text("kind", to_string(info.kind))
        .number("format_version", uint64_t{info.format_version})
        .text("file_id", info.file_id)
        .number("file_bytes", info.file_bytes)
        .number("committed_bytes", info.committed_bytes);
    if (space) add_space(line, *space);
    line.number("commits", info.commits)
        .number("durable_through", info.durable_through)
        .number("records", info.records)
        .number("live_records", info.live_records)
        .number("sealed_records", info.sealed_records)
        .number("last_commit_time_ms", info.last_commit_time_ms)
        .text("chain_hash", info.chain_hash)
        .boolean("has_oidx", info.has_oidx)
        .boolean("oidx_outgrown", info.oidx_outgrown)
        .text("metric", to_string(config.metric))
        .number("passage_size", uint64_t{config.passages.size})
        .number("passage_overlap", uint64_t{config.passages.overlap})
        .text("stemmer", config.text_index.stemmer)
        .boolean("text_index", config.text_index.enabled)
        .raw("embedder", embedder_json(config.embedder))
        .raw("indexes", indexes_json(info))
        .raw("warnings", warnings_json(info));
    return line;
}

std::string oidx_text(const StoreInfo& info) {
    if (info.has_oidx) return "at the end of the file";
    return info.oidx_outgrown ? "none: the store has outgrown it; 'reel seal --oidx' writes it all the same"
                              : "none";
}

std::string space_text(const SpaceInfo& space) {
    return with_separators(space.live_bytes) + " live, " + with_separators(space.dead_bytes) + " dead, " +
           with_separators(space.index_bytes) + " index, " + with_separators(space.stale_bytes) + " stale";
}

void print_text(Output& output, const std::string& path, const StoreConfig& config, const StoreInfo& info,
                const std::optional<SpaceInfo>& space) {
    const auto row = [&](std::string_view name, const std::string& value) {
        if (!value.empty())
            output.line((std::string(name) + std::string(18 - name.size(), ' ')).append(value));
    };
    row("store", output.shown(path));
    row("kind", std::string(to_string(info.kind)) +
                    (info.format_version == 0 ? "" : ", format " + std::to_string(info.format_version)));
    row("records",
        with_separators(info.live_records) +
            (info.live_records == info.records ? "" : " of " + with_separators(info.records) + " written"));
    row("commits", with_separators(info.commits));
    row("last commit", info.last_commit_time_ms == 0 ? "" : iso_time_text(info.last_commit_time_ms));
    row("sealed records", with_separators(info.sealed_records));
    row("bytes", with_separators(info.file_bytes));
    row("of these", space ? space_text(*space) : "");
    row("compact", space && reclaimable_bytes(*space) > 0
                       ? "gives back about " + with_separators(reclaimable_bytes(*space))
                       : "");
    row("embedder", output.shown(describe_embedder(config.embedder)));
    row("precision", output.shown(config.embedder.precision));
    row("document prefix", output.shown(config.embedder.document_prefix));
    row("query prefix", output.shown(config.embedder.query_prefix));
    row("metric", std::string(to_string(config.metric)));
    row("passages", (config.passages.size == 0 ? "as long as the model reads"
                                               : std::to_string(config.passages.size) + " tokens") +
                        ", overlap " + std::to_string(config.passages.overlap));
    row("words", (config.text_index.stemmer.empty() ? std::string("as they are")
                                                    : "stemmed as " + config.text_index.stemmer) +
                     (config.text_index.enabled ? "" : ", without an index"));
    for (const IndexInfo& index : info.indexes) row("index of " + index.what, index_text(index));
    row("offset index", oidx_text(info));
    row("file id", info.file_id);
    row("head", info.chain_hash);
}

/// Bytes are those of the file as it is, not of a moment, and of this format only. Damage that keeps them
/// from being added up is a warning: the rest is still worth knowing.
std::optional<SpaceInfo> find_space(const Database& database, StoreInfo& info, const OpenOptions& options) {
    if (options.as_of || info.kind != FileKind::kReel) return std::nullopt;
    auto space = database.space();
    if (space) return *space;
    info.warnings.push_back(space.error().message);
    return std::nullopt;
}

Result<ExitCode> run_info(Context& context) {
    const std::string& path = context.arguments.positionals().front();
    REEL_ASSIGN(const OpenOptions options, read_open_options(context.arguments));
    REEL_ASSIGN(const Database database, Database::open(path, options));
    StoreInfo info = database.info();
    const auto space = find_space(database, info, options);
    if (context.output.is_json()) {
        context.output.json(info_line(path, database.config(), info, space));
        return ExitCode::kOk;
    }
    print_text(context.output, path, database.config(), info, space);
    for (const std::string& warning : info.warnings) context.messages.warning(warning);
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {{"STORE", Arity::kOne, "the store"}};

constexpr const OptionGroup* kGroups[] = {&kHistoryOptions};

constexpr Example kExamples[] = {
    {"reel info notes.mp4", "What the store holds and remembers."},
    {"reel info notes.mp4 --json",
     "The same as one JSON object; \"chain_hash\" is equal where the history is equal."},
};

}  // namespace

constinit const Command kInfoCommand{
    "info",
    "print what a store holds and remembers",
    "Prints the number of records and commits, the embedder with its model, the metric, the head of the "
    "chain "
    "of commits, and where the bytes are: live records, deleted ones, indexes in use, and indexes that newer "
    "ones have replaced; and the indexes with what they cover. Nothing but the tables is read, so it is "
    "quick for any size.",
    kPositionals,
    kGroups,
    kExamples,
    run_info};

}  // namespace reel::cli
