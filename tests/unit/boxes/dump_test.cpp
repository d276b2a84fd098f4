#include "boxes/dump.h"

#include <gtest/gtest.h>

#include "base/memory_file.h"
#include "base/posix_file.h"
#include "box_examples.h"
#include "support/box_builder.h"

namespace reel {
namespace {

std::vector<DumpedBox> dump(const File& file, bool inside_media = false) {
    std::vector<DumpedBox> boxes;
    const auto status = dump_boxes(file, inside_media, [&](const DumpedBox& box) {
        boxes.push_back(box);
        return true;
    });
    EXPECT_TRUE(status) << status.error().message;
    return boxes;
}

std::vector<DumpedBox> dump(const ByteBuffer& bytes, bool inside_media = false) {
    return dump(MemoryFile(bytes), inside_media);
}

/// "moov(mvhd trak(tkhd))"
std::string tree(const std::vector<DumpedBox>& boxes) {
    std::string out;
    unsigned depth = 0;
    for (const DumpedBox& box : boxes) {
        if (box.depth > depth) out += "(";
        for (; depth > box.depth; --depth) out += ")";
        depth = box.depth;
        if (!out.empty() && out.back() != '(') out += ' ';
        out += box.type;
    }
    for (; depth > 0; --depth) out += ")";
    return out;
}

const DumpedBox& find_box(const std::vector<DumpedBox>& boxes, const std::string& type) {
    static const DumpedBox missing;
    for (const DumpedBox& box : boxes) {
        if (box.type == type) return box;
    }
    ADD_FAILURE() << "no " << type;
    return missing;
}

ByteBuffer nested(unsigned levels) {
    ByteBuffer box = make_box("free");
    for (unsigned i = 0; i < levels; ++i) box = make_box("moov", box);
    return box;
}

TEST(Dump, ShowsTheReferenceStore) {
    const auto file = PosixFile::open_read(REEL_REFERENCE_STORE);
    ASSERT_TRUE(file) << file.error().message;
    const auto boxes = dump(**file);
    EXPECT_EQ(tree(boxes), "vct1 json txt1 vct1 json txt1 vct1 json txt1 vct1 json txt1 vct1 json txt1 oidx");
    EXPECT_EQ(boxes[3].offset, 3163U);
    EXPECT_EQ(boxes[3].size, 3080U);
    EXPECT_EQ(boxes[3].name, "Reel vector");
    EXPECT_EQ(boxes[1].fields, std::vector<std::string>{R"(text = {"doc_id": "0", "source": "mock"})"});
    EXPECT_EQ(boxes.back().offset + boxes.back().size, 16090U);
    for (const DumpedBox& box : boxes) EXPECT_EQ(box.problem, "");
}

// One black frame of MPEG-4 video, 16 by 16, as ffmpeg 5.1 writes it.
TEST(Dump, ShowsAVideo) {
    const auto file = PosixFile::open_read(REEL_TINY_VIDEO);
    ASSERT_TRUE(file) << file.error().message;
    const auto boxes = dump(**file, true);
    EXPECT_EQ(tree(boxes),
              "ftyp moov(mvhd trak(tkhd edts(elst) mdia(mdhd hdlr minf(vmhd dinf(dref(url )) "
              "stbl(stsd(mp4v) stts stsc stsz stco)))) udta(meta)) free mdat");
    const DumpedBox& movie = find_box(boxes, "mvhd");
    EXPECT_EQ(movie.name, "Movie Header Box");
    EXPECT_EQ(movie.offset, 36U);
    EXPECT_EQ(movie.size, 108U);
    EXPECT_EQ(movie.fields[3], "timescale = 1000");
    EXPECT_EQ(movie.fields[8], "next_track_ID = 2");
    EXPECT_EQ(find_box(boxes, "hdlr").fields[1], "handler_type = 'vide'");
    EXPECT_EQ(find_box(boxes, "stts").fields[2], "  [0] sample_count = 1, sample_delta = 16384");
    EXPECT_EQ(boxes.back().offset + boxes.back().size, 840U);
    for (const DumpedBox& box : boxes) EXPECT_EQ(box.problem, "") << box.type;
}

TEST(Dump, ShowsReelsOwnBoxes) {
    using namespace examples;
    const auto boxes = dump(from_hex(Identity::kBytes) + make_box("moof", from_hex(CommitRecord::kBytes)) +
                            make_box("moov", from_hex(SealRecord::kBytes)) + from_hex(Mark::kBytes) +
                            from_hex(SectionHead::kBytes));
    EXPECT_EQ(tree(boxes), "uuid moof(uuid) moov(uuid) free uuid");
    EXPECT_EQ(boxes[0].name, "Reel identity");
    EXPECT_EQ(boxes[2].name, "Reel commit record");
    EXPECT_EQ(boxes[2].fields[4], "commit_number = 3");
    EXPECT_EQ(boxes[4].name, "Reel seal record");
    EXPECT_EQ(boxes[5].name, "Reel mark");
    EXPECT_EQ(boxes[6].name, "Reel section");
    EXPECT_EQ(boxes[6].fields[0], "kind = 'crcs'");
}

TEST(Dump, LooksIntoTheMediaOfAStoreOnlyWhenAsked) {
    const ByteBuffer file =
        make_box("mdat", make_box("vct1", from_hex("3f800000")) + make_box("json", bytes_of("{}")) +
                             make_box("txt1") + make_box("free", from_hex("0a")));
    EXPECT_EQ(tree(dump(file, false)), "mdat");
    EXPECT_EQ(tree(dump(file, true)), "mdat(vct1 json txt1 free)");
    EXPECT_EQ(dump(file, true)[1].offset, 8U);
}

TEST(Dump, TakesForeignMediaForNoBoxes) {
    EXPECT_EQ(tree(dump(make_box("mdat", from_hex("00000010 'abcd' 0000000000000000")), true)), "mdat");
    EXPECT_EQ(tree(dump(make_box("mdat", from_hex("000001b3 00")), true)), "mdat");
}

TEST(Dump, FollowsSizesOf64BitsAndToTheEnd) {
    const auto boxes =
        dump(make_large_box("moov", make_box("mvex")) + lying_header("mdat", 0) + from_hex("010203"));
    EXPECT_EQ(tree(boxes), "moov(mvex) mdat");
    EXPECT_EQ(boxes[1].offset, 16U);
    EXPECT_EQ(boxes[2].size, 11U);
}

TEST(Dump, NamesWhatIsWrongInsideABoxAndGoesOn) {
    const auto boxes =
        dump(make_box("moov", make_box("mvhd", from_hex("01000000")) + make_box("mvex")) + make_box("free"));
    EXPECT_EQ(tree(boxes), "moov(mvhd mvex) free");
    EXPECT_EQ(boxes[1].problem, "box 'mvhd': field creation_time needs 8 bytes where 0 are left");
    EXPECT_EQ(boxes[2].problem, "");
}

TEST(Dump, EndsALevelAtAChildThatDoesNotFit) {
    const auto boxes = dump(make_box("moov", make_box("mvex") + lying_header("trak", 90)) + make_box("free"));
    EXPECT_EQ(tree(boxes),
              "moov(mvex ???"
              "?) free");
    EXPECT_EQ(boxes[2].offset, 16U);
    EXPECT_EQ(boxes[2].size, 8U);
    EXPECT_EQ(boxes[2].problem, "box 'trak' at offset 16 says 90 bytes where 8 are left");
}

TEST(Dump, ReportsATornFile) {
    const auto boxes = dump(make_box("ftyp", from_hex("'isom' 00000000")) + from_hex("000000"));
    EXPECT_EQ(tree(boxes), "ftyp ????");
    EXPECT_EQ(boxes[1].problem, "no room for a box header at offset 16");
    EXPECT_TRUE(dump(ByteBuffer()).empty());
}

TEST(Dump, LeavesOutChildrenOfABoxTooShortForThem) {
    EXPECT_EQ(tree(dump(make_box("stsd", from_hex("00000000")) + make_box("free"))), "stsd free");
}

TEST(Dump, DescendsThirtyTwoLevels) {
    EXPECT_EQ(dump(nested(31)).size(), 32U);
    EXPECT_EQ(dump(nested(32)).size(), 32U);
    EXPECT_EQ(dump(nested(5000)).back().depth, 31U);
}

/// Counts the bytes that are read.
class CountingFile final : public File {
public:
    explicit CountingFile(ByteBuffer content) : file_(std::move(content)) {}
    mutable uint64_t bytes_read = 0;

