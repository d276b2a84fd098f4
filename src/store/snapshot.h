// The store as of one commit: what readers see. Immutable.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/growing_log.h"
#include "base/row_set.h"
#include "container/movie_reader.h"
#include "reel/database.h"
#include "store/chain.h"
#include "store/deleted_set.h"
#include "store/record_codec.h"
#include "store/recovery.h"
#include "store/sections.h"

namespace reel {

/// The part of a store that its newest movie describes.
class SealedPart {
public:
    /// Parses the movie of `seal`, which ends at `movie_end` of `bytes`.
    static Result<std::shared_ptr<const SealedPart>> view(Mapping bytes, const SealRecordBox& seal,
                                                          uint64_t movie_end, uint32_t dimension);

    Mapping bytes;  ///< the file up to the movie's end
    MovieTables tables;
    SealRecordBox seal;
    uint64_t movie_end = 0;
    uint32_t dimension = 0;

    /// Record numbers of each sealed record whose id has this hash: O(log n)
    /// through the id sections, which are rebuilt in memory from the records where damaged.
    void visit_ids(uint64_t hash, const std::function<void(uint64_t)>& visit) const;

    /// CRC32C that the record's boxes should have; nullopt where the section that knows is damaged.
    [[nodiscard]] std::optional<uint32_t> checksum_of(uint64_t record_number) const;

    /// Whether the table of vector offsets is as it was written: what a scan
    /// relies on and no header at the other end can tell. Checked once.
    [[nodiscard]] bool vector_table_is_whole() const;

private:
    void load_ids() const;
    void load_checksums() const;

    // Made when an id is first looked up.
    mutable std::once_flag ids_loaded_;
    mutable std::vector<IdSectionView> id_sections_;
    mutable std::vector<IdEntry> loose_ids_;  ///< of records that no good section covers, sorted

    struct ChecksumRange {
        uint64_t first_record = 0;
        uint64_t record_count = 0;
        const std::byte* data = nullptr;
    };
    mutable std::once_flag checksums_loaded_;
    mutable std::vector<ChecksumRange> checksums_;
    mutable std::once_flag table_checked_;
    mutable bool table_is_whole_ = false;
};

/// A record that no movie lists yet.
struct UnsealedRecord {
    RecordRow row;
    uint32_t checksum = 0;  ///< CRC32C of its boxes
    uint64_t id_hash = 0;   ///< where the one who made the list knows it
};

struct SnapshotParts {
    FileKind kind = FileKind::kReel;
    std::shared_ptr<const StoreConfig> config;
    Mapping bytes;                              ///< the file up to the end of the commit
    std::shared_ptr<const SealedPart> sealed;   ///< null for files that are not of this format
    GrowingLog<UnsealedRecord>::View unsealed;  ///< behind the sealed ones
    GrowingLog<Tombstone>::View tombstones;     ///< of commits that no movie lists yet
    bool checksums_known = true;                ///< of the unsealed records
    bool id_hashes_known = false;               ///< of the unsealed records
    std::shared_ptr<const DeletedSet> deleted;  ///< null: as the tombstones say
    std::vector<std::string> ids;  ///< of foreign files, by record number; empty: from the metadata
    bool framed = true;            ///< payloads stand in vct1, json and txt1 boxes
    ChainState state;
};

class Snapshot final : public RecordRows {
public:
    explicit Snapshot(SnapshotParts parts);

    [[nodiscard]] FileKind kind() const { return parts_.kind; }
    [[nodiscard]] const StoreConfig& config() const { return *parts_.config; }
    [[nodiscard]] uint32_t dimension() const { return parts_.config->embedder.dimension; }
    [[nodiscard]] const ChainState& state() const { return parts_.state; }
    [[nodiscard]] ByteView bytes() const { return parts_.bytes.bytes(); }
    [[nodiscard]] const SealedPart* sealed() const { return parts_.sealed.get(); }
    [[nodiscard]] std::shared_ptr<const SealedPart> shared_sealed() const { return parts_.sealed; }

    /// Whether bytes were lost while they were read (Mapping::was_cut()).
    [[nodiscard]] bool was_cut() const {
        return parts_.bytes.was_cut() || (parts_.sealed && parts_.sealed->bytes.was_cut());
    }

    [[nodiscard]] uint64_t count() const override { return sealed_count_ + parts_.unsealed.size(); }
    [[nodiscard]] uint64_t sealed_count() const { return sealed_count_; }
    [[nodiscard]] uint64_t live_count() const { return count() - parts_.deleted->count(); }
    [[nodiscard]] RowSet live() const { return {count(), parts_.deleted->words()}; }

    /// The store as it was when `state` was its newest commit; `state` is one of its history. Bytes and
    /// tables are shared with this snapshot.
    [[nodiscard]] std::shared_ptr<const Snapshot> as_of(const ChainState& state) const;
    [[nodiscard]] RecordRow row(uint64_t record_number) const override {
        return record_number < sealed_count_ ? parts_.sealed->tables.row(record_number)
                                             : parts_.unsealed[record_number - sealed_count_].row;
    }

    /// The record's vector in the mapped file; nullptr if its row points outside.
    [[nodiscard]] const std::byte* vector_at(uint64_t record_number) const;

    /// kCorrupt with the offset if the record's boxes or its checksum are wrong.
    [[nodiscard]] Result<RecordView> view(uint64_t record_number) const;
    [[nodiscard]] Result<std::string> id_of(uint64_t record_number) const;

    /// Whether ids stand elsewhere than in the metadata.
    [[nodiscard]] bool has_own_ids() const { return !parts_.ids.empty(); }

    /// CRC32C that the record's boxes should have; nullopt where what knows it is damaged.
    [[nodiscard]] std::optional<uint32_t> checksum_of(uint64_t record_number) const;

    /// The live record with this id; see SealedPart::visit_ids().
    [[nodiscard]] Result<std::optional<uint64_t>> find(std::string_view id) const;

private:
    void load_unsealed_ids() const;

    void visit_unsealed_ids(uint64_t hash, const std::function<void(uint64_t)>& visit) const;

    SnapshotParts parts_;
    uint64_t sealed_count_ = 0;

    // Made when find() is first called and the hashes are not known.
    mutable std::once_flag ids_loaded_;
    mutable std::vector<IdEntry> unsealed_ids_;         ///< sorted
    mutable std::vector<uint64_t> unreadable_records_;  ///< unsealed, their ids cannot be told
};

/// A row's record in `bytes`; where the payloads are not `framed` in the prototype's boxes, they are taken as
/// they are.
Result<RecordView> view_row(ByteView bytes, const RecordRow& row, uint32_t dimension, bool framed);

}  // namespace reel
