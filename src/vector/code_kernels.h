// The inner loop over 1-bit codes: sums of +-v over the bits of 32 codes side
// by side. One implementation an instruction set, all with the same results.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "vector/kernels.h"

namespace reel {

/// A block is 32 codes: byte p of every code, for p = 0, 1, ...; of the 32
/// bytes for one p, byte 2j is of code j and byte 2j + 1 of code j + 16 (so the even
/// bytes of a register, and the odd ones, are codes in order). Behind them 32
/// floats `base` and 32 floats `scale`, little-endian. No alignment.
inline constexpr size_t kCodeBlockRows = 32;

/// Where a byte of code `slot` stands among the 32 for one p.
constexpr size_t code_byte_place(size_t slot) { return slot < 16 ? 2 * slot : 2 * (slot - 16) + 1; }

/// Codes have a multiple of 8 bytes (64 dimensions).
constexpr size_t code_block_bytes(size_t code_bytes) {
    return kCodeBlockRows * code_bytes + 2 * kCodeBlockRows * sizeof(float);
}

/// The look-up tables of a query: for each pair of code bytes p, p + 1 four
/// tables of 16 bytes, each table twice: the low four bits of byte p, of byte
/// p + 1; the high four bits of byte p, of byte p + 1. 128 bytes a pair; entries up to kMaxTableEntry.
constexpr size_t code_table_bytes(size_t code_bytes) { return code_bytes * 64; }
inline constexpr unsigned kMaxTableEntry = 56;  ///< 4 x 56 fit a byte

/// What a block's sums are made into: row i's key is
///   t = delta * (sum_i - bias);  (add + beta * base_i) - scale_i * (t + slack)
/// in float32, each operation rounded by itself.
struct CodeTerms {
    float add = 0;
    float beta = 1;
    float delta = 0;
    float slack = 0;
    float threshold = 0;
    uint32_t bias = 0;
};

struct CodeKernel {
    std::string_view name;
    /// sums[i] = sum of the table entries of code i. `tables` is 64-byte aligned.
    void (*sum)(const std::byte* block, size_t code_bytes, const uint8_t* tables, uint32_t* sums);
    /// Writes the 32 keys; bit i of the result is set where keys[i] <= threshold.
    uint32_t (*scan)(const std::byte* block, size_t code_bytes, const uint8_t* tables, const CodeTerms& terms,
                     float* keys);
};

/// The loops that go with `kernel`: those of the same name.
const CodeKernel& code_kernel_of(const Kernel& kernel);

extern const CodeKernel kScalarCodeKernel;
#if defined(__x86_64__)
extern const CodeKernel kAvx2CodeKernel;
extern const CodeKernel kAvx512CodeKernel;  ///< needs AVX-512 F and BW
#elif defined(__aarch64__)
extern const CodeKernel kNeonCodeKernel;
#endif

}  // namespace reel
