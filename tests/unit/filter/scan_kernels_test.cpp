#include "filter/scan_kernels.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

namespace reel {
namespace {

/// Codes of `width` bytes, many of them near the ends of what it can hold, at an odd address.
std::vector<std::byte> random_codes(std::mt19937_64& random, unsigned width, size_t count) {
    std::vector<std::byte> bytes(count * width + 1);
    for (size_t i = 0; i < count; ++i) {
        uint64_t code = random() % 4 == 0 ? random() : random() % 300 - 150;
        std::memcpy(bytes.data() + 1 + i * width, &code, width);
    }
    return bytes;
}

std::vector<uint64_t> slow_scan(const std::byte* codes, unsigned width, size_t count, uint64_t low,
                                uint64_t high) {
    std::vector<uint64_t> bits((count + 63) / 64);
    for (size_t i = 0; i < count; ++i) {
        uint64_t code = 0;
        std::memcpy(&code, codes + i * width, width);
        if (code >= low && code <= high) bits[i / 64] |= uint64_t{1} << (i % 64);
    }
    return bits;
}

TEST(ScanKernels, AllFindWhatAPlainLoopFinds) {
    std::mt19937_64 random(1);
    for (const unsigned width : {1U, 2U, 4U, 8U}) {
        for (const size_t count : std::initializer_list<size_t>{0U, 1U, 63U, 64U, 65U, 128U, 1000U}) {
            const auto bytes = random_codes(random, width, count);
            const uint64_t top = width == 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * width)) - 1;
            const std::vector<std::pair<uint64_t, uint64_t>> ranges{{0, 0},
                                                                    {0, ~uint64_t{0}},
                                                                    {5, 100},
                                                                    {100, 5},
                                                                    {top - 3, top},
                                                                    {top, ~uint64_t{0}},
                                                                    {top / 2, top / 2 + 9},
                                                                    {3, top - 3}};
            for (const auto& [low, high] : ranges) {
                const auto expected = slow_scan(bytes.data() + 1, width, count, low, high);
                for (const ScanKernel& kernel : scan_kernels()) {
                    std::vector<uint64_t> bits((count + 63) / 64);
                    kernel.scan_range(bytes.data() + 1, width, count, low, high, bits.data());
                    EXPECT_EQ(bits, expected) << kernel.name << " " << width << " " << count << " " << low;
                }
            }
        }
    }
}

TEST(ScanKernels, LeaveBitsThatAreSet) {
    const std::vector<std::byte> codes(100);
    for (const ScanKernel& kernel : scan_kernels()) {
        std::vector<uint64_t> bits{~uint64_t{0}, 5};
        kernel.scan_range(codes.data(), 1, 100, 1, 2, bits.data());
        EXPECT_EQ(bits, (std::vector<uint64_t>{~uint64_t{0}, 5}));
    }
}

TEST(ScanKernels, FollowTheEnvironmentVariable) {
    const char* name = std::getenv("REEL_KERNEL");
    const bool is_scalar = name != nullptr && std::string_view(name) == "scalar";
    EXPECT_EQ(scan_kernel().name, is_scalar ? "scalar" : scan_kernels().front().name);
}

}  // namespace
}  // namespace reel
