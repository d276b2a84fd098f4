#include "filter/key_statistics.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>

#include "base/try.h"

namespace reel {

namespace {

constexpr uint64_t kChunkRows = 65'536;
constexpr size_t kKeptValues = 1000;     ///< most frequent ones of a key, between parts
constexpr size_t kMinimumHashes = 1024;  ///< kept to estimate how many values there are
constexpr size_t kMaxFollowedKeys = 10'000;

/// Mixes all bits (the finaliser of SplitMix64: Steele, Lea & Flood 2014).
uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30U) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27U) * 0x94D049BB133111EBU;
    return x ^ x >> 31U;
}

/// Counts different values from the smallest hashes seen (Bar-Yossef et al. 2002): exact up to their number.
class DistinctCounter {
public:
    void add(uint64_t hash) {
        if (hashes_.size() == kMinimumHashes && hash >= *hashes_.rbegin()) {
            is_exact_ = is_exact_ && hash == *hashes_.rbegin();
            return;
        }
        hashes_.insert(hash);
        if (hashes_.size() <= kMinimumHashes) return;
        hashes_.erase(std::prev(hashes_.end()));
        is_exact_ = false;
    }

    [[nodiscard]] bool is_exact() const { return is_exact_; }
    [[nodiscard]] uint64_t count() const {
        if (is_exact_) return hashes_.size();
        const double share = static_cast<double>(*hashes_.rbegin()) / 18446744073709551616.0;
        return static_cast<uint64_t>(static_cast<double>(kMinimumHashes - 1) / share);
    }

private:
    std::set<uint64_t> hashes_;
    bool is_exact_ = true;
};

struct CodeCount {
    uint64_t code = 0;
    uint64_t count = 0;
};

class KeyCollector {
public:
    /// `first_row`: of the column's rows among those of `live`.
    void add(const Column& column, uint64_t first_row, const RowSet& live) {
        std::vector<uint64_t> codes;
        for (uint64_t e = 0; e < column.entry().entry_count; ++e) {
            if (!live.contains(first_row + column.row(e))) continue;
            const uint64_t begin = column.first_cell(e);
            if (!column.is_list(e)) {
                add_row(column, column.code(begin));
                codes.push_back(column.code(begin));
                continue;
            }
            ++statistics_.list_rows;
            for (uint64_t cell = begin; cell < column.first_cell(e + 1); ++cell)
                codes.push_back(column.code(cell));
        }
        add_values(column, count_codes(std::move(codes)));
    }

    KeyStatistics finish(std::string key, size_t common_values) {
        KeyStatistics& all = statistics_;
        all.key = std::move(key);
        all.rows = all.null_rows + all.bool_rows + all.number_rows + all.string_rows + all.list_rows +
                   all.object_rows + all.other_rows;
        all.distinct = distinct_.count();
        all.distinct_is_exact = distinct_.is_exact();
        keep_values(std::min(common_values, kKeptValues), false);
        all.common.reserve(counts_.size());
        for (const auto& [value, count] : counts_) all.common.push_back({value, count});
        std::sort(all.common.begin(), all.common.end(), [](const ValueCount& a, const ValueCount& b) {
            return a.count != b.count ? a.count > b.count : a.value < b.value;
        });
        return std::move(all);
    }

private:
    void add_row(const Column& column, uint64_t code) {
        if (code == kMissingCode) return;
        const auto value = column.value(code);
        if (!value) {
            ++statistics_.other_rows;
            return;
        }
        switch (value->type) {
            case ValueType::kNull: ++statistics_.null_rows; break;
            case ValueType::kBool: ++statistics_.bool_rows; break;
            case ValueType::kNumber: ++statistics_.number_rows; break;
            case ValueType::kString: ++statistics_.string_rows; break;
            case ValueType::kContainer: ++statistics_.object_rows; break;
        }
    }

    static std::vector<CodeCount> count_codes(std::vector<uint64_t> codes) {
        std::sort(codes.begin(), codes.end());
        std::vector<CodeCount> counts;
        for (const uint64_t code : codes) {
            if (counts.empty() || counts.back().code != code) counts.push_back({code, 0});
            ++counts.back().count;
        }
        return counts;
    }

    void add_values(const Column& column, std::vector<CodeCount> counts) {
        std::erase_if(counts, [&](const CodeCount& each) {
            const auto value = column.value(each.code);
            return !value || value->type == ValueType::kContainer;
        });
        for (const CodeCount& each : counts) {
            const ValueView value = *column.value(each.code);
            distinct_.add(hash(value));
            if (value.type != ValueType::kNumber) continue;
            auto& low = statistics_.lowest;
            auto& high = statistics_.highest;
            if (!low || compare_numbers(value.number, *low) < 0) low = value.number;
            if (!high || compare_numbers(value.number, *high) > 0) high = value.number;
        }
        if (counts.size() > kKeptValues) {
            std::nth_element(counts.begin(), counts.begin() + kKeptValues, counts.end(),
                             [](const CodeCount& a, const CodeCount& b) { return a.count > b.count; });
            counts.resize(kKeptValues);
            statistics_.common_is_exact = false;
        }
        for (const CodeCount& each : counts) counts_[print_value(*column.value(each.code))] += each.count;
        if (counts_.size() > 4 * kKeptValues) keep_values(kKeptValues, true);
    }

