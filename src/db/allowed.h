// Which records may be hits: live ones that a filter lets through.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "db/indexes.h"
#include "db/state.h"

namespace reel {

/// A set of rows with what its words need to stay alive.
struct AllowedRows {
    uint64_t row_count = 0;                                 ///< of the snapshot
    uint64_t count = 0;                                     ///< rows in the set
    std::shared_ptr<const std::vector<uint64_t>> excluded;  ///< null: as the snapshot's live rows
    RowSet live;
    FilterStats cost = {};

    [[nodiscard]] RowSet rows() const {
        return excluded ? RowSet{row_count, std::span<const uint64_t>(*excluded)} : live;
    }
};

/// Reads the metadata of a snapshot's rows; valid as long as the snapshot.
MetadataOf metadata_reader(const Snapshot& snapshot);

std::vector<FilterPart> filter_parts(const std::vector<ColumnPart>& parts);

/// kInvalidArgument where the filter is none; kCorrupt, naming it, where a record that it has to be asked of
/// is damaged.
Result<AllowedRows> find_allowed(const View& view, const std::string& filter);

/// The same without `rows`.
AllowedRows without_rows(AllowedRows matching, const std::vector<uint64_t>& rows);

}  // namespace reel
