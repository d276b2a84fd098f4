#include "filter/scan_kernels.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <vector>

#include "base/bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace reel {

namespace {

/// Limits a range to what T can hold; false if nothing is left of it.
template <class T>
bool narrow(uint64_t low, uint64_t high, T& first, T& span) {
    constexpr uint64_t kMax = std::numeric_limits<T>::max();
    if (low > high || low > kMax) return false;
    first = static_cast<T>(low);
    span = static_cast<T>(std::min(high, kMax) - low);
    return true;
}

/// From code `begin`, a multiple of 64, on. One subtraction turns both bounds into one comparison.
template <class T>
void scan_scalar(const std::byte* codes, size_t begin, size_t count, T first, T span, uint64_t* bits) {
    for (size_t at = begin; at < count; at += 64) {
        const size_t size = std::min<size_t>(64, count - at);
        uint64_t word = 0;
        for (size_t j = 0; j < size; ++j) {
            const T code = load_le<T>(codes + (at + j) * sizeof(T));
            word |= uint64_t{static_cast<T>(code - first) <= span} << j;
        }
        bits[at / 64] |= word;
    }
}

template <class T>
void scalar_width(const std::byte* codes, size_t count, uint64_t low, uint64_t high, uint64_t* bits) {
    T first{};
    T span{};
    if (narrow(low, high, first, span)) scan_scalar<T>(codes, 0, count, first, span, bits);
}

void scan_range_scalar(const std::byte* codes, unsigned width, size_t count, uint64_t low, uint64_t high,
                       uint64_t* bits) {
    switch (width) {
        case 1: return scalar_width<uint8_t>(codes, count, low, high, bits);
        case 2: return scalar_width<uint16_t>(codes, count, low, high, bits);
        case 4: return scalar_width<uint32_t>(codes, count, low, high, bits);
        default: return scalar_width<uint64_t>(codes, count, low, high, bits);
    }
}

#if defined(__x86_64__)

// g++ 12 does not keep AVX-512 registers over the calls that its thread sanitizer puts in; what is read here
// is never written while it is read.
#define REEL_AVX512 __attribute__((target("avx512f,avx512bw"), no_sanitize("thread")))
#define REEL_AVX2 __attribute__((target("avx2"), no_sanitize("thread")))

template <class T>
REEL_AVX512 void avx512_width(const std::byte* codes, size_t count, uint64_t low, uint64_t high,
                              uint64_t* bits) {
    T first{};
    T span{};
    if (!narrow(low, high, first, span)) return;
    constexpr size_t kLanes = 64 / sizeof(T);
    size_t at = 0;
    for (; at + 64 <= count; at += 64) {
        uint64_t word = 0;
        for (size_t part = 0; part < sizeof(T); ++part) {
            const __m512i code = _mm512_loadu_si512(codes + (at + part * kLanes) * sizeof(T));
            uint64_t mask = 0;
            if constexpr (sizeof(T) == 1) {
                mask =
                    _mm512_cmple_epu8_mask(_mm512_sub_epi8(code, _mm512_set1_epi8(static_cast<char>(first))),
                                           _mm512_set1_epi8(static_cast<char>(span)));
            } else if constexpr (sizeof(T) == 2) {
                mask = _mm512_cmple_epu16_mask(
                    _mm512_sub_epi16(code, _mm512_set1_epi16(static_cast<short>(first))),
                    _mm512_set1_epi16(static_cast<short>(span)));
            } else if constexpr (sizeof(T) == 4) {
                mask = _mm512_cmple_epu32_mask(
                    _mm512_sub_epi32(code, _mm512_set1_epi32(static_cast<int>(first))),
                    _mm512_set1_epi32(static_cast<int>(span)));
            } else {
                mask = _mm512_cmple_epu64_mask(
                    _mm512_sub_epi64(code, _mm512_set1_epi64(static_cast<long long>(first))),
                    _mm512_set1_epi64(static_cast<long long>(span)));
            }
            word |= mask << (part * kLanes);
        }
        bits[at / 64] |= word;
    }
    scan_scalar<T>(codes, at, count, first, span, bits);
}

/// A bit a lane: whether lane - first <= span, unsigned. AVX2 compares signed numbers only, so both
/// sides of the wide ones have their highest bit turned.
template <class T>
REEL_AVX2 inline uint64_t avx2_lanes(__m256i code, T first, T span) {
    if constexpr (sizeof(T) == 1) {
        const __m256i moved = _mm256_sub_epi8(code, _mm256_set1_epi8(static_cast<char>(first)));
        const __m256i least = _mm256_min_epu8(moved, _mm256_set1_epi8(static_cast<char>(span)));
        return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(moved, least)));
    } else if constexpr (sizeof(T) == 4) {
        const __m256i moved = _mm256_sub_epi32(code, _mm256_set1_epi32(static_cast<int>(first)));
        const __m256i least = _mm256_min_epu32(moved, _mm256_set1_epi32(static_cast<int>(span)));
        const __m256i same = _mm256_cmpeq_epi32(moved, least);
        return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(same)));
    } else {
        const __m256i top = _mm256_set1_epi64x(std::numeric_limits<long long>::min());
        const __m256i moved = _mm256_sub_epi64(code, _mm256_set1_epi64x(static_cast<long long>(first)));
        const __m256i bound = _mm256_xor_si256(_mm256_set1_epi64x(static_cast<long long>(span)), top);
        const __m256i above = _mm256_cmpgt_epi64(_mm256_xor_si256(moved, top), bound);
        return ~static_cast<uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(above))) & 0xFU;
    }
}