    void keep_values(size_t kept, bool loses) {
        if (counts_.size() <= kept) return;
        if (loses) statistics_.common_is_exact = false;
        std::vector<std::pair<uint64_t, std::string>> order;
        order.reserve(counts_.size());
        for (const auto& [value, count] : counts_) order.emplace_back(~count, value);
        std::sort(order.begin(), order.end());
        for (size_t i = kept; i < order.size(); ++i) counts_.erase(order[i].second);
    }

    static uint64_t hash(const ValueView& value) {
        uint64_t inner = value.boolean ? 1 : 0;
        if (value.type == ValueType::kNumber)
            inner = mix(value.number.bits) + static_cast<uint64_t>(value.number.kind);
        if (value.type == ValueType::kString) inner = std::hash<std::string_view>()(value.text);
        return mix(inner ^ mix(static_cast<uint64_t>(value.type) + 1));
    }

    KeyStatistics statistics_;
    std::unordered_map<std::string, uint64_t> counts_;
    DistinctCounter distinct_;
};

class Collector {
public:
    Collector(const RowSet& live, const MetadataOf& metadata_of, const BuildControl& control)
        : live_(live), metadata_of_(metadata_of), control_(control) {}

    Status run(std::span<const FilterPart> parts) {
        uint64_t row = 0;
        for (const FilterPart& part : parts) {
            if (control_.is_cancelled())
                return fail(ErrorCode::kInterrupted, "counting the keys was stopped");
            const uint64_t end = part.first_row + part.columns->row_count();
            if (part.first_row < row || end > live_.row_count || !is_whole(*part.columns)) continue;
            REEL_TRY(add_uncovered(row, part.first_row));
            add_columns(*part.columns, part.first_row);
            row = end;
        }
        return add_uncovered(row, live_.row_count);
    }

    MetadataStatistics finish(size_t common_values) {
        result_.keys.reserve(keys_.size());
        for (auto& [key, collector] : keys_) {
            KeyStatistics statistics = collector.finish(key, common_values);
            if (statistics.rows > 0) result_.keys.push_back(std::move(statistics));
        }
        std::stable_sort(result_.keys.begin(), result_.keys.end(),
                         [](const KeyStatistics& a, const KeyStatistics& b) { return a.rows > b.rows; });
        return std::move(result_);
    }

private:
    static bool is_whole(const Columns& columns) {
        if (!columns.is_complete() || !columns.odd_rows().empty()) return false;
        for (size_t i = 0; i < columns.key_count(); ++i) {
            if (!columns.column(i)) return false;
        }
        return true;
    }

    /// Columns that are only counted are built like those of a section.
    Status add_uncovered(uint64_t begin, uint64_t end) {
        ColumnLimits limits;
        limits.within_metadata = false;
        BuildControl control = control_;
        control.progress = {};
        for (uint64_t first = begin; first < end; first += kChunkRows) {
            const uint64_t rows = std::min(kChunkRows, end - first);
            const auto metadata = [&](uint64_t row) -> Result<std::string_view> {
                if (!live_.contains(first + row)) return "{}";
                return metadata_of_(first + row);
            };
            REEL_ASSIGN(const ByteBuffer data, build_columns(rows, metadata, control, limits));
            REEL_ASSIGN(const auto columns, Columns::parse(data, rows));
            result_.has_all_keys = result_.has_all_keys && columns->is_complete();
            result_.unreadable_rows += columns->odd_rows().size();
            add_columns(*columns, first);
        }
        return {};
    }

    void add_columns(const Columns& columns, uint64_t first_row) {
        for (size_t i = 0; i < columns.key_count(); ++i) {
            const std::string key(columns.key(i));
            if (keys_.size() >= kMaxFollowedKeys && !keys_.contains(key)) {
                result_.has_all_keys = false;
                continue;
            }
            if (const auto column = columns.column(i)) keys_[key].add(*column, first_row, live_);
        }
    }

    const RowSet& live_;
    const MetadataOf& metadata_of_;
    const BuildControl& control_;
    std::map<std::string, KeyCollector> keys_;
    MetadataStatistics result_;
};

}  // namespace

Result<MetadataStatistics> key_statistics(std::span<const FilterPart> parts, const RowSet& live,
                                          const MetadataOf& metadata_of, size_t common_values,
                                          const BuildControl& control) {
    Collector collector(live, metadata_of, control);
    REEL_TRY(collector.run(parts));
    return collector.finish(common_values);
}

}  // namespace reel
