#include "vector/nibble_kernels.h"

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace reel {
namespace {

void dots_scalar(const int8_t* query, size_t row_bytes, const std::byte* rows, size_t count, int32_t* sums) {
    const int8_t* high = query + nibble_query_half(row_bytes);
    for (size_t i = 0; i < count; ++i, rows += row_bytes) {
        int32_t sum = 0;
        for (size_t b = 0; b < row_bytes; ++b) {
            const auto byte = static_cast<int32_t>(rows[b]);
            sum += (byte & 15) * query[b] + (byte >> 4) * high[b];
        }
        sums[i] = sum;
    }
}

std::vector<NibbleKernel> detect() {
    std::vector<NibbleKernel> found;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) {
        if (__builtin_cpu_supports("avx512vnni"))
            found.push_back({"avx512vnni", "avx512", nibble_kernels::dots_avx512vnni});
        found.push_back({"avx512", "avx512", nibble_kernels::dots_avx512});
    }
    if (__builtin_cpu_supports("avx2")) found.push_back({"avx2", "avx2", nibble_kernels::dots_avx2});
#elif defined(__aarch64__)
    if (nibble_kernels::dots_neon_dotprod != nullptr && (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0)
        found.push_back({"neondotprod", "neon", nibble_kernels::dots_neon_dotprod});
    found.push_back({"neon", "neon", nibble_kernels::dots_neon});
#endif
    found.push_back({"scalar", "scalar", dots_scalar});
    return found;
}

}  // namespace

NibbleQuery::NibbleQuery(std::span<const int8_t> values) {
    const size_t half = nibble_query_half(nibble_row_bytes(values.size()));
    blocks_.resize(2 * half / sizeof(Block));
    for (size_t j = 0; j < values.size(); ++j) {
        const size_t at = nibble_byte(j) + (nibble_shift(j) == 0 ? 0 : half);
        blocks_[at / sizeof(Block)].bytes[at % sizeof(Block)] = values[j];
        sum_ += values[j];
    }
}

std::span<const NibbleKernel> supported_nibble_kernels() {
    static const std::vector<NibbleKernel> kernels = detect();
    return kernels;
}

const NibbleKernel& nibble_kernel_for(const Kernel& kernel) {
    for (const NibbleKernel& nibble : supported_nibble_kernels()) {
        if (nibble.family == kernel.name) return nibble;
    }
    return supported_nibble_kernels().back();
}

}  // namespace reel
