// What opening makes of a file that is cut, damaged or unfinished.
#include <gtest/gtest.h>

#include "base/posix_file.h"
#include "boxes/file_boxes.h"
#include "container/fragment.h"
#include "store/recovery.h"
#include "support/store_builder.h"

namespace reel {
namespace {

struct Step {
    uint64_t end = 0;  ///< file size when it was done
    uint64_t commits = 0;
    uint64_t records = 0;
};

/// Commits of 2, 3, 1 records with an empty text, perhaps with a seal before the last.
struct Built {
    ByteBuffer content;
    std::vector<Step> steps;
};

Built build(bool with_seal) {
    TestStore store;
    Built built;
    const auto note = [&](uint64_t commits) {
        built.steps.push_back({store.size(), commits, store.record_count()});
    };
    note(0);
    store.commit(2);
    note(1);
    store.commit(3);
    note(2);
    if (with_seal) {
        store.seal();
        built.steps = {{store.size(), 2, 5}};
    }
    store.commit(1);
    note(3);
    store.commit(2);
    note(4);
    store.drop();
    built.content = store.content();
    return built;
}

ByteBuffer cut(const ByteBuffer& content, uint64_t size) {
    return {content.begin(), content.begin() + static_cast<ptrdiff_t>(size)};
}

class Truncation : public testing::TestWithParam<bool> {};

TEST_P(Truncation, OpensAtTheLastWholeCommitBeforeTheCut) {
    const Built built = build(GetParam());
    for (uint64_t size = built.steps[0].end; size <= built.content.size(); ++size) {
        Step expected = built.steps[0];
        for (const Step& step : built.steps) expected = step.end <= size ? step : expected;
        TestStore store(cut(built.content, size));
        const ReaderState reader = must(open_reader(store.file()));
        ASSERT_EQ(reader.snapshot->state().commit_number, expected.commits) << size;
        ASSERT_TRUE(reader.warnings.empty()) << size;
        ASSERT_EQ(read_records(*reader.snapshot), test_records(expected.records)) << size;
        if (size % 7 != 0 && size != expected.end) continue;  // writing takes longer
        store.writer();
        ASSERT_EQ(store.size(), expected.end) << size;
        store.commit(2).close();
        ASSERT_EQ(read_records(store.file()), test_records(expected.records + 2)) << size;
        ASSERT_EQ(findings(store.file()), std::vector<std::string>()) << size;
    }
}

TEST_P(Truncation, BeforeTheFirstMovieIsAnError) {
    const Built built = build(GetParam());
    for (uint64_t size = 0; size < built.steps[0].end; ++size) {
        const MemoryFile file(cut(built.content, size));
        ASSERT_FALSE(open_reader(file)) << size;
        ASSERT_FALSE(Writer::open_on(std::make_unique<MemoryFile>(cut(built.content, size)))) << size;
    }
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutASeal, Truncation, testing::Bool());

TEST(Truncation, OfTheTrailerLosesNothing) {
    TestStore whole;
    const uint64_t end = whole.commits(3).size();
    whole.close();
    for (uint64_t size = end; size <= whole.size(); ++size) {
        TestStore store(cut(whole.content(), size));
        ASSERT_EQ(read_records(store.file()), test_records(3)) << size;
        store.commit(1);
        ASSERT_EQ(findings(store.file()), std::vector<std::string>()) << size;
    }
}

// --- Torn or corrupt ---

/// Four commits of one record each; `place(i)` is somewhere in commit i's fragment.
struct FourCommits {
    TestStore store;
    std::vector<uint64_t> ends;

