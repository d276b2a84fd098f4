#include "text/bit_packing.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace reel {
namespace {

TEST(BitPacking, GivesBackBlocksOfEveryWidth) {
    std::mt19937 random(1);
    for (unsigned bits = 0; bits <= 32; ++bits) {
        alignas(16) uint32_t numbers[kBlockRows];
        alignas(16) uint32_t found[kBlockRows];
        for (uint32_t& n : numbers) n = bits == 0 ? 0 : static_cast<uint32_t>(random()) >> (32 - bits);
        ByteBuffer packed(1);  // one byte off any alignment
        pack_block(numbers, bits, packed);
        ASSERT_EQ(packed.size(), 1 + packed_bytes(bits));
        unpack_block(packed.data() + 1, bits, found);
        EXPECT_TRUE(std::equal(numbers, numbers + kBlockRows, found)) << bits;
        EXPECT_LE(needed_bits(numbers, kBlockRows), bits);
    }
}

TEST(BitPacking, SumsDistancesToRows) {
    std::mt19937 random(2);
    alignas(16) uint32_t numbers[kBlockRows];
    std::vector<uint32_t> expected;
    uint32_t row = 1000;
    for (uint32_t& n : numbers) {
        n = static_cast<uint32_t>(random()) % 1000;
        expected.push_back(row += n + 1);
    }
    sum_block(1000, numbers);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), numbers));
}

TEST(BitPacking, TheFirstRowOfAllIsZero) {
    alignas(16) uint32_t numbers[kBlockRows] = {};
    sum_block(UINT32_MAX, numbers);
    EXPECT_EQ(numbers[0], 0U);
    EXPECT_EQ(numbers[kBlockRows - 1], kBlockRows - 1);
}

}  // namespace
}  // namespace reel
