// One suite over all boxes: what holds for each of them.
#include <gtest/gtest.h>

#include <memory>

#include "box_examples.h"
#include "field_collector.h"
#include "support/box_builder.h"

namespace reel {
namespace {

template <class Example>
class EveryBox : public testing::Test {
protected:
    using Box = typename Example::Box;
    static constexpr size_t kHeader = ExtendedBox<Box> ? 24 : 8;

    static ByteBuffer golden() { return from_hex(Example::kBytes); }
    static ByteBuffer golden_payload() {
        const ByteBuffer bytes = golden();
        return {bytes.begin() + kHeader, bytes.end()};
    }
    static size_t shortest() {
        return Example::kShortest == examples::kAll ? golden_payload().size() : Example::kShortest;
    }
};

using Examples = testing::Types<
    examples::FileType, examples::MovieHeader, examples::MovieHeaderVersion0, examples::TrackHeader,
    examples::TrackHeaderVersion0, examples::MediaHeader, examples::MediaHeaderVersion0, examples::Handler,
    examples::NullMediaHeader, examples::DataEntryUrl, examples::DataReference, examples::SampleDescription,
    examples::SimpleText, examples::TextMetaData, examples::UriMeta, examples::Uri, examples::TrackExtends,
    examples::TimeToSample, examples::SampleToChunk, examples::SampleSize, examples::ChunkLargeOffset,
    examples::ChunkOffset, examples::MovieFragmentHeader, examples::TrackFragmentHeader,
    examples::TrackFragmentDecodeTime, examples::TrackFragmentDecodeTimeVersion0, examples::TrackRun,
    examples::Identity, examples::CommitRecord, examples::SealRecord, examples::Mark, examples::SectionHead>;
TYPED_TEST_SUITE(EveryBox, Examples);

TYPED_TEST(EveryBox, IsWrittenAsTheStandardSays) {
    ByteBuffer written;
    write_box(written, TypeParam::box());
    EXPECT_EQ(to_hex(written), to_hex(this->golden()));
}

TYPED_TEST(EveryBox, IsAsLargeAsItsSizerSays) {
    EXPECT_EQ(box_size(TypeParam::box()), this->golden().size());
}

TYPED_TEST(EveryBox, IsReadFromTheStandardsBytes) {
    const auto box = parse_box<typename TypeParam::Box>(this->golden_payload());
    ASSERT_TRUE(box) << box.error().message;
    EXPECT_EQ(values_of(*box), values_of(TypeParam::box()));
}

// Each payload is a block of the heap of its own, so that a sanitizer sees a byte read too many.
TYPED_TEST(EveryBox, IsReadFromAsFewBytesAsItsOpenEndAllowsAndNoFewer) {
    const ByteBuffer whole = this->golden_payload();
    for (size_t length = 0; length < whole.size(); ++length) {
        const auto cut = std::make_unique<std::byte[]>(length);
        std::copy_n(whole.begin(), length, cut.get());
        const auto box = parse_box<typename TypeParam::Box>({cut.get(), length});
        ASSERT_EQ(box.has_value(), length >= this->shortest()) << length << " bytes of " << whole.size();
        if (box) continue;
        EXPECT_EQ(box.error().code, ErrorCode::kCorrupt);
        EXPECT_NE(box.error().message.find(TypeParam::Box::kType.text()), std::string::npos)
            << box.error().message;
    }
}

// A last field that reaches to the end of its box takes in what follows.
TYPED_TEST(EveryBox, IgnoresWhatALaterVersionAddsBehindItsFields) {
    const auto box = parse_box<typename TypeParam::Box>(this->golden_payload() + from_hex("ffffffff ff"));
    ASSERT_TRUE(box) << box.error().message;
    EXPECT_EQ(values_of(*box) == values_of(TypeParam::box()), !TypeParam::kReachesToEnd);
}

TYPED_TEST(EveryBox, HasEveryFieldOfTheStandardInItsDump) {
    std::string names;
    FieldDumper dumper([&](const std::string& line) {
        if (line.starts_with("  [")) return;  // a table's row
        names += (names.empty() ? "" : " ") + line.substr(0, line.find(" = "));
    });
    auto box = TypeParam::box();
    box.fields(dumper);
    EXPECT_EQ(names, TypeParam::kNames);
}

TYPED_TEST(EveryBox, IsRefusedWithAnyCountLargerThanItsBytes) {
    // Every aligned word of the payload in turn becomes a huge number: where it is a count, reading must
    // end in an error (and not in memory for 2^32 rows); elsewhere it is only another value.
    const ByteBuffer whole = this->golden_payload();
    for (size_t at = 0; at + 4 <= whole.size(); at += 2) {
        ByteBuffer damaged = whole;
        for (size_t i = at; i < at + 4; ++i) damaged[i] = std::byte{0xff};
        const auto box = parse_box<typename TypeParam::Box>(damaged);
        if (!box) {
            EXPECT_EQ(box.error().code, ErrorCode::kCorrupt);
        } else {
            EXPECT_LE(box_size(*box), this->golden().size() + 8) << "word at " << at;
        }
    }
}

}  // namespace
}  // namespace reel
