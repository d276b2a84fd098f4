// Blocks of 128 numbers of equal width: row r of 32 holds numbers 4r to 4r + 3, one in each of four lanes
// of 32-bit words, as in D. Lemire and L. Boytsov, "Decoding billions of integers per second through
// vectorization" (Software: Practice and Experience 45, 2015). Vectors of 16 bytes are what every
// processor that Reel runs on has, so there is one kernel.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace reel {

inline constexpr size_t kBlockRows = 128;

/// Bytes of a block whose numbers have `bits` bits (0 to 32).
constexpr size_t packed_bytes(unsigned bits) { return bits * (kBlockRows / 8); }

/// Bits that the largest of the numbers needs.
unsigned needed_bits(const uint32_t* numbers, size_t count);

/// Appends kBlockRows numbers; each fits into `bits`.
void pack_block(const uint32_t* numbers, unsigned bits, ByteBuffer& out);

/// Reads packed_bytes(bits) bytes; `numbers` has room for kBlockRows and is 16-byte aligned.
void unpack_block(const std::byte* packed, unsigned bits, uint32_t* numbers);

/// Turns distances less one into numbers: numbers[i] becomes before + i + 1 + the sum up to i, modulo 2^32.
void sum_block(uint32_t before, uint32_t* numbers);

}  // namespace reel
