#include "filter/column_scan.h"

#include <algorithm>

#include "filter/scan_kernels.h"

namespace reel {

namespace {

using Bits = std::vector<uint64_t>;

constexpr size_t kFewRanges = 4;
constexpr uint64_t kTableCodes = uint64_t{1} << 24U;

bool get(const Bits& bits, uint64_t at) { return (bits[at / 64] >> (at % 64) & 1U) != 0; }
void set(Bits& bits, uint64_t at) { bits[at / 64] |= uint64_t{1} << (at % 64); }

/// For more ranges than it pays to scan for: a bit a code, or a search in the ranges where codes are large.
void scan_many(const Column& column, const std::vector<CodeRange>& ranges, Bits& bits) {
    const ColumnEntry& entry = column.entry();
    Bits table;
    if (entry.highest_code < kTableCodes) {
        table.resize(word_count(entry.highest_code + 1));
        for (const CodeRange& range : ranges) {
            for (uint64_t code = range.low; code <= std::min(range.high, entry.highest_code); ++code)
                set(table, code);
        }
    }
    for (uint64_t cell = 0; cell < entry.cell_count; ++cell) {
        const uint64_t code = column.code(cell);
        if (!table.empty()) {
            if (code <= entry.highest_code && get(table, code)) set(bits, cell);
            continue;
        }
        const auto behind =
            std::upper_bound(ranges.begin(), ranges.end(), code,
                             [](uint64_t c, const CodeRange& range) { return c < range.low; });
        if (behind != ranges.begin() && code <= std::prev(behind)->high) set(bits, cell);
    }
}

/// A bit for each cell whose code lies in one of the ranges.
Bits scan_cells(const Column& column, const std::vector<CodeRange>& ranges) {
    const ColumnEntry& entry = column.entry();
    Bits bits(word_count(entry.cell_count));
    if (entry.width == 0) {
        const bool hit = std::any_of(ranges.begin(), ranges.end(), [&](const CodeRange& range) {
            return range.low <= entry.lowest_code && entry.lowest_code <= range.high;
        });
        if (hit) std::fill(bits.begin(), bits.end(), ~uint64_t{0});
    } else if (ranges.size() > kFewRanges) {
        scan_many(column, ranges, bits);
    } else {
        for (const CodeRange& range : ranges) {
            scan_kernel().scan_range(column.codes(), entry.width, entry.cell_count, range.low, range.high,
                                     bits.data());
        }
    }
    return bits;
}

/// From cells to entries: those of `alone` for a value, any of `elements` for an array.
Bits gather(const Column& column, const Bits& alone, const Bits& elements, bool empty_list_matches) {
    const uint64_t entries = column.entry().entry_count;
    Bits bits(word_count(entries));
    for (uint64_t e = 0; e < entries; ++e) {
        const uint64_t begin = column.first_cell(e);
        const uint64_t end = column.first_cell(e + 1);
        bool hit = false;
        if (column.is_list(e)) {
            hit = empty_list_matches;
            for (uint64_t cell = begin; cell < end && !hit; ++cell) hit = get(elements, cell);
        } else {
            hit = get(alone, begin);
        }
        if (hit) set(bits, e);
    }
    return bits;
}

/// From entries to rows; `missing`: what holds for rows without an entry.
Bits scatter(const Column& column, Bits entries, bool missing, uint64_t row_count) {
    if (!column.entry().is_sparse()) return entries;
    Bits rows(word_count(row_count), missing ? ~uint64_t{0} : 0);
    for (uint64_t e = 0; e < column.entry().entry_count; ++e) {
        if (get(entries, e) == missing) continue;
        rows[column.row(e) / 64] ^= uint64_t{1} << (column.row(e) % 64);
    }
    return rows;
}

}  // namespace

RowAnswers scan_column(const Column& column, const FilterCondition& condition, uint64_t row_count) {
    const ColumnEntry& entry = column.entry();
    const bool is_exists = condition.op == FilterOperator::kExists;
    const auto find = [&](const std::vector<CodeRange>& alone, const std::vector<CodeRange>& elements,
                          bool missing) {
        Bits bits = scan_cells(column, alone);
        if (entry.has_lists()) bits = gather(column, bits, scan_cells(column, elements), is_exists);
        return scatter(column, std::move(bits), missing, row_count);
    };
    RowAnswers answers;
    const std::vector<CodeRange> alone = column.matching_codes(condition, false);
    std::vector<CodeRange> elements;
    if (entry.has_lists()) elements = column.matching_codes(condition, true);
    answers.yes = find(alone, elements, condition.matches_missing());
    if (is_exists || entry.lowest_code > kOtherCode || entry.highest_code < kOtherCode) return answers;
    const std::vector<CodeRange> other{{kOtherCode, kOtherCode}};
    Bits unknown = find(other, other, false);
    bool any = false;
    for (size_t i = 0; i < unknown.size(); ++i) {
        unknown[i] &= ~answers.yes[i];
        any = any || unknown[i] != 0;
    }
    if (any) answers.unknown = std::move(unknown);
    return answers;
}

}  // namespace reel
