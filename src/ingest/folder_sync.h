// A folder kept in a store: new, changed, renamed and deleted files become records, in one commit.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ingest/passages.h"
#include "ingest/sync_plan.h"
#include "ingest/text_files.h"
#include "reel/database.h"

namespace reel {

struct FolderSyncOptions {
    std::string folder;
    std::string name;          ///< has passed check_sync_name(); ids are NAME/PATH and NAME/PATH#n
    bool allow_empty = false;  ///< even if no known file is left
    const std::atomic<bool>* cancel = nullptr;

    /// Called once something has to be embedded or cut.
    std::function<Result<Embedder*>(Database&)> embedder;
    /// A change, once it is part of the pending commit (of a preview: once it is known).
    std::function<void(const FileChange&)> on_change = [](const FileChange&) {};
    /// What is left out (a note), or left as it was in the store.
    ProblemHandler on_problem = [](const Problem&) {};
    /// Changes done and in all.
    std::function<void(size_t, size_t)> on_progress = [](size_t, size_t) {};
};

struct FolderSyncReport {
    uint64_t added = 0;  ///< files, as are the next six
    uint64_t changed = 0;
    uint64_t renamed = 0;
    uint64_t touched = 0;
    uint64_t deleted = 0;
    uint64_t unchanged = 0;
    uint64_t failed = 0;
    CommitInfo commit;  ///< no records: nothing was to be done
};

/// One folder and one store. A run reads what the store knows, looks at every file of the folder, and
/// reads those whose time or size is another. Records that are not marked with the name (sync_mark.h), or
/// have another id than this folder's file would give them, are never touched. Texts are held for a batch of
/// files at a time.
class FolderSync {
public:
    explicit FolderSync(FolderSyncOptions options);

    /// What run() would do, told to on_change; `database` is null for a store that is not there yet.
    Result<FolderSyncReport> preview(const Database* database);

    /// Commits the folder's state, or nothing. A file that cannot be read, cut or embedded, or whose ids are
    /// taken by records of others, is reported, counted as failed, and left in the store as it was. kNotFound
    /// if there is no folder, or no known file is left in it and `allow_empty` is not said.
    Result<FolderSyncReport> run(Database& database);

private:
    struct Prepared {
        FileChange change;
        FileStamp stamp;
        std::vector<NewRecord> records;
        size_t text_bytes = 0;
    };

    Result<SyncPlan> plan(const Database* database);
    Status know(const Database& database);
    Result<std::string> hash(const FoundFile& file);
    Status apply(Database& database, const SyncPlan& plan);

    Status relabel(Database& database, const FileChange& change);
    Status read(Database& database, const FileChange& change);
    Status prepare_embedder(Database& database);
    Result<std::vector<NewRecord>> make_records(Database& database, const FileChange& change,
                                                TextDocument document, const FileStamp& stamp);
    Status reuse_vectors(const Database& database, const std::string& path,
                         std::vector<NewRecord>& records) const;
    Status check_ids_free(const Database& database, const std::string& path,
                          const std::vector<std::string>& ids) const;

    Status flush(Database& database);
    Status embed(Database& database, std::span<Prepared> files);
    Status store(Database& database, Prepared& file);
    Status replace(Database& database, const FileChange& change, const FileStamp& stamp,
                   std::vector<std::string> ids);
    Status remove_gone(Database& database, const SyncPlan& plan);

    void fail_file(const FileChange& change, const Error& error);
    void count(const FileChange& change);
    [[nodiscard]] std::string base_id(const std::string& path) const { return options_.name + "/" + path; }
    [[nodiscard]] std::vector<std::string> known_ids(const std::string& path) const;
    [[nodiscard]] Status check_cancel() const;

    FolderSyncOptions options_;
    KnownFiles known_;                                                    ///< of the commit `known_head_`
    std::string known_head_;                                              ///< empty: unknown
    std::vector<std::pair<std::string, std::optional<KnownFile>>> news_;  ///< of the pending commit
    std::vector<Prepared> batch_;
    size_t batch_bytes_ = 0;
    size_t batch_records_ = 0;
    std::vector<std::string> kept_;  ///< gone files whose new name could not be written
    Embedder* embedder_ = nullptr;   ///< of this run, once something is to be embedded or cut
    std::optional<PassageLimit> limit_;
    FolderSyncReport report_;
};

}  // namespace reel
