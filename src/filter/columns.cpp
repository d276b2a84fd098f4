#include "filter/columns.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/checksum.h"
#include "base/try.h"

namespace reel {

namespace {

tl::unexpected<Error> damaged(const std::string& what) {
    return fail(ErrorCode::kCorrupt,
                "the columns of the metadata are damaged: " + what + "; they can be built again");
}

/// The first place from 0 to `count` for which `is_behind` holds; it holds for all places after that.
template <class Test>
uint64_t first_place(uint64_t count, Test&& is_behind) {
    uint64_t low = 0;
    uint64_t high = count;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (is_behind(middle)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

void add_range(std::vector<CodeRange>& ranges, uint64_t low, uint64_t high) {
    if (!ranges.empty() && ranges.back().high + 1 == low) {
        ranges.back().high = high;
    } else {
        ranges.push_back({low, high});
    }
}

}  // namespace

Column::Column(const ColumnEntry& entry, ByteView block)
    : entry_(entry),
      block_(block),
      rows_(block.data() + entry.codes_bytes()),
      lists_(rows_ + entry.rows_bytes()),
      numbers_(lists_ + entry.lists_bytes()),
      string_offsets_(numbers_ + entry.numbers_bytes()),
      strings_(block.subspan(entry.fixed_bytes())) {}

uint64_t Column::code(uint64_t cell) const {
    switch (entry_.width) {
        case 0: return entry_.lowest_code;
        case 1: return std::to_integer<uint64_t>(block_[cell]);
        case 2: return load_le<uint16_t>(codes() + 2 * cell);
        case 4: return load_le<uint32_t>(codes() + 4 * cell);
        default: return load_le<uint64_t>(codes() + 8 * cell);
    }
}

FilterNumber Column::number(uint64_t place) const {
    if (entry_.coding == NumberCoding::kOffset)
        return FilterNumber::from_int(
            static_cast<int64_t>(static_cast<uint64_t>(entry_.number_base) + place));
    if (entry_.coding == NumberCoding::kDouble)
        return FilterNumber::from_double(double_of_key(kLowestDoubleKey + place));
    const auto kind = std::to_integer<uint8_t>(numbers_[8 * uint64_t{entry_.number_count} + place]);
    const auto bits = load_le<uint64_t>(numbers_ + 8 * place);
    if (kind == static_cast<uint8_t>(FilterNumber::Kind::kInt)) return {FilterNumber::Kind::kInt, bits};
    if (kind == static_cast<uint8_t>(FilterNumber::Kind::kUint)) return {FilterNumber::Kind::kUint, bits};
    const auto value = std::bit_cast<double>(bits);
    return FilterNumber::from_double(std::isnan(value) ? 0 : value);
}

std::string_view Column::string(uint64_t place) const {
    const auto begin = load_le<uint32_t>(string_offsets_ + 4 * place);
    const auto end = load_le<uint32_t>(string_offsets_ + 4 * place + 4);
    return as_text(strings_.subspan(begin, end - begin));
}

std::optional<ValueView> Column::value(uint64_t code) const {
    ValueView value;
    if (code == kNullCode) return value;
    if (code == kFalseCode || code == kTrueCode) {
        value.type = ValueType::kBool;
        value.boolean = code == kTrueCode;
    } else if (code == kContainerCode) {
        value.type = ValueType::kContainer;
    } else if (code >= entry_.first_string_code() &&
               code - entry_.first_string_code() < entry_.string_count) {
        value.type = ValueType::kString;
        value.text = string(code - entry_.first_string_code());
    } else if (code >= entry_.first_number_code() &&
               code - entry_.first_number_code() < entry_.number_places()) {
        value.type = ValueType::kNumber;
        value.number = number(code - entry_.first_number_code());
    } else {
        return std::nullopt;
    }
    return value;
}

/// The codes that stand in the relation `op` to an operand that has an order; all equal ones for the others.
void Column::add_bounds(FilterOperator op, const ValueView& operand, std::vector<CodeRange>& ranges) const {
    if (operand.type == ValueType::kNull) return add_range(ranges, kNullCode, kNullCode);
    if (operand.type == ValueType::kBool) {
        const uint64_t code = operand.boolean ? kTrueCode : kFalseCode;
        return add_range(ranges, code, code);
    }
    const bool is_number = operand.type == ValueType::kNumber;
    const uint64_t count = is_number ? entry_.number_places() : entry_.string_count;
    const uint64_t first = is_number ? entry_.first_number_code() : entry_.first_string_code();
    if (count == 0 || !may_hold(first, first + count - 1)) return;
    const auto order = [&](uint64_t place) {
        return is_number ? compare_numbers(number(place), operand.number)
                         : string(place).compare(operand.text);
    };
    const auto not_less = [&] {
        return first_place(count, [&](uint64_t place) { return order(place) >= 0; });
    };
    const auto greater = [&] { return first_place(count, [&](uint64_t place) { return order(place) > 0; }); };
    uint64_t begin = 0;
    uint64_t end = count;
    switch (op) {
        case FilterOperator::kLess: end = not_less(); break;
        case FilterOperator::kLessEqual: end = greater(); break;
        case FilterOperator::kGreater: begin = greater(); break;
        case FilterOperator::kGreaterEqual: begin = not_less(); break;
        default: begin = not_less(); end = greater();
    }
    if (begin < end) add_range(ranges, first + begin, first + end - 1);
}

void Column::add_tested_strings(const FilterCondition& condition, bool is_element,
                                std::vector<CodeRange>& ranges) const {
    ValueView value;
    value.type = ValueType::kString;
    const uint64_t first = entry_.first_string_code();
    for (uint64_t place = 0; place < entry_.string_count; ++place) {
        value.text = string(place);
        if (condition.matches(value, is_element)) add_range(ranges, first + place, first + place);
    }
}

std::vector<CodeRange> Column::matching_codes(const FilterCondition& condition, bool is_element) const {
    std::vector<CodeRange> ranges;
    switch (condition.op) {
        case FilterOperator::kExists: add_range(ranges, kOtherCode, ~uint64_t{0}); break;
        case FilterOperator::kLike:
        case FilterOperator::kIlike: add_tested_strings(condition, is_element, ranges); break;
        case FilterOperator::kContains:
            if (is_element) {
                add_bounds(FilterOperator::kEqual, view_of(condition.values.front()), ranges);
            } else if (condition.values.front().type == ValueType::kString) {
                add_tested_strings(condition, false, ranges);
            }
            break;
        default:
            for (const FilterValue& value : condition.values)
                add_bounds(condition.op, view_of(value), ranges);
    }
    if (condition.matches_missing()) ranges.insert(ranges.begin(), {kMissingCode, kMissingCode});
    std::erase_if(ranges, [&](const CodeRange& range) { return !may_hold(range.low, range.high); });
    return ranges;
}

bool Column::is_sound(uint64_t row_count) const {
    if (entry_.is_sparse()) {
        for (uint64_t e = 0; e < entry_.entry_count; ++e) {
            if (row(e) >= row_count || (e > 0 && row(e) <= row(e - 1))) return false;
        }
    }
    if (entry_.has_lists()) {
        if (first_cell(0) != 0 || first_cell(entry_.entry_count) != entry_.cell_count) return false;
        for (uint64_t e = 0; e < entry_.entry_count; ++e) {
            const uint64_t begin = first_cell(e);
            const uint64_t end = first_cell(e + 1);
            if (begin > end || (end != begin + 1 && !is_list(e))) return false;
        }
    }
    if (entry_.string_count == 0) return true;
    uint32_t before = 0;
    for (uint64_t i = 0; i <= entry_.string_count; ++i) {
        const auto offset = load_le<uint32_t>(string_offsets_ + 4 * i);
        if (offset < before || offset > strings_.size()) return false;
        before = offset;
    }
    return true;
}

Result<std::shared_ptr<const Columns>> Columns::parse(ByteView data, uint64_t row_count) {
    std::shared_ptr<Columns> columns(new Columns());
    columns->row_count_ = row_count;
    columns->data_ = data;
    REEL_TRY(columns->read_directory(data));
    return std::shared_ptr<const Columns>(std::move(columns));
}

Status Columns::read_directory(ByteView data) {
    if (data.size() < kColumnsHeaderBytes) return damaged("they end inside their header");
    const auto crc = load_le<uint32_t>(data.data());
    is_complete_ = (load_le<uint32_t>(data.data() + 4) & kColumnsComplete) != 0;
    const uint64_t keys = load_le<uint32_t>(data.data() + 16);
    const uint64_t odd = load_le<uint32_t>(data.data() + 20);
    const auto names_bytes = load_le<uint64_t>(data.data() + 24);
    const uint64_t tables = kColumnsHeaderBytes + odd * 4 + keys * kColumnEntryBytes;
    if (tables > data.size() || names_bytes > data.size() - tables)
        return damaged("they end inside their directory");
    if (crc32c(data.subspan(4, tables + names_bytes - 4)) != crc)
        return damaged("the directory's checksum is wrong");
    if (load_le<uint64_t>(data.data() + 8) != row_count_ || row_count_ > 0xFFFF'FFFF)
        return damaged("they are of another number of records");
    const std::byte* at = data.data() + kColumnsHeaderBytes;
    odd_rows_.reserve(odd);
    for (uint64_t i = 0; i < odd; ++i, at += 4) {
        const auto row = load_le<uint32_t>(at);
        if (row >= row_count_ || (i > 0 && row <= odd_rows_.back())) return damaged("a row number is wrong");
        odd_rows_.push_back(row);
    }
    names_.reserve(keys);
    entries_.reserve(keys);
    const ByteView names = data.subspan(tables, names_bytes);
    for (size_t i = 0; i < keys; ++i, at += kColumnEntryBytes) REEL_TRY(read_entry(at, names, i));
    states_ = std::make_unique<std::atomic<uint8_t>[]>(keys);
    return {};
}

Status Columns::read_entry(const std::byte* at, ByteView names, size_t place) {
    ColumnEntry entry;
    entry.fields([&](auto& field) {
        std::memcpy(&field, at, sizeof field);
        at += sizeof field;
    });
    if (entry.name_offset > names.size() || entry.name_size > names.size() - entry.name_offset)
        return damaged("a key lies outside");
    const std::string_view name = as_text(names.subspan(entry.name_offset, entry.name_size));
    if (place > 0 && name <= names_.back()) return damaged("the keys are not in order");
    if (entry.block_offset > data_.size() || entry.block_size > data_.size() - entry.block_offset)
        return damaged("a column lies outside");
    const bool width_is_known = entry.width <= 2 || entry.width == 4 || entry.width == 8;
    const bool coding_is_known = entry.coding <= NumberCoding::kDouble;
    if (!width_is_known || !coding_is_known || entry.flags > (kSparseColumn | kListColumn) ||
        entry.number_span >> 62U != 0)
        return damaged("a column is of an unknown kind");
    const bool one_a_row =
        entry.is_sparse() ? entry.entry_count <= row_count_ : entry.entry_count == row_count_;
    const bool one_cell_each = entry.has_lists() || entry.cell_count == entry.entry_count;
    if (!one_a_row || !one_cell_each || entry.fixed_bytes() > entry.block_size)
        return damaged("a column's counts contradict each other");
    // Without a byte a cell there is nothing else that the number of cells could be checked against.
    if (entry.width == 0 && entry.has_lists() && entry.cell_count > data_.size() + row_count_)
        return damaged("a column has more values than can be");
    names_.push_back(name);
    entries_.push_back(entry);
    return {};
}

std::optional<size_t> Columns::find(std::string_view key) const {
    const auto at = std::lower_bound(names_.begin(), names_.end(), key);
    if (at == names_.end() || *at != key) return std::nullopt;
    return static_cast<size_t>(at - names_.begin());
}

std::optional<Column> Columns::column(size_t place) const {
    const ColumnEntry& entry = entries_[place];
    const ByteView block = data_.subspan(entry.block_offset, entry.block_size);
    Column column(entry, block);
    // Threads that come at the same time check both, and find the same.
    uint8_t state = states_[place].load(std::memory_order_acquire);
    if (state == kUnchecked) {
        state = crc32c(block) == entry.block_crc && column.is_sound(row_count_) ? kGood : kDamaged;
        states_[place].store(state, std::memory_order_release);
    }
    if (state == kDamaged) return std::nullopt;
    return column;
}

}  // namespace reel
