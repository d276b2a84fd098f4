// A filter asked of many records at once: of columns where there are any, of the metadata elsewhere.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/row_set.h"
#include "filter/column_builder.h"
#include "filter/columns.h"
#include "filter/filter.h"

namespace reel {

/// Columns over rows [first_row, first_row + columns->row_count()).
struct FilterPart {
    uint64_t first_row = 0;
    std::shared_ptr<const Columns> columns;
};

/// What a filter cost.
struct FilterStats {
    uint64_t rows_from_columns = 0;  ///< judged by columns alone
    uint64_t rows_from_json = 0;     ///< whose metadata was read
    uint64_t column_bytes = 0;       ///< of the columns that were looked at
    uint64_t damaged_columns = 0;    ///< with wrong bytes, gone around through the metadata
};

/// The rows that match, all of them live.
struct MatchingRows {
    uint64_t row_count = 0;       ///< rows that were asked about
    uint64_t count = 0;           ///< rows that match
    std::vector<uint64_t> words;  ///< bit row % 64 of word row / 64

    [[nodiscard]] bool contains(uint64_t row) const {
        return row < row_count && (words[row / 64] >> (row % 64) & 1U) != 0;
    }
    /// What a RowSet takes: the bits of the rows that do not match.
    [[nodiscard]] std::vector<uint64_t> excluded() const;
};

/// Asks `filter` of the rows of `live`. Parts ascend, do not overlap and may leave rows out. The metadata of
/// a row is read where columns cannot answer, and only if the row is live; where that fails the error names
/// the row, and is kCorrupt if the metadata is no JSON object.
Result<MatchingRows> evaluate_filter(const Filter& filter, std::span<const FilterPart> parts,
                                     const RowSet& live, const MetadataOf& metadata_of,
                                     FilterStats* stats = nullptr);

/// How many rows match.
Result<uint64_t> count_matching_rows(const Filter& filter, std::span<const FilterPart> parts,
                                     const RowSet& live, const MetadataOf& metadata_of,
                                     FilterStats* stats = nullptr);

/// Whether columns stand for every key of `filter` in every row, which makes reading metadata the
/// exception. Looks at directories alone.
bool is_answered_by_columns(const Filter& filter, std::span<const FilterPart> parts, uint64_t row_count);

}  // namespace reel
