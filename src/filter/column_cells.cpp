#include "filter/column_cells.h"

#include <algorithm>
#include <array>
#include <utility>

namespace reel {

namespace {

using NumberKind = FilterNumber::Kind;

// A string is kept as its offset and its size, which needs these many bits.
constexpr unsigned kSizeBits = 11;
static_assert(kMaxColumnString < (size_t{1} << kSizeBits));

/// The first bytes of a string so that unsigned order is that of the strings.
uint64_t prefix_of(std::string_view text) {
    std::array<std::byte, 8> bytes{};
    std::memcpy(bytes.data(), text.data(), std::min(text.size(), bytes.size()));
    return load_be<uint64_t>(bytes.data());
}

uint8_t width_of(uint64_t highest) {
    if (highest <= 0xFF) return 1;
    if (highest <= 0xFFFF) return 2;
    return highest <= 0xFFFF'FFFF ? 4 : 8;
}

bool number_less(const FilterNumber& a, const FilterNumber& b) { return compare_numbers(a, b) < 0; }

}  // namespace

/// The different strings in order, and which of them each string cell is.
struct ColumnCells::Strings {
    std::vector<std::string_view> sorted;
    std::vector<std::pair<uint32_t, uint32_t>> places;  ///< cell, place in `sorted`
};

/// The different numbers in order.
struct ColumnCells::Numbers {
    std::vector<FilterNumber> sorted;
    bool all_int = true;
    bool all_double = true;
    size_t cells = 0;
};

void ColumnCells::begin_entry(uint32_t row, bool is_list) {
    if (is_list && first_cell_.empty()) {
        // So far each entry was one cell.
        first_cell_.reserve(rows_.size() + 1);
        for (uint32_t i = 0; i < rows_.size(); ++i) first_cell_.push_back(i);
        is_list_.assign(rows_.size(), false);
    }
    if (is_list || !first_cell_.empty()) {
        first_cell_.push_back(static_cast<uint32_t>(kinds_.size()));
        is_list_.push_back(is_list);
    }
    rows_.push_back(row);
}

void ColumnCells::put(Kind kind, uint64_t raw) {
    kinds_.push_back(kind);
    raw_.push_back(raw);
    if (!number_kinds_.empty()) number_kinds_.push_back(NumberKind::kInt);
}

void ColumnCells::add_cell(const ValueView& value) {
    switch (value.type) {
        case ValueType::kNull: return put(Kind::kNull, 0);
        case ValueType::kBool: return put(value.boolean ? Kind::kTrue : Kind::kFalse, 0);
        case ValueType::kContainer: return put(Kind::kContainer, 0);
        case ValueType::kNumber:
            put(Kind::kNumber, value.number.bits);
            if (value.number.kind != NumberKind::kInt) {
                number_kinds_.resize(kinds_.size(), NumberKind::kInt);
                number_kinds_.back() = value.number.kind;
            }
            return;
        case ValueType::kString: break;
    }
    if (value.text.size() > kMaxColumnString) return put(Kind::kOther, 0);
    put(Kind::kString, uint64_t{text_.size()} << kSizeBits | value.text.size());
    text_ += value.text;
}

void ColumnCells::add(uint32_t row, const ValueView& value) {
    begin_entry(row, false);
    add_cell(value);
}

void ColumnCells::begin_list(uint32_t row) { begin_entry(row, true); }

void ColumnCells::add_element(const ValueView& value) { add_cell(value); }

void ColumnCells::add_other(uint32_t row) {
    if (!rows_.empty() && rows_.back() == row) return;
    begin_entry(row, false);
    put(Kind::kOther, 0);
}

FilterNumber ColumnCells::number(size_t cell) const {
    return {number_kinds_.empty() ? NumberKind::kInt : number_kinds_[cell], raw_[cell]};
}

std::string_view ColumnCells::string(size_t cell) const {
    const uint64_t raw = raw_[cell];
    return std::string_view(text_).substr(raw >> kSizeBits, raw & ((uint64_t{1} << kSizeBits) - 1));
}

ColumnCells::Strings ColumnCells::sort_strings() const {
    std::vector<std::pair<uint64_t, uint32_t>> order;
    const auto count = std::count(kinds_.begin(), kinds_.end(), Kind::kString);
    order.reserve(static_cast<size_t>(count));
    for (uint32_t cell = 0; cell < kinds_.size(); ++cell) {
        if (kinds_[cell] == Kind::kString) order.emplace_back(prefix_of(string(cell)), cell);
    }
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : string(a.second) < string(b.second);
    });
    Strings strings;
    strings.places.reserve(order.size());
    for (const auto& [prefix, cell] : order) {
        const std::string_view text = string(cell);
        if (strings.sorted.empty() || strings.sorted.back() != text) strings.sorted.push_back(text);
        strings.places.emplace_back(cell, static_cast<uint32_t>(strings.sorted.size() - 1));
    }
    return strings;
}

