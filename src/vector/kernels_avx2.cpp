// AVX2 with FMA: four registers of eight floats.
#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <limits>

#include "vector/kernel_tables.h"
#include "vector/prefetch.h"

#define REEL_KERNEL_TARGET __attribute__((target("avx2,fma")))
#define REEL_LEAF_INLINE REEL_KERNEL_TARGET __attribute__((always_inline)) static inline

namespace reel {
namespace {

struct Leaf {
    static constexpr size_t kCount = 8;
    __m256 value;

    REEL_LEAF_INLINE Leaf zero() { return {_mm256_setzero_ps()}; }
    REEL_LEAF_INLINE Leaf load(const float* at) { return {_mm256_load_ps(at)}; }
    template <RowOrder kOrder>
    REEL_LEAF_INLINE Leaf to_floats(__m256i bits) {
        if constexpr (kOrder == RowOrder::kBigEndian) {
            const __m128i reverse = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
            bits = _mm256_shuffle_epi8(bits, _mm256_broadcastsi128_si256(reverse));
        }
        return {_mm256_castsi256_ps(bits)};
    }
    template <RowOrder kOrder>
    REEL_LEAF_INLINE Leaf load_row(const std::byte* at) {
        return to_floats<kOrder>(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(at)));
    }
    template <RowOrder kOrder>
    REEL_LEAF_INLINE Leaf load_part(const std::byte* at, size_t count) {
        const __m256i lane = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
        const __m256i mask = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(count)), lane);
        return to_floats<kOrder>(_mm256_maskload_epi32(reinterpret_cast<const int*>(at), mask));
    }
    REEL_LEAF_INLINE Leaf subtract(const Leaf& a, const Leaf& b) { return {_mm256_sub_ps(a.value, b.value)}; }
    REEL_LEAF_INLINE Leaf add(const Leaf& a, const Leaf& b) { return {_mm256_add_ps(a.value, b.value)}; }
    REEL_LEAF_INLINE Leaf multiply_add(const Leaf& a, const Leaf& b, const Leaf& c) {
        return {_mm256_fmadd_ps(a.value, b.value, c.value)};
    }
    REEL_LEAF_INLINE float reduce(const Leaf& a) {
        const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a.value), _mm256_extractf128_ps(a.value, 1));
        const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
    }
};

#include "vector/kernel_rows.inc"

}  // namespace

const Kernel kAvx2Kernel{"avx2", kFunctions<RowOrder::kBigEndian>, kFunctions<RowOrder::kHost>};

}  // namespace reel

#endif
