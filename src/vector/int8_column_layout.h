// Where things stand in the data of an int8 column: docs/format.md, section 7.1.
#pragma once

#include <algorithm>

#include "vector/int8_column.h"
#include "vector/nibble_kernels.h"

namespace reel::int8_layout {

inline constexpr uint32_t kMagic = 0x6C633869;  // "i8cl"
inline constexpr uint32_t kVersion = 1;
inline constexpr size_t kHeaderBytes = 64;
inline constexpr size_t kHeaderCrcAt = 60;
inline constexpr size_t kBlockHeadBytes = 64;  ///< the CRC of all up to the low plane, then zeros
inline constexpr size_t kFactorBytes = 6 * sizeof(float);

constexpr size_t groups_of(size_t rows) { return (rows + kInt8GroupRows - 1) / kInt8GroupRows; }

/// Bytes of a block up to its low plane.
constexpr uint64_t head_bytes(uint32_t dimension, size_t rows) {
    return kBlockHeadBytes + groups_of(rows) * sizeof(uint32_t) +
           rows * (kFactorBytes + nibble_row_bytes(dimension));
}

constexpr uint64_t block_bytes(uint32_t dimension, size_t rows) {
    return head_bytes(dimension, rows) + rows * nibble_row_bytes(dimension);
}

/// The parts of a block of `rows` rows that begins at `at`.
inline Int8Column::Block divide(const std::byte* at, uint32_t dimension, uint32_t rows) {
    Int8Column::Block block;
    block.rows = rows;
    block.group_checksums = at + kBlockHeadBytes;
    const std::byte* next = block.group_checksums + groups_of(rows) * sizeof(uint32_t);
    for (const std::byte** column : {&block.coarse_scale, &block.coarse_residual, &block.norm,
                                     &block.coarse_squares, &block.fine_scale, &block.fine_residual}) {
        *column = next;
        next += rows * sizeof(float);
    }
    block.high = next;
    block.low = next + rows * nibble_row_bytes(dimension);
    return block;
}

inline uint32_t rows_of_block(uint64_t rows, uint64_t block) {
    return static_cast<uint32_t>(std::min<uint64_t>(kInt8BlockRows, rows - block * kInt8BlockRows));
}

}  // namespace reel::int8_layout
