// AVX-512 F and BW: two registers of sixteen floats.
#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12's own header leaves registers undefined on purpose and is warned about it.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#include <algorithm>
#include <limits>

#include "vector/kernel_tables.h"
#include "vector/prefetch.h"

#define REEL_KERNEL_TARGET __attribute__((target("avx512f,avx512bw,avx2,fma")))
#define REEL_LEAF_INLINE REEL_KERNEL_TARGET __attribute__((always_inline)) static inline

namespace reel {
namespace {

struct Leaf {
    static constexpr size_t kCount = 16;
    __m512 value;

    REEL_LEAF_INLINE Leaf zero() { return {_mm512_setzero_ps()}; }
    REEL_LEAF_INLINE Leaf load(const float* at) { return {_mm512_load_ps(at)}; }
    template <RowOrder kOrder>
    REEL_LEAF_INLINE Leaf to_floats(__m512i bits) {
        if constexpr (kOrder == RowOrder::kBigEndian) {
            const __m128i reverse = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
            bits = _mm512_shuffle_epi8(bits, _mm512_broadcast_i32x4(reverse));
        }
        return {_mm512_castsi512_ps(bits)};
    }
    template <RowOrder kOrder>
    REEL_LEAF_INLINE Leaf load_row(const std::byte* at) {
        return to_floats<kOrder>(_mm512_loadu_si512(at));
    }
    template <RowOrder kOrder>
    REEL_LEAF_INLINE Leaf load_part(const std::byte* at, size_t count) {
        // A masked load does not touch the lanes left out, so it cannot fault there.
        const auto mask = static_cast<__mmask16>((1U << count) - 1U);
        return to_floats<kOrder>(_mm512_maskz_loadu_epi32(mask, at));
    }
    REEL_LEAF_INLINE Leaf subtract(const Leaf& a, const Leaf& b) { return {_mm512_sub_ps(a.value, b.value)}; }
    REEL_LEAF_INLINE Leaf add(const Leaf& a, const Leaf& b) { return {_mm512_add_ps(a.value, b.value)}; }
    REEL_LEAF_INLINE Leaf multiply_add(const Leaf& a, const Leaf& b, const Leaf& c) {
        return {_mm512_fmadd_ps(a.value, b.value, c.value)};
    }
    REEL_LEAF_INLINE float reduce(const Leaf& a) {
        const __m256 upper = _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a.value), 1));
        const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(a.value), upper);
        const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
        const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
    }
};

#include "vector/kernel_rows.inc"

}  // namespace

const Kernel kAvx512Kernel{"avx512", kFunctions<RowOrder::kBigEndian>, kFunctions<RowOrder::kHost>};

}  // namespace reel

#endif
