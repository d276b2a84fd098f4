// AVX-512 F and BW: two bytes of each of 32 codes in a register.
#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12's own header leaves registers undefined on purpose and is warned about it.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include <algorithm>

#include "vector/code_kernels.h"

#define REEL_CODE_TARGET __attribute__((target("avx512f,avx512bw,avx2")))
#define REEL_CODE_INLINE REEL_CODE_TARGET __attribute__((always_inline)) static inline

namespace reel {
namespace {

/// Rows 0..15 and 16..31.
struct Sums {
    __m512i low;
    __m512i high;
};

/// The entries for 64 code bytes: low and high four bits together.
REEL_CODE_INLINE __m512i look_up(const std::byte* bytes, const uint8_t* tables) {
    const __m512i four_bits = _mm512_set1_epi8(15);
    const __m512i codes = _mm512_loadu_si512(bytes);
    const __m512i low = _mm512_shuffle_epi8(_mm512_load_si512(tables), _mm512_and_si512(codes, four_bits));
    const __m512i high = _mm512_shuffle_epi8(_mm512_load_si512(tables + 64),
                                             _mm512_and_si512(_mm512_srli_epi16(codes, 4), four_bits));
    return _mm512_add_epi8(low, high);
}

/// Up to 256 pairs of code bytes: their sums fit 16 bits.
REEL_CODE_INLINE Sums sum_part(const std::byte* bytes, size_t pairs, const uint8_t* tables) {
    __m512i all = _mm512_setzero_si512();  // each 16-bit lane: even byte + 256 * odd byte
    __m512i odd = _mm512_setzero_si512();
    for (size_t pair = 0; pair < pairs; pair += 2) {
        const __m512i entries = _mm512_add_epi8(look_up(bytes + pair * 64, tables + pair * 128),
                                                look_up(bytes + pair * 64 + 64, tables + pair * 128 + 128));
        all = _mm512_add_epi16(all, entries);
        odd = _mm512_add_epi16(odd, _mm512_srli_epi16(entries, 8));
    }
    const __m512i even = _mm512_sub_epi16(all, _mm512_slli_epi16(odd, 8));
    const __m256i rows_low =
        _mm256_add_epi16(_mm512_castsi512_si256(even), _mm512_extracti64x4_epi64(even, 1));
    const __m256i rows_high =
        _mm256_add_epi16(_mm512_castsi512_si256(odd), _mm512_extracti64x4_epi64(odd, 1));
    return {_mm512_cvtepu16_epi32(rows_low), _mm512_cvtepu16_epi32(rows_high)};
}

REEL_CODE_INLINE Sums sum_block(const std::byte* block, size_t code_bytes, const uint8_t* tables) {
    const size_t pairs = code_bytes / 2;
    Sums sums = sum_part(block, std::min<size_t>(pairs, 256), tables);
    for (size_t first = 256; first < pairs; first += 256) {
        const Sums part =
            sum_part(block + first * 64, std::min<size_t>(pairs - first, 256), tables + first * 128);
        sums.low = _mm512_add_epi32(sums.low, part.low);
        sums.high = _mm512_add_epi32(sums.high, part.high);
    }
    return sums;
}

REEL_CODE_TARGET void sum(const std::byte* block, size_t code_bytes, const uint8_t* tables, uint32_t* sums) {
    const Sums found = sum_block(block, code_bytes, tables);
    _mm512_storeu_si512(sums, found.low);
    _mm512_storeu_si512(sums + 16, found.high);
}

REEL_CODE_INLINE __mmask16 make_keys(__m512i sums, const std::byte* base, const CodeTerms& terms,
                                     float* keys) {
    const std::byte* scale = base + kCodeBlockRows * sizeof(float);
    const __m512i centred = _mm512_sub_epi32(sums, _mm512_set1_epi32(static_cast<int>(terms.bias)));
    const __m512 t = _mm512_mul_ps(_mm512_set1_ps(terms.delta), _mm512_cvtepi32_ps(centred));
    const __m512 fixed = _mm512_add_ps(_mm512_set1_ps(terms.add),
                                       _mm512_mul_ps(_mm512_set1_ps(terms.beta), _mm512_loadu_ps(base)));
    const __m512 moving =
        _mm512_mul_ps(_mm512_loadu_ps(scale), _mm512_add_ps(t, _mm512_set1_ps(terms.slack)));
    const __m512 key = _mm512_sub_ps(fixed, moving);
    _mm512_storeu_ps(keys, key);
    return _mm512_cmp_ps_mask(key, _mm512_set1_ps(terms.threshold), _CMP_LE_OQ);
}

REEL_CODE_TARGET uint32_t scan(const std::byte* block, size_t code_bytes, const uint8_t* tables,
                               const CodeTerms& terms, float* keys) {
    const Sums sums = sum_block(block, code_bytes, tables);
    const std::byte* base = block + kCodeBlockRows * code_bytes;
    const uint32_t low = make_keys(sums.low, base, terms, keys);
    const uint32_t high = make_keys(sums.high, base + 16 * sizeof(float), terms, keys + 16);
    return low | high << 16U;
}

}  // namespace

const CodeKernel kAvx512CodeKernel{"avx512", sum, scan};

}  // namespace reel

#endif