    FourCommits() {
        for (int i = 0; i < 4; ++i) ends.push_back(store.commit(1).size());
        store.drop();
    }
    [[nodiscard]] uint64_t place(size_t commit) const { return ends[commit - 1] - 20; }
    [[nodiscard]] TestStore damaged(size_t commit) const {
        ByteBuffer content = store.content();
        content[place(commit)] ^= std::byte{1};
        return TestStore(std::move(content));
    }
};

TEST(Damage, OfAnAcknowledgedCommitIsServedUpToItWithAWarning) {
    for (const size_t commit : {1U, 2U, 3U}) {
        const TestStore damaged = FourCommits().damaged(commit);
        const ReaderState reader = must(open_reader(damaged.file()));
        EXPECT_EQ(read_records(*reader.snapshot), test_records(commit - 1));
        ASSERT_EQ(reader.warnings.size(), 1U);
        EXPECT_NE(reader.warnings[0].find("repair"), std::string::npos);
    }
}

TEST(Damage, OfAnAcknowledgedCommitIsNotWrittenTo) {
    for (const size_t commit : {1U, 2U, 3U}) {
        TestStore damaged = FourCommits().damaged(commit);
        const ByteBuffer before = damaged.content();
        const auto writer = damaged.try_open_writer();
        ASSERT_FALSE(writer);
        EXPECT_EQ(writer.error().code, ErrorCode::kCorrupt);
        EXPECT_NE(writer.error().message.find("repair"), std::string::npos);
        EXPECT_EQ(damaged.content(), before);
        EXPECT_NE(findings(damaged.file()), std::vector<std::string>());
    }
}

TEST(Damage, OfTheLastCommitLooksLikeATear) {
    TestStore damaged = FourCommits().damaged(4);
    const ReaderState reader = must(open_reader(damaged.file()));
    EXPECT_TRUE(reader.warnings.empty());
    EXPECT_EQ(read_records(*reader.snapshot), test_records(3));
    damaged.commit(1);
    EXPECT_EQ(findings(damaged.file()), std::vector<std::string>());
}

TEST(Damage, ControlWithoutDamage) {
    const FourCommits four;
    EXPECT_EQ(read_records(four.store.file()), test_records(4));
    EXPECT_EQ(findings(four.store.file()), std::vector<std::string>());
}

TEST(Damage, OfABoxSizeDoesNotHideLaterCommits) {
    FourCommits four;
    ByteBuffer content = four.store.content();
    content[four.ends[0]] = std::byte{0x7F};  // the size of commit 2's mdat
    const TestStore damaged(std::move(content));
    EXPECT_EQ(must(open_reader(damaged.file())).warnings.size(), 1U);
    EXPECT_EQ(read_records(damaged.file()), test_records(1));
}

TEST(Damage, OfALastCommitThatAMarkCallsDurableIsNoTear) {
    TestStore store;
    for (int i = 0; i < 20; ++i) store.commit(2000);
    store.seal().commit(25, 65'536);
    const uint64_t end = store.size();
    store.close();
    ByteBuffer content = store.content();
    content[end - 20] ^= std::byte{1};
    TestStore damaged(std::move(content));
    EXPECT_EQ(must(open_reader(damaged.file())).warnings.size(), 1U);
    EXPECT_FALSE(damaged.try_open_writer());
}

/// Commits 1 and 2 where commit 2's first record is damaged: it reached the disk without its records.
TEST(Tear, OfARecordUndoesItsUnacknowledgedCommit) {
    TestStore store;
    const uint64_t end = store.commit(1).size();
    store.commit(2).drop();
    ByteBuffer content = store.content();
    content[end + 20] ^= std::byte{1};
    TestStore torn(std::move(content));
    EXPECT_EQ(read_records(torn.file()), test_records(1));
    torn.commit(2);
    EXPECT_EQ(read_records(torn.file()), test_records(3));
    EXPECT_EQ(findings(torn.file()), std::vector<std::string>());
}

std::shared_ptr<MemoryFile> file_at(const TemporaryFolder& folder, ByteBuffer content) {
    return std::make_shared<MemoryFile>(std::move(content), folder.path("store.mp4"));
}

TEST(Tear, WithAValidCommitRecordIsSavedBesideTheStore) {
    TestStore store;
    const uint64_t end = store.commit(1).size();
    store.commit(2).drop();
    ByteBuffer content = store.content();
    content[end + 20] ^= std::byte{1};
    const TemporaryFolder folder;
    const auto file = file_at(folder, content);
    const auto writer = must(Writer::open_on(std::make_unique<SharedFile>(file)));
    EXPECT_EQ(file->content().size(), end);
    ASSERT_EQ(writer->warnings().size(), 1U);
    const auto saved = must(PosixFile::open_read(folder.path("store.mp4.tail-" + std::to_string(end))));
    ByteBuffer bytes(content.size() - end);
    must(read_exactly(*saved, 0, bytes));
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), content.begin() + static_cast<ptrdiff_t>(end)));
}

