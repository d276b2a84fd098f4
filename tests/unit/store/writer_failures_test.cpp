// What a writer does when the disk does not.
#include <gtest/gtest.h>

#include "support/crash_file.h"
#include "support/store_builder.h"

namespace reel {
namespace {

struct Failing {
    TemporaryFolder folder;
    CrashDisk disk{{}, folder.path("store.mp4")};
    std::unique_ptr<Writer> writer = must(Writer::create_on(disk.open(), test_config()));

    Failing() {
        must(append_test_record(*writer, 0));
        must(writer->commit());
    }
    [[nodiscard]] std::vector<TestRecord> records() const { return read_records(MemoryFile(disk.content())); }
};

TEST(FailedSync, PoisonsTheWriter) {
    Failing store;
    store.disk.fail_sync(0);
    must(append_test_record(*store.writer, 1));
    EXPECT_EQ(store.writer->commit().error().code, ErrorCode::kIo);
    const ByteBuffer after = store.disk.content();
    EXPECT_EQ(append_test_record(*store.writer, 2).error().code, ErrorCode::kPoisoned);
    EXPECT_EQ(store.writer->commit().error().code, ErrorCode::kPoisoned);
    EXPECT_EQ(store.writer->seal(SealTrailer::kWhenSmall).error().code, ErrorCode::kPoisoned);
    EXPECT_EQ(store.writer->find("r0").error().code, ErrorCode::kPoisoned);
    EXPECT_EQ(store.writer->close().error().code, ErrorCode::kPoisoned);
    store.writer.reset();
    EXPECT_EQ(store.disk.content(), after) << "a poisoned writer neither cuts nor writes";
}

TEST(FailedSync, LeavesAStoreThatOpensAnew) {
    Failing store;
    store.disk.fail_sync(0);
    must(append_test_record(*store.writer, 1));
    ASSERT_FALSE(store.writer->commit());
    store.writer = must(Writer::open_on(store.disk.open()));
    must(append_test_record(*store.writer, 2));
    EXPECT_EQ(must(store.writer->commit()).commit, 3U);
    EXPECT_EQ(store.records(), test_records(3));
}

TEST(FailedSync, OfASealPoisonsTheWriter) {
    for (const uint64_t n : {0U, 1U}) {
        Failing store;
        for (uint64_t i = 1; i <= 20; ++i) must(append_test_record(*store.writer, i, 65'536));
        store.disk.fail_sync(n);
        EXPECT_EQ(store.writer->commit().error().code, ErrorCode::kIo) << n;
        EXPECT_EQ(append_test_record(*store.writer, 30).error().code, ErrorCode::kPoisoned) << n;
        const ByteBuffer after = store.disk.content();
        EXPECT_EQ(store.writer->roll_back().error().code, ErrorCode::kPoisoned) << n;
        EXPECT_EQ(store.disk.content(), after) << "the cover may hide the movie before";
        store.writer = must(Writer::open_on(store.disk.open()));
        EXPECT_EQ(store.records().size(), 21U);
    }
}

TEST(FullDisk, RollsBackAndGoesOn) {
    Failing store;
    const ByteBuffer before = store.disk.content();
    store.disk.set_capacity(before.size() + 100);
    must(append_test_record(*store.writer, 1));
    EXPECT_EQ(store.writer->commit().error().code, ErrorCode::kNoSpace);
    EXPECT_EQ(store.disk.content(), before);
    EXPECT_EQ(store.writer->pending_count(), 0U);
    EXPECT_FALSE(must(store.writer->find("r1")));
    store.disk.set_capacity(1U << 30U);
    must(append_test_record(*store.writer, 1));
    must(store.writer->commit());
    EXPECT_EQ(store.records(), test_records(2));
}

TEST(FullDisk, AtEveryByteOfASealLosesNothing) {
    uint64_t sealed_size = 0;
    {
        Failing store;
        must(store.writer->seal(SealTrailer::kWhenSmall));
        sealed_size = store.disk.content().size();
    }
    Failing control;
    for (uint64_t capacity = control.disk.content().size(); capacity < sealed_size; capacity += 7) {
        Failing store;
        const ByteBuffer before = store.disk.content();
        store.disk.set_capacity(capacity);
        ASSERT_EQ(store.writer->seal(SealTrailer::kWhenSmall).error().code, ErrorCode::kNoSpace) << capacity;
        ASSERT_EQ(store.disk.content(), before) << capacity;
        store.disk.set_capacity(1U << 30U);
        must(store.writer->seal(SealTrailer::kWhenSmall));
        ASSERT_EQ(findings(MemoryFile(store.disk.content())), std::vector<std::string>()) << capacity;
    }
}

TEST(FullDisk, WhileALargeBatchIsAppendedLosesThatBatchAlone) {
    Failing store;
    const ByteBuffer before = store.disk.content();
    store.disk.set_capacity(before.size() + (8U << 20U));
    Status status;
    for (uint64_t n = 1; n < 200 && status; ++n) status = append_test_record(*store.writer, n, 65'536);
    EXPECT_EQ(status.error().code, ErrorCode::kNoSpace);
    EXPECT_EQ(store.disk.content(), before);
    must(append_test_record(*store.writer, 1));
    EXPECT_EQ(must(store.writer->commit()).commit, 2U);
    EXPECT_EQ(store.records(), test_records(2));
}

TEST(FullDisk, AtCloseLosesTheTrailerAlone) {
    Failing store;
    const ByteBuffer before = store.disk.content();
    store.disk.set_capacity(before.size() + 20);
    EXPECT_EQ(store.writer->close().error().code, ErrorCode::kNoSpace);
    store.writer.reset();
    EXPECT_EQ(store.disk.content(), before);
    EXPECT_EQ(store.records(), test_records(1));
}

TEST(ClosedWriter, RefusesEverything) {
    Failing store;
    must(store.writer->close());
    EXPECT_EQ(append_test_record(*store.writer, 1).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(store.writer->commit().error().code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(store.writer->close());
}

}  // namespace
}  // namespace reel
