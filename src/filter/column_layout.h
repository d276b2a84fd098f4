// The bytes of a cols section (docs/format.md, section 7.3), shared by those who write and read them.
#pragma once

#include <bit>
#include <cstring>

#include "base/append_le.h"
#include "base/bytes.h"

namespace reel {

inline constexpr size_t kColumnsHeaderBytes = 32;
inline constexpr size_t kColumnEntryBytes = 80;
inline constexpr size_t kMaxColumnKeys = 1000;    ///< of a section; the most present ones stay
inline constexpr size_t kMaxColumnString = 1024;  ///< a longer one is asked of the JSON

inline constexpr uint32_t kColumnsComplete = 1;  ///< flag: a key without a column is in no record

/// Codes below the numbers' and strings'.
enum SpecialCode : uint64_t {
    kMissingCode = 0,  ///< the record has no such key
    kOtherCode = 1,    ///< not represented: to be asked of the JSON
    kNullCode = 2,
    kFalseCode = 3,
    kTrueCode = 4,
    kContainerCode = 5,  ///< an object, or an array inside an array
    kFirstFreeCode = 6,
};

enum class NumberCoding : uint8_t {
    kListed = 0,  ///< an ascending list of values; the code is the place in it
    kOffset = 1,  ///< the code is an int64 less the smallest one
    kDouble = 2,  ///< the code is the double's bits, in an order that is the numbers'
};

inline constexpr uint8_t kSparseColumn = 1;  ///< entries name their rows; else there is one a row
inline constexpr uint8_t kListColumn = 2;    ///< an entry may be an array: entries name their cells

/// The bits of a double so that unsigned order is the order of the numbers.
inline uint64_t ordered_key(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    return bits >> 63U != 0 ? ~bits : bits | uint64_t{1} << 63U;
}
inline double double_of_key(uint64_t key) {
    return std::bit_cast<double>(key >> 63U != 0 ? key & ~(uint64_t{1} << 63U) : ~key);
}
inline constexpr uint64_t kLowestDoubleKey = 0x000F'FFFF'FFFF'FFFF;  ///< minus infinity
inline constexpr uint64_t kHighestDoubleKey =
    0xFFF0'0000'0000'0000;  ///< infinity: what lies above would be NaN

/// A key's row in the directory, and what follows from it.
struct ColumnEntry {
    uint32_t name_offset = 0;
    uint32_t name_size = 0;
    uint64_t block_offset = 0;
    uint64_t block_size = 0;
    uint32_t block_crc = 0;
    uint8_t width = 0;  ///< bytes of a code: 1, 2, 4, 8; 0: all are lowest_code
    NumberCoding coding = NumberCoding::kListed;
    uint8_t flags = 0;
    uint8_t reserved = 0;
    uint32_t entry_count = 0;
    uint32_t cell_count = 0;
    uint32_t number_count = 0;  ///< of kListed
    uint32_t string_count = 0;
    int64_t number_base = 0;   ///< of kOffset: the smallest
    uint64_t number_span = 0;  ///< of kOffset: the largest less the smallest
    uint64_t lowest_code = 0;
    uint64_t highest_code = 0;

    [[nodiscard]] bool is_sparse() const { return (flags & kSparseColumn) != 0; }
    [[nodiscard]] bool has_lists() const { return (flags & kListColumn) != 0; }

    /// How many numbers there are codes for.
    [[nodiscard]] uint64_t number_places() const {
        switch (coding) {
            case NumberCoding::kOffset: return number_span + 1;
            case NumberCoding::kDouble: return kHighestDoubleKey - kLowestDoubleKey + 1;
            default: return number_count;
        }
    }
    [[nodiscard]] uint64_t first_number_code() const {
        return coding == NumberCoding::kDouble ? kLowestDoubleKey : uint64_t{kFirstFreeCode};
    }
    [[nodiscard]] uint64_t first_string_code() const { return first_number_code() + number_places(); }

    // Sizes of the parts of a block, in their order; the strings' bytes are the rest.
    [[nodiscard]] uint64_t codes_bytes() const { return uint64_t{cell_count} * width; }
    [[nodiscard]] uint64_t rows_bytes() const { return is_sparse() ? uint64_t{entry_count} * 4 : 0; }
    [[nodiscard]] uint64_t lists_bytes() const {
        return has_lists() ? (uint64_t{entry_count} + 1) * 4 + (uint64_t{entry_count} + 7) / 8 : 0;
    }
    [[nodiscard]] uint64_t numbers_bytes() const { return uint64_t{number_count} * 9; }
    [[nodiscard]] uint64_t string_offsets_bytes() const {
        return string_count == 0 ? 0 : (uint64_t{string_count} + 1) * 4;
    }
    [[nodiscard]] uint64_t fixed_bytes() const {
        return codes_bytes() + rows_bytes() + lists_bytes() + numbers_bytes() + string_offsets_bytes();
    }

    /// Calls io(field) for each field in the order of the bytes.
    void fields(auto&& io) {
        io(name_offset), io(name_size), io(block_offset), io(block_size), io(block_crc), io(width),
            io(coding);
        io(flags), io(reserved), io(entry_count), io(cell_count), io(number_count), io(string_count);
        io(number_base), io(number_span), io(lowest_code), io(highest_code);
    }
};

}  // namespace reel
