// NEON, which every AArch64 has: eight registers of four floats.
#if defined(__aarch64__)

#include <arm_neon.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "vector/kernel_tables.h"
#include "vector/prefetch.h"

#define REEL_KERNEL_TARGET
#define REEL_LEAF_INLINE __attribute__((always_inline)) static inline

namespace reel {
namespace {

struct Leaf {
    static constexpr size_t kCount = 4;
    float32x4_t value;

    REEL_LEAF_INLINE Leaf zero() { return {vdupq_n_f32(0.0F)}; }
    REEL_LEAF_INLINE Leaf load(const float* at) { return {vld1q_f32(at)}; }
    template <RowOrder kOrder>
    REEL_LEAF_INLINE Leaf load_row(const std::byte* at) {
        uint8x16_t bytes = vld1q_u8(reinterpret_cast<const uint8_t*>(at));
        if constexpr (kOrder == RowOrder::kBigEndian) bytes = vrev32q_u8(bytes);
        return {vreinterpretq_f32_u8(bytes)};
    }
    template <RowOrder kOrder>
    REEL_LEAF_INLINE Leaf load_part(const std::byte* at, size_t count) {
        std::byte padded[kCount * sizeof(float)] = {};
        std::memcpy(padded, at, count * sizeof(float));
        return load_row<kOrder>(padded);
    }
    REEL_LEAF_INLINE Leaf subtract(const Leaf& a, const Leaf& b) { return {vsubq_f32(a.value, b.value)}; }
    REEL_LEAF_INLINE Leaf add(const Leaf& a, const Leaf& b) { return {vaddq_f32(a.value, b.value)}; }
    REEL_LEAF_INLINE Leaf multiply_add(const Leaf& a, const Leaf& b, const Leaf& c) {
        return {vfmaq_f32(c.value, a.value, b.value)};
    }
    REEL_LEAF_INLINE float reduce(const Leaf& a) {
        const float32x2_t two = vadd_f32(vget_low_f32(a.value), vget_high_f32(a.value));
        return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
    }
};

#include "vector/kernel_rows.inc"

}  // namespace

const Kernel kNeonKernel{"neon", kFunctions<RowOrder::kBigEndian>, kFunctions<RowOrder::kHost>};

}  // namespace reel

#endif
