// Snapshots of a file that another program cuts.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/posix_file.h"
#include "reel/guard.h"
#include "support/store_builder.h"

namespace reel {
namespace {

class ACutStore : public testing::Test {
protected:
    void SetUp() override {
        must(guard_mappings());
        auto writer = must(Writer::create(path(), test_config()));
        for (uint64_t n = 0; n < kRecords; ++n) must(append_test_record(*writer, n, 4096));
        must(writer->seal(SealTrailer::kWhenSmall));
        must(writer->close());
        file_ = must(PosixFile::open_read(path()));
        snapshot_ = must(open_reader(*file_)).snapshot;
    }
    [[nodiscard]] std::string path() const { return folder_.path("store.mp4"); }
    [[nodiscard]] Result<std::string> guarded(const Result<std::string>& read) const {
        return unless_cut(*snapshot_, path(), read);
    }

    static constexpr uint64_t kRecords = 100;
    TemporaryFolder folder_;
    std::unique_ptr<PosixFile> file_;
    std::shared_ptr<const Snapshot> snapshot_;
};

TEST_F(ACutStore, GivesWhatItHoldsAsLongAsItIsWhole) {
    EXPECT_EQ(read_records(*snapshot_), test_records(kRecords, 4096));
    EXPECT_EQ(guarded("seven"), "seven");
    const auto error = guarded(fail(ErrorCode::kNotFound, "none"));
    EXPECT_EQ(error.error().code, ErrorCode::kNotFound);
}

TEST_F(ACutStore, IsNotReadFromAnyMore) {
    std::filesystem::resize_file(path(), 8192);
    EXPECT_FALSE(snapshot_->view(kRecords - 1));
    EXPECT_EQ(guarded("seven").error().code, ErrorCode::kCorrupt);
    const auto error = guarded(fail(ErrorCode::kNotFound, "a consequence")).error();
    EXPECT_TRUE(error.message.starts_with(path() + ": was cut short by another program")) << error.message;
}

TEST_F(ACutStore, IsLookedAtAnewWhenItIsOpenedAgain) {
    const ByteBuffer whole = [&] {
        ByteBuffer bytes(must(file_->size()));
        must(read_exactly(*file_, 0, bytes));
        return bytes;
    }();
    std::filesystem::resize_file(path(), 8192);
    (void)snapshot_->view(kRecords - 1);
    EXPECT_EQ(open_reader(*file_).error().code, ErrorCode::kCorrupt);
    must(must(PosixFile::open_write(path()))->write_at(0, whole));
    const auto again = must(open_reader(*file_)).snapshot;
    EXPECT_EQ(read_records(*again), test_records(kRecords, 4096));
    EXPECT_FALSE(again->was_cut());
    EXPECT_TRUE(snapshot_->was_cut());
}

}  // namespace
}  // namespace reel
