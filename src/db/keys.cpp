// What a store's metadata is made of, and what filters choose besides hits.
#include <algorithm>

#include "base/json.h"
#include "base/try.h"
#include "db/allowed.h"
#include "db/indexes.h"
#include "db/records.h"
#include "filter/key_statistics.h"

namespace reel {

namespace {

constexpr size_t kCommonValues = 10;

KeyInfo info_of(KeyStatistics& statistics) {
    KeyInfo info;
    info.key = std::move(statistics.key);
    info.records = statistics.rows;
    const std::pair<const char*, uint64_t> types[] = {
        {"null", statistics.null_rows},     {"bool", statistics.bool_rows},
        {"number", statistics.number_rows}, {"string", statistics.string_rows},
        {"list", statistics.list_rows},     {"object", statistics.object_rows},
        {"other", statistics.other_rows},
    };
    for (const auto& [name, rows] : types) {
        if (rows > 0) info.types.emplace_back(name, rows);
    }
    info.common.reserve(statistics.common.size());
    for (ValueCount& value : statistics.common) info.common.emplace_back(std::move(value.value), value.count);
    info.common_is_exact = statistics.common_is_exact;
    if (statistics.lowest) info.least = print_number(*statistics.lowest);
    if (statistics.highest) info.greatest = print_number(*statistics.highest);
    info.distinct = statistics.distinct;
    info.distinct_is_exact = statistics.distinct_is_exact;
    return info;
}

}  // namespace

Result<std::vector<KeyInfo>> Database::keys() const {
    const auto view = state_->view();
    const Snapshot& snapshot = *view->snapshot;
    const auto read = [&]() -> Result<std::vector<KeyInfo>> {
        REEL_ASSIGN(MetadataStatistics statistics,
                    key_statistics(filter_parts(view->indexes->columns(snapshot)), snapshot.live(),
                                   metadata_reader(snapshot), kCommonValues));
        std::vector<KeyInfo> keys;
        keys.reserve(statistics.keys.size());
        for (KeyStatistics& key : statistics.keys) {
            if (key.key != "doc_id") keys.push_back(info_of(key));  // the id, which is no key of the user's
        }
        std::sort(keys.begin(), keys.end(), [](const KeyInfo& a, const KeyInfo& b) { return a.key < b.key; });
        return keys;
    };
    return unless_cut(snapshot, path(), read());
}

Result<uint64_t> Database::count(std::string_view filter) const {
    const auto view = state_->view();
    const auto read = [&]() -> Result<uint64_t> {
        REEL_ASSIGN(const AllowedRows allowed, find_allowed(*view, std::string(filter)));
        return allowed.count;
    };
    return unless_cut(*view->snapshot, path(), read());
}

Status Database::scan(const ScanRange& range, const std::function<bool(const Record&)>& visit) const {
    const auto view = state_->view();
    const Snapshot& snapshot = *view->snapshot;
    uint64_t n = 0;
    if (range.after) {
        REEL_ASSIGN(const auto found, unless_cut(snapshot, path(), snapshot.find(*range.after)));
        if (!found)
            return fail(ErrorCode::kNotFound, path() + ": no record with id " + quote_json(*range.after));
        n = *found + 1;
    }
    REEL_ASSIGN(const AllowedRows allowed, unless_cut(snapshot, path(), find_allowed(*view, range.filter)));
    for (const RowSet rows = allowed.rows(); n < rows.row_count; ++n) {
        if (!rows.contains(n)) continue;
        REEL_ASSIGN(const Record record, unless_cut(snapshot, path(), read_record(snapshot, n)));
        if (!visit(record)) return {};
    }
    return {};
}

Result<uint64_t> Database::remove_matching(std::string_view filter) {
    if (filter.empty()) {
        return fail(ErrorCode::kInvalidArgument,
                    "an empty filter would delete every record; say which ones are to go");
    }
    return state_->with_writer([&](Writer& writer) -> Result<uint64_t> {
        REEL_TRY(writer.check_usable());
        // Records of the pending commit are not looked at: a filter speaks of what is committed.
        const auto view = state_->view();
        REEL_ASSIGN(const AllowedRows allowed, find_allowed(*view, std::string(filter)));
        uint64_t removed = 0;
        const RowSet rows = allowed.rows();
        for (uint64_t n = 0; n < rows.row_count; ++n) {
            if (!rows.contains(n) || writer.is_deleted(n)) continue;
            REEL_TRY(writer.remove(n));
            ++removed;
        }
        return removed;
    });
}

}  // namespace reel
