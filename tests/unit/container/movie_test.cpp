// movie_writer and movie_reader against each other, and every damage to what they exchange.
#include <gtest/gtest.h>

#include "base/try.h"
#include "boxes/dump.h"
#include "container_support.h"
#include "support/box_builder.h"

namespace reel {
namespace {

constexpr uint64_t kMovieOffset = 4096;
constexpr char kConfiguration[] = R"({"dimension": 6})";

SealRecordBox seal_example() {
    SealRecordBox seal;
    seal.file_id = kFileId;
    seal.commit_number = 12;
    seal.durable_through = 11;
    seal.next_record_number = 70'000;
    seal.chain_hash = filled<32>(0x33);
    seal.tombstones = {{5, 2}, {6, 3}};
    seal.sections = {{FourCC{"ids "}, 1, 0, 3, 100, 200, 300}};
    return seal;
}

CommitRecordBox commit_example() {
    CommitRecordBox commit;
    commit.file_id = kFileId;
    commit.commit_number = 12;
    commit.record_count = 3;
    commit.tombstones = {1};
    return commit;
}

MovieContent content_of(const MadeUpRows& rows, bool with_commit = false) {
    MovieContent content;
    content.rows = &rows;
    content.dimension = kDimension;
    content.configuration = kConfiguration;
    content.seal = seal_example();
    if (with_commit) content.commit = commit_example();
    return content;
}

ByteBuffer write(uint64_t count, bool with_commit = false) {
    const MadeUpRows rows(count);
    MemoryFile file{ByteBuffer(kMovieOffset)};
    Appender out(file, kMovieOffset, 100'000);
    const auto status = write_movie(out, content_of(rows, with_commit));
    EXPECT_TRUE(status) << status.error().message;
    EXPECT_TRUE(out.flush());
    return {file.content().begin() + kMovieOffset, file.content().end()};
}

/// All checks of a movie.
Status check(ByteView moov) {
    REEL_ASSIGN(const auto boxes, parse_sealed_movie(moov, kMovieOffset, kFileId));
    return check_movie(moov, boxes.seal);
}

class Movie : public testing::TestWithParam<uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Records, Movie, testing::Values(0, 1, 3, 70'000));

TEST_P(Movie, GivesItsRowsBack) {
    const ByteBuffer moov = write(GetParam());
    const auto tables = MovieTables::parse(moov);
    ASSERT_TRUE(tables) << tables.error().message;
    ASSERT_EQ(tables->count(), GetParam());
    for (uint64_t i = 0; i < GetParam() && !HasFailure(); ++i) {
        expect_same_row(tables->row(i), made_up_row(i));
        EXPECT_EQ(tables->vector_offset(i), made_up_row(i).vector_offset);
    }
}

TEST_P(Movie, IsAsLargeAsPromised) {
    const MadeUpRows rows(GetParam());
    for (const bool with_commit : {false, true}) {
        const ByteBuffer moov = write(GetParam(), with_commit);
        EXPECT_EQ(movie_size(content_of(rows, with_commit)), moov.size());
        EXPECT_EQ(load_be<uint32_t>(moov.data()), moov.size());
    }
}

TEST_P(Movie, HoldsItsSealRecord) {
    const ByteBuffer moov = write(GetParam());
    const auto boxes = parse_sealed_movie(moov, kMovieOffset, kFileId);
    ASSERT_TRUE(boxes) << boxes.error().message;
    EXPECT_EQ(boxes->configuration, kConfiguration);
    EXPECT_FALSE(boxes->commit);
    EXPECT_EQ(boxes->seal.own_offset, kMovieOffset);
    EXPECT_EQ(boxes->seal.commit_number, 12U);
    EXPECT_EQ(boxes->seal.durable_through, 11U);
    EXPECT_EQ(boxes->seal.chain_hash, filled<32>(0x33));
    EXPECT_EQ(boxes->seal.tombstones[1].commit_number, 3U);
    EXPECT_EQ(boxes->seal.sections[0].size, 200U);
    EXPECT_TRUE(check(moov));
}

// Text and metadata have an stsz and a co64, vectors a co64 alone; a block ends with its table.
TEST_P(Movie, HasAChecksumForEvery64KiBOfEachTable) {
    const auto blocks = [](uint64_t bytes) { return (bytes + 65535) / 65536; };
    const uint64_t n = GetParam();
    const auto boxes = parse_sealed_movie(write(n), kMovieOffset, kFileId);
    ASSERT_TRUE(boxes) << boxes.error().message;
    EXPECT_EQ(boxes->seal.table_checksums.size(), 2 * blocks(4 * n) + 3 * blocks(8 * n));
}

TEST_P(Movie, IsRefusedWithAnyByteChanged) {
    for (const bool with_commit : {false, true}) {
        ByteBuffer moov = write(GetParam(), with_commit);
        ASSERT_TRUE(check(moov));
        const size_t step = moov.size() < 100'000 ? 1 : 4999;
        for (size_t i = 0; i < moov.size(); i += step) {
            moov[i] ^= std::byte{0x41};
            EXPECT_FALSE(check(moov)) << "byte " << i << " of " << moov.size();
            moov[i] ^= std::byte{0x41};
        }
    }
}

TEST(MovieDamage, IsFoundInEveryBlockOfTheLargeTables) {
    ByteBuffer moov = write(70'000);
    const auto boxes = parse_sealed_movie(moov, kMovieOffset, kFileId);
    ASSERT_TRUE(boxes);
    const auto tables = MovieTables::parse(moov);
    const ByteView last = tables->row_bytes().back();
    for (const ByteView rows : tables->row_bytes()) {
        for (size_t at = 0; at < rows.size(); at += kTableBlock / 2) {
            std::byte& damaged = moov[static_cast<size_t>(rows.data() - moov.data()) + at];
            damaged ^= std::byte{1};
            const auto status = check_movie(moov, boxes->seal);
            EXPECT_EQ(last_table_holds(*tables, boxes->seal), rows.data() != last.data());
            damaged ^= std::byte{1};
            ASSERT_FALSE(status);
            const size_t block =
                (static_cast<size_t>(rows.data() - moov.data()) + at / kTableBlock * kTableBlock);
            EXPECT_EQ(status.error().message, "a block of the sample tables has a wrong checksum, " +
                                                  std::to_string(block) + " bytes into the movie");
        }
    }
    EXPECT_TRUE(check_movie(moov, boxes->seal));
    EXPECT_TRUE(last_table_holds(*tables, boxes->seal));
    EXPECT_FALSE(last_table_holds(*tables, SealRecordBox{}));
}

TEST(MovieDamage, IsAnyTruncation) {
    const ByteBuffer moov = write(3, true);
    for (size_t length = 0; length < moov.size(); ++length) {
        const ByteBuffer cut(moov.begin(), moov.begin() + static_cast<ptrdiff_t>(length));
        EXPECT_FALSE(check(cut)) << length;
    }
}

TEST(MovieDamage, IsAnotherFilesId) {
    const auto boxes = parse_sealed_movie(write(3), kMovieOffset, filled<16>(1));
    ASSERT_FALSE(boxes);
    EXPECT_EQ(boxes.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(boxes.error().message, "the seal record is of another file");
}

TEST(MovieDamage, IsAnotherPlace) {
    const auto boxes = parse_sealed_movie(write(3), kMovieOffset + 16, kFileId);
    ASSERT_FALSE(boxes);
    EXPECT_EQ(boxes.error().message, "the seal record is of another place");
}

TEST(MovieDamage, IsAMovieWithoutASealRecord) {
    const auto boxes = parse_sealed_movie(make_box("moov", make_box("mvex")), kMovieOffset, kFileId);
    ASSERT_FALSE(boxes);
    EXPECT_EQ(boxes.error().message, "the movie has no seal record");
}

/// Whether a movie of ten records is accepted with what `change` does to its seal record.
template <class Change>
bool is_accepted_with(const Change& change) {
    const MadeUpRows rows(1);
    MovieContent content = content_of(rows);
    content.seal.next_record_number = 10;
    change(content.seal);
    MemoryFile file{ByteBuffer(kMovieOffset)};
    Appender out(file, kMovieOffset);
    EXPECT_TRUE(write_movie(out, content));
    EXPECT_TRUE(out.flush());
    const ByteView moov = ByteView(file.content()).subspan(kMovieOffset);
    return parse_sealed_movie(moov, kMovieOffset, kFileId).has_value();
}

TEST(MovieDamage, IsADeletionOfARecordOrByACommitThatIsNotThere) {
    const auto with_tombstone = [](uint64_t record_number, uint64_t commit_number) {
        return is_accepted_with([&](SealRecordBox& seal) {
            seal.tombstones = {{record_number, commit_number}};
        });
    };
    EXPECT_TRUE(with_tombstone(9, 12));
    EXPECT_FALSE(with_tombstone(10, 12));
    EXPECT_FALSE(with_tombstone(UINT64_MAX, 1));
    EXPECT_FALSE(with_tombstone(9, 13));
}

TEST(MovieDamage, IsASectionOfRecordsThatAreNotThere) {
    const auto with_section = [](uint64_t first, uint64_t count) {
        return is_accepted_with([&](SealRecordBox& seal) {
            seal.sections = {{FourCC{"ids "}, 1, first, count, 100, 200, 300}};
        });
    };
    EXPECT_TRUE(with_section(4, 6));
    EXPECT_FALSE(with_section(5, 6));
    EXPECT_FALSE(with_section(0, 11));
    EXPECT_FALSE(with_section(UINT64_MAX, 6));
}

TEST(MovieDamage, IsAMovieWithoutTracks) {
    EXPECT_FALSE(MovieTables::parse(make_box("moov")));
    EXPECT_FALSE(MovieTables::parse({}));
    EXPECT_FALSE(MovieTables::parse(make_box("moov", make_box("trak"))));
}

TEST(MovieDamage, IsASealRecordOfAnotherMovie) {
    const auto other = parse_sealed_movie(write(1), kMovieOffset, kFileId);
    ASSERT_TRUE(other);
    EXPECT_FALSE(check_movie(write(3), other->seal));
    SealRecordBox huge = other->seal;
    huge.table_checksums.resize(100'000);
    EXPECT_FALSE(check_movie(write(1), huge));
}

TEST(MovieCommit, IsKeptWithItsOwnOffset) {
    const ByteBuffer moov = write(3, true);
    const auto boxes = parse_sealed_movie(moov, kMovieOffset, kFileId);
    ASSERT_TRUE(boxes) << boxes.error().message;
    ASSERT_TRUE(boxes->commit);
    EXPECT_EQ(boxes->commit->own_offset, kMovieOffset);
    EXPECT_EQ(boxes->commit->commit_number, 12U);
    EXPECT_EQ(boxes->commit->tombstones, std::vector<uint64_t>{1});
    EXPECT_TRUE(check(moov));
}

TEST(MovieLimit, Is4GiBAndSaidBeforeAByteIsWritten) {
    const MadeUpRows rows(140'000'000);
    MemoryFile file;
    Appender out(file, 0);
    const auto status = write_movie(out, content_of(rows));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kLimit);
    EXPECT_NE(status.error().message.find("140000000 records"), std::string::npos);
    EXPECT_EQ(out.offset(), 0U);
}

struct Shown {
    std::string tree;
    std::vector<DumpedBox> boxes;
};

Shown show(const ByteBuffer& moov) {
    Shown shown;
    const MemoryFile file(moov);
    EXPECT_TRUE(dump_boxes(file, false, [&](const DumpedBox& box) {
        EXPECT_EQ(box.problem, "");
        shown.tree += (shown.tree.empty() ? "" : " ") + std::to_string(box.depth) + box.type;
        shown.boxes.push_back(box);
        return true;
    }));
    return shown;
}

const std::string kTrack = " 1trak 2tkhd 2mdia 3mdhd 3hdlr 3minf 4nmhd 4dinf 5dref 6url  4stbl ";

TEST(MovieBoxes, StandAsTheFormatSays) {
    EXPECT_EQ(show(write(3, true)).tree, "0moov 1mvhd" + kTrack + "5stsd 6stxt 5stts 5stsc 5stsz 5co64" +
                                             kTrack + "5stsd 6mett 5stts 5stsc 5stsz 5co64" + kTrack +
                                             "5stsd 6urim 7uri  5stts 5stsc 5stsz 5co64" +
                                             " 1mvex 2trex 2trex 2trex 1udta 2json 1uuid 1uuid");
}

std::vector<std::string> fields_of(const Shown& shown, const std::string& type) {
    std::vector<std::string> lines;
    for (const DumpedBox& box : shown.boxes) {
        if (box.type == type) lines.insert(lines.end(), box.fields.begin(), box.fields.end());
    }
    return lines;
}

TEST(MovieBoxes, SayOneSecondARecordAndOneSampleAChunk) {
    const Shown shown = show(write(3));
    const auto movie = fields_of(shown, "mvhd");
    EXPECT_EQ(movie[3], "timescale = 1000");
    EXPECT_EQ(movie[4], "duration = 3000");
    EXPECT_EQ(movie[8], "next_track_ID = 4");
    EXPECT_EQ(fields_of(shown, "stts")[2], "  [0] sample_count = 3, sample_delta = 1000");
    EXPECT_EQ(fields_of(shown, "stsc")[2],
              "  [0] first_chunk = 1, samples_per_chunk = 1, sample_description_index = 1");
    EXPECT_EQ(fields_of(shown, "uri "),
              (std::vector<std::string>{"version_and_flags = 0",
                                        "theURI = \"tag:reel,2026:vector?type=f32be&dim=6\""}));
}

TEST(MovieBoxes, HaveAConstantSizeForVectorsAlone) {
    const auto sizes = fields_of(show(write(3)), "stsz");
    ASSERT_EQ(sizes.size(), 9U);
    EXPECT_EQ(sizes[1], "sample_size = 0");
    EXPECT_EQ(sizes[4], "sample_size = 0");
    EXPECT_EQ(sizes[7], "sample_size = 24");
    EXPECT_EQ(sizes[8], "sample_count = 3");
}

TEST(MovieBoxes, HaveNoEntriesForNoRecords) {
    const Shown shown = show(write(0));
    EXPECT_EQ(fields_of(shown, "stts")[1], "entries = 0 rows");
    EXPECT_EQ(fields_of(shown, "stsc")[1], "entries = 0 rows");
    EXPECT_EQ(fields_of(shown, "mvhd")[4], "duration = 0");
}

}  // namespace
}  // namespace reel