TEST(Tear, WithoutACommitRecordIsCutAndNotSaved) {
    TestStore store;
    const uint64_t end = store.commit(1).size();
    store.commit(2).drop();
    const TemporaryFolder folder;
    const auto file = file_at(folder, cut(store.content(), store.size() - 1));
    const auto writer = must(Writer::open_on(std::make_unique<SharedFile>(file)));
    EXPECT_EQ(file->content().size(), end);
    EXPECT_TRUE(writer->warnings().empty());
    EXPECT_FALSE(file_exists(folder.path("store.mp4.tail-" + std::to_string(end))));
}

// --- Stale bytes ---

TEST(StaleBytes, OfAnotherLifeAreNoCommit) {
    TestStore store;
    const uint64_t end = store.commit(1).size();
    store.commit(1).drop();
    const ByteBuffer first_life = store.content();
    // A second life from the same commit 1: another commit 2, then what stood behind it.
    TestStore other(cut(first_life, end));
    must(other.writer().append("other", test_record(7).vector, "{\"doc_id\": \"other\"}", "t"));
    must(other.writer().commit());
    other.drop();
    ByteBuffer mixed = other.content();
    TestStore third(first_life);
    const uint64_t second_end = third.size();
    third.commit(1).drop();
    append(mixed, ByteView(third.content()).subspan(second_end));
    const TestStore opened(std::move(mixed));
    EXPECT_EQ(must(open_reader(opened.file())).snapshot->state().commit_number, 2U);
    EXPECT_EQ(read_records(opened.file()).back().id, "other");
}

TEST(StaleBytes, OfAnotherFileAreNoCommit) {
    TestStore store;
    const uint64_t end = store.size();
    TestStore other;
    ASSERT_EQ(other.size(), end);
    other.commit(2).drop();
    ByteBuffer mixed = store.content();
    append(mixed, ByteView(other.content()).subspan(end));
    TestStore opened(std::move(mixed));
    EXPECT_EQ(must(open_reader(opened.file())).snapshot->count(), 0U);
    EXPECT_EQ(opened.commit(1).size() > end, true);
    EXPECT_EQ(read_records(opened.file()), test_records(1));
}

TEST(StaleBytes, TwiceTheSameCommitIsOne) {
    TestStore store;
    const uint64_t end = store.size();
    store.commit(1).drop();
    ByteBuffer twice = store.content();
    append(twice, ByteView(store.content()).subspan(end));
    EXPECT_EQ(must(open_reader(MemoryFile(twice))).snapshot->count(), 1U);
}

// --- Covers ---

/// A sealed store as it was before its last cover was written.
ByteBuffer uncovered(const TestStore& sealed, const ByteBuffer& before, uint64_t free_offset) {
    ByteBuffer content = sealed.content();
    std::copy_n(before.begin() + static_cast<ptrdiff_t>(free_offset), kCoverSize,
                content.begin() + static_cast<ptrdiff_t>(free_offset));
    return content;
}

uint64_t last_free(const ByteBuffer& content) {
    uint64_t offset = 0;
    for (const TopBox& box : top_boxes(content)) offset = box.type == "free" ? box.offset : offset;
    return offset;
}

class MissingCovers : public testing::TestWithParam<std::pair<uint64_t, size_t>> {};

