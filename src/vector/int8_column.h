// The int8 column: every row's vector in two planes of 4-bit codes, with proven bounds of what they leave out
// (docs/design/0006-certified-exact-search.md; bytes in docs/format.md, section 7.1).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "base/build_control.h"
#include "base/bytes.h"
#include "reel/error.h"
#include "vector/vector_source.h"

namespace reel {

/// Rows of a block, and rows whose low codes share a checksum.
inline constexpr uint32_t kInt8BlockRows = 1024;
inline constexpr uint32_t kInt8GroupRows = 16;

/// What stands beside a row's codes. With w = high codes - 8, z = low codes - 8 and x the row:
/// x = coarse_scale * w + fine_scale * z + (a vector of length <= fine_residual).
struct Int8Factors {
    float coarse_scale = 0;  ///< the multiple of w nearest to x, within 2^-22 of itself + 2^-148
    float coarse_residual =
        0;           ///< >= the distance from x to it; not finite (both are then): the row is unknown
    float norm = 0;  ///< |x|, within 2^-23 of itself + 2^-149
    float coarse_squares = 0;  ///< |w|^2, exact
    float fine_scale = 0;
    float fine_residual = 0;
};

/// The size of the data of a column of `rows` rows.
uint64_t int8_column_bytes(uint32_t dimension, uint64_t rows);

/// A column's bytes, read in place. Its methods may be called from several threads. Whatever the bytes are,
/// nothing outside of them is read.
class Int8Column {
public:
    /// kCorrupt if `data`, which must outlive the column and needs no alignment, is not of
    /// int8_column_bytes() bytes or does not begin with the header of such a column. Nothing else is read
    /// yet.
    static Result<std::shared_ptr<const Int8Column>> parse(ByteView data, uint32_t dimension, uint64_t rows);

    /// The parts of a block. Arrays of float32, little-endian and unaligned, one entry a row.
    struct Block {
        uint32_t rows = 0;
        const std::byte* group_checksums = nullptr;
        const std::byte* coarse_scale = nullptr;
        const std::byte* coarse_residual = nullptr;
        const std::byte* norm = nullptr;
        const std::byte* coarse_squares = nullptr;
        const std::byte* fine_scale = nullptr;
        const std::byte* fine_residual = nullptr;
        const std::byte* high = nullptr;  ///< nibble_row_bytes() a row
        const std::byte* low = nullptr;   ///< to be read only where has_low()

        [[nodiscard]] Int8Factors factors(size_t row_of_block) const;
    };

    [[nodiscard]] uint32_t dimension() const { return dimension_; }
    [[nodiscard]] uint64_t row_count() const { return rows_; }
    [[nodiscard]] uint64_t block_count() const { return (rows_ + kInt8BlockRows - 1) / kInt8BlockRows; }

    /// False if the block's checksum is wrong: it is computed at the first call for this block.
    bool read_block(uint64_t block, Block& out) const;
    /// Whether the low codes of a row of a block that read_block() gave are undamaged; checked a group at a
    /// time.
    [[nodiscard]] bool has_low(uint64_t block_number, const Block& block, size_t row_of_block) const;

private:
    Int8Column(ByteView data, uint32_t dimension, uint64_t rows);

    ByteView data_;
    uint32_t dimension_;
    uint64_t rows_;
    /// 0: not looked at yet, else a Verdict.
    std::unique_ptr<std::atomic<uint8_t>[]> block_verdicts_;
    std::unique_ptr<std::atomic<uint8_t>[]> group_verdicts_;
};

/// A column over rows first_row .. first_row + row_count - 1 of a source.
struct Int8Part {
    uint64_t first_row = 0;
    uint64_t row_count = 0;
    std::shared_ptr<const Int8Column> column;
};

/// Writes the column of rows first_row .. first_row + row_count - 1 of `source`. Rows that a part of `reuse`
/// (ascending, disjoint) has undamaged are copied from it. A row that locate() has no bytes for, or that is
/// no finite vector, is marked as unknown: searches read the truth for it. Memory: a few blocks a thread.
/// kInvalidArgument: rows that `source` has not, or a part of another dimension. The same rows give the same
/// bytes with any number of threads.
Status build_int8_column(const VectorSource& source, uint64_t first_row, uint64_t row_count,
                         std::span<const Int8Part> reuse, const PutBytes& put, const BuildControl& control);

}  // namespace reel
