#include <chrono>
#include <optional>
#include <set>

#include "base/posix_file.h"
#include "base/try.h"
#include "cli/command.h"
#include "cli/iso_time.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/store_request.h"
#include "ingest/folder_sync.h"
#include "ingest/folder_watch.h"
#include "ingest/sync_folder.h"

namespace reel::cli {

namespace {

using Kind = FileChange::Kind;

std::string_view name_of(const FileChange& change) {
    switch (change.kind) {
        case Kind::kNew: return "new";
        case Kind::kChanged: return "changed";
        case Kind::kTouched: return "touched";
        case Kind::kRenamed: return "renamed";
        case Kind::kDeleted: return "deleted";
    }
    return "unknown";
}

void print(Output& output, const FileChange& change) {
    const bool renamed = change.kind == Kind::kRenamed;
    if (output.is_json()) {
        JsonLine line;
        line.text("change", name_of(change)).text("path", change.path);
        if (renamed) line.text("from", change.from);
        return output.json(line);
    }
    std::string line(name_of(change));
    line.resize(9, ' ');
    line += output.shown(renamed ? change.from : change.path);
    if (renamed) line += " -> " + output.shown(change.path);
    output.line(line);
}

/// "3 new, 1 deleted"
std::string counts_text(const FolderSyncReport& report) {
    std::string text;
    const auto add = [&](uint64_t count, std::string_view name) {
        if (count == 0) return;
        text += (text.empty() ? "" : ", ") + with_separators(count) + " " + std::string(name);
    };
    add(report.added, "new");
    add(report.changed, "changed");
    add(report.touched, "touched");
    add(report.renamed, "renamed");
    add(report.deleted, "deleted");
    return text;
}

JsonLine counts_line(const FolderSyncReport& report) {
    return JsonLine()
        .number("new", report.added)
        .number("changed", report.changed)
        .number("touched", report.touched)
        .number("renamed", report.renamed)
        .number("deleted", report.deleted)
        .number("unchanged", report.unchanged)
        .number("failed", report.failed);
}

struct Request {
    std::string store;
    std::string folder;
    std::string name;
    StoreRequest store_request;
    std::chrono::milliseconds wait{0};
};

Result<Request> read_request(const Arguments& arguments) {
    Request request;
    request.store = arguments.positionals()[0];
    request.folder = arguments.positionals()[1];
    request.name = arguments.find("--name").value_or(folder_base_name(request.folder));
    REEL_ASSIGN(request.store_request, read_store_request(arguments));
    REEL_ASSIGN(request.wait, read_lock_wait(arguments));
    if (request.store_request.embedder && request.store_request.embedder->kind == "none") {
        return fail(ErrorCode::kInvalidArgument, "sync embeds texts, so --embedder none is not for it");
    }
    if (arguments.has("--watch") && arguments.has("--dry-run")) {
        return fail(ErrorCode::kInvalidArgument, "--watch and --dry-run do not go together");
    }
    REEL_TRY(check_sync_name(request.name));
    return request;
}

class SyncRun {
public:
    SyncRun(const Request& request, Context& context)
        : request_(request), context_(context), sync_(options()) {}

    Result<ExitCode> preview() {
        std::optional<Database> database;
        if (file_exists(request_.store)) {
            REEL_ASSIGN(database, Database::open(request_.store));
            REEL_TRY(check_store(*database));
        }
        REEL_ASSIGN(const FolderSyncReport report, sync_.preview(database ? &*database : nullptr));
        const std::string counts = counts_text(report);
        context_.messages.summary("would be: " + (counts.empty() ? "nothing" : counts), counts_line(report));
        return report.failed > 0 ? ExitCode::kPartly : ExitCode::kOk;
    }

    /// One run; the lock is held no longer.
    Result<FolderSyncReport> run() {
        // Before a store is made for a folder that is not there.
        if (!file_exists(request_.folder)) return fail(system_error(ENOENT, request_.folder, "open"));
        REEL_ASSIGN(WritableStore store, open_store());
        auto report = run_in(store.database);
        if (!report && store.is_new) (void)remove_file(request_.store);
        const Status closed = store.database.close();
        context_.messages.clear_bar();
        if (report && !closed) return fail(closed.error());
        opened_ = opened_ || report.has_value();
        return report;
    }

