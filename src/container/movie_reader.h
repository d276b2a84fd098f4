// Reads a store's `moov` in place.
#pragma once

#include <optional>
#include <string_view>

#include "boxes/store_boxes.h"
#include "boxes/table_view.h"
#include "container/tracks.h"

namespace reel {

/// The tables of a store's movie; views into the mapped bytes.
class MovieTables {
public:
    MovieTables() = default;

    /// `moov`: the whole box. kCorrupt if a table is missing or the tables' counts differ.
    static Result<MovieTables> parse(ByteView moov);

    [[nodiscard]] uint64_t count() const { return count_; }
    [[nodiscard]] RecordRow row(uint64_t record_number) const {
        return {offsets_[2][record_number], offsets_[1][record_number], offsets_[0][record_number],
                sizes_[1][record_number], sizes_[0][record_number]};
    }

    [[nodiscard]] uint64_t vector_offset(uint64_t record_number) const { return offsets_[2][record_number]; }

    /// Row bytes of the tables in the order of the file: what table_checksums cover.
    [[nodiscard]] std::vector<ByteView> row_bytes() const;

private:
    std::array<ChunkOffsetView, 3> offsets_;
    std::array<SampleSizeView, 3> sizes_;
    uint64_t count_ = 0;
};

/// What else a store's movie holds.
struct MovieBoxes {
    SealRecordBox seal;
    std::optional<CommitRecordBox> commit;
    std::string_view configuration;  ///< JSON, into the mapped bytes
};

/// Finds the seal record of the `moov` at `offset` and checks its own
/// checksum, file id and offset: O(tracks + sections), not O(records).
Result<MovieBoxes> parse_sealed_movie(ByteView moov, uint64_t offset, const FileId& file_id);

/// Whether the last table, the vectors' offsets, has the checksums of the seal record.
bool last_table_holds(const MovieTables& tables, const SealRecordBox& seal);

/// Checks every byte of the movie against the seal record's checksums.
Status check_movie(ByteView moov, const SealRecordBox& seal);

}  // namespace reel
