// The one writer of a store: the only code that makes anything durable.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/appender.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/growing_log.h"
#include "reel/database.h"
#include "store/index_section.h"
#include "store/seal_plan.h"
#include "store/snapshot.h"

namespace reel {

/// The bytes of a stored or pending record.
struct OwnedRecord {
    uint64_t record_number = 0;
    ByteBuffer vector;  ///< float32 big-endian
    std::string metadata;
    std::string text;
};

/// Where a new file's chain of commits comes from.
struct ChainOrigin {
    std::optional<Sha256Digest> origin;  ///< of a file whose history is copied; none: the chain begins here
    Sha256Digest predecessor_head{};     ///< the head of the store that this one was made from; zero: none
    uint64_t next_default_id = 0;
};

/// How a seal makes its indexes.
struct SealWork {
    SealEffort effort = SealEffort::kQuick;
    BuildControl control = {};
    /// What is indexed, and records.
    std::function<void(std::string_view what, uint64_t done, uint64_t total)> progress = {};
};

class Writer {
public:
    /// Makes a new store that appears at `path` whole or not at all. kAlreadyExists.
    static Result<std::unique_ptr<Writer>> create(const std::string& path, const StoreConfig& config);

    /// Takes the lock (kLocked after `lock_wait`, naming the holder), recovers
    /// the store, writes again and syncs whatever may not have reached the disk, cuts a
    /// torn tail and completes a missing cover. kCorrupt where acknowledged data is damaged.
    static Result<std::unique_ptr<Writer>> open(const std::string& path, std::chrono::milliseconds lock_wait);

    /// The same in a folder, which need not outlive the call.
    static Result<std::unique_ptr<Writer>> create_in(Folder& folder, const std::string& name,
                                                     const StoreConfig& config);
    static Result<std::unique_ptr<Writer>> open_in(Folder& folder, const std::string& name,
                                                   std::chrono::milliseconds lock_wait);