/// Sixteen-bit lanes have no movemask: two vectors are packed to bytes, whose halves then change places.
REEL_AVX2 inline uint64_t avx2_pair(__m256i a, __m256i b, uint16_t first, uint16_t span) {
    const __m256i start = _mm256_set1_epi16(static_cast<short>(first));
    const __m256i bound = _mm256_set1_epi16(static_cast<short>(span));
    const __m256i left = _mm256_sub_epi16(a, start);
    const __m256i right = _mm256_sub_epi16(b, start);
    const __m256i packed = _mm256_packs_epi16(_mm256_cmpeq_epi16(left, _mm256_min_epu16(left, bound)),
                                              _mm256_cmpeq_epi16(right, _mm256_min_epu16(right, bound)));
    return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_permute4x64_epi64(packed, 0xD8)));
}

template <class T>
REEL_AVX2 void avx2_width(const std::byte* codes, size_t count, uint64_t low, uint64_t high, uint64_t* bits) {
    T first{};
    T span{};
    if (!narrow(low, high, first, span)) return;
    constexpr size_t kLanes = 32 / sizeof(T);
    size_t at = 0;
    for (; at + 64 <= count; at += 64) {
        const auto* from = reinterpret_cast<const __m256i*>(codes + at * sizeof(T));
        uint64_t word = 0;
        if constexpr (sizeof(T) == 2) {
            for (unsigned half = 0; half < 2; ++half) {
                const __m256i a = _mm256_loadu_si256(from + 2 * half);
                const __m256i b = _mm256_loadu_si256(from + 2 * half + 1);
                word |= avx2_pair(a, b, first, span) << (half * 32);
            }
        } else {
            for (size_t part = 0; part < 64 / kLanes; ++part)
                word |= avx2_lanes<T>(_mm256_loadu_si256(from + part), first, span) << (part * kLanes);
        }
        bits[at / 64] |= word;
    }
    scan_scalar<T>(codes, at, count, first, span, bits);
}

void scan_range_avx512(const std::byte* codes, unsigned width, size_t count, uint64_t low, uint64_t high,
                       uint64_t* bits) {
    switch (width) {
        case 1: return avx512_width<uint8_t>(codes, count, low, high, bits);
        case 2: return avx512_width<uint16_t>(codes, count, low, high, bits);
        case 4: return avx512_width<uint32_t>(codes, count, low, high, bits);
        default: return avx512_width<uint64_t>(codes, count, low, high, bits);
    }
}

void scan_range_avx2(const std::byte* codes, unsigned width, size_t count, uint64_t low, uint64_t high,
                     uint64_t* bits) {
    switch (width) {
        case 1: return avx2_width<uint8_t>(codes, count, low, high, bits);
        case 2: return avx2_width<uint16_t>(codes, count, low, high, bits);
        case 4: return avx2_width<uint32_t>(codes, count, low, high, bits);
        default: return avx2_width<uint64_t>(codes, count, low, high, bits);
    }
}

#endif

std::vector<ScanKernel> detect_kernels() {
    std::vector<ScanKernel> kernels;
    kernels.reserve(3);
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
        kernels.push_back({"avx512", scan_range_avx512});
    if (__builtin_cpu_supports("avx2")) kernels.push_back({"avx2", scan_range_avx2});
#endif
    kernels.push_back({"scalar", scan_range_scalar});
    return kernels;
}

const ScanKernel& choose() {
    const char* wanted = std::getenv("REEL_KERNEL");
    for (const ScanKernel& kernel : scan_kernels()) {
        if (wanted != nullptr && kernel.name == wanted) return kernel;
    }
    return scan_kernels().front();
}

}  // namespace

std::span<const ScanKernel> scan_kernels() {
    static const std::vector<ScanKernel> kernels = detect_kernels();
    return kernels;
}

const ScanKernel& scan_kernel() {
    static const ScanKernel& kernel = choose();
    return kernel;
}

}  // namespace reel
