// The columns of a section, read in place.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "filter/column_layout.h"
#include "filter/expression.h"
#include "reel/error.h"

namespace reel {

/// Codes from `low` to `high`, both included.
struct CodeRange {
    uint64_t low = 0;
    uint64_t high = 0;
};

/// One key's column, its bytes checked.
class Column {
public:
    Column(const ColumnEntry& entry, ByteView block);

    [[nodiscard]] const ColumnEntry& entry() const { return entry_; }
    [[nodiscard]] uint64_t bytes() const { return block_.size(); }
    [[nodiscard]] const std::byte* codes() const { return block_.data(); }

    [[nodiscard]] uint64_t code(uint64_t cell) const;
    [[nodiscard]] uint32_t row(uint64_t entry) const {
        return entry_.is_sparse() ? load_le<uint32_t>(rows_ + 4 * entry) : static_cast<uint32_t>(entry);
    }
    [[nodiscard]] uint32_t first_cell(uint64_t entry) const {
        return entry_.has_lists() ? load_le<uint32_t>(lists_ + 4 * entry) : static_cast<uint32_t>(entry);
    }
    [[nodiscard]] bool is_list(uint64_t entry) const {
        if (!entry_.has_lists()) return false;
        const std::byte flags = lists_[4 * (uint64_t{entry_.entry_count} + 1) + entry / 8];
        return (std::to_integer<unsigned>(flags) >> (entry % 8) & 1U) != 0;
    }

    /// What a code stands for; nullopt for kMissingCode, kOtherCode and codes that are nothing's.
    [[nodiscard]] std::optional<ValueView> value(uint64_t code) const;

    /// Ascending, without overlap: the codes of the values that match.
    [[nodiscard]] std::vector<CodeRange> matching_codes(const FilterCondition& condition,
                                                        bool is_element) const;

    /// Whether rows ascend within `row_count`, lists and strings lie inside. The rest of this class trusts in
    /// it.
    [[nodiscard]] bool is_sound(uint64_t row_count) const;

private:
    [[nodiscard]] FilterNumber number(uint64_t place) const;
    [[nodiscard]] std::string_view string(uint64_t place) const;
    [[nodiscard]] bool may_hold(uint64_t low, uint64_t high) const {
        return low <= entry_.highest_code && high >= entry_.lowest_code;
    }
    void add_bounds(FilterOperator op, const ValueView& operand, std::vector<CodeRange>& ranges) const;
    void add_tested_strings(const FilterCondition& condition, bool is_element,
                            std::vector<CodeRange>& ranges) const;

    ColumnEntry entry_;
    ByteView block_;
    const std::byte* rows_;
    const std::byte* lists_;
    const std::byte* numbers_;
    const std::byte* string_offsets_;
    ByteView strings_;
};

/// A cols section. Immutable but for what it remembers of checks: any number of threads may read it.
class Columns {
public:
    /// `data` must live as long as the result. kCorrupt if its directory is damaged or not for `row_count`
    /// rows; the columns themselves are checked when they are first used.
    static Result<std::shared_ptr<const Columns>> parse(ByteView data, uint64_t row_count);

    [[nodiscard]] uint64_t row_count() const { return row_count_; }
    [[nodiscard]] size_t key_count() const { return entries_.size(); }
    [[nodiscard]] std::string_view key(size_t place) const { return names_[place]; }
    /// Whether a key without a column is in no row but the odd ones.
    [[nodiscard]] bool is_complete() const { return is_complete_; }
    /// Rows whose metadata could not be read when the section was built, ascending.
    [[nodiscard]] const std::vector<uint32_t>& odd_rows() const { return odd_rows_; }

    [[nodiscard]] std::optional<size_t> find(std::string_view key) const;
    /// nullopt if its bytes are damaged.
    [[nodiscard]] std::optional<Column> column(size_t place) const;

private:
    enum State : uint8_t { kUnchecked, kGood, kDamaged };

    Columns() = default;
    Status read_directory(ByteView data);
    Status read_entry(const std::byte* at, ByteView names, size_t place);

    uint64_t row_count_ = 0;
    bool is_complete_ = false;
    ByteView data_;
    std::vector<uint32_t> odd_rows_;
    std::vector<std::string_view> names_;  ///< ascending
    std::vector<ColumnEntry> entries_;
    std::unique_ptr<std::atomic<uint8_t>[]> states_;
};

}  // namespace reel
