#include "boxes/box_header.h"

#include <gtest/gtest.h>

#include "base/checksum.h"
#include "base/memory_file.h"
#include "support/box_builder.h"

namespace reel {
namespace {

void expect_corrupt(const auto& result, const std::string& message) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(result.error().message, message);
}

TEST(BoxHeader, HasA32BitSize) {
    const auto header = parse_box_header(from_hex("00000014 'moov' 11111111"), 100, 120);
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_EQ(header->type, FourCC{"moov"});
    EXPECT_EQ(header->offset, 100U);
    EXPECT_EQ(header->size, 20U);
    EXPECT_EQ(header->payload_offset(), 108U);
    EXPECT_EQ(header->payload_size(), 12U);
    EXPECT_EQ(header->end(), 120U);
    EXPECT_FALSE(header->to_end);
}

TEST(BoxHeader, HasA64BitSize) {
    const auto header = parse_box_header(from_hex("00000001 'mdat' 0000000180000000"), 8, 0x200000000);
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_EQ(header->size, 0x180000000U);
    EXPECT_EQ(header->header_size, 16U);
    EXPECT_EQ(header->payload_offset(), 24U);
    EXPECT_EQ(header->payload_size(), 0x180000000U - 16);
    EXPECT_EQ(header->end(), 0x180000008U);
}

TEST(BoxHeader, ReachesToTheEndWhereItsSizeIsZero) {
    const auto header = parse_box_header(from_hex("00000000 'mdat'"), 40, 100);
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_TRUE(header->to_end);
    EXPECT_EQ(header->size, 60U);
    EXPECT_EQ(header->header_size, 8U);
}

TEST(BoxHeader, MayBeAllOfItsBox) {
    EXPECT_EQ(parse_box_header(from_hex("00000008 'free'"), 0, 8)->payload_size(), 0U);
    EXPECT_EQ(parse_box_header(from_hex("00000001 'free' 0000000000000010"), 0, 16)->payload_size(), 0U);
}

TEST(BoxHeader, IsRefusedWithASizeSmallerThanItself) {
    for (const uint32_t size : {2U, 3U, 7U}) {
        expect_corrupt(parse_box_header(lying_header("free", size), 5, 100),
                       "box 'free' at offset 5 has size " + std::to_string(size) + ", less than its header");
    }
    for (const uint64_t size : {0U, 1U, 8U, 15U}) {
        expect_corrupt(parse_box_header(lying_header("free", 1) + big_endian(size, 8), 5, 100),
                       "box 'free' at offset 5 has size " + std::to_string(size) + ", less than its header");
    }
}

TEST(BoxHeader, IsRefusedWithASizeLargerThanWhatHoldsIt) {
    expect_corrupt(parse_box_header(lying_header("trak", 21), 100, 120),
                   "box 'trak' at offset 100 says 21 bytes where 20 are left");
    expect_corrupt(parse_box_header(lying_header("trak", 0xffffffff), 100, 120),
                   "box 'trak' at offset 100 says 4294967295 bytes where 20 are left");
}

TEST(BoxHeader, IsRefusedNear2To64) {
    for (const uint64_t size : {UINT64_MAX, UINT64_MAX - 7, UINT64_MAX - 99, uint64_t{1} << 63U}) {
        expect_corrupt(parse_box_header(lying_header("mdat", 1) + big_endian(size, 8), 100, 1000),
                       "box 'mdat' at offset 100 says " + std::to_string(size) + " bytes where 900 are left");
    }
    const auto last =
        parse_box_header(lying_header("mdat", 1) + big_endian(100, 8), UINT64_MAX - 100, UINT64_MAX);
    ASSERT_TRUE(last) << last.error().message;
    EXPECT_EQ(last->end(), UINT64_MAX);
}

TEST(BoxHeader, IsRefusedWhereItIsCut) {
    const ByteBuffer small = from_hex("00000008 'free'");
    const ByteBuffer large = from_hex("00000001 'mdat' 0000000000000010");
    for (size_t length = 0; length < 8; ++length) {
        expect_corrupt(parse_box_header({small.data(), length}, 3, 100),
                       "no room for a box header at offset 3");
        expect_corrupt(parse_box_header(small, 3, 3 + length), "no room for a box header at offset 3");
    }
    for (size_t length = 8; length < 16; ++length) {
        expect_corrupt(parse_box_header({large.data(), length}, 3, 100),
                       "box 'mdat' at offset 3 ends inside its 64-bit size");
        expect_corrupt(parse_box_header(large, 3, 3 + length),
                       "box 'mdat' at offset 3 ends inside its 64-bit size");
    }
    expect_corrupt(parse_box_header(small, 50, 40), "no room for a box header at offset 50");
}

TEST(BoxHeader, IsReadFromAFile) {
    const MemoryFile file(make_box("ftyp") + make_box("free", from_hex("0a")));
    const auto header = read_box_header(file, 8, 17);
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_EQ(header->type, FourCC{"free"});
    EXPECT_EQ(header->end(), 17U);
    expect_corrupt(read_box_header(file, 17, 100), "no room for a box header at offset 17");
}

TEST(BoxCursor, VisitsChildrenOneAfterTheOther) {
    const ByteBuffer children =
        make_box("mvhd", from_hex("01 02")) + make_large_box("trak", from_hex("03")) + make_box("udta");
    BoxCursor cursor(children, 1000);
    auto child = cursor.next();
    ASSERT_TRUE(child && *child);
    EXPECT_EQ((*child)->type, FourCC{"mvhd"});
    EXPECT_EQ((*child)->offset, 1000U);
    EXPECT_EQ(to_hex(cursor.payload()), "0102");
    child = cursor.next();
    ASSERT_TRUE(child && *child);
    EXPECT_EQ((*child)->offset, 1010U);
    EXPECT_EQ(to_hex(cursor.payload()), "03");
    EXPECT_EQ(cursor.box().size(), 17U);
    child = cursor.next();
    ASSERT_TRUE(child && *child);
    EXPECT_TRUE(cursor.payload().empty());
    for (int i = 0; i < 2; ++i) {
        child = cursor.next();
        ASSERT_TRUE(child);
        EXPECT_FALSE(child->has_value());
    }
}

TEST(BoxCursor, KeepsAChildInsideItsContainer) {
    const ByteBuffer children = make_box("mvhd") + lying_header("trak", 9);
    BoxCursor cursor(children, 1000);
    ASSERT_TRUE(cursor.next());
    expect_corrupt(cursor.next(), "box 'trak' at offset 1008 says 9 bytes where 8 are left");
    expect_corrupt(cursor.next(), "box 'trak' at offset 1008 says 9 bytes where 8 are left");
}

TEST(BoxCursor, ReportsBytesTooFewForAHeader) {
    const ByteBuffer children = make_box("mvhd") + from_hex("000000");
    BoxCursor cursor(children);
    ASSERT_TRUE(cursor.next());
    expect_corrupt(cursor.next(), "no room for a box header at offset 8");
}

TEST(BoxCursor, LetsALastChildReachToTheEnd) {
    const ByteBuffer children = lying_header("skip", 0) + from_hex("0102030405060708090a");
    BoxCursor cursor(children);
    const auto child = cursor.next();
    ASSERT_TRUE(child && *child);
    EXPECT_EQ(cursor.payload().size(), 10U);
    EXPECT_FALSE(cursor.next()->has_value());
}

TEST(FindChild, FindsTheFirstOfAType) {
    const ByteBuffer children = make_box("trak", from_hex("01")) + make_box("mvex", from_hex("02")) +
                                make_box("trak", from_hex("03"));
    EXPECT_EQ(to_hex(*find_child(children, FourCC{"trak"})), "01");
    EXPECT_EQ(to_hex(*find_child(children, FourCC{"mvex"})), "02");
    expect_corrupt(find_child(children, FourCC{"udta"}), "box 'udta' is missing");
    expect_corrupt(find_child(make_box("free") + lying_header("trak", 80), FourCC{"trak"}),
                   "box 'trak' at offset 8 says 80 bytes where 8 are left");
}

}  // namespace
}  // namespace reel
