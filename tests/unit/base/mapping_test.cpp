// Mapped files: growing ones, and ones that others cut while they are read.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/posix_file.h"
#include "file_support.h"
#include "reel/guard.h"

namespace reel {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20U;

class AMapping : public testing::Test {
protected:
    void SetUp() override { file_ = PosixFile::create_new(path()).value(); }
    [[nodiscard]] std::string path() const { return folder_ / "a"; }
    [[nodiscard]] Mapping map(uint64_t length) const {
        auto mapping = file_->map(length);
        EXPECT_TRUE(mapping) << mapping.error().message;
        return mapping ? *mapping : Mapping();
    }
    void append(std::string_view text) { ASSERT_TRUE(file_->write_at(*file_->size(), as_bytes(text))); }
    /// What another program does to it.
    void cut(uint64_t size) const { std::filesystem::resize_file(path(), size); }

    TemporaryFolder folder_;
    std::unique_ptr<PosixFile> file_;
};

TEST_F(AMapping, ShowsWhatWasAppendedAtTheSameAddress) {
    append("hello ");
    const Mapping before = map(6);
    append("world");
    const Mapping after = map(11);
    EXPECT_EQ(after.data(), before.data());
    EXPECT_EQ(as_text(before.bytes()), "hello ");
    EXPECT_EQ(as_text(after.bytes()), "hello world");
}

TEST_F(AMapping, OfALongerFileThanWasReservedStandsElsewhereAndTheOldOneStays) {
    append("hello");
    const Mapping before = map(5);
    ASSERT_TRUE(file_->truncate(80 * kMiB));
    append("end");
    const Mapping after = map(80 * kMiB + 3);
    EXPECT_NE(after.data(), before.data());
    EXPECT_EQ(as_text(after.bytes()).substr(80 * kMiB), "end");
    EXPECT_EQ(as_text(before.bytes()), "hello");
}

TEST_F(AMapping, OutlivesTheFile) {
    append("hello world");
    const Mapping part = map(5);
    const Mapping whole = map(11);
    file_.reset();
    std::filesystem::remove(path());
    EXPECT_EQ(as_text(part.bytes()), "hello");
    EXPECT_EQ(as_text(whole.bytes()), "hello world");
}

/// Leaves the process so many bytes of address space.
class LittleRoom {
public:
    explicit LittleRoom(uint64_t bytes) {
        ::getrlimit(RLIMIT_AS, &before_);
        uint64_t pages = 0;
        std::ifstream("/proc/self/statm") >> pages;
        rlimit limit = before_;
        limit.rlim_cur = pages * 4096 + bytes;
        ::setrlimit(RLIMIT_AS, &limit);
    }
    LittleRoom(const LittleRoom&) = delete;
    LittleRoom& operator=(const LittleRoom&) = delete;
    ~LittleRoom() { ::setrlimit(RLIMIT_AS, &before_); }

private:
    rlimit before_{};
};

TEST_F(AMapping, IsExactWhereNothingCanBeReserved) {
    append("hello");
    const LittleRoom room(32 * kMiB);
    EXPECT_EQ(as_text(map(5).bytes()), "hello");
    EXPECT_FALSE(file_->map(1000 * kMiB)) << "control: there is a limit";
}

TEST_F(AMapping, IsTakenBySeveralThreadsAtOnce) {
    append(std::string(100, 'x'));
    std::atomic<unsigned> whole{0};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (uint64_t n = 1; n <= 100; ++n) {
                const auto mapping = file_->map(n);
                const std::string_view text = as_text(mapping->bytes());
                whole += text.size() == n && text.find_first_not_of('x') == text.npos ? 1 : 0;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(whole, 400U);
}

// --- The guard ---

class AGuardedMapping : public AMapping {
protected:
    void SetUp() override {
        ASSERT_TRUE(guard_mappings());
        AMapping::SetUp();
        append(std::string(kBytes, 'x'));
    }
    static uint64_t count(char letter, const Mapping& mapping) {
        const std::string_view text = as_text(mapping.bytes());
        return static_cast<uint64_t>(std::count(text.begin(), text.end(), letter));
    }

    static constexpr uint64_t kBytes = 4 * kMiB;
};

TEST_F(AGuardedMapping, IsNotCutAsLongAsNobodyDoes) {
    const Mapping mapping = map(kBytes);
    EXPECT_EQ(count('x', mapping), kBytes);
    EXPECT_FALSE(mapping.was_cut());
}

TEST_F(AGuardedMapping, ReadsAsZerosWhereItWasCutAndSaysSo) {
    const Mapping mapping = map(kBytes);
    cut(kMiB);
    EXPECT_FALSE(mapping.was_cut()) << "nobody has looked";
    EXPECT_EQ(count('x', mapping), kMiB);
    EXPECT_EQ(count('\0', mapping), 3 * kMiB);
    EXPECT_TRUE(mapping.was_cut());
}

TEST_F(AGuardedMapping, IsReadByThreadsWhileItIsCut) {
    const Mapping mapping = map(kBytes);
    std::atomic<bool> stop{false};
    std::atomic<unsigned> passes{0};
    std::atomic<uint64_t> seen_letters{0};
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
            while (!stop) {
                seen_letters += count('x', mapping);
                ++passes;
            }
        });
    }
    while (passes < 3) std::this_thread::yield();
    for (uint64_t size = kBytes; size > 0; size -= kMiB / 2) cut(size - kMiB / 2);
    // Each thread may be in a pass that began before.
    const unsigned before = passes;
    while (passes < before + 6) std::this_thread::yield();
    stop = true;
    for (auto& thread : threads) thread.join();
    EXPECT_TRUE(mapping.was_cut());
}

TEST_F(AGuardedMapping, OfAFileThatWasCutIsMadeAnewForWhatIsThere) {
    const Mapping lost = map(kBytes);
    cut(5);
    EXPECT_EQ(count('x', lost), 5U);
    ASSERT_TRUE(lost.was_cut());
    append("y");
    const Mapping anew = map(6);
    EXPECT_EQ(as_text(anew.bytes()), "xxxxxy");
    EXPECT_FALSE(anew.was_cut());
}

TEST_F(AGuardedMapping, IsOneOfMany) {
    std::vector<std::unique_ptr<PosixFile>> files;
    std::vector<Mapping> mappings;
    for (unsigned n = 0; n < 20; ++n) {
        files.push_back(PosixFile::open_read(path()).value());
        mappings.push_back(files.back()->map(kBytes).value());
    }
    mappings.erase(mappings.begin() + 5, mappings.begin() + 8);
    files.clear();
    const Mapping last = map(kBytes);
    cut(0);
    EXPECT_EQ(count('x', last), 0U);
    EXPECT_TRUE(last.was_cut());
    EXPECT_FALSE(mappings[3].was_cut()) << "not looked at";
    EXPECT_EQ(count('x', mappings[3]), 0U);
    EXPECT_TRUE(mappings[3].was_cut());
}

TEST_F(AGuardedMapping, LeavesFaultsElsewhereToOthers) {
    // The control of all of these: a mapping that nobody registered ends the process.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto touch_what_is_cut = [&] {
        (void)guard_mappings();
        const int descriptor = ::open(path().c_str(), O_RDONLY | O_CLOEXEC);
        auto* bytes =
            static_cast<volatile char*>(::mmap(nullptr, kBytes, PROT_READ, MAP_SHARED, descriptor, 0));
        cut(0);
        ::_exit(bytes[kMiB]);
    };
    EXPECT_DEATH(touch_what_is_cut(), "");
}

}  // namespace
}  // namespace reel
