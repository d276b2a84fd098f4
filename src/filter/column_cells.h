// What one key holds, row after row, while columns are built; then its column.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "filter/column_layout.h"
#include "filter/value.h"

namespace reel {

struct EncodedColumn {
    ColumnEntry entry;  ///< its name and offset are not set
    ByteBuffer block;
};

class ColumnCells {
public:
    /// A value that stands alone in `row`. Rows ascend, each has one entry.
    void add(uint32_t row, const ValueView& value);
    /// Begins an array; its elements follow by add_element().
    void begin_list(uint32_t row);
    void add_element(const ValueView& value);
    /// The row's values must be asked of the JSON. Once more for the same row does nothing.
    void add_other(uint32_t row);

    [[nodiscard]] size_t entry_count() const { return rows_.size(); }

    EncodedColumn encode(uint32_t row_count) const;

private:
    enum class Kind : uint8_t { kOther, kNull, kFalse, kTrue, kContainer, kNumber, kString };
    struct Strings;
    struct Numbers;

    void begin_entry(uint32_t row, bool is_list);
    void add_cell(const ValueView& value);
    void put(Kind kind, uint64_t raw);
    [[nodiscard]] FilterNumber number(size_t cell) const;
    [[nodiscard]] std::string_view string(size_t cell) const;
    [[nodiscard]] Strings sort_strings() const;
    [[nodiscard]] Numbers sort_numbers() const;
    void choose_coding(const Numbers& numbers, ColumnEntry& entry) const;
    [[nodiscard]] std::vector<uint64_t> codes(const Numbers& numbers, const Strings& strings,
                                              const ColumnEntry& entry) const;
    void choose_shape(uint32_t row_count, ColumnEntry& entry) const;
    void append_codes(const std::vector<uint64_t>& codes, const ColumnEntry& entry, ByteBuffer& out) const;
    void append_lists(const ColumnEntry& entry, ByteBuffer& out) const;

    std::vector<uint32_t> rows_;                    ///< of each entry
    std::vector<uint32_t> first_cell_;              ///< of each entry; empty as long as no entry is a list
    std::vector<bool> is_list_;                     ///< as long as first_cell_
    std::vector<Kind> kinds_;                       ///< of each cell
    std::vector<uint64_t> raw_;                     ///< of each cell: a number's bits, where a string is
    std::vector<FilterNumber::Kind> number_kinds_;  ///< of each cell once a number is no int64; else empty
    std::string text_;                              ///< of all strings, one behind the other
};

}  // namespace reel
