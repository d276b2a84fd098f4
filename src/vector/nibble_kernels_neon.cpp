// Nibble sums with NEON, and with its dot products where processor and compiler have them.
#if defined(__aarch64__)

#include <arm_neon.h>

#include "vector/nibble_kernels.h"

namespace reel::nibble_kernels {
namespace {

struct Nibbles {
    int8x16_t low;
    int8x16_t high;
};

__attribute__((always_inline)) inline Nibbles load(const std::byte* at) {
    const uint8x16_t bytes = vld1q_u8(reinterpret_cast<const uint8_t*>(at));
    return {vreinterpretq_s8_u8(vandq_u8(bytes, vdupq_n_u8(15))), vreinterpretq_s8_u8(vshrq_n_u8(bytes, 4))};
}

}  // namespace

void dots_neon(const int8_t* query, size_t row_bytes, const std::byte* rows, size_t count, int32_t* sums) {
    const int8_t* high = query + nibble_query_half(row_bytes);
    for (size_t i = 0; i < count; ++i, rows += row_bytes) {
        int32x4_t sum = vdupq_n_s32(0);
        for (size_t b = 0; b < row_bytes; b += 16) {
            const Nibbles row = load(rows + b);
            const int8x16_t query_low = vld1q_s8(query + b);
            const int8x16_t query_high = vld1q_s8(high + b);
            // Four products of at most 1920 in a 16-bit lane.
            int16x8_t products = vmull_s8(vget_low_s8(row.low), vget_low_s8(query_low));
            products = vmlal_s8(products, vget_high_s8(row.low), vget_high_s8(query_low));
            products = vmlal_s8(products, vget_low_s8(row.high), vget_low_s8(query_high));
            products = vmlal_s8(products, vget_high_s8(row.high), vget_high_s8(query_high));
            sum = vpadalq_s16(sum, products);
        }
        sums[i] = vaddvq_s32(sum);
    }
}

// Clang 16 declares the dot products only where the whole file is compiled for them.
#if defined(__ARM_FEATURE_DOTPROD) || !defined(__clang__) || __clang_major__ >= 17

#if defined(__clang__)
#define REEL_DOTPROD __attribute__((target("dotprod")))
#else
#define REEL_DOTPROD __attribute__((target("arch=armv8.2-a+dotprod")))
#endif

namespace {

REEL_DOTPROD void dots_with_dotprod(const int8_t* query, size_t row_bytes, const std::byte* rows,
                                    size_t count, int32_t* sums) {
    const int8_t* high = query + nibble_query_half(row_bytes);
    for (size_t i = 0; i < count; ++i, rows += row_bytes) {
        int32x4_t low_sum = vdupq_n_s32(0);
        int32x4_t high_sum = vdupq_n_s32(0);
        for (size_t b = 0; b < row_bytes; b += 16) {
            const Nibbles row = load(rows + b);
            low_sum = vdotq_s32(low_sum, row.low, vld1q_s8(query + b));
            high_sum = vdotq_s32(high_sum, row.high, vld1q_s8(high + b));
        }
        sums[i] = vaddvq_s32(vaddq_s32(low_sum, high_sum));
    }
}

}  // namespace

const NibbleDots dots_neon_dotprod = dots_with_dotprod;
#else
const NibbleDots dots_neon_dotprod = nullptr;
#endif

}  // namespace reel::nibble_kernels

#endif
