#include "base/posix_file.h"
#include "base/try.h"
#include "cli/command.h"
#include "cli/ingest_run.h"
#include "cli/signals.h"
#include "cli/store_request.h"
#include "ingest/csv.h"
#include "ingest/import_source.h"
#include "ingest/jsonl.h"

namespace reel::cli {

namespace {

Result<std::unique_ptr<RecordSource>> open_as(const std::string& format, const std::string& path,
                                              const ImportOptions& options) {
    REEL_ASSIGN(auto input, open_input(path));
    if (format == "jsonl") return std::make_unique<JsonlSource>(std::move(input), options);
    REEL_ASSIGN(auto source, CsvSource::open(std::move(input), options));
    return source;
}

Result<std::unique_ptr<RecordSource>> open_source(const Arguments& arguments, uint32_t dimension) {
    const auto& words = arguments.positionals();
    const std::string path = words.size() > 1 ? words[1] : "";
    const auto vectors = arguments.find("--vectors");
    const auto format = arguments.find("--format");
    ImportOptions options;
    options.dimension = dimension;
    if (format && *format != "jsonl" && *format != "csv") {
        return fail(ErrorCode::kInvalidArgument, "--format must be jsonl or csv, not \"" + *format + "\"");
    }
    if (vectors && format) {
        return fail(ErrorCode::kInvalidArgument,
                    "--format and --vectors do not go together; name the file .csv or .jsonl");
    }
    if (vectors) return open_records_with_vectors(path, *vectors, options);
    if (path.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "needs FILE, \"-\" or --vectors FILE.npy; 'reel import --help' explains");
    }
    return format ? open_as(*format, path, options) : open_records(path, options);
}

/// What was not said about a new store follows from its first record.
Status complete_request(const std::optional<NewRecord>& first, StoreRequest& request) {
    if (!first) {
        return fail(ErrorCode::kInvalidArgument, "the input holds no records, so no store was made");
    }
    if (!request.embedder && !first->vector.empty()) {
        request.embedder.emplace();
        request.embedder->kind = "none";
    }
    if (request.embedder && request.embedder->kind == "none" && !request.dimension &&
        !first->vector.empty()) {
        request.dimension = static_cast<uint32_t>(first->vector.size());
    }
    return {};
}

Result<std::optional<NewRecord>> read_next(RecordSource& source) {
    NewRecord record;
    REEL_ASSIGN(const bool more, source.next(record));
    if (!more) return std::optional<NewRecord>();
    return std::optional<NewRecord>(std::move(record));
}

Status import_all(RecordSource& source, std::optional<NewRecord> record, IngestRun& run) {
    while (record) {
        REEL_TRY(run.add(std::move(*record), source.place()));
        run.show_progress(source.bytes_read(), source.bytes_total().value_or(0));
        REEL_ASSIGN(record, read_next(source));
    }
    return {};
}

Result<ExitCode> run_import(Context& context) {
    const Arguments& arguments = context.arguments;
    const std::string& store_path = arguments.positionals().front();
    REEL_ASSIGN(StoreRequest request, read_store_request(arguments));
    REEL_ASSIGN(const auto wait, read_lock_wait(arguments));
    REEL_ASSIGN(const auto commit_every, arguments.find_number("--commit-every", 1, UINT64_MAX / 2));
    REEL_ASSIGN(const OnDuplicate on_duplicate, read_on_duplicate(arguments));
    catch_interrupts();

    std::optional<WritableStore> store;
    if (file_exists(store_path)) {
        REEL_ASSIGN(store, open_or_create(store_path, request, wait));
    }
    const uint32_t dimension =
        store ? store->database.config().embedder.dimension : request.dimension.value_or(0);
    REEL_ASSIGN(const auto source, open_source(arguments, dimension));
    REEL_ASSIGN(auto first, read_next(*source));
    if (!store) {
        REEL_TRY(complete_request(first, request));
        REEL_ASSIGN(store, open_or_create(store_path, request, wait));
    }
    IngestPolicy policy;
    policy.commit_every = commit_every.value_or(0);
    policy.on_duplicate = on_duplicate;
    IngestRun run(std::move(*store), request, policy, context);
    return run.finish(import_all(*source, std::move(first), run));
}

constexpr PositionalSpec kPositionals[] = {
    {"STORE", Arity::kOne, "the store; it is made if it is not there"},
    {"FILE", Arity::kOptional,
     "FILE.jsonl, FILE.csv, or - for standard input; may be left out with --vectors"},
};

constexpr OptionSpec kImportSpecs[] = {
    {"--vectors", "FILE.npy",
     "take the vectors from a NumPy file of float32, float64 or float16, one row a record"},
    {"--commit-every", "N",
     "records a commit (default: all in one commit if the vectors are given, else 4096 or ten seconds' "
     "work)"},
    {"--format", "NAME", "jsonl or csv (default: by the file's name)"},
};

constexpr Example kExamples[] = {
    {"reel import notes.mp4 notes.jsonl",
     "Lines like {\"id\":\"a\",\"text\":\"...\",\"metadata\":{\"year\":2026}} are embedded and added; what "
     "is already "
     "there is skipped."},
    {"reel import big.mp4 texts.csv --vectors rows.npy --metric l2 --commit-every 100000 --json",
     "Given vectors, and one line of JSON for every commit once it is durable."},
};

constexpr OptionGroup kImportOptions{"Options", kImportSpecs};
constexpr const OptionGroup* kGroups[] = {&kImportOptions, &kDuplicateOptions, &kNewStoreOptions,
                                          &kServerOptions, &kWriterOptions};

}  // namespace

constinit const Command kImportCommand{
    "import",
    "add records from JSON Lines or CSV, with or without vectors",
    "Adds records with the keys \"id\", \"text\", \"metadata\" and \"vector\"; every other key becomes "
    "metadata, and a "
    "record without a vector is embedded. Records whose id is there with the same content are skipped, so an "
    "interrupted import is resumed by running it again; the same id with other content is an error, unless "
    "--on-duplicate says otherwise.",
    kPositionals,
    kGroups,
    kExamples,
    run_import};

}  // namespace reel::cli
