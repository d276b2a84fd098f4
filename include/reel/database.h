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
#include "reel/store_config.h"

namespace reel {

enum class Access : uint8_t {
    kRead,   ///< needs no lock, writes nothing; works on read-only media
    kWrite,  ///< takes the one writer's lock
};

struct OpenOptions {
    Access access = Access::kRead;
    std::chrono::milliseconds lock_wait{0};  ///< how long to wait for another writer
};

enum class AddOutcome : uint8_t {
    kAdded,
    kSkipped,  ///< the id is there with the same content
};

struct CommitInfo {
    uint64_t commit = 0;         ///< number of the newest commit; 0: none yet
    uint64_t records_added = 0;  ///< by this commit; 0: there was nothing to commit
};

enum class SealTrailer : uint8_t {
    kWhenSmall,  ///< write the oidx at close where the policy of docs/format.md says so
    kAlways,     ///< write the oidx at once, whatever its size
};

struct SearchOptions {
    size_t k = 10;
    unsigned threads = 0;  ///< 0: as many as pay
};

enum class FileKind : uint8_t {
    kReel,       ///< a store of this format
    kPrototype,  ///< records found through an oidx, at top level or inside an mdat
    kTables,     ///< records found through the tables of a plain movie
    kRecords,    ///< records found by walking over them
};
REEL_API std::string_view to_string(FileKind kind);

struct StoreInfo {
    FileKind kind = FileKind::kReel;
    uint32_t format_version = 0;  ///< 0 for files that are not of this format
    std::string file_id;          ///< 32 hexadecimal digits
    uint64_t file_bytes = 0;
    uint64_t committed_bytes = 0;  ///< up to the end of the newest commit
    uint64_t commits = 0;
    uint64_t durable_through = 0;  ///< highest commit that the file itself proves to be durable
    uint64_t records = 0;          ///< written, deleted ones included
    uint64_t live_records = 0;
    uint64_t sealed_records = 0;       ///< found through the sealed tables
    uint64_t last_commit_time_ms = 0;  ///< wall time, milliseconds since 1970; 0: unknown
    std::string chain_hash;            ///< 64 hexadecimal digits: same head, same history
    bool has_oidx = false;             ///< ends in a trailer for the prototype's reader
    bool oidx_outgrown = false;        ///< too large for the trailer; `seal --oidx` writes it all the same
    std::vector<std::string> warnings;
};

/// One finding of verify().
struct Finding {
    uint64_t file_offset = 0;
    std::string sentence;
};

struct VerifyReport {
    uint64_t records_checked = 0;
    uint64_t bytes_checked = 0;
    std::vector<Finding> findings;  ///< empty: all is well
};

/// One store. Reading is safe from several threads at once; writing calls
/// (add, commit, seal, close, refresh) must come from one thread at a time and not
/// while another thread reads through the same object.
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
    /// Returns one outcome a record. A record whose id is there already with the
    /// same text, metadata and (if given) vector is skipped and not embedded;
    /// with other content it is kAlreadyExists, naming the id. Errors
    /// name the record ("record 3 of 10, id \"x\""): nothing of the call is added. A
    /// write that fails (kNoSpace, kIo) drops everything since the last commit.
    Result<std::vector<AddOutcome>> add(std::span<const NewRecord> records);

    /// Makes everything added since the last commit durable, all or none.
    Result<CommitInfo> commit();

    /// Writes the complete movie and the indexes, so that opening need not
    /// replay earlier commits. Commits first.
    Status seal(SealTrailer trailer = SealTrailer::kWhenSmall);

    /// Commits nothing; writes the trailer where the policy says so and releases the lock.
    /// Reading goes on at the last commit; writing fails.
    Status close();

    // --- Reading: the newest commit when the store was opened, refreshed or written by this object ---

    /// Looks for commits of other processes. True if there are newer ones.
    Result<bool> refresh();

    Result<std::optional<Record>> find(std::string_view id) const;

    /// Live records in order of writing; `after`: start behind this id (kNotFound if there is none).
    /// `visit` returns false to stop.
    Status scan(const std::optional<std::string>& after,
                const std::function<bool(const Record&)>& visit) const;

    /// The k nearest live records, nearest first, ties by record number; fewer
    /// if the store has fewer. `query`: dimension() floats. kInvalidArgument
    /// for k = 0, another dimension, NaN, Inf, or a zero vector under cosine; kCorrupt,
    /// naming it, if a record's place is damaged: an answer without it could be wrong.
    Result<std::vector<Hit>> search(std::span<const float> query, const SearchOptions& options = {}) const;

    /// Embeds `query` as a question, then searches.
    Result<std::vector<Hit>> search(std::string_view query, const SearchOptions& options = {});

    /// Nearest to the stored record `id`, which is itself among the hits. kNotFound.
    Result<std::vector<Hit>> search_like(std::string_view id, const SearchOptions& options = {}) const;

    /// Checks structure, every checksum, the tables against the boxes and the chain.
    Result<VerifyReport> verify() const;

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
    std::unique_ptr<State> state_;
};

/// Makes a store at NEW from any file that open() reads; the vectors' bytes,
/// texts and metadata are kept. Returns the number of records.
REEL_API Result<uint64_t> convert(const std::string& old_path, const std::string& new_path);

}  // namespace reel