ColumnCells::Numbers ColumnCells::sort_numbers() const {
    Numbers numbers;
    for (size_t cell = 0; cell < kinds_.size(); ++cell) {
        if (kinds_[cell] != Kind::kNumber) continue;
        const FilterNumber value = number(cell);
        numbers.all_int = numbers.all_int && value.kind == NumberKind::kInt;
        numbers.all_double = numbers.all_double && value.is_double();
        numbers.sorted.push_back(value);
    }
    numbers.cells = numbers.sorted.size();
    std::sort(numbers.sorted.begin(), numbers.sorted.end(), number_less);
    numbers.sorted.erase(std::unique(numbers.sorted.begin(), numbers.sorted.end()), numbers.sorted.end());
    return numbers;
}

/// The coding that takes the fewest bytes; entry.string_count is set.
void ColumnCells::choose_coding(const Numbers& numbers, ColumnEntry& entry) const {
    entry.coding = NumberCoding::kListed;
    entry.number_count = static_cast<uint32_t>(numbers.sorted.size());
    if (numbers.sorted.empty()) return;
    const auto bytes = [&](const ColumnEntry& e) {
        const uint8_t width = width_of(e.first_string_code() + e.string_count);
        return e.numbers_bytes() + uint64_t{width} * kinds_.size();
    };
    const auto try_coding = [&](ColumnEntry other) {
        other.number_count = 0;
        if (bytes(other) < bytes(entry)) entry = other;
    };
    if (numbers.all_double) {
        ColumnEntry doubles = entry;
        doubles.coding = NumberCoding::kDouble;
        try_coding(doubles);
    }
    const auto lowest = static_cast<uint64_t>(numbers.sorted.front().as_int());
    const uint64_t span = static_cast<uint64_t>(numbers.sorted.back().as_int()) - lowest;
    if (numbers.all_int && span >> 62U == 0) {
        ColumnEntry offsets = entry;
        offsets.coding = NumberCoding::kOffset;
        offsets.number_base = static_cast<int64_t>(lowest);
        offsets.number_span = span;
        try_coding(offsets);
    }
}

std::vector<uint64_t> ColumnCells::codes(const Numbers& numbers, const Strings& strings,
                                         const ColumnEntry& entry) const {
    std::vector<uint64_t> codes(kinds_.size());
    for (size_t cell = 0; cell < codes.size(); ++cell) {
        if (kinds_[cell] != Kind::kNumber) {
            codes[cell] = static_cast<uint64_t>(kinds_[cell]) + kOtherCode;
            continue;
        }
        const FilterNumber value = number(cell);
        if (entry.coding == NumberCoding::kOffset) {
            codes[cell] = kFirstFreeCode + (value.bits - static_cast<uint64_t>(entry.number_base));
        } else if (entry.coding == NumberCoding::kDouble) {
            codes[cell] = ordered_key(value.nearest_double());
        } else {
            const auto at =
                std::lower_bound(numbers.sorted.begin(), numbers.sorted.end(), value, number_less);
            codes[cell] = kFirstFreeCode + static_cast<uint64_t>(at - numbers.sorted.begin());
        }
    }
    for (const auto& [cell, place] : strings.places) codes[cell] = entry.first_string_code() + place;
    return codes;
}

