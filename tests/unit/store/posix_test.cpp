// Stores on real files: names, locks, modes and other processes.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/posix_file.h"
#include "store/verify.h"
#include "support/store_builder.h"

namespace reel {
namespace {

class OnDisk : public testing::Test {
protected:
    [[nodiscard]] std::string path() const { return folder_.path("store.mp4"); }
    [[nodiscard]] std::unique_ptr<Writer> open() const { return must(Writer::open(path(), {})); }
    [[nodiscard]] std::unique_ptr<PosixFile> file() const { return must(PosixFile::open_read(path())); }
    [[nodiscard]] std::vector<TestRecord> records() const { return read_records(*file()); }
    [[nodiscard]] size_t names_in_folder() const {
        size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder_.path()))
            ++count;
        return count;
    }
    void commit(Writer& writer, uint64_t count, size_t text_bytes = 0) {
        for (uint64_t i = 0; i < count; ++i) must(append_test_record(writer, next_++, text_bytes));
        must(writer.commit());
    }

    TemporaryFolder folder_;
    uint64_t next_ = 0;
};

TEST_F(OnDisk, LivesAndGrowsAndIsSealed) {
    auto writer = must(Writer::create(path(), test_config()));
    commit(*writer, 3);
    must(writer->close());
    writer = open();
    must(writer->seal(SealTrailer::kWhenSmall));
    commit(*writer, 2);
    must(writer->close());
    EXPECT_EQ(records(), test_records(5));
    EXPECT_TRUE(must(verify_store(*file())).findings.empty());
    EXPECT_EQ(names_in_folder(), 1U);
}

TEST_F(OnDisk, ALargeBatchIsASeal) {
    auto writer = must(Writer::create(path(), test_config()));
    commit(*writer, 200, 65'536);
    must(writer->close());
    EXPECT_EQ(records(), test_records(200, 65'536));
    EXPECT_TRUE(must(verify_store(*file())).findings.empty());
}

TEST_F(OnDisk, CreateNeverReplaces) {
    std::filesystem::create_symlink(folder_.path("nowhere"), folder_.path("link.mp4"));
    (void)must(Writer::create(path(), test_config()));
    EXPECT_EQ(Writer::create(path(), test_config()).error().code, ErrorCode::kAlreadyExists);
    EXPECT_EQ(Writer::create(folder_.path("link.mp4"), test_config()).error().code,
              ErrorCode::kAlreadyExists);
    EXPECT_EQ(names_in_folder(), 2U);
}

TEST_F(OnDisk, CreateInAFolderThatIsNotThereFails) {
    EXPECT_EQ(Writer::create(folder_.path("no/store.mp4"), test_config()).error().code, ErrorCode::kNotFound);
}

TEST_F(OnDisk, CreateRefusesADimensionOfNothing) {
    EXPECT_EQ(Writer::create(path(), test_config(0)).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(Writer::create(path(), test_config(65'537)).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(names_in_folder(), 0U);
}

TEST_F(OnDisk, LeftOversOfACreateThatWasKilledAreRemoved) {
    (void)must(Writer::create(path(), test_config()));
    (void)must(PosixFile::create_new(path() + ".new-0123456789abcdef"));
    const auto locked = must(PosixFile::create_new(path() + ".new-fedcba9876543210"));
    ASSERT_TRUE(must(locked->try_lock()));
    (void)open();
    EXPECT_FALSE(file_exists(path() + ".new-0123456789abcdef"));
    EXPECT_TRUE(file_exists(path() + ".new-fedcba9876543210")) << "somebody is writing that one";
}

TEST_F(OnDisk, ASecondWriterIsToldWhoHoldsTheLock) {
    const auto writer = must(Writer::create(path(), test_config()));
    const auto second = Writer::open(path(), std::chrono::milliseconds(20));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kLocked);
    EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())), std::string::npos)
        << second.error().message;
}

TEST_F(OnDisk, TheLockGoesWithTheWriter) {
    { const auto writer = must(Writer::create(path(), test_config())); }
    { const auto writer = open(); }
    const auto writer = open();
    must(writer->close());
    EXPECT_TRUE(Writer::open(path(), {}));
}

TEST_F(OnDisk, AProcessThatDiesLeavesItsAcknowledgedCommitsAndNoLock) {
    (void)must(Writer::create(path(), test_config()));
    const pid_t child = ::fork();
    if (child == 0) {
        const auto writer = open();
        commit(*writer, 2);
        must(append_test_record(*writer, 2, 6U << 20U));
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(records(), test_records(2));
    next_ = 2;
    commit(*open(), 1);
    EXPECT_EQ(records(), test_records(3));
    EXPECT_TRUE(must(verify_store(*file())).findings.empty());
}

TEST_F(OnDisk, ReadersKeepTheirSnapshotWhileAWriterCommitsAndSeals) {
    const auto writer = must(Writer::create(path(), test_config()));
    commit(*writer, 3);
    const auto own = file();
    const auto snapshot = must(open_reader(*own)).snapshot;
    commit(*writer, 2);
    must(writer->seal(SealTrailer::kWhenSmall));
    commit(*writer, 40, 65'536);
    must(writer->seal(SealTrailer::kAlways));
    EXPECT_EQ(read_records(*snapshot), test_records(3));
    EXPECT_EQ(must(open_reader(*own)).snapshot->count(), 45U);
}

TEST_F(OnDisk, OpeningForReadingTouchesNothing) {
    { commit(*must(Writer::create(path(), test_config())), 3); }
    ASSERT_EQ(::chmod(path().c_str(), 0444), 0);
    ASSERT_EQ(::chmod(folder_.path().c_str(), 0555), 0);
    const auto before = std::filesystem::last_write_time(path());
    EXPECT_EQ(records(), test_records(3));
    EXPECT_EQ(std::filesystem::last_write_time(path()), before);
    EXPECT_EQ(names_in_folder(), 1U);
    ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
}

TEST_F(OnDisk, AFileWithoutWritePermissionIsReadOnly) {
    { commit(*must(Writer::create(path(), test_config())), 1); }
    ASSERT_EQ(::chmod(path().c_str(), 0444), 0);
    if (::access(path().c_str(), W_OK) == 0) GTEST_SKIP() << "this user may write to anything";
    EXPECT_EQ(Writer::open(path(), {}).error().code, ErrorCode::kReadOnly);
}

TEST_F(OnDisk, AMissingFileIsNotFoundAndAFolderIsNoStore) {
    EXPECT_EQ(Writer::open(path(), {}).error().code, ErrorCode::kNotFound);
    EXPECT_EQ(PosixFile::open_read(folder_.path()).error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(names_in_folder(), 0U);
}

}  // namespace
}  // namespace reel
