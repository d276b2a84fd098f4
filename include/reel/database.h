// The store as its users see it: one MP4 file of records with text, metadata
// and vector, searched by nearness.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/embedder.h"
#include "reel/error.h"
#include "reel/export.h"
#include "reel/record.h"
#include "reel/search.h"
#include "reel/store_config.h"

namespace reel {

enum class Access : uint8_t {
    kRead,   ///< needs no lock, writes nothing; works on read-only media
    kWrite,  ///< takes the one writer's lock
};

/// A point of a store's history.
class Moment {
public:
    /// Commit `number` itself; 0 is the empty store.
    static Moment commit(uint64_t number) { return {Kind::kCommit, number}; }
    /// The newest commit at that wall time, milliseconds since 1970.
    static Moment time(uint64_t ms) { return {Kind::kTime, ms}; }

    [[nodiscard]] bool is_time() const { return kind_ == Kind::kTime; }
    [[nodiscard]] uint64_t value() const { return value_; }

private:
    enum class Kind : uint8_t { kCommit, kTime };
    Moment(Kind kind, uint64_t value) : kind_(kind), value_(value) {}
    Kind kind_;
    uint64_t value_;
};

struct OpenOptions {
    Access access = Access::kRead;
    std::chrono::milliseconds lock_wait{0};  ///< how long to wait for another writer
    std::optional<Moment> as_of = {};        ///< reading only: the store as it was then
};

enum class OnDuplicate : uint8_t {
    kError,    ///< same content: skipped; other content: kAlreadyExists
    kSkip,     ///< skipped, whatever its content
    kReplace,  ///< same content: skipped; other content: the stored record is replaced
};

enum class AddOutcome : uint8_t {
    kAdded,
    kSkipped,   ///< the id is there (with the same content, or duplicates are skipped), or comes again in the
                ///< call
    kReplaced,  ///< the id was there with other content
};

enum class RemoveOutcome : uint8_t { kRemoved, kNotFound };

enum class Durability : uint8_t {
    kSynced,    ///< on the disk when the call returns
    kDeferred,  ///< visible at once, on the disk with the next synced commit, sync(), seal() or close()
};

struct CommitInfo {
    uint64_t commit = 0;           ///< number of the newest commit; 0: none yet
    uint64_t records_added = 0;    ///< by this commit, replacing ones included
    uint64_t records_deleted = 0;  ///< by this commit, replaced ones included; both 0: nothing to commit
};

/// What one atomic commit of Database::write() does; deletions come first.
struct Changes {
    std::vector<NewRecord> records;
    OnDuplicate on_duplicate = OnDuplicate::kReplace;
    std::vector<std::string> deletions;  ///< ids; one that is not there is passed over
    Durability durability = Durability::kSynced;
};

/// A line of Database::history().
struct CommitEntry {
    uint64_t commit = 0;
    uint64_t time_ms = 0;  ///< wall time, milliseconds since 1970
    uint64_t records_added = 0;
    uint64_t records_deleted = 0;
    uint64_t file_offset = 0;  ///< of the commit's moof or moov
    std::string chain_hash;    ///< 64 hexadecimal digits: same hash, same history up to here
};

/// A line of Database::diff().
struct Difference {
    enum class Kind : uint8_t { kAdded, kRemoved, kChanged };
    Kind kind = Kind::kAdded;
    std::string id;
};

enum class KeepHistory : uint8_t { kNo, kYes };

struct CompactReport {
    uint64_t bytes_before = 0;
    uint64_t bytes_after = 0;
    uint64_t records_dropped = 0;  ///< deleted ones that are no longer in the file
    uint64_t commits_dropped = 0;
};

/// Where a store's bytes are; the four parts add up to the file.
struct SpaceInfo {
    uint64_t live_bytes = 0;   ///< boxes of live records
    uint64_t dead_bytes = 0;   ///< boxes of deleted records
    uint64_t index_bytes = 0;  ///< newest movie and its sections, fragments behind it, head, trailer
    uint64_t stale_bytes = 0;  ///< movies, sections and fragments that later seals have replaced
};

enum class SealTrailer : uint8_t {
    kWhenSmall,  ///< write the oidx at close where the policy of docs/format.md says so
    kAlways,     ///< write the oidx at once, whatever its size
};

struct SealOptions {
    SealTrailer trailer = SealTrailer::kWhenSmall;
    unsigned threads = 0;  ///< for building indexes; 0: all cores
    /// Called from the sealing thread: "vectors", "codes", "metadata" or "text", and records.
    std::function<void(std::string_view what, uint64_t done, uint64_t total)> progress = {};
    /// Set by another thread: the store is sealed without what is not built yet (kInterrupted).
    const std::atomic<bool>* cancel = nullptr;
};

struct ScanRange {
    std::optional<std::string> after = {};  ///< start behind this id (kNotFound if there is none)
    std::string filter = {};                ///< docs/filters.md; empty: all records
};

enum class FileKind : uint8_t {
    kReel,       ///< a store of this format
    kPrototype,  ///< records found through an oidx, at top level or inside an mdat
    kTables,     ///< records found through the tables of a plain movie
    kRecords,    ///< records found by walking over them
};
REEL_API std::string_view to_string(FileKind kind);

/// The sections of one kind that a seal has written.
struct IndexInfo {
    std::string what;      ///< "vectors", "codes", "metadata" or "text"
    uint64_t records = 0;  ///< that they cover, deleted ones included
    uint64_t bytes = 0;
    uint64_t sections = 0;
    uint64_t lists = 0;    ///< partitions, of "codes"
    uint64_t damaged = 0;  ///< sections that cannot be used, as far as their heads tell
};

struct StoreInfo {
    FileKind kind = FileKind::kReel;
    uint32_t format_version = 0;  ///< 0 for files that are not of this format
    std::string file_id;          ///< 32 hexadecimal digits
    uint64_t file_bytes = 0;
    uint64_t committed_bytes = 0;  ///< up to the end of the newest commit
    uint64_t commits = 0;
    uint64_t durable_through =
        0;                 ///< highest commit that was synced, as far as the file or this writer knows
    uint64_t records = 0;  ///< written, deleted ones included
    uint64_t live_records = 0;
    uint64_t sealed_records = 0;       ///< found through the sealed tables
    uint64_t last_commit_time_ms = 0;  ///< wall time, milliseconds since 1970; 0: unknown
    std::string chain_hash;            ///< 64 hexadecimal digits: same head, same history
    std::vector<IndexInfo> indexes;    ///< those there are
    bool has_oidx = false;             ///< ends in a trailer for the prototype's reader
    bool oidx_outgrown = false;        ///< too large for the trailer; `seal --oidx` writes it all the same
    std::vector<std::string> warnings;
};

/// One finding of verify().
struct Finding {
    uint64_t file_offset = 0;
    std::string sentence;
};

enum class VerifyDepth : uint8_t {
    kFull,
    kQuick,  ///< structure, movies, fragments, sections and the chain, but no record
};

struct VerifyReport {
    uint64_t records_checked = 0;
    uint64_t bytes_checked = 0;
    std::vector<Finding> findings;  ///< empty: all is well
};

/// One store. Every call is safe from several threads at once, but for
/// use_faiss(), import_faiss(), moving and destroying. Readers see the newest commit as it was
/// when their call began and never wait for a writer. Writing calls wait for each other;
/// add(), remove(), commit() and rollback() work on one pending commit that the threads
/// share, so threads that write on their own use write().
class REEL_API Database {
public:
    /// Makes a new store, which appears at `path` whole or not at all, and
    /// opens it for writing. kAlreadyExists if the path is taken.
    static Result<Database> create(const std::string& path, const StoreConfig& config);