TEST_P(MissingCovers, AreCompletedByTheNextWriter) {
    const auto [records, text_bytes] = GetParam();
    TestStore store;
    store.commit(2).seal().commit(3);
    const ByteBuffer before = store.content();
    store.commit(records, text_bytes).seal().drop();
    TestStore crashed(uncovered(store, before, last_free(before)));
    EXPECT_EQ(must(open_reader(crashed.file())).snapshot->count(), records + 5);
    crashed.writer();
    EXPECT_EQ(crashed.content(), store.content());
    EXPECT_EQ(findings(crashed.file()), std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(OfASealAndOfALargeBatch, MissingCovers,
                         testing::Values(std::pair<uint64_t, size_t>{1, 0},
                                         std::pair<uint64_t, size_t>{20, 65'536}));

TEST(MissingCover, OfAMovieThatIsTornIsNotWritten) {
    TestStore store;
    store.commit(3);
    const ByteBuffer before = store.content();
    store.seal().drop();
    ByteBuffer content = uncovered(store, before, last_free(before));
    content[content.size() - 30] ^= std::byte{1};
    TestStore torn(std::move(content));
    EXPECT_EQ(read_records(torn.file()), test_records(3));
    torn.writer();
    EXPECT_EQ(torn.content(), before);
    torn.seal();
    EXPECT_EQ(findings(torn.file()), std::vector<std::string>());
}

TEST(MissingCover, OfAnOlderSealAreCompletedAsWell) {
    TestStore store;
    store.commit(2);
    const ByteBuffer first = store.content();
    store.seal().commit(1).drop();
    TestStore crashed(uncovered(store, first, last_free(first)));
    EXPECT_EQ(read_records(crashed.file()), test_records(3));
    crashed.commit(1).seal();
    EXPECT_EQ(top_types(crashed.content()), "ftyp uuid mdat mdat free moov");
    EXPECT_EQ(findings(crashed.file()), std::vector<std::string>());
}

// --- The head of the file ---

TestStore sealed_store() {
    TestStore store;
    store.commit(3).seal().drop();
    return store;
}

Error open_error(ByteBuffer content) {
    const auto reader = open_reader(MemoryFile(content));
    EXPECT_FALSE(reader);
    const auto writer = Writer::open_on(std::make_unique<MemoryFile>(std::move(content)));
    EXPECT_FALSE(writer);
    return reader ? Error{} : reader.error();
}

void expect_names_repair(const Error& error) {
    EXPECT_EQ(error.code, ErrorCode::kCorrupt);
    EXPECT_NE(error.message.find("repair"), std::string::npos) << error.message;
}

ByteBuffer with_flip(const TestStore& store, uint64_t offset) {
    ByteBuffer content = store.content();
    content[offset] ^= std::byte{0x10};
    return content;
}

TEST(Head, ADamagedIdentityNamesRepair) {
    const TestStore store = sealed_store();
    const TopBox identity = top_boxes(store.content())[1];
    for (const uint64_t at : {0U, 2U, 5U, 12U, 30U, 70U, 111U}) {
        expect_names_repair(open_error(with_flip(store, identity.offset + at)));
    }
}

TEST(Head, ADamagedFileTypeNamesRepair) {
    const TestStore store = sealed_store();
    expect_names_repair(open_error(with_flip(store, 2)));
    expect_names_repair(open_error(with_flip(store, 5)));
}

TEST(Head, ADamagedSealRecordNamesRepair) {
    const TestStore store = sealed_store();
    expect_names_repair(open_error(with_flip(store, store.size() - 1)));
    expect_names_repair(open_error(with_flip(store, store.size() - 60)));
}

TEST(Head, ADamagedFirstMovieNamesRepair) {
    TestStore store;
    const TopBox movie = top_boxes(store.content()).back();
    store.commit(2).drop();
    expect_names_repair(open_error(with_flip(store, movie.offset + 5)));
    expect_names_repair(open_error(with_flip(store, movie.offset + movie.size - 10)));
}

TEST(Head, ALaterFormatVersionIsUnsupported) {
    TestStore store;
    const TopBox identity = top_boxes(store.content())[1];
    ByteBuffer content = store.content();
    content[identity.offset + 8 + 16 + 3] = std::byte{2};
    EXPECT_EQ(open_error(std::move(content)).code, ErrorCode::kUnsupported);
}

TEST(Head, ControlWithoutDamage) {
    const TestStore store = sealed_store();
    EXPECT_EQ(read_records(store.file()), test_records(3));
}

}  // namespace
}  // namespace reel