    /// The same on a file that is open and locked; `path` of messages is the file's.
    static Result<std::unique_ptr<Writer>> create_on(std::unique_ptr<File> file, const StoreConfig& config,
                                                     const ChainOrigin& origin = {});
    static Result<std::unique_ptr<Writer>> open_on(std::unique_ptr<File> file);

    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    [[nodiscard]] const StoreConfig& config() const { return *config_; }
    [[nodiscard]] const FileId& file_id() const { return identity_.file_id; }
    [[nodiscard]] const IdentityBox& identity() const { return identity_; }
    [[nodiscard]] uint64_t synced_commit() const { return synced_commit_; }
    [[nodiscard]] const File& file() const { return *file_; }
    [[nodiscard]] uint64_t next_default_id() const { return next_default_id_; }
    [[nodiscard]] bool has_trailer() const { return has_trailer_; }
    [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

    /// kPoisoned after a failed sync, kInvalidArgument after close().
    [[nodiscard]] Status check_usable() const;

    /// The live or pending record with this id.
    Result<std::optional<OwnedRecord>> find(std::string_view id);

    /// Its record number alone.
    Result<std::optional<uint64_t>> find_number(std::string_view id);

    Result<OwnedRecord> read_back(uint64_t record_number);

    /// The next free decimal id; it counts as taken.
    Result<std::string> take_default_id();

    /// Adds a record to the pending commit. `metadata` has "doc_id" = `id`,
    /// which the caller has found to be free. After an error the pending
    /// commit is gone and the store as it was at the last one.
    Status append(std::string_view id, std::span<const float> vector, std::string_view metadata,
                  std::string_view text);

    /// The same with the vector as it is stored.
    Status append(std::string_view id, const RecordView& record);

    /// Deletes a live or pending record with the pending commit.
    Status remove(uint64_t record_number);

    /// Deletions of the pending commit included.
    [[nodiscard]] bool is_deleted(uint64_t record_number) const { return deleted_.contains(record_number); }

    [[nodiscard]] uint64_t pending_count() const { return pending_rows_.size() + pending_tombstones_.size(); }

    /// Drops the pending commit. Touches nothing after a failed sync.
    Status roll_back();

    /// Makes everything appended and removed since the last commit visible, all or none, and, if synced,
    /// durable together with deferred commits before it.
    Result<CommitInfo> commit(Durability durability = Durability::kSynced);

    /// Commits what is pending as the copy of a commit of another file, with its number, time and hash.
    /// kCorrupt unless it is the one that comes next. Deferred, and listed by no fragment: only the next
    /// seal makes it readable.
    Status commit_copy(const CommitRecordBox& original);

    /// Makes deferred commits durable.
    Status sync_deferred();

    /// Writes sections and the complete movie; what is pending is committed by it. Index sections that are
    /// missing, damaged or not as they would be made now are made anew. kInterrupted if building them was
    /// stopped: all the rest is done.
    Status seal(SealTrailer trailer, const SealWork& work = {SealEffort::kThorough, {}, {}});

    /// Who makes the index sections of seals from now on; none: those there are stay as they are.
    void use_section_makers(SectionMakers makers) { makers_ = std::move(makers); }
    [[nodiscard]] const SectionMakers& section_makers() const { return makers_; }

    /// Drops what is pending, syncs deferred commits, writes mark and trailer as the format's policy says.
    Status close();

    /// The newest commit.
    Result<std::shared_ptr<const Snapshot>> snapshot();

private:
    Writer(std::unique_ptr<File> file, IdentityBox identity, StoreConfig config, std::string configuration);

    Status adopt(const Recovered& recovered);
    Status settle(const Recovered& recovered);
    Status poison(Error error);
    Status sync();
    Status begin_append();
    Status open_media();
    Status close_media();
    Status abandon(Error error);
    /// How a commit is written: chosen by the seal policy, always as a seal, or as the copy of another.
    enum class CommitKind : uint8_t { kByPolicy, kSeal, kCopy };
    Result<CommitInfo> commit_pending(Durability durability, CommitKind kind,
                                      const CommitRecordBox* original = nullptr);
    [[nodiscard]] bool needs_seal(const CommitRecordBox& record, CommitKind kind) const;

    CommitRecordBox next_commit_record(const CommitRecordBox* original);
    Status commit_as_fragment(CommitRecordBox record, Durability durability, bool is_copy);
    void take_pending(uint64_t commit_number);
    void forget_pending();
    Status write_seal(std::optional<CommitRecordBox> bulk);
    Status seal_all();
    Status write_sections(std::vector<SectionEntry>& directory, uint64_t record_count);
    [[nodiscard]] std::vector<SectionEntry> usable_sections(const SectionMaker& maker,
                                                            SealEffort effort) const;
    [[nodiscard]] bool indexes_are_due() const;
    /// False if the content could not be made after all: then its place is wasted.
    Result<bool> write_index_section(SectionEntry& entry, SectionContent& content);
    void skip_index(Error reason);
    void note_skipped_index();
    void keep_old_sections(FourCC kind, const PlannedSection& planned,
                           std::vector<SectionEntry>& directory) const;
    Status write_indexes_of(const SectionMaker& maker, const RecordSource& records, const RecordRows& rows,
                            std::vector<SectionEntry>& directory);
    Status write_index_sections(const RecordRows& rows, std::vector<SectionEntry>& directory);
    ByteBuffer merged_ids(const SectionRange& range);
    void leave_damaged_checksums(SectionRange& range) const;
    ByteBuffer merged_checksums(const SectionRange& range);
    Status cover(uint64_t free_offset, uint64_t segment_end, uint64_t sections_end);
    Status write_mark();
    Status write_trailer(SealTrailer policy);
    Status take_sealed_view(uint64_t movie_offset, uint64_t movie_end, const FileId& file_id);
    [[nodiscard]] std::optional<uint32_t> checksum_of(uint64_t record_number) const;
    void forget_id(uint64_t hash, uint64_t record_number);
    [[nodiscard]] RecordRow row(uint64_t record_number) const;
    Result<std::string> id_of(uint64_t record_number);

    std::unique_ptr<File> file_;
    IdentityBox identity_;
    std::shared_ptr<const StoreConfig> config_;
    std::string configuration_;
    std::vector<std::string> warnings_;

    // Committed.
    std::shared_ptr<const SealedPart> sealed_;
    uint64_t free_offset_ = 0;  ///< of the free box before the newest movie
    ChainState state_;
    uint64_t committed_end_ = 0;
    uint64_t synced_commit_ = 0;  ///< highest commit whose sync has returned
    uint64_t synced_end_ = 0;     ///< just past it
    uint64_t stated_end_ = 0;     ///< bytes up to here are stated in the file to be durable
    GrowingLog<UnsealedRecord> unsealed_;
    GrowingLog<Tombstone> unsealed_tombstones_;
    std::shared_ptr<const DeletedSet> shared_deleted_;  ///< deleted_ as of the last snapshot; null: changed
    std::shared_ptr<const Snapshot> snapshot_;

    // Pending: appended, not committed.
    std::unique_ptr<Appender> out_;
    std::optional<uint64_t> media_offset_;  ///< of the mdat that is open
    std::vector<RecordRow> pending_rows_;
    std::vector<uint32_t> pending_checksums_;
    std::vector<uint64_t> pending_id_hashes_;
    std::vector<uint64_t> pending_tombstones_;
    Sha256 pending_hash_;
    uint64_t next_default_id_ = 0;

    SectionMakers makers_;
    SealWork work_;                         ///< of the seal that is being written
    std::unique_ptr<Error> skipped_index_;  ///< why the last seal left an index out

    DeletedSet deleted_;  ///< pending deletions included
    std::unordered_multimap<uint64_t, uint64_t>
        loose_ids_;  ///< hash -> record number, live ones that no section has
    std::unique_ptr<Error> poison_;
    bool has_trailer_ = false;
    bool trailer_was_cut_ = false;  ///< for an append that has not become a commit
    uint64_t bytes_since_trailer_ = 0;
    bool closed_ = false;
};

/// Writes ftyp, identity and the empty movie; syncs.
Status write_empty_store(File& file, const IdentityBox& identity, const StoreConfig& config,
                         uint64_t next_default_id);

}  // namespace reel
