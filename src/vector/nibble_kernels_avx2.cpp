// Nibble sums with AVX2: 32 bytes, 64 dimensions at a time.
#if defined(__x86_64__)

#include <immintrin.h>

#include "vector/nibble_kernels.h"

#define REEL_AVX2 __attribute__((target("avx2")))
#define REEL_AVX2_INLINE REEL_AVX2 __attribute__((always_inline)) static inline

namespace reel::nibble_kernels {
namespace {

/// Adds the products of 32 bytes of a row. Two products of a nibble and a signed byte are at most 3840, the
/// four that meet in a 16-bit lane at most 7680: no saturation.
REEL_AVX2_INLINE __m256i add_products(__m256i sum, __m256i row, const int8_t* low, const int8_t* high) {
    const __m256i mask = _mm256_set1_epi8(15);
    const __m256i low_nibbles = _mm256_and_si256(row, mask);
    const __m256i high_nibbles = _mm256_and_si256(_mm256_srli_epi16(row, 4), mask);
    const __m256i query_low = _mm256_load_si256(reinterpret_cast<const __m256i*>(low));
    const __m256i query_high = _mm256_load_si256(reinterpret_cast<const __m256i*>(high));
    const __m256i products = _mm256_add_epi16(_mm256_maddubs_epi16(low_nibbles, query_low),
                                              _mm256_maddubs_epi16(high_nibbles, query_high));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(products, _mm256_set1_epi16(1)));
}

REEL_AVX2_INLINE int32_t reduce(__m256i sum) {
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1));
    return _mm_cvtsi128_si32(four);
}

}  // namespace

REEL_AVX2 void dots_avx2(const int8_t* query, size_t row_bytes, const std::byte* rows, size_t count,
                         int32_t* sums) {
    const int8_t* high = query + nibble_query_half(row_bytes);
    const size_t whole = row_bytes / 32 * 32;
    for (size_t i = 0; i < count; ++i, rows += row_bytes) {
        __m256i sum = _mm256_setzero_si256();
        for (size_t b = 0; b < whole; b += 32) {
            const __m256i row = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows + b));
            sum = add_products(sum, row, query + b, high + b);
        }
        if (whole < row_bytes) {
            const __m128i rest = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows + whole));
            sum = add_products(sum, _mm256_zextsi128_si256(rest), query + whole, high + whole);
        }
        sums[i] = reduce(sum);
    }
}

}  // namespace reel::nibble_kernels

#endif
