// Nibble sums with AVX-512 BW, and with VNNI where the processor has it: 64 bytes, 128 dimensions at a time.
#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12's own header leaves registers undefined on purpose and is warned about it.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include "vector/nibble_kernels.h"

#define REEL_BW __attribute__((target("avx512f,avx512bw,avx2")))
#define REEL_VNNI __attribute__((target("avx512f,avx512bw,avx512vnni,avx2")))

namespace reel::nibble_kernels {
namespace {

struct WithoutVnni {
    /// At most 3840 in a 16-bit lane: no saturation.
    REEL_BW __attribute__((always_inline)) static inline __m512i add(__m512i sum, __m512i nibbles,
                                                                     __m512i query) {
        const __m512i products = _mm512_maddubs_epi16(nibbles, query);
        return _mm512_add_epi32(sum, _mm512_madd_epi16(products, _mm512_set1_epi16(1)));
    }
};

struct WithVnni {
    REEL_VNNI __attribute__((always_inline)) static inline __m512i add(__m512i sum, __m512i nibbles,
                                                                       __m512i query) {
        return _mm512_dpbusd_epi32(sum, nibbles, query);
    }
};

// The loops below are macros' work because a function may be inlined only into one with the same target.
#define REEL_NIBBLE_DOTS(TARGET, PRODUCTS)                                                                   \
    TARGET __attribute__((always_inline)) static inline __m512i add_row(                                     \
        PRODUCTS, __m512i sum, __m512i row, __m512i query_low, __m512i query_high) {                         \
        const __m512i mask = _mm512_set1_epi8(15);                                                           \
        sum = PRODUCTS::add(sum, _mm512_and_si512(row, mask), query_low);                                    \
        return PRODUCTS::add(sum, _mm512_and_si512(_mm512_srli_epi16(row, 4), mask), query_high);            \
    }                                                                                                        \
    /* The sums of `kRows` rows, side by side: the query is loaded once for all of them. */                  \
    template <size_t kRows>                                                                                  \
    TARGET __attribute__((always_inline)) static inline void add_rows(                                       \
        PRODUCTS products, const int8_t* query, size_t row_bytes, const std::byte* rows, __m512i* sums) {    \
        const int8_t* high = query + nibble_query_half(row_bytes);                                           \
        for (size_t i = 0; i < kRows; ++i) sums[i] = _mm512_setzero_si512();                                 \
        const size_t whole = row_bytes / 64 * 64;                                                            \
        for (size_t b = 0; b < whole; b += 64) {                                                             \
            const __m512i query_low = _mm512_load_si512(query + b);                                          \
            const __m512i query_high = _mm512_load_si512(high + b);                                          \
            for (size_t i = 0; i < kRows; ++i) {                                                             \
                const __m512i row = _mm512_loadu_si512(rows + i * row_bytes + b);                            \
                sums[i] = add_row(products, sums[i], row, query_low, query_high);                            \
            }                                                                                                \
        }                                                                                                    \
        if (whole == row_bytes) return;                                                                      \
        /* A masked load does not touch the bytes left out. */                                               \
        const auto rest = static_cast<__mmask64>((uint64_t{1} << (row_bytes - whole)) - 1);                  \
        const __m512i query_low = _mm512_load_si512(query + whole);                                          \
        const __m512i query_high = _mm512_load_si512(high + whole);                                          \
        for (size_t i = 0; i < kRows; ++i) {                                                                 \
            const __m512i row = _mm512_maskz_loadu_epi8(rest, rows + i * row_bytes + whole);                 \
            sums[i] = add_row(products, sums[i], row, query_low, query_high);                                \
        }                                                                                                    \
    }                                                                                                        \
    TARGET __attribute__((always_inline)) static inline __m256i halve(PRODUCTS, __m512i sum) {               \
        return _mm256_add_epi32(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));             \
    }                                                                                                        \
    TARGET static void dots(PRODUCTS products, const int8_t* query, size_t row_bytes, const std::byte* rows, \
                            size_t count, int32_t* sums) {                                                   \
        size_t i = 0;                                                                                        \
        for (; i + 4 <= count; i += 4, rows += 4 * row_bytes) {                                              \
            __m512i of[4];                                                                                   \
            add_rows<4>(products, query, row_bytes, rows, of);                                               \
            const __m256i first = _mm256_hadd_epi32(halve(products, of[0]), halve(products, of[1]));         \
            const __m256i second = _mm256_hadd_epi32(halve(products, of[2]), halve(products, of[3]));        \
            const __m256i all = _mm256_hadd_epi32(first, second);                                            \
            _mm_storeu_si128(reinterpret_cast<__m128i*>(sums + i),                                           \
                             _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));  \
        }                                                                                                    \
        for (; i < count; ++i, rows += row_bytes) {                                                          \
            __m512i one[1];                                                                                  \
            add_rows<1>(products, query, row_bytes, rows, one);                                              \
            sums[i] = _mm512_reduce_add_epi32(one[0]);                                                       \
        }                                                                                                    \
    }

REEL_NIBBLE_DOTS(REEL_BW, WithoutVnni)
REEL_NIBBLE_DOTS(REEL_VNNI, WithVnni)

}  // namespace

void dots_avx512(const int8_t* query, size_t row_bytes, const std::byte* rows, size_t count, int32_t* sums) {
    dots(WithoutVnni{}, query, row_bytes, rows, count, sums);
}

void dots_avx512vnni(const int8_t* query, size_t row_bytes, const std::byte* rows, size_t count,
                     int32_t* sums) {
    dots(WithVnni{}, query, row_bytes, rows, count, sums);
}

}  // namespace reel::nibble_kernels

#endif