/// One entry a row, or only those that are there, whichever is smaller; entry's codes are known.
void ColumnCells::choose_shape(uint32_t row_count, ColumnEntry& entry) const {
    const auto entries = static_cast<uint32_t>(rows_.size());
    const auto cells = static_cast<uint32_t>(kinds_.size());
    entry.flags = first_cell_.empty() ? 0 : kListColumn;
    ColumnEntry dense = entry;
    dense.entry_count = row_count;
    dense.cell_count = cells + (row_count - entries);
    if (row_count > entries) dense.lowest_code = kMissingCode;
    entry.flags |= kSparseColumn;
    entry.entry_count = entries;
    entry.cell_count = cells;
    for (ColumnEntry* each : {&dense, &entry}) {
        each->width = each->lowest_code == each->highest_code ? 0 : width_of(each->highest_code);
    }
    if (dense.fixed_bytes() <= entry.fixed_bytes()) entry = dense;
}

void ColumnCells::append_codes(const std::vector<uint64_t>& codes, const ColumnEntry& entry,
                               ByteBuffer& out) const {
    if (entry.width == 0) return;
    const size_t begin = out.size();
    out.resize(begin + entry.codes_bytes());
    std::byte* to = out.data() + begin;
    const auto put_code = [&](uint64_t code) {
        std::memcpy(to, &code, entry.width);
        to += entry.width;
    };
    uint64_t next_row = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
        for (; !entry.is_sparse() && next_row < rows_[i]; ++next_row) put_code(kMissingCode);
        next_row = uint64_t{rows_[i]} + 1;
        const size_t first = first_cell_.empty() ? i : first_cell_[i];
        size_t last = first + 1;
        if (!first_cell_.empty()) last = i + 1 < rows_.size() ? first_cell_[i + 1] : codes.size();
        for (size_t cell = first; cell < last; ++cell) put_code(codes[cell]);
    }
    for (; !entry.is_sparse() && next_row < entry.entry_count; ++next_row) put_code(kMissingCode);
}

void ColumnCells::append_lists(const ColumnEntry& entry, ByteBuffer& out) const {
    if (!entry.has_lists()) return;
    ByteBuffer flags((uint64_t{entry.entry_count} + 7) / 8);
    uint32_t cell = 0;
    size_t i = 0;
    for (uint32_t e = 0; e < entry.entry_count; ++e) {
        append_le(out, cell);
        if (!entry.is_sparse() && (i == rows_.size() || rows_[i] != e)) {
            ++cell;  // a row without the key
            continue;
        }
        const uint64_t end = i + 1 < rows_.size() ? first_cell_[i + 1] : kinds_.size();
        cell += static_cast<uint32_t>(end - first_cell_[i]);
        if (is_list_[i]) flags[e / 8] |= std::byte{1} << (e % 8);
        ++i;
    }
    append_le(out, cell);
    append(out, flags);
}

EncodedColumn ColumnCells::encode(uint32_t row_count) const {
    const Strings strings = sort_strings();
    const Numbers numbers = sort_numbers();
    EncodedColumn column;
    ColumnEntry& entry = column.entry;
    entry.string_count = static_cast<uint32_t>(strings.sorted.size());
    choose_coding(numbers, entry);
    const std::vector<uint64_t> all = codes(numbers, strings, entry);
    if (!all.empty()) {
        const auto [lowest, highest] = std::minmax_element(all.begin(), all.end());
        entry.lowest_code = *lowest;
        entry.highest_code = *highest;
    }
    choose_shape(row_count, entry);
    append_codes(all, entry, column.block);
    if (entry.is_sparse()) {
        for (const uint32_t row : rows_) append_le(column.block, row);
    }
    append_lists(entry, column.block);
    if (entry.number_count > 0) {
        for (const FilterNumber& value : numbers.sorted) append_le(column.block, value.bits);
        for (const FilterNumber& value : numbers.sorted) append_le(column.block, value.kind);
    }
    uint32_t offset = 0;
    for (const std::string_view text : strings.sorted) {
        append_le(column.block, offset);
        offset += static_cast<uint32_t>(text.size());
    }
    if (!strings.sorted.empty()) append_le(column.block, offset);
    for (const std::string_view text : strings.sorted) append(column.block, as_bytes(text));
    return column;
}

}  // namespace reel
