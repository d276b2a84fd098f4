#include "boxes/table_view.h"

#include <gtest/gtest.h>

#include <memory>

#include "support/box_builder.h"

namespace reel {
namespace {

constexpr FourCC kStco{"stco"};
constexpr FourCC kCo64{"co64"};

void expect_corrupt(const auto& result, const std::string& message) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(result.error().message, message);
}

TEST(SampleSizes, MayBeOneForAll) {
    const ByteBuffer payload = from_hex("00000000 00000c00 00000003");
    const auto sizes = SampleSizeView::parse(payload);
    ASSERT_TRUE(sizes) << sizes.error().message;
    EXPECT_EQ(sizes->count(), 3U);
    for (uint64_t row = 0; row < 3; ++row) EXPECT_EQ((*sizes)[row], 3072U);
    EXPECT_TRUE(sizes->bytes().empty());
}

TEST(SampleSizes, MayBeOneARow) {
    const ByteBuffer payload = from_hex("00000000 00000000 00000003 00000001 ffffffff 00000000");
    const auto sizes = SampleSizeView::parse(payload);
    ASSERT_TRUE(sizes) << sizes.error().message;
    EXPECT_EQ(sizes->count(), 3U);
    EXPECT_EQ((*sizes)[0], 1U);
    EXPECT_EQ((*sizes)[1], 0xffffffffU);
    EXPECT_EQ((*sizes)[2], 0U);
    EXPECT_EQ(sizes->bytes().data(), payload.data() + 12);
    EXPECT_EQ(sizes->bytes().size(), 12U);
}

TEST(SampleSizes, AreRefusedWithMoreRowsThanBytes) {
    expect_corrupt(SampleSizeView::parse(from_hex("00000000 00000000 00000003 00000001 00000002 000000")),
                   "box 'stsz' says 3 rows where 2 fit");
    expect_corrupt(SampleSizeView::parse(from_hex("00000000 00000000 ffffffff 00000001")),
                   "box 'stsz' says 4294967295 rows where 1 fit");
    EXPECT_TRUE(SampleSizeView::parse(from_hex("00000000 00000000 00000001 00000001")));
}

TEST(SampleSizes, OfNoSamplesAreEmpty) {
    EXPECT_EQ(SampleSizeView::parse(from_hex("00000000 00000000 00000000"))->count(), 0U);
    EXPECT_EQ(SampleSizeView().count(), 0U);
}

TEST(ChunkOffsets, AreWideInCo64) {
    const ByteBuffer payload = from_hex("00000000 00000002 0000000000000030 1122334455667788");
    const auto offsets = ChunkOffsetView::parse(payload, kCo64);
    ASSERT_TRUE(offsets) << offsets.error().message;
    EXPECT_EQ(offsets->count(), 2U);
    EXPECT_EQ((*offsets)[0], 0x30U);
    EXPECT_EQ((*offsets)[1], 0x1122334455667788U);
    EXPECT_EQ(offsets->bytes().size(), 16U);
}

TEST(ChunkOffsets, AreNarrowInStco) {
    const ByteBuffer payload = from_hex("00000000 00000003 00000030 fffffffe 00000001");
    const auto offsets = ChunkOffsetView::parse(payload, kStco);
    ASSERT_TRUE(offsets) << offsets.error().message;
    EXPECT_EQ(offsets->count(), 3U);
    EXPECT_EQ((*offsets)[1], 0xfffffffeU);
    EXPECT_EQ((*offsets)[2], 1U);
    EXPECT_EQ(offsets->bytes().size(), 12U);
}

TEST(ChunkOffsets, AreRefusedWithMoreRowsThanBytes) {
    const ByteBuffer two_narrow_or_one_wide = from_hex("00000000 00000002 00000000 00000001");
    EXPECT_TRUE(ChunkOffsetView::parse(two_narrow_or_one_wide, kStco));
    expect_corrupt(ChunkOffsetView::parse(two_narrow_or_one_wide, kCo64),
                   "box 'co64' says 2 rows where 1 fit");
    expect_corrupt(ChunkOffsetView::parse(from_hex("00000000 ffffffff 00000000"), kStco),
                   "box 'stco' says 4294967295 rows where 1 fit");
}

TEST(Tables, AreRefusedWhereTheyAreCut) {
    const ByteBuffer sizes = from_hex("00000000 00000000 00000002 00000001 00000002");
    const ByteBuffer offsets = from_hex("00000000 00000001 0000000000000001");
    for (size_t length = 0; length < sizes.size(); ++length) {
        const auto cut = std::make_unique<std::byte[]>(length);
        std::copy_n(sizes.begin(), length, cut.get());
        EXPECT_FALSE(SampleSizeView::parse({cut.get(), length})) << length;
    }
    for (size_t length = 0; length < offsets.size(); ++length) {
        const auto cut = std::make_unique<std::byte[]>(length);
        std::copy_n(offsets.begin(), length, cut.get());
        EXPECT_FALSE(ChunkOffsetView::parse({cut.get(), length}, kCo64)) << length;
    }
}

}  // namespace
}  // namespace reel