    /// Opens a store, or a file of the prototype (read only). kNotFound,
    /// kCorrupt, kLocked (the holder is named), kReadOnly.
    static Result<Database> open(const std::string& path, const OpenOptions& options = {});

    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;

    /// Drops what was added since the last commit; close() says whether all went well.
    ~Database();

    [[nodiscard]] const std::string& path() const;
    [[nodiscard]] const StoreConfig& config() const;
    [[nodiscard]] StoreInfo info() const;
    [[nodiscard]] uint64_t live_count() const;

    // --- Embedding ---

    /// Used from now on for records and queries that come as text. kConflict
    /// with both named if the embedder's model is not the store's.
    Status use_embedder(std::shared_ptr<Embedder> embedder);

    /// The embedder of the store's configuration, made on first use with the
    /// settings of the environment, or the one given by use_embedder().
    Result<Embedder*> embedder();

    // --- Writing: nothing is visible or durable before commit() ---

    /// Adds records; those without a vector are embedded together, all cores.
    /// Returns one outcome a record. What happens to a record whose id is there is said by
    /// `on_duplicate`; the content is the same if text, metadata and (if given) vector are.
    /// A replacement without a vector whose text is as stored keeps the stored vector. Errors
    /// name the record ("record 3 of 10, id \"x\""): nothing of the call is added. A
    /// write that fails (kNoSpace, kIo) drops everything since the last commit.
    Result<std::vector<AddOutcome>> add(std::span<const NewRecord> records,
                                        OnDuplicate on_duplicate = OnDuplicate::kError);

    /// Deletes the records with these ids. Their bytes stay in the file until a compact.
    Result<std::vector<RemoveOutcome>> remove(std::span<const std::string> ids);

    /// Deletes all records that the filter lets through; returns how many.
    Result<uint64_t> remove_matching(std::string_view filter);

    /// Makes everything added and removed since the last commit durable, all or none.
    Result<CommitInfo> commit(Durability durability = Durability::kSynced);

    /// Drops what was added and removed since the last commit.
    Status rollback();

    /// Does all of `changes` in a commit of its own. Threads that call it at the same time share
    /// one sync (group commit). kConflict while there is a pending commit of add() or remove().
    Result<CommitInfo> write(const Changes& changes);

    /// Makes deferred commits durable.
    Status sync();

