#include "vector/nibble_kernels.h"

#include <gtest/gtest.h>

#include <random>

namespace reel {
namespace {

struct Example {
    explicit Example(size_t dimension, size_t count, uint32_t seed) : query(dimension), sums(count) {
        std::mt19937 random(seed);
        const bool is_extreme = seed % 3 == 0;
        for (int8_t& value : query)
            value = static_cast<int8_t>(is_extreme ? (seed % 2 == 0 ? -128 : 127)
                                                   : static_cast<int>(random() % 256) - 128);
        bytes.assign(count * nibble_row_bytes(dimension), std::byte{0xFF});
        for (size_t row = 0; row < count; ++row) {
            for (size_t j = 0; j < dimension; ++j) {
                const unsigned nibble = is_extreme ? 15U : random() % 16;
                std::byte& at = bytes[row * nibble_row_bytes(dimension) + nibble_byte(j)];
                at &= static_cast<std::byte>(~(15U << nibble_shift(j)));
                at |= static_cast<std::byte>(nibble << nibble_shift(j));
                sums[row] += static_cast<int32_t>(nibble) * query[j];
            }
        }
    }
    std::vector<int8_t> query;
    std::vector<std::byte> bytes;
    std::vector<int32_t> sums;
};

/// The bytes are at the end of a buffer of their own, so that a sanitizer sees a byte read behind them.
std::vector<int32_t> compute(const NibbleKernel& kernel, const Example& example) {
    std::vector<int32_t> sums(example.sums.size());
    const NibbleQuery query(example.query);
    const std::vector<std::byte> exact(example.bytes);
    kernel.dots(query.data(), nibble_row_bytes(example.query.size()), exact.data(), sums.size(), sums.data());
    return sums;
}

TEST(NibbleKernels, AllGiveTheSumOfTheProducts) {
    uint32_t seed = 0;
    for (const size_t dimension : std::initializer_list<size_t>{1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 96,
                                                                100, 128, 129, 384, 768, 1023, 4096}) {
        for (const size_t count : std::initializer_list<size_t>{1U, 3U, 4U, 9U}) {
            const Example example(dimension, count, ++seed);
            for (const NibbleKernel& kernel : supported_nibble_kernels()) {
                EXPECT_EQ(compute(kernel, example), example.sums) << kernel.name << " " << dimension;
            }
        }
    }
}

TEST(NibbleKernels, DoNotOverflowInTheLargestDimension) {
    for (const uint32_t seed : std::initializer_list<uint32_t>{3U, 6U}) {
        const Example example(65536, 2, seed);
        for (const NibbleKernel& kernel : supported_nibble_kernels()) {
            EXPECT_EQ(compute(kernel, example), example.sums) << kernel.name;
        }
    }
}

TEST(NibbleKernels, EveryKernelOfTheMachineHasOne) {
    for (const Kernel* kernel : supported_kernels()) {
        EXPECT_EQ(nibble_kernel_for(*kernel).family, kernel->name);
    }
}

TEST(NibbleKernels, AQueryKnowsItsSum) {
    const std::vector<int8_t> values{127, -128, 5, 0, 1};
    EXPECT_EQ(NibbleQuery(values).sum(), 5);
}

}  // namespace
}  // namespace reel
