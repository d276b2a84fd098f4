// AVX2: one byte of each of 32 codes in a register.
#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>

#include "vector/code_kernels.h"

#define REEL_CODE_TARGET __attribute__((target("avx2")))
#define REEL_CODE_INLINE REEL_CODE_TARGET __attribute__((always_inline)) static inline

namespace reel {
namespace {

/// Sums of eight rows each.
struct Sums {
    __m256i part[4];
};

REEL_CODE_INLINE __m256i load(const void* at) { return _mm256_loadu_si256(static_cast<const __m256i*>(at)); }

REEL_CODE_INLINE __m256i look_up(const std::byte* bytes, const uint8_t* tables) {
    const __m256i four_bits = _mm256_set1_epi8(15);
    const __m256i codes = load(bytes);
    const __m256i low = _mm256_shuffle_epi8(load(tables), _mm256_and_si256(codes, four_bits));
    const __m256i high =
        _mm256_shuffle_epi8(load(tables + 64), _mm256_and_si256(_mm256_srli_epi16(codes, 4), four_bits));
    return _mm256_add_epi8(low, high);
}

/// Up to 256 pairs of code bytes: their sums fit 16 bits.
REEL_CODE_INLINE void add_part(Sums& sums, const std::byte* bytes, size_t pairs, const uint8_t* tables) {
    __m256i all = _mm256_setzero_si256();  // each 16-bit lane: even byte + 256 * odd byte
    __m256i odd = _mm256_setzero_si256();
    for (size_t pair = 0; pair < pairs; ++pair) {
        const __m256i entries = _mm256_add_epi8(look_up(bytes + pair * 64, tables + pair * 128),
                                                look_up(bytes + pair * 64 + 32, tables + pair * 128 + 32));
        all = _mm256_add_epi16(all, entries);
        odd = _mm256_add_epi16(odd, _mm256_srli_epi16(entries, 8));
    }
    const __m256i even = _mm256_sub_epi16(all, _mm256_slli_epi16(odd, 8));
    const __m128i parts[4] = {_mm256_castsi256_si128(even), _mm256_extracti128_si256(even, 1),
                              _mm256_castsi256_si128(odd), _mm256_extracti128_si256(odd, 1)};
    for (int i = 0; i < 4; ++i)
        sums.part[i] = _mm256_add_epi32(sums.part[i], _mm256_cvtepu16_epi32(parts[i]));
}

REEL_CODE_INLINE Sums sum_block(const std::byte* block, size_t code_bytes, const uint8_t* tables) {
    Sums sums{
        {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256()}};
    const size_t pairs = code_bytes / 2;
    for (size_t first = 0; first < pairs; first += 256) {
        add_part(sums, block + first * 64, std::min<size_t>(pairs - first, 256), tables + first * 128);
    }
    return sums;
}

REEL_CODE_TARGET void sum(const std::byte* block, size_t code_bytes, const uint8_t* tables, uint32_t* sums) {
    const Sums found = sum_block(block, code_bytes, tables);
    for (size_t i = 0; i < 4; ++i) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + 8 * i), found.part[i]);
    }
}

REEL_CODE_INLINE uint32_t make_keys(__m256i sums, const std::byte* base, const CodeTerms& terms,
                                    float* keys) {
    const auto* bases = reinterpret_cast<const float*>(base);
    const auto* scales = reinterpret_cast<const float*>(base + kCodeBlockRows * sizeof(float));
    const __m256i centred = _mm256_sub_epi32(sums, _mm256_set1_epi32(static_cast<int>(terms.bias)));
    const __m256 t = _mm256_mul_ps(_mm256_set1_ps(terms.delta), _mm256_cvtepi32_ps(centred));
    const __m256 fixed = _mm256_add_ps(_mm256_set1_ps(terms.add),
                                       _mm256_mul_ps(_mm256_set1_ps(terms.beta), _mm256_loadu_ps(bases)));
    const __m256 moving =
        _mm256_mul_ps(_mm256_loadu_ps(scales), _mm256_add_ps(t, _mm256_set1_ps(terms.slack)));
    const __m256 key = _mm256_sub_ps(fixed, moving);
    _mm256_storeu_ps(keys, key);
    const __m256 found = _mm256_cmp_ps(key, _mm256_set1_ps(terms.threshold), _CMP_LE_OQ);
    return static_cast<uint32_t>(_mm256_movemask_ps(found));
}

REEL_CODE_TARGET uint32_t scan(const std::byte* block, size_t code_bytes, const uint8_t* tables,
                               const CodeTerms& terms, float* keys) {
    const Sums sums = sum_block(block, code_bytes, tables);
    const std::byte* base = block + kCodeBlockRows * code_bytes;
    uint32_t found = 0;
    for (size_t i = 0; i < 4; ++i) {
        found |= make_keys(sums.part[i], base + 8 * i * sizeof(float), terms, keys + 8 * i) << (8 * i);
    }
    return found;
}

}  // namespace

const CodeKernel kAvx2CodeKernel{"avx2", sum, scan};

}  // namespace reel

#endif
