// The writer's lock, and file systems on which there is none to rely on.
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/syscall.h>

#include <cerrno>

#include "base/posix_file.h"
#include "file_support.h"

namespace reel {
namespace {

enum class Locks { kWork, kAreGrantedToAll, kFail };
Locks locks = Locks::kWork;
int lock_error = 0;

}  // namespace
}  // namespace reel

/// Stands before the system's call: a file system that has no locks cannot be mounted here.
extern "C" int flock(int descriptor, int operation) {
    using reel::Locks;
    if (reel::locks == Locks::kAreGrantedToAll) return 0;
    if (reel::locks == Locks::kFail) {
        errno = reel::lock_error;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_flock, descriptor, operation));
}

namespace reel {
namespace {

std::unique_ptr<PosixFile> create(const std::string& path) { return PosixFile::create_new(path).value(); }

TEST(Lock, IsHeldOnceAndFreeWhenTheFileIsClosed) {
    const TemporaryFolder folder;
    auto first = create(folder / "a");
    const auto second = PosixFile::open_write(folder / "a");
    ASSERT_TRUE(second);
    EXPECT_TRUE(*first->try_lock());
    EXPECT_TRUE(*first->try_lock());
    EXPECT_FALSE(*(*second)->try_lock());
    first.reset();
    EXPECT_TRUE(*(*second)->try_lock());
}

TEST(Lock, OfAnotherProcessNamesItAndItsCommand) {
    const TemporaryFolder folder;
    const auto file = create(folder / "a");
    EXPECT_FALSE(file->lock_holder());
    {
        const OtherProcess other([&] {
            // The descriptor must live on in the other process.
            static auto theirs = PosixFile::open_write(folder / "a");
            return theirs && (*theirs)->try_lock().value_or(false);
        });
        ASSERT_TRUE(other.worked());
        EXPECT_FALSE(*file->try_lock());
        const auto holder = file->lock_holder();
        ASSERT_TRUE(holder);
        EXPECT_EQ(holder->process_id, other.id());
        EXPECT_NE(holder->command.find("reel_base_test"), std::string::npos) << holder->command;
    }
    EXPECT_TRUE(*file->try_lock());
    EXPECT_EQ(file->lock_holder()->process_id, ::getpid());
}

class LockThatDoesNotWork : public testing::Test {
protected:
    void TearDown() override { locks = Locks::kWork; }
    void expect_refused() {
        const auto locked = file_->try_lock();
        ASSERT_FALSE(locked);
        EXPECT_EQ(locked.error().code, ErrorCode::kUnsupported);
        EXPECT_TRUE(locked.error().message.starts_with(folder_ / "a: is on a file system without working"))
            << locked.error().message;
    }

    TemporaryFolder folder_;
    std::unique_ptr<PosixFile> file_ = create(folder_ / "a");
};

TEST_F(LockThatDoesNotWork, IsFoundWhereTheSystemHasNone) {
    locks = Locks::kFail;
    for (const int number : {ENOLCK, ENOSYS, EOPNOTSUPP, EINVAL}) {
        lock_error = number;
        expect_refused();
    }
    lock_error = EIO;
    EXPECT_EQ(file_->try_lock().error().code, ErrorCode::kIo);
}

TEST_F(LockThatDoesNotWork, IsFoundWhereEverybodyGetsIt) {
    locks = Locks::kAreGrantedToAll;
    expect_refused();
    locks = Locks::kWork;
    EXPECT_TRUE(*file_->try_lock()) << "control";
}

TEST(FileSystems, OfWhichOtherMachinesSeeAnotherStateAreNamed) {
    EXPECT_EQ(incoherent_file_system(0x6969), "NFS");
    for (const uint64_t type : {0x517BU, 0xFF534D42U, 0xFE534D42U}) {
        EXPECT_EQ(incoherent_file_system(type), "SMB");
    }
    EXPECT_EQ(incoherent_file_system(0xFFFFFFFFFF534D42U), "SMB") << "as a negative number";
    for (const uint64_t type : {0x5346414FU, 0x6B414653U}) EXPECT_EQ(incoherent_file_system(type), "AFS");
    EXPECT_EQ(incoherent_file_system(0x73757245), "Coda");
}

TEST(FileSystems, OfThisMachineOrWithLocksOfTheirOwnAreNot) {
    // ext4, btrfs, xfs, tmpfs, overlayfs, 9p, FUSE, Ceph
    for (const uint64_t type : {0xEF53U, 0x9123683EU, 0x58465342U, 0x01021994U, 0x794C7630U, 0x01021997U,
                                0x65735546U, 0x00C36400U}) {
        EXPECT_EQ(incoherent_file_system(type), "");
    }
    const TemporaryFolder folder;
    EXPECT_TRUE(create(folder / "a")->check_lock_reaches_all());
}

}  // namespace
}  // namespace reel
