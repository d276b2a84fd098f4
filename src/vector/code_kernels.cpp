// The scalar loops, right by definition, and the choice.
#include "vector/code_kernels.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace reel {
namespace {

void sum(const std::byte* block, size_t code_bytes, const uint8_t* tables, uint32_t* sums) {
    std::fill_n(sums, kCodeBlockRows, 0U);
    for (size_t p = 0; p < code_bytes; ++p) {
        const uint8_t* low = tables + (p / 2) * 128 + (p % 2) * 32;
        const uint8_t* high = low + 64;
        const std::byte* bytes = block + p * kCodeBlockRows;
        for (size_t slot = 0; slot < kCodeBlockRows; ++slot) {
            const auto byte = static_cast<unsigned>(bytes[code_byte_place(slot)]);
            sums[slot] += uint32_t{low[byte & 15U]} + uint32_t{high[byte >> 4U]};
        }
    }
}

uint32_t scan(const std::byte* block, size_t code_bytes, const uint8_t* tables, const CodeTerms& terms,
              float* keys) {
    std::array<uint32_t, kCodeBlockRows> sums;
    sum(block, code_bytes, tables, sums.data());
    const std::byte* factors = block + kCodeBlockRows * code_bytes;
    uint32_t found = 0;
    for (size_t slot = 0; slot < kCodeBlockRows; ++slot) {
        const auto base = load_le<float>(factors + slot * sizeof(float));
        const auto scale = load_le<float>(factors + (kCodeBlockRows + slot) * sizeof(float));
        const float t = terms.delta * static_cast<float>(static_cast<int32_t>(sums[slot] - terms.bias));
        const float fixed = terms.add + terms.beta * base;
        keys[slot] = fixed - scale * (t + terms.slack);
        if (keys[slot] <= terms.threshold) found |= 1U << slot;
    }
    return found;
}

}  // namespace

const CodeKernel kScalarCodeKernel{"scalar", sum, scan};

const CodeKernel& code_kernel_of(const Kernel& kernel) {
#if defined(__x86_64__)
    if (kernel.name == kAvx512CodeKernel.name) return kAvx512CodeKernel;
    if (kernel.name == kAvx2CodeKernel.name) return kAvx2CodeKernel;
#elif defined(__aarch64__)
    if (kernel.name == kNeonCodeKernel.name) return kNeonCodeKernel;
#endif
    return kScalarCodeKernel;
}

}  // namespace reel