    /// Follows the folder until Ctrl-C, which is no error between two runs.
    Result<ExitCode> watch() {
        REEL_ASSIGN(const auto watch, FolderWatch::open(request_.folder));
        auto last = run();
        if (!last && !is_passing(last.error().code)) return fail(last.error());
        report_watched(last);
        while (true) {
            auto news = watch->wait(last ? kForever : kRetry, interrupted());
            if (!news && news.error().code == ErrorCode::kInterrupted) return ExitCode::kOk;
            if (!news) return fail(news.error());
            if (*news == FolderWatch::News::kGone) {
                return fail(ErrorCode::kNotFound, request_.folder + ": the folder was deleted, moved or " +
                                                      "unmounted; the store keeps its records");
            }
            if (*news == FolderWatch::News::kNone && last) continue;
            last = run();
            if (!last && last.error().code == ErrorCode::kInterrupted) return fail(last.error());
            report_watched(last);
            if (!context_.output.is_open()) return ExitCode::kOk;
        }
    }

    void report(const FolderSyncReport& report) {
        print_commit(report);
        const std::string counts = counts_text(report);
        std::string text = counts.empty() ? "nothing changed" : counts;
        text += ", " + counted(report.unchanged, "file", "files") + " unchanged";
        if (report.failed > 0)
            text += ", " + with_separators(report.failed) + " failed and left as they were";
        context_.messages.summary(text, counts_line(report));
    }

private:
    static constexpr auto kForever = std::chrono::hours(1);
    static constexpr auto kRetry = std::chrono::seconds(5);

    FolderSyncOptions options() {
        FolderSyncOptions options;
        options.folder = request_.folder;
        options.name = request_.name;
        options.allow_empty = context_.arguments.has("--allow-empty");
        options.cancel = &interrupted();
        options.embedder = [this](Database& database) { return embedder(database); };
        options.on_problem = [this](const Problem& problem) { tell(problem); };
        if (context_.arguments.has("--dry-run") || context_.arguments.has("--verbose")) {
            options.on_change = [this](const FileChange& change) { print(context_.output, change); };
        }
        options.on_progress = [this](size_t done, size_t total) {
            if (progress_) progress_->update(done, done, total);
        };
        return options;
    }

    /// A later run finds the store that the first one found or made.
    Result<WritableStore> open_store() {
        if (!opened_) return open_or_create(request_.store, request_.store_request, request_.wait);
        OpenOptions options;
        options.access = Access::kWrite;
        options.lock_wait = request_.wait;
        REEL_ASSIGN(Database database, Database::open(request_.store, options));
        return WritableStore{std::move(database), false};
    }

    Status check_store(const Database& database) const {
        if (database.config().embedder.kind != "none") return {};
        return fail(ErrorCode::kConflict,
                    request_.store +
                        ": its vectors are given, it has no model to make one of a text, so it cannot be "
                        "synced with a folder");
    }

    Result<FolderSyncReport> run_in(Database& database) {
        REEL_TRY(check_store(database));
        progress_.emplace(context_.messages);
        auto report = sync_.run(database);
        progress_.reset();
        return report;
    }

    /// Loaded once, however often the store is opened.
    Result<Embedder*> embedder(Database& database) {
        if (!embedder_) {
            REEL_ASSIGN(embedder_, make_store_embedder(database.config(), request_.store_request));
        }
        REEL_TRY(database.use_embedder(embedder_));
        return embedder_.get();
    }

    /// Every sentence once, however often a watched folder is gone through.
    void tell(const Problem& problem) {
        if (!told_.insert(problem.error.message).second) return;
        if (problem.is_note)
            context_.messages.warning(problem.error.message);
        else
            context_.messages.error(problem.error);
    }

