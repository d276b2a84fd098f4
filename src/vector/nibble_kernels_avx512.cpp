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

// The loops below are a macro because a function may be inlined only into one with the same target. Four rows
// at a time: the query is loaded once for all of them, and their sums are added up together.
#define REEL_NIBBLE_DOTS(TARGET, PRODUCTS)                                                                   \
    TARGET __attribute__((always_inline)) static inline __m512i add_row(                                     \
        PRODUCTS, __m512i sum, __m512i row, __m512i query_low, __m512i query_high) {                         \
        const __m512i mask = _mm512_set1_epi8(15);                                                           \
        sum = PRODUCTS::add(sum, _mm512_and_si512(row, mask), query_low);                                    \
        return PRODUCTS::add(sum, _mm512_and_si512(_mm512_srli_epi16(row, 4), mask), query_high);            \
    }                                                                                                        \
    TARGET __attribute__((always_inline)) static inline __m256i halve(PRODUCTS, __m512i sum) {               \
        return _mm256_add_epi32(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));             \
    }                                                                                                        \
    TARGET static void dots(PRODUCTS products, const int8_t* query, size_t row_bytes, const std::byte* rows, \
                            size_t count, int32_t* sums) {                                                   \
        const int8_t* high = query + nibble_query_half(row_bytes);                                           \
        const size_t whole = row_bytes / 64 * 64;                                                            \
        /* A masked load does not touch the bytes left out. */                                               \
        const auto rest = static_cast<__mmask64>((uint64_t{1} << (row_bytes - whole)) - 1);                  \
        size_t i = 0;                                                                                        \
        for (; i + 4 <= count; i += 4, rows += 4 * row_bytes) {                                              \
            __m512i a = _mm512_setzero_si512();                                                              \
            __m512i b = a;                                                                                   \
            __m512i c = a;                                                                                   \
            __m512i d = a;                                                                                   \
            const std::byte* second = rows + row_bytes;                                                      \
            const std::byte* third = second + row_bytes;                                                     \
            const std::byte* fourth = third + row_bytes;                                                     \
            for (size_t at = 0; at < whole; at += 64) {                                                      \
                const __m512i low_query = _mm512_load_si512(query + at);                                     \
                const __m512i high_query = _mm512_load_si512(high + at);                                     \
                _mm_prefetch(reinterpret_cast<const char*>(rows + 4 * at + kNibblePrefetchBytes),            \
                             _MM_HINT_T0);                                                                   \
                _mm_prefetch(reinterpret_cast<const char*>(rows + 4 * at + kNibblePrefetchBytes + 64),       \
                             _MM_HINT_T0);                                                                   \
                _mm_prefetch(reinterpret_cast<const char*>(rows + 4 * at + kNibblePrefetchBytes + 128),      \
                             _MM_HINT_T0);                                                                   \
                _mm_prefetch(reinterpret_cast<const char*>(rows + 4 * at + kNibblePrefetchBytes + 192),      \
                             _MM_HINT_T0);                                                                   \
                a = add_row(products, a, _mm512_loadu_si512(rows + at), low_query, high_query);              \
                b = add_row(products, b, _mm512_loadu_si512(second + at), low_query, high_query);            \
                c = add_row(products, c, _mm512_loadu_si512(third + at), low_query, high_query);             \
                d = add_row(products, d, _mm512_loadu_si512(fourth + at), low_query, high_query);            \
            }                                                                                                \
            if (whole < row_bytes) {                                                                         \
                const __m512i low_query = _mm512_load_si512(query + whole);                                  \
                const __m512i high_query = _mm512_load_si512(high + whole);                                  \
                a = add_row(products, a, _mm512_maskz_loadu_epi8(rest, rows + whole), low_query,             \
                            high_query);                                                                     \
                b = add_row(products, b, _mm512_maskz_loadu_epi8(rest, second + whole), low_query,           \
                            high_query);                                                                     \
                c = add_row(products, c, _mm512_maskz_loadu_epi8(rest, third + whole), low_query,            \
                            high_query);                                                                     \
                d = add_row(products, d, _mm512_maskz_loadu_epi8(rest, fourth + whole), low_query,           \
                            high_query);                                                                     \
            }                                                                                                \
            const __m256i all =                                                                              \
                _mm256_hadd_epi32(_mm256_hadd_epi32(halve(products, a), halve(products, b)),                 \
                                  _mm256_hadd_epi32(halve(products, c), halve(products, d)));                \
            _mm_storeu_si128(reinterpret_cast<__m128i*>(sums + i),                                           \
                             _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));  \
        }                                                                                                    \
        for (; i < count; ++i, rows += row_bytes) {                                                          \
            __m512i sum = _mm512_setzero_si512();                                                            \
            for (size_t at = 0; at < whole; at += 64) {                                                      \
                sum = add_row(products, sum, _mm512_loadu_si512(rows + at), _mm512_load_si512(query + at),   \
                              _mm512_load_si512(high + at));                                                 \
            }                                                                                                \
            if (whole < row_bytes) {                                                                         \
                sum = add_row(products, sum, _mm512_maskz_loadu_epi8(rest, rows + whole),                    \
                              _mm512_load_si512(query + whole), _mm512_load_si512(high + whole));            \
            }                                                                                                \
            sums[i] = _mm512_reduce_add_epi32(sum);                                                          \
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
