#include "container/fragment.h"

#include <gtest/gtest.h>

#include "container_support.h"
#include "support/box_builder.h"

namespace reel {
namespace {

constexpr uint64_t kOffset = 10'000'000;
constexpr uint64_t kFirstRecord = 40;

std::vector<RecordRow> rows_of(size_t count) {
    std::vector<RecordRow> rows;
    for (size_t i = 0; i < count; ++i) rows.push_back(made_up_row(i));
    return rows;
}

CommitRecordBox commit_of(size_t count) {
    CommitRecordBox commit;
    commit.file_id = kFileId;
    commit.own_offset = kOffset;
    commit.commit_number = 7;
    commit.first_record_number = kFirstRecord;
    commit.record_count = count;
    commit.chain_hash = filled<32>(0x44);
    commit.tombstones = {3, 4};
    for (size_t i = 0; i < count; ++i)
        commit.record_checksums.push_back(static_cast<uint32_t>(0xC0000000 + i));
    return commit;
}

ByteBuffer write(const CommitRecordBox& commit, const std::vector<RecordRow>& rows) {
    ByteBuffer out = bytes_of("in front");
    append_fragment(out, commit, rows, kDimension);
    out.erase(out.begin(), out.begin() + 8);
    return out;
}

ByteBuffer write(size_t count) { return write(commit_of(count), rows_of(count)); }

/// The checksum made right again, as somebody who forges a file would.
ByteBuffer resealed(ByteBuffer moof) {
    store_be(moof.data() + moof.size() - 4, crc32c({moof.data(), moof.size() - 4}));
    return moof;
}

Result<Fragment> parse(const ByteBuffer& moof) { return parse_fragment(moof, kOffset, kFileId, kDimension); }

void expect_refused(const ByteBuffer& moof, const std::string& message) {
    const auto fragment = parse(moof);
    ASSERT_FALSE(fragment);
    EXPECT_EQ(fragment.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(fragment.error().message, message);
}

/// Where the traf of a track and row begins: behind moof's header and mfhd.
size_t run_at(size_t track, size_t row, size_t count) { return 8 + 16 + 72 * ((track - 1) * count + row); }
constexpr size_t kTrackId = 8 + 8 + 4;  // inside a traf: traf's header, tfhd's header, flags
constexpr size_t kBaseOffset = kTrackId + 4;
constexpr size_t kDecodeTime = 8 + 24 + 8 + 4;
constexpr size_t kSampleSize = 8 + 24 + 20 + 8 + 4 + 4;

class FragmentOf : public testing::TestWithParam<size_t> {};
INSTANTIATE_TEST_SUITE_P(Records, FragmentOf, testing::Values(0, 1, 3, 90));

TEST_P(FragmentOf, GivesItsRowsAndCommitBack) {
    const auto fragment = parse(write(GetParam()));
    ASSERT_TRUE(fragment) << fragment.error().message;
    EXPECT_EQ(fragment->commit.commit_number, 7U);
    EXPECT_EQ(fragment->commit.chain_hash, filled<32>(0x44));
    EXPECT_EQ(fragment->commit.tombstones, (std::vector<uint64_t>{3, 4}));
    EXPECT_EQ(fragment->commit.record_checksums, commit_of(GetParam()).record_checksums);
    ASSERT_EQ(fragment->rows.size(), GetParam());
    for (size_t i = 0; i < GetParam(); ++i) expect_same_row(fragment->rows[i], made_up_row(i));
}

TEST_P(FragmentOf, IsAsLargeAsPromised) {
    CommitRecordBox commit = commit_of(GetParam());
    EXPECT_EQ(fragment_size(commit, GetParam()), write(GetParam()).size());
    commit.record_checksums.clear();
    EXPECT_EQ(fragment_size(commit, GetParam()), write(GetParam()).size());
}

TEST_P(FragmentOf, IsRefusedWithAnyByteChanged) {
    ByteBuffer moof = write(GetParam());
    for (size_t i = 0; i < moof.size(); ++i) {
        moof[i] ^= std::byte{0x41};
        EXPECT_FALSE(parse(moof)) << "byte " << i;
        moof[i] ^= std::byte{0x41};
    }
    EXPECT_TRUE(parse(moof));
}

TEST_P(FragmentOf, IsRefusedCut) {
    const ByteBuffer moof = write(GetParam());
    for (size_t length = 0; length < moof.size(); ++length) {
        EXPECT_FALSE(parse({moof.begin(), moof.begin() + static_cast<ptrdiff_t>(length)})) << length;
    }
}

TEST(Fragment, StandsInTheFileAsTheFormatSays) {
    const ByteBuffer moof = write(1);
    const auto run = [](uint64_t track, uint64_t offset, uint64_t size) {
        return make_box(
            "traf", make_box("tfhd", from_hex("00000001") + big_endian(track, 4) + big_endian(offset, 8)) +
                        make_box("tfdt", from_hex("01000000") + big_endian(kFirstRecord * 1000, 8)) +
                        make_box("trun", from_hex("00000200 00000001") + big_endian(size, 4)));
    };
    const ByteBuffer expected = make_box("mfhd", from_hex("00000000 00000007")) + run(1, 6000, 1) +
                                run(2, 1032, 20) + run(3, 1000, 4 * kDimension);
    EXPECT_EQ(to_hex({moof.data() + 8, expected.size()}), to_hex(expected));
    EXPECT_EQ(as_text({moof.data() + 8 + expected.size() + 4, 4}), "uuid");
    EXPECT_EQ(load_be<uint32_t>(moof.data() + moof.size() - 4), crc32c({moof.data(), moof.size() - 4}));
}

TEST(Fragment, IsRefusedInAnotherFile) {
    const auto fragment = parse_fragment(write(1), kOffset, filled<16>(1), kDimension);
    ASSERT_FALSE(fragment);
    EXPECT_EQ(fragment.error().message, "the commit record is of another file");
}

TEST(Fragment, IsRefusedInAnotherPlace) {
    const auto fragment = parse_fragment(write(1), kOffset + 8, kFileId, kDimension);
    ASSERT_FALSE(fragment);
    EXPECT_EQ(fragment.error().message, "the commit record is of another place");
}

TEST(Fragment, IsRefusedWithAnotherDimension) {
    const auto fragment = parse_fragment(write(1), kOffset, kFileId, kDimension + 1);
    ASSERT_FALSE(fragment);
    EXPECT_EQ(fragment.error().message, "a vector has another dimension");
}

TEST(Fragment, IsRefusedWithASampleBehindItself) {
    const auto with_text = [](uint64_t offset, uint32_t size) {
        auto rows = rows_of(2);
        rows[1].text_offset = offset;
        rows[1].text_size = size;
        return write(commit_of(2), rows);
    };
    EXPECT_TRUE(parse(with_text(kOffset - 5, 5)));
    for (const auto& [offset, size] : {std::pair<uint64_t, uint32_t>{kOffset - 5, 6},
                                       {kOffset + 1, 0},
                                       {kOffset, 1},
                                       {UINT64_MAX, 1},
                                       {UINT64_MAX - 3, 8},
                                       {8, UINT32_MAX}}) {
        expect_refused(with_text(offset, size), "a fragment points behind itself");
    }
}

TEST(ForgedFragment, IsRefusedWithOneRunTwiceAndAnotherMissing) {
    ByteBuffer moof = write(2);
    store_be(&moof[run_at(3, 1, 2) + kTrackId], uint32_t{1});  // the vector of row 1 becomes a second text
    EXPECT_FALSE(parse(resealed(moof)));
    moof = write(2);
    store_be(&moof[run_at(3, 1, 2) + kDecodeTime], kFirstRecord * 1000);  // and here one of row 0
    EXPECT_FALSE(parse(resealed(moof)));
    EXPECT_TRUE(parse(resealed(write(2))));
}

TEST(ForgedFragment, IsRefusedWithASampleWhereNoBoxCanHoldIt) {
    ByteBuffer moof = write(1);
    store_be(&moof[run_at(1, 0, 1) + kBaseOffset], uint64_t{0});
    EXPECT_FALSE(parse(resealed(moof)));
}

TEST(ForgedFragment, IsRefusedWithARunOfARecordThatIsNotItsOwn) {
    for (const uint64_t record : {kFirstRecord - 1, kFirstRecord + 2, UINT64_MAX / 1000}) {
        ByteBuffer moof = write(2);
        store_be(&moof[run_at(2, 0, 2) + kDecodeTime], record * 1000);
        expect_refused(resealed(moof), "a fragment has a track run that Reel never writes");
    }
}

TEST(ForgedFragment, IsRefusedWithAnUnknownTrack) {
    ByteBuffer moof = write(1);
    store_be(&moof[run_at(1, 0, 1) + kTrackId], uint32_t{4});
    expect_refused(resealed(moof), "a fragment of an unknown track");
}

TEST(ForgedFragment, IsRefusedWithAVectorOfAnotherSize) {
    ByteBuffer moof = write(1);
    store_be(&moof[run_at(3, 0, 1) + kSampleSize], uint32_t{4});
    expect_refused(resealed(moof), "a vector has another dimension");
}

TEST(ForgedFragment, IsRefusedWithMoreRecordsThanChecksums) {
    CommitRecordBox commit = commit_of(2);
    commit.record_count = UINT64_MAX;
    expect_refused(write(commit, rows_of(2)), "the commit record does not have one checksum a record");
}

TEST(ForgedFragment, IsRefusedWithFewerRunsThanRecords) {
    expect_refused(write(commit_of(2), rows_of(1)), "the fragment does not have one run a track and record");
}

TEST(ForgedFragment, IsRefusedWithoutACommitRecord) {
    const ByteBuffer moof = make_box(
        "moof", make_box("mfhd", from_hex("00000000 00000001")) + make_box("free", from_hex("00000000")));
    expect_refused(resealed(moof), "the fragment has no commit record");
}

TEST(CommitRecord, IsReadAloneWithTheSameChecks) {
    ByteBuffer moof = write(3);
    const auto commit = parse_commit_record(moof, kOffset, kFileId);
    ASSERT_TRUE(commit) << commit.error().message;
    EXPECT_EQ(commit->first_record_number, kFirstRecord);
    EXPECT_FALSE(parse_commit_record(moof, kOffset + 1, kFileId));
    EXPECT_FALSE(parse_commit_record(moof, kOffset, filled<16>(2)));
    moof[100] ^= std::byte{1};
    EXPECT_FALSE(parse_commit_record(moof, kOffset, kFileId));
}

}  // namespace
}  // namespace reel