    void print_commit(const FolderSyncReport& report) {
        const CommitInfo& info = report.commit;
        if (info.records_added == 0 && info.records_deleted == 0) return;
        if (context_.output.is_json()) {
            context_.output.json(JsonLine()
                                     .number("commit", info.commit)
                                     .number("records_added", info.records_added)
                                     .number("records_deleted", info.records_deleted)
                                     .number("new", report.added)
                                     .number("changed", report.changed)
                                     .number("touched", report.touched)
                                     .number("renamed", report.renamed)
                                     .number("deleted", report.deleted));
        } else {
            context_.output.line("commit " + std::to_string(info.commit) + ": " + counts_text(report) + " (" +
                                 counted(info.records_added, "record", "records") + " written, " +
                                 with_separators(info.records_deleted) + " deleted)");
        }
        // What nobody reads any more is no reason to fail; main() tells at the end.
        (void)context_.output.flush();
    }

    /// What another writer, a server or a full disk is to blame for may be over in a while.
    static bool is_passing(ErrorCode code) {
        return code == ErrorCode::kLocked || code == ErrorCode::kUnavailable || code == ErrorCode::kNoSpace;
    }

    void report_watched(const Result<FolderSyncReport>& done) {
        if (done) {
            told_failure_.clear();
            return print_commit(*done);
        }
        if (done.error().message == told_failure_) return;
        told_failure_ = done.error().message;
        context_.messages.error(done.error());
    }

    const Request& request_;
    Context& context_;
    std::optional<Progress> progress_;
    std::shared_ptr<Embedder> embedder_;
    std::set<std::string> told_;
    std::string told_failure_;
    bool opened_ = false;
    FolderSync sync_;
};

Result<ExitCode> run_sync(Context& context) {
    REEL_ASSIGN(const Request request, read_request(context.arguments));
    catch_interrupts();
    SyncRun sync(request, context);
    if (context.arguments.has("--dry-run")) return sync.preview();
    if (context.arguments.has("--watch")) return sync.watch();
    auto report = sync.run();
    if (!report) {
        Error error = std::move(report).error();
        error.message += "; nothing was changed";
        return fail(std::move(error));
    }
    sync.report(*report);
    return report->failed > 0 ? ExitCode::kPartly : ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {
    {"STORE", Arity::kOne, "the store; it is made if it is not there"},
    {"FOLDER", Arity::kOne, "the folder (.txt, .md, .rst, .html inside it, recursively)"},
};

constexpr OptionSpec kSyncSpecs[] = {
    {"--name", "NAME",
     "what ids begin with, NAME/PATH (default: the folder's own name); several folders need several names"},
    {"--watch", "", "go on until Ctrl-C: every change becomes a commit, a line is printed for each"},
    {"--dry-run", "", "print what would be done, do nothing"},
    {"--allow-empty", "", "delete the records even if none of the known files is there any more"},
    {"--verbose", "", "print every file that is new, changed, touched, renamed or deleted", 'v'},
};
constexpr OptionGroup kSyncOptions{"Options", kSyncSpecs};
constexpr const OptionGroup* kGroups[] = {&kSyncOptions, &kNewStoreOptions, &kServerOptions, &kWriterOptions};

constexpr Example kExamples[] = {
    {"reel sync notes.mp4 ~/notes", "The folder as it is now; a second run only looks at the files' times."},
    {"reel sync notes.mp4 ~/notes --watch", "The same, and then whatever is written, until Ctrl-C."},
};

}  // namespace

constinit const Command kSyncCommand{"sync",
                                     "keep a folder in a store: adds, changes, renames, deletions",
                                     "Makes the store hold what the folder holds, in one commit. A file with "
                                     "the time and size of the last run "
                                     "is not read; of a changed one only new passages are embedded; a "
                                     "renamed one keeps its vectors; records of "
                                     "a file that is gone are deleted. Records that other commands added are "
                                     "never touched. A file that cannot be "
                                     "read is named and left in the store as it was (exit code 1).",
                                     kPositionals,
                                     kGroups,
                                     kExamples,
                                     run_sync};

}  // namespace reel::cli
