// Fields that need a look of their own: tables, strings, dumped values, Reel's own types.
#include <gtest/gtest.h>

#include "box_examples.h"
#include "field_collector.h"
#include "support/box_builder.h"

namespace reel {
namespace {

std::vector<std::string> dumped(auto box) {
    std::vector<std::string> lines;
    FieldDumper dumper([&](const std::string& line) { lines.push_back(line); });
    box.fields(dumper);
    return lines;
}

std::string refusal(const auto& result) {
    EXPECT_FALSE(result.has_value());
    if (result) return "";
    EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
    return result.error().message;
}

TEST(Fields, RefuseACountThatTheBytesDoNotHold) {
    EXPECT_EQ(refusal(parse_box<TimeToSampleBox>(from_hex("00000000 ffffffff 00000001 00000001"))),
              "box 'stts': field entries needs 34359738360 bytes where 8 are left");
    EXPECT_EQ(refusal(parse_box<TimeToSampleBox>(from_hex("00000000 00000002 00000001 00000001"))),
              "box 'stts': field entries needs 16 bytes where 8 are left");
    EXPECT_EQ(refusal(parse_box<TrackRunBox>(from_hex("00000200 80000000 00000001"))),
              "box 'trun': field sample_size needs 8589934592 bytes where 4 are left");
    EXPECT_TRUE(parse_box<TrackRunBox>(from_hex("00000200 00000001 00000001")));
}

TEST(Fields, StayEmptyBehindAFieldThatDoesNotFit) {
    const ByteBuffer payload = from_hex("0000");
    FieldReader reader(payload);
    uint32_t number = 7;
    std::string text = "old";
    std::vector<uint32_t> rows = {1, 2};
    reader.field("number", number);
    reader.c_string("text", text);
    reader.table("rows", rows);
    EXPECT_EQ(number, 7U);
    EXPECT_EQ(text, "");
    EXPECT_TRUE(rows.empty());
    EXPECT_EQ(refusal(reader.status()), "field number needs 4 bytes where 2 are left");
}

TEST(Fields, EndAStringAtTheBoxWhereItsNulIsMissing) {
    const auto box = parse_box<UriBox>(from_hex("00000000 'tag:x'"));
    ASSERT_TRUE(box);
    EXPECT_EQ(box->uri, "tag:x");
}

TEST(Fields, ReadTwoStringsOfWhichOneIsMissing) {
    const auto box = parse_box<SimpleTextSampleEntry>(from_hex("000000000000 0001 'gz'"));
    ASSERT_TRUE(box);
    EXPECT_EQ(box->content_encoding, "gz");
    EXPECT_EQ(box->mime_format, "");
}

TEST(Fields, LeaveOutABrandOfFewerThanFourBytes) {
    const auto box = parse_box<FileTypeBox>(from_hex("'isom' 00000000 'iso6' 'ree'"));
    ASSERT_TRUE(box);
    EXPECT_EQ(values_of(*box), (values_of(FileTypeBox{FourCC{"isom"}, 0, {FourCC{"iso6"}}})));
}

TEST(Fields, AreDumpedAsAReaderExpects) {
    EXPECT_EQ(dumped(FileTypeBox{FourCC{"isom"}, 512, {FourCC{"iso6"}, FourCC{"reel"}}}),
              (std::vector<std::string>{"major_brand = 'isom'", "minor_version = 512",
                                        "compatible_brands = 'iso6' 'reel'"}));
    EXPECT_EQ(dumped(UriBox{0, "tag:x"}),
              (std::vector<std::string>{"version_and_flags = 0", "theURI = \"tag:x\""}));
    EXPECT_EQ(dumped(MovieHeaderBox{})[7], "matrix = 65536 0 0 0 65536 0 0 0 1073741824");
    EXPECT_EQ(dumped(examples::Mark::box())[0], "file_id = 101112131415161718191a1b1c1d1e1f");
}

TEST(Fields, ShowTheFirstThreeRowsOfATable) {
    EXPECT_EQ(dumped(TrackRunBox{0x200, {9, 8, 7, 6}}),
              (std::vector<std::string>{"version_and_flags = 512", "sample_size = 4 rows", "  [0] 9",
                                        "  [1] 8", "  [2] 7"}));
    EXPECT_EQ(dumped(TimeToSampleBox{0, {{5, 1000}}}),
              (std::vector<std::string>{"version_and_flags = 0", "entries = 1 rows",
                                        "  [0] sample_count = 5, sample_delta = 1000"}));
}

TEST(FourCCs, ShowWhatIsNotPrintable) {
    EXPECT_EQ(FourCC{"moov"}.text(), "moov");
    EXPECT_EQ(FourCC{0xA9746F6F}.text(), "\\xa9too");
    EXPECT_EQ(FourCC{0x00207F0A}.text(), "\\x00 \\x7f\\x0a");
}

TEST(ExtendedTypes, TellReelsBoxesApart) {
    const ByteBuffer mark = from_hex(examples::Mark::kBytes);
    const ByteBuffer identity = from_hex(examples::Identity::kBytes);
    EXPECT_TRUE(find_payload<MarkBox>(mark));
    EXPECT_TRUE(find_payload<IdentityBox>(identity));
    EXPECT_FALSE(find_payload<IdentityBox>(mark));
    EXPECT_FALSE(find_payload<CommitRecordBox>(identity));
    EXPECT_EQ(find_payload<MarkBox>(mark)->data(), mark.data() + 24);
}

TEST(ExtendedTypes, NeedAllOfTheirTwentyFourBytes) {
    const ByteBuffer section = from_hex(examples::SectionHead::kBytes);
    for (size_t length = 0; length < 24; ++length) {
        const ByteBuffer cut(section.begin(), section.begin() + static_cast<ptrdiff_t>(length));
        EXPECT_FALSE(find_payload<SectionBoxHead>(cut)) << length;
    }
    EXPECT_TRUE(find_payload<SectionBoxHead>({section.data(), 24}));
}

TEST(Checksums, CompleteABoxAndHoldUntilAByteChanges) {
    ByteBuffer out = from_hex("'before'");
    write_checksummed(out, examples::Mark::box(), 6);
    const ByteView box(out.data() + 6, out.size() - 6);
    EXPECT_TRUE(checksum_holds(box));
    EXPECT_EQ(load_be<uint32_t>(&out[out.size() - 4]), crc32c(box.first(box.size() - 4)));
    for (size_t i = 6; i < out.size(); ++i) {
        out[i] ^= std::byte{1};
        EXPECT_FALSE(checksum_holds(box)) << i;
        out[i] ^= std::byte{1};
    }
    EXPECT_FALSE(checksum_holds(from_hex("000000")));
}

TEST(Containers, GetTheSizeOfWhatWasWrittenInsideThem) {
    ByteBuffer out;
    {
        const ContainerWriter moof(out, FourCC{"moof"});
        write_box(out, MovieFragmentHeaderBox{0, 9});
        const ContainerWriter traf(out, FourCC{"traf"});
    }
    EXPECT_EQ(to_hex(out),
              to_hex(make_box("moof", make_box("mfhd", from_hex("00000000 00000009")) + make_box("traf"))));
}

}  // namespace
}  // namespace reel
