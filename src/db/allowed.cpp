#include "db/allowed.h"

#include "base/try.h"
#include "db/indexes.h"
#include "filter/evaluate.h"

namespace reel {

MetadataOf metadata_reader(const Snapshot& snapshot) {
    return [&snapshot](uint64_t row) -> Result<std::string_view> {
        REEL_ASSIGN(const RecordView record, snapshot.view(row));
        return record.metadata;
    };
}

std::vector<FilterPart> filter_parts(const std::vector<ColumnPart>& parts) {
    std::vector<FilterPart> converted;
    converted.reserve(parts.size());
    for (const ColumnPart& part : parts) converted.push_back({part.first_row, part.columns});
    return converted;
}

Result<AllowedRows> find_allowed(const View& view, const std::string& filter) {
    const Snapshot& snapshot = *view.snapshot;
    AllowedRows allowed{snapshot.count(), snapshot.live_count(), nullptr, snapshot.live(), {}};
    if (filter.empty()) return allowed;
    REEL_ASSIGN(const Filter parsed, Filter::parse(filter));
    const auto parts = filter_parts(view.indexes->columns(snapshot));
    REEL_ASSIGN(const MatchingRows matching,
                evaluate_filter(parsed, parts, snapshot.live(), metadata_reader(snapshot), &allowed.cost));
    allowed.count = matching.count;
    allowed.excluded = std::make_shared<const std::vector<uint64_t>>(matching.excluded());
    return allowed;
}

AllowedRows without_rows(AllowedRows allowed, const std::vector<uint64_t>& rows) {
    std::vector<uint64_t> excluded;
    const RowSet before = allowed.rows();
    excluded.assign(before.excluded.begin(), before.excluded.end());
    excluded.resize((allowed.row_count + 63) / 64, 0);
    for (const uint64_t row : rows) {
        if (!before.contains(row)) continue;
        uint64_t& word = excluded[row / 64];
        const uint64_t bit = uint64_t{1} << (row % 64);
        if ((word & bit) == 0) --allowed.count;
        word |= bit;
    }
    allowed.excluded = std::make_shared<const std::vector<uint64_t>>(std::move(excluded));
    return allowed;
}

}  // namespace reel