    /// Writes the complete movie and the indexes, so that opening need not
    /// replay earlier commits and searching is quick. Commits first. Indexes that are damaged or out of
    /// date are made anew; readers are not held up.
    Status seal(const SealOptions& options = {});

    /// Commits the changes that lead from now back to the live records of `moment`. kNotFound
    /// if the history does not reach so far, kConflict while there is a pending commit.
    Result<CommitInfo> restore(Moment moment);

    /// Writes the store anew without what is no longer needed and puts it in the old file's place;
    /// readers keep the old one until they refresh(). With history nothing but stale indexes
    /// goes; without, record and commit numbers begin anew and deleted bytes are gone.
    /// kConflict while there is a pending commit; kCorrupt if a record is damaged.
    Result<CompactReport> compact(KeepHistory keep_history = KeepHistory::kNo);

    /// Commits nothing; syncs deferred commits, writes the trailer where the policy says so and releases the
    /// lock. Reading goes on at the last commit; writing fails.
    Status close();

    // --- Reading: the newest commit when the store was opened, refreshed or written by this object ---

    /// Looks for commits of other processes. True if there are newer ones; false for a store opened as of a
    /// moment, which stays as it is.
    Result<bool> refresh();

    /// The newest `limit` commits, newest first. kCorrupt where the chain is damaged.
    Result<std::vector<CommitEntry>> history(uint64_t limit = UINT64_MAX) const;

    /// What leads from one moment's live records to the other's, ids in order of writing: those removed or
    /// changed first, then those added.
    Result<std::vector<Difference>> diff(Moment from, Moment to) const;

    /// Adds up the file's parts: reads two table rows a record.
    Result<SpaceInfo> space() const;

    Result<std::optional<Record>> find(std::string_view id) const;

    /// Live records in order of writing. `visit` returns false to stop.
    Status scan(const ScanRange& range, const std::function<bool(const Record&)>& visit) const;

    /// Live records that the filter lets through; empty: all.
    Result<uint64_t> count(std::string_view filter = {}) const;

    /// The metadata's keys, in alphabetical order.
    Result<std::vector<KeyInfo>> keys() const;

    // --- Searching ---

    /// Answers a question: see Question and SearchOptions. min(k, matching records) hits, best first,
    /// ties by record number; fewer only where max_distance, per_group, words or the candidates of a hybrid
    /// or diverse answer (SearchAnswer::next) leave fewer. kInvalidArgument for k = 0, a question of nothing,
    /// another dimension, NaN, Inf, a zero vector under cosine, a filter or cursor that is not one; kNotFound
    /// for ids that are not there; kUnsupported where words are to be embedded and the store has no embedder;
    /// kCorrupt, naming it, if a record's place is damaged: an answer without it could be wrong. Damaged
    /// indexes are gone around (SearchReport::warnings).
    Result<SearchAnswer> search(const Question& question, const SearchOptions& options = {});

    /// The nearest records to a vector of dimension() floats.
    Result<std::vector<Hit>> search(std::span<const float> query, const SearchOptions& options = {}) const;

    /// What Question{.text = query} finds.
    Result<std::vector<Hit>> search(std::string_view query, const SearchOptions& options = {});

    /// Nearest to the stored record `id`, which is itself among the hits. kNotFound.
    Result<std::vector<Hit>> search_like(std::string_view id, const SearchOptions& options = {}) const;

    /// The nearest records to each row of a row-major matrix of m x dimension() floats, on all cores; uses
    /// k, filter, recall and max_distance of `options`.
    Result<std::vector<std::vector<Hit>>> search_batch(std::span<const float> queries,
                                                       const SearchOptions& options = {}) const;

    /// Checks structure, every checksum, the tables against the boxes and the chain.
    Result<VerifyReport> verify(VerifyDepth depth = VerifyDepth::kFull) const;

    // --- FAISS ---

    /// Writes the live vectors as an IndexFlatL2 that FAISS reads (row i is the
    /// i-th live record), and `path`.json with their ids and the store's head.
    Status export_faiss(const std::string& path) const;

    /// Uses an index written by export_faiss, or by FAISS with the same rows,
    /// for searches from now on; refused with a reason if it does not match the
    /// store. Types other than IndexFlatL2 only if `trusted`: FAISS's reader trusts its input.
    Status use_faiss(const std::string& path, bool trusted);

    /// use_faiss(), then places the index beside the store as STORE.faiss with
    /// STORE.faiss.json, where every later open() finds it (an IndexFlatL2; another type
    /// is used only by use_faiss(STORE.faiss, true)). The store itself is not written to.
    Status import_faiss(const std::string& path, bool trusted);

private:
    class State;
    explicit Database(std::unique_ptr<State> state);
    Result<CommitInfo> write_group(const Changes& changes);
    std::unique_ptr<State> state_;
};

/// Makes a store at NEW from any file that open() reads; the vectors' bytes,
/// texts and metadata are kept. Returns the number of records.
REEL_API Result<uint64_t> convert(const std::string& old_path, const std::string& new_path);

}  // namespace reel
