// NEON: one byte of each of 32 codes in two registers.
#if defined(__aarch64__)

#include <arm_neon.h>

#include <algorithm>

#include "vector/code_kernels.h"

#define REEL_CODE_INLINE __attribute__((always_inline)) static inline

namespace reel {
namespace {

/// Sums of four rows each.
struct Sums {
    uint32x4_t part[8];
};

struct Bytes {
    uint8x16_t first;
    uint8x16_t second;
};

REEL_CODE_INLINE uint8x16_t look_up(uint8x16_t codes, uint8x16_t low, uint8x16_t high) {
    return vaddq_u8(vqtbl1q_u8(low, vandq_u8(codes, vdupq_n_u8(15))), vqtbl1q_u8(high, vshrq_n_u8(codes, 4)));
}

REEL_CODE_INLINE Bytes look_up(const std::byte* bytes, const uint8_t* tables) {
    const auto* codes = reinterpret_cast<const uint8_t*>(bytes);
    const uint8x16_t low = vld1q_u8(tables);
    const uint8x16_t high = vld1q_u8(tables + 64);
    return {look_up(vld1q_u8(codes), low, high), look_up(vld1q_u8(codes + 16), low, high)};
}

/// Adds the sums of up to 256 pairs of code bytes, which fit 16 bits.
REEL_CODE_INLINE void add_part(Sums& sums, const std::byte* bytes, size_t pairs, const uint8_t* tables) {
    uint16x8_t even[2] = {vdupq_n_u16(0), vdupq_n_u16(0)};
    uint16x8_t odd[2] = {vdupq_n_u16(0), vdupq_n_u16(0)};
    for (size_t pair = 0; pair < pairs; ++pair) {
        const Bytes a = look_up(bytes + pair * 64, tables + pair * 128);
        const Bytes b = look_up(bytes + pair * 64 + 32, tables + pair * 128 + 32);
        const uint16x8_t entries[2] = {vreinterpretq_u16_u8(vaddq_u8(a.first, b.first)),
                                       vreinterpretq_u16_u8(vaddq_u8(a.second, b.second))};
        for (int i = 0; i < 2; ++i) {
            even[i] = vaddq_u16(even[i], vandq_u16(entries[i], vdupq_n_u16(255)));
            odd[i] = vaddq_u16(odd[i], vshrq_n_u16(entries[i], 8));
        }
    }
    for (int i = 0; i < 2; ++i) {
        sums.part[2 * i] = vaddw_u16(sums.part[2 * i], vget_low_u16(even[i]));
        sums.part[2 * i + 1] = vaddw_u16(sums.part[2 * i + 1], vget_high_u16(even[i]));
        sums.part[4 + 2 * i] = vaddw_u16(sums.part[4 + 2 * i], vget_low_u16(odd[i]));
        sums.part[4 + 2 * i + 1] = vaddw_u16(sums.part[4 + 2 * i + 1], vget_high_u16(odd[i]));
    }
}

REEL_CODE_INLINE Sums sum_block(const std::byte* block, size_t code_bytes, const uint8_t* tables) {
    Sums sums;
    for (uint32x4_t& part : sums.part) part = vdupq_n_u32(0);
    const size_t pairs = code_bytes / 2;
    for (size_t first = 0; first < pairs; first += 256) {
        add_part(sums, block + first * 64, std::min<size_t>(pairs - first, 256), tables + first * 128);
    }
    return sums;
}

void sum(const std::byte* block, size_t code_bytes, const uint8_t* tables, uint32_t* sums) {
    const Sums found = sum_block(block, code_bytes, tables);
    for (size_t i = 0; i < 8; ++i) vst1q_u32(sums + 4 * i, found.part[i]);
}

REEL_CODE_INLINE float32x4_t load_floats(const std::byte* at) {
    return vreinterpretq_f32_u8(vld1q_u8(reinterpret_cast<const uint8_t*>(at)));
}

REEL_CODE_INLINE uint32_t make_keys(uint32x4_t sums, const std::byte* base, const CodeTerms& terms,
                                    float* keys) {
    const float32x4_t bases = load_floats(base);
    const float32x4_t scales = load_floats(base + kCodeBlockRows * sizeof(float));
    const int32x4_t centred = vreinterpretq_s32_u32(vsubq_u32(sums, vdupq_n_u32(terms.bias)));
    const float32x4_t t = vmulq_f32(vdupq_n_f32(terms.delta), vcvtq_f32_s32(centred));
    const float32x4_t fixed = vaddq_f32(vdupq_n_f32(terms.add), vmulq_f32(vdupq_n_f32(terms.beta), bases));
    const float32x4_t key = vsubq_f32(fixed, vmulq_f32(scales, vaddq_f32(t, vdupq_n_f32(terms.slack))));
    vst1q_f32(keys, key);
    const uint32x4_t found = vcleq_f32(key, vdupq_n_f32(terms.threshold));
    const uint32_t bits[4] = {1, 2, 4, 8};
    return vaddvq_u32(vandq_u32(found, vld1q_u32(bits)));
}

uint32_t scan(const std::byte* block, size_t code_bytes, const uint8_t* tables, const CodeTerms& terms,
              float* keys) {
    const Sums sums = sum_block(block, code_bytes, tables);
    const std::byte* base = block + kCodeBlockRows * code_bytes;
    uint32_t found = 0;
    for (size_t i = 0; i < 8; ++i) {
        found |= make_keys(sums.part[i], base + 4 * i * sizeof(float), terms, keys + 4 * i) << (4 * i);
    }
    return found;
}

}  // namespace

const CodeKernel kNeonCodeKernel{"neon", sum, scan};

}  // namespace reel

#endif