    [[nodiscard]] const std::string& path() const override { return file_.path(); }
    [[nodiscard]] Result<uint64_t> size() const override { return file_.size(); }
    Result<size_t> read_at(uint64_t offset, MutableBytes out) const override {
        auto got = file_.read_at(offset, out);
        bytes_read += got.value_or(0);
        return got;
    }
    Status write_at(uint64_t offset, ByteView bytes) override { return file_.write_at(offset, bytes); }
    Status truncate(uint64_t size) override { return file_.truncate(size); }
    Status sync() override { return file_.sync(); }
    [[nodiscard]] Result<Mapping> map(uint64_t length) const override { return file_.map(length); }
    Result<bool> try_lock() override { return file_.try_lock(); }
    [[nodiscard]] std::optional<LockHolder> lock_holder() const override { return file_.lock_holder(); }
    [[nodiscard]] Result<bool> is_at_path() const override { return file_.is_at_path(); }

private:
    MemoryFile file_;
};

TEST(Dump, DoesNotReadABoxAgainForEveryBoxAroundIt) {
    ByteBuffer mdias = make_box("free", ByteBuffer(100'000));
    ByteBuffer stsds = mdias;
    for (int i = 0; i < 30; ++i) {
        mdias = make_box("mdia", mdias);
        stsds = make_box("stsd", ByteBuffer(8) + stsds);
    }
    for (const ByteBuffer& nest : {mdias, stsds}) {
        const CountingFile file(nest);
        EXPECT_EQ(dump(file).size(), 31U);
        EXPECT_LT(file.bytes_read, 110'000U);
    }
}

TEST(Dump, StopsWhenToldTo) {
    size_t visits = 0;
    const MemoryFile file(make_box("moov", make_box("mvex") + make_box("udta")) + make_box("free"));
    ASSERT_TRUE(dump_boxes(file, false, [&](const DumpedBox& box) {
        ++visits;
        return box.type != "mvex";
    }));
    EXPECT_EQ(visits, 2U);
}

TEST(Dump, ParsesFragmentsOnlyInTheFormsThatReelWrites) {
    const auto boxes = dump(make_box(
        "traf", from_hex(examples::TrackFragmentHeader::kBytes) +
                    from_hex("00000010 'tfhd' 00020000 00000001") + from_hex(examples::TrackRun::kBytes) +
                    from_hex("00000018 'trun' 00000101 00000001 00000001 00000001")));
    EXPECT_EQ(boxes[1].fields.size(), 3U);
    EXPECT_TRUE(boxes[2].fields.empty());
    EXPECT_EQ(boxes[3].fields.size(), 4U);
    EXPECT_TRUE(boxes[4].fields.empty());
    for (const DumpedBox& box : boxes) EXPECT_EQ(box.problem, "");
}

}  // namespace
}  // namespace reel
