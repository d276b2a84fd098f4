#include "embed/builtin/kernels.h"

#include <cmath>

namespace reel::builtin {

// NEON is part of every aarch64, SSE2 of every x86-64: four lanes need no attribute.
namespace baseline {
#define REEL_LANES 4
#define REEL_TARGET
#include "embed/builtin/kernels_body.inc"
#undef REEL_LANES
#undef REEL_TARGET
constexpr Kernels kKernels{"baseline", add_and_normalize, attend, add_bias};
}  // namespace baseline

#if defined(__x86_64__)
namespace avx2 {
#define REEL_LANES 8
#define REEL_TARGET __attribute__((target("avx2,fma")))
#include "embed/builtin/kernels_body.inc"
#undef REEL_LANES
#undef REEL_TARGET
constexpr Kernels kKernels{"avx2", add_and_normalize, attend, add_bias};
}  // namespace avx2

namespace avx512 {
#define REEL_LANES 16
#define REEL_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#include "embed/builtin/kernels_body.inc"
#undef REEL_LANES
#undef REEL_TARGET
constexpr Kernels kKernels{"avx512", add_and_normalize, attend, add_bias};
}  // namespace avx512
#endif

size_t attention_scratch(size_t tokens) {
    constexpr size_t kMostLanes = 16;
    constexpr size_t kMostRows = 4;
    return (kHeadSize + kMostRows) * ((tokens + kMostLanes - 1) / kMostLanes * kMostLanes);
}

std::vector<const Kernels*> supported_kernels() {
    std::vector<const Kernels*> found{&baseline::kKernels};
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(&avx2::kKernels);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        found.push_back(&avx512::kKernels);
    }
#endif
    return found;
}

const Kernels& kernels() {
    static const Kernels& fastest = *supported_kernels().back();
    return fastest;
}

}  // namespace reel::builtin
