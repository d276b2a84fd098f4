#include "base/metadata.h"
#include "base/posix_file.h"
#include "base/try.h"
#include "cli/command.h"
#include "cli/ingest_run.h"
#include "cli/signals.h"
#include "cli/store_request.h"
#include "ingest/read_all.h"
#include "ingest/text_files.h"

namespace reel::cli {

namespace {

struct AddRequest {
    std::optional<std::string> id;
    std::string metadata;
    std::optional<std::string> text;  ///< of --text
    std::vector<std::string> paths;   ///< "-" alone: standard input
};

Result<AddRequest> read_request(const Arguments& arguments) {
    AddRequest request;
    request.id = arguments.find("--id");
    request.metadata = arguments.find("--meta").value_or("");
    request.text = arguments.find("--text");
    request.paths.assign(arguments.positionals().begin() + 1, arguments.positionals().end());
    if (!request.metadata.empty()) {
        auto object = check_json_object(request.metadata);
        if (!object) return fail(std::move(object).error().at("--meta"));
    }
    if (request.text.has_value() != request.paths.empty()) {
        return fail(
            ErrorCode::kInvalidArgument,
            "add needs either --text TEXT, or files and folders, or \"-\"; 'reel add --help' explains");
    }
    for (const std::string& path : request.paths) {
        if (path == "-" && request.paths.size() > 1) {
            return fail(ErrorCode::kInvalidArgument,
                        "\"-\" (standard input) stands alone, without other paths");
        }
    }
    return request;
}

Result<std::unique_ptr<IngestRun>> start(OnBadRecord on_bad_record, Context& context) {
    const std::string& path = context.arguments.positionals().front();
    REEL_ASSIGN(const StoreRequest store_request, read_store_request(context.arguments));
    REEL_ASSIGN(const auto wait, read_lock_wait(context.arguments));
    REEL_ASSIGN(const OnDuplicate on_duplicate, read_on_duplicate(context.arguments));
    if (store_request.embedder && store_request.embedder->kind == "none") {
        return fail(ErrorCode::kInvalidArgument,
                    "add embeds texts, so --embedder none is not for it; 'reel import' "
                    "takes texts with given vectors");
    }
    REEL_ASSIGN(WritableStore store, open_or_create(path, store_request, wait));
    if (store.database.config().embedder.kind == "none") {
        return fail(ErrorCode::kConflict,
                    path +
                        ": its vectors are given, it has no model to make one of a text; "
                        "'reel import' takes texts with vectors");
    }
    return std::make_unique<IngestRun>(std::move(store), store_request,
                                       IngestPolicy{0, on_bad_record, on_duplicate}, context);
}

/// A single text: --text or standard input.
Result<ExitCode> add_text(const AddRequest& request, std::string text, const std::string& place,
                          Context& context) {
    NewRecord record;
    record.id = request.id;
    record.text = std::move(text);
    record.metadata = request.metadata;
    REEL_ASSIGN(const auto run, start(OnBadRecord::kStop, context));
    return run->finish(run->add(std::move(record), place));
}

/// The files behind the paths. Notes on what was left out are told, errors are put into `failed`.
Result<std::vector<TextFile>> find_files(const AddRequest& request, Context& context,
                                         std::vector<Error>& failed) {
    auto files = list_text_files(request.paths, [&](const Problem& problem) {
        if (problem.is_note) {
            context.messages.warning(problem.error.message);
        } else {
            failed.push_back(problem.error);
        }
    });
    if (files.empty() && !failed.empty()) {
        for (size_t i = 0; i + 1 < failed.size(); ++i) context.messages.error(failed[i]);
        return fail(failed.back());
    }
    if (files.empty()) {
        return fail(ErrorCode::kNotFound,
                    "no text was found there: inside folders, .txt, .md, .rst and .html files are "
                    "read; name others one by one");
    }
    if (request.id && files.size() > 1) {
        return fail(ErrorCode::kInvalidArgument,
                    "--id is for a single text, but " + std::to_string(files.size()) +
                        " files were found; without it their paths are their ids");
    }
    return files;
}

Result<NewRecord> read_record(const TextFile& file, const AddRequest& request) {
    REEL_ASSIGN(TextDocument document, read_text_file(file));
    NewRecord record;
    record.id = request.id.value_or(file.id);
    REEL_ASSIGN(record.metadata, file_metadata(file, document, request.metadata));
    record.text = std::move(document.text);
    return record;
}

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n\v\f") == std::string_view::npos;
}

Status add_files(const std::vector<TextFile>& files, const AddRequest& request, IngestRun& run,
                 Context& context) {
    for (size_t i = 0; i < files.size(); ++i) {
        REEL_TRY(check_interrupt());
        auto record = read_record(files[i], request);
        if (!record) {
            if (files.size() == 1) return fail(std::move(record).error());
            run.skip_unreadable(record.error());
        } else if (is_blank(record->text)) {
            context.messages.warning(files[i].path + ": holds no text");
        } else {
            REEL_TRY(run.add(std::move(*record), files[i].path));
        }
        run.show_progress(i + 1, files.size());
    }
    return {};
}

Result<ExitCode> add_paths(const AddRequest& request, Context& context) {
    std::vector<Error> failed;
    REEL_ASSIGN(const auto files, find_files(request, context, failed));
    const bool alone = files.size() == 1 && failed.empty();
    REEL_ASSIGN(const auto run, start(alone ? OnBadRecord::kStop : OnBadRecord::kSkip, context));
    for (const Error& error : failed) run->skip_unreadable(error);
    return run->finish(add_files(files, request, *run, context));
}

Result<ExitCode> run_add(Context& context) {
    REEL_ASSIGN(const AddRequest request, read_request(context.arguments));
    catch_interrupts();
    if (request.text) return add_text(request, *request.text, "--text", context);
    if (request.paths.front() != "-") return add_paths(request, context);
    REEL_ASSIGN(const auto input, open_input("-"));
    REEL_ASSIGN(std::string bytes, read_all(*input, kMaxTextFileBytes));
    REEL_ASSIGN(TextDocument document, parse_text(std::move(bytes), TextKind::kText, "standard input"));
    return add_text(request, std::move(document.text), "standard input", context);
}

constexpr PositionalSpec kPositionals[] = {
    {"STORE", Arity::kOne, "the store; it is made if it is not there"},
    {"PATH", Arity::kAny,
     "files, folders (.txt, .md, .rst, .html inside them, recursively), or - for standard input"},
};

constexpr OptionSpec kAddSpecs[] = {
    {"--text", "TEXT", "add this text"},
    {"--id", "ID", "id of a single text (default: the file's path; without a file the next free number)"},
    {"--meta", "JSON", "a JSON object, stored with every record as it is written"},
};
constexpr OptionGroup kAddOptions{"Options", kAddSpecs};
constexpr const OptionGroup* kGroups[] = {&kAddOptions, &kDuplicateOptions, &kNewStoreOptions,
                                          &kServerOptions, &kWriterOptions};

constexpr Example kExamples[] = {
    {"reel add notes.mp4 ~/notes", "Every text below the folder; a second run adds only what is new."},
    {"reel add notes.mp4 --text \"Call Ann on Monday\" --id todo-7 --meta '{\"list\":\"work\"}'",
     "A single text with an id and metadata of its own."},
};

}  // namespace

constinit const Command kAddCommand{
    "add",
    "embed texts, files and folders, and add them",
    "Embeds texts and adds them as records; a text longer than the model "
    "reads becomes passages with the ids PATH#1, "
    "PATH#2, ... Files that cannot be read are named and skipped (exit code "
    "1), what is already there is skipped and "
    "counted, so an interrupted run is resumed by running it again; a file "
    "that has changed is named and left as it "
    "was, unless --on-duplicate says otherwise. 'reel sync' follows a folder, "
    "with changes and deletions.",
    kPositionals,
    kGroups,
    kExamples,
    run_add};

}  // namespace reel::cli
