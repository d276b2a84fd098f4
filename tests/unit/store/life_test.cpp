// A store's life: created, written, closed, opened again, sealed, covered.
#include <gtest/gtest.h>

#include "base/metadata.h"
#include "support/store_builder.h"

namespace reel {
namespace {

void expect_store(const TestStore& store, uint64_t commits, uint64_t records) {
    const ReaderState reader = must(open_reader(store.file()));
    EXPECT_EQ(reader.snapshot->state().commit_number, commits);
    EXPECT_EQ(read_records(*reader.snapshot), test_records(records));
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
    EXPECT_TRUE(reader.warnings.empty());
}

TEST(Life, ANewStoreIsEmpty) { expect_store(TestStore(), 0, 0); }

TEST(Life, ACommitIsThereAtOnceForReaders) {
    TestStore store;
    expect_store(store.commit(3), 1, 3);
}

TEST(Life, WhatIsNotCommittedIsNotThere) {
    TestStore store;
    store.commit(2);
    must(append_test_record(store.writer(), 2));
    store.drop();
    expect_store(store, 1, 2);
}

TEST(Life, GoesOnWhereItWasClosed) {
    TestStore store;
    store.commit(2).close().commit(3).close().commit(1).close();
    expect_store(store, 3, 6);
}

TEST(Life, SealsAndGoesOn) {
    TestStore store;
    store.commit(4).seal().commit(2);
    expect_store(store, 2, 6);
    store.close().commit(1).seal().seal().commit(1).seal().close();
    expect_store(store, 4, 8);
    EXPECT_EQ(must(open_reader(store.file())).snapshot->sealed_count(), 8U);
}

TEST(Life, ASealWithoutRecordsChangesNothing) {
    TestStore store;
    const ByteBuffer before = store.content();
    store.seal();
    EXPECT_EQ(store.content(), before);
    expect_store(store, 0, 0);
}

TEST(Life, ACommitWithoutRecordsIsNone) {
    TestStore store;
    store.commit(1);
    const CommitInfo info = must(store.writer().commit());
    EXPECT_EQ(info.commit, 1U);
    EXPECT_EQ(info.records_added, 0U);
    expect_store(store, 1, 1);
}

TEST(Life, SealingCommitsWhatIsPending) {
    TestStore store;
    must(append_test_record(store.writer(), 0));
    store.seal();
    expect_store(store, 1, 1);
}

/// Records of 64 KiB: sixteen of them make the policy fire.
constexpr size_t kLongText = 65'536;

TEST(Life, ALargeBatchIsCommittedAsASeal) {
    TestStore store;
    store.commit(1).commit(20, kLongText);
    const auto reader = must(open_reader(store.file()));
    EXPECT_EQ(reader.snapshot->sealed_count(), 21U);
    EXPECT_EQ(reader.snapshot->state().commit_number, 2U);
    EXPECT_EQ(reader.durable_through, 2U);
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
    store.close().commit(1).close();
    EXPECT_EQ(must(open_reader(store.file())).snapshot->count(), 22U);
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
}

TEST(Life, TheFirstCommitMayBeALargeBatch) {
    TestStore store;
    store.commit(20, kLongText).drop();
    EXPECT_EQ(read_records(store.file()), test_records(20, kLongText));
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
}

TEST(Life, ManySmallCommitsAreSealedWhenTheyAreMany) {
    TestStore store;
    for (int i = 0; i < 40; ++i) store.commit(1, kLongText);
    const auto reader = must(open_reader(store.file()));
    EXPECT_GE(reader.snapshot->sealed_count(), 30U);
    EXPECT_EQ(read_records(*reader.snapshot), test_records(40, kLongText));
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
}

TEST(Life, SeveralLargeBatchesFollowEachOther) {
    TestStore store;
    for (int i = 0; i < 4; ++i) store.commit(17 + static_cast<uint64_t>(i), kLongText).close();
    EXPECT_EQ(read_records(store.file()), test_records(74, kLongText));
    EXPECT_EQ(findings(store.file()), std::vector<std::string>());
}

TEST(Life, TheChainHashSurvivesASeal) {
    TestStore store;
    store.commits(3);
    const auto before = must(store.writer().snapshot())->state();
    store.seal().close();
    const auto after = must(open_reader(store.file())).snapshot->state();
    EXPECT_EQ(before.hash, after.hash);
    EXPECT_EQ(before.commit_time_ms, after.commit_time_ms);
    EXPECT_EQ(before.commit_offset, after.commit_offset);
}

TEST(Life, TimesNeverDecrease) {
    TestStore store;
    uint64_t last = 0;
    for (int i = 0; i < 5; ++i) {
        const uint64_t now = must(store.commit(1).writer().snapshot())->state().commit_time_ms;
        EXPECT_GE(now, last);
        last = now;
    }
}

// --- Ids ---

std::string take_and_append(Writer& writer) {
    std::string id = must(writer.take_default_id());
    must(writer.append(id, test_record(0).vector, "{\"doc_id\": \"" + id + "\"}", "t"));
    return id;
}

TEST(DefaultIds, CountFromZeroAndSkipWhatIsTaken) {
    TestStore store;
    must(store.writer().append("1", test_record(0).vector, "{\"doc_id\": \"1\"}", "t"));
    EXPECT_EQ(take_and_append(store.writer()), "0");
    EXPECT_EQ(take_and_append(store.writer()), "2");
}

TEST(DefaultIds, GoOnBehindACommitASealAndAClose) {
    TestStore store;
    EXPECT_EQ(take_and_append(store.writer()), "0");
    must(store.writer().commit());
    EXPECT_EQ(take_and_append(store.writer()), "1");
    store.seal();
    EXPECT_EQ(take_and_append(store.writer()), "2");
    must(store.writer().commit());
    store.close();
    EXPECT_EQ(take_and_append(store.writer()), "3");
}

TEST(DefaultIds, SkipIdsThatASealedRecordHas) {
    TestStore store;
    must(store.writer().append("0", test_record(0).vector, "{\"doc_id\": \"0\"}", "t"));
    store.seal().close();
    EXPECT_EQ(take_and_append(store.writer()), "1");
}

TEST(Ids, AreAnyUtf8) {
    const std::vector<std::string> ids = {
        "", " ", "ä", "日本語", "🙂", "a\"b\\c", "line\nfeed", std::string("\0x", 2), "oidx"};
    TestStore store;
    for (const std::string& id : ids) {
        must(store.writer().append(id, test_record(0).vector, must(add_doc_id("", id)), "t"));
    }
    store.seal().close();
    const auto snapshot = must(open_reader(store.file())).snapshot;
    for (uint64_t n = 0; n < ids.size(); ++n) {
        EXPECT_EQ(must(snapshot->id_of(n)), ids[n]);
        EXPECT_EQ(must(snapshot->find(ids[n])), n);
    }
    EXPECT_EQ(must(snapshot->find("nobody")), std::nullopt);
}

TEST(Ids, AreFoundPendingCommittedAndSealed) {
    TestStore store;
    store.commit(2).seal().commit(2);
    must(append_test_record(store.writer(), 4));
    for (uint64_t n = 0; n < 5; ++n) {
        const auto found = must(store.writer().find("r" + std::to_string(n)));
        ASSERT_TRUE(found);
        EXPECT_EQ(found->record_number, n);
        EXPECT_EQ(found->text, test_record(n).text);
        EXPECT_EQ(found->metadata, test_record(n).metadata);
    }
    EXPECT_FALSE(must(store.writer().find("r5")));
}

TEST(Metadata, IsKeptByteForByte) {
    const std::string metadata = "{\"doc_id\": \"x\",  \"b\" : 1.50e0, \"a\":[1 ,2], \"\\u00e4\": null\t}";
    TestStore store;
    must(store.writer().append("x", test_record(0).vector, metadata, "t"));
    store.seal().close();
    EXPECT_EQ(read_records(store.file())[0].metadata, metadata);
}

}  // namespace
}  // namespace reel
