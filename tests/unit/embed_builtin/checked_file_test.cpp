#include "embed/builtin/checked_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "base/checksum.h"
#include "gtest/gtest.h"

namespace reel::builtin {
namespace {

namespace fs = std::filesystem;

class CheckedFile : public testing::Test {
protected:
    CheckedFile() {
        std::string name = (fs::temp_directory_path() / "reel-checked-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        write("right");
    }
    ~CheckedFile() override { fs::remove_all(folder_); }

    [[nodiscard]] std::string path() const { return (folder_ / "file").string(); }
    [[nodiscard]] std::string note() const { return path() + ".verified"; }
    void write(const std::string& text) const { std::ofstream(path(), std::ios::binary) << text; }
    [[nodiscard]] Result<Mapping> map(Stamp stamp) const {
        return map_checked_file(path(), to_hex(sha256(as_bytes("right"))), stamp);
    }

    fs::path folder_;
};

TEST_F(CheckedFile, MapsTheFileExpected) {
    const auto mapping = map(Stamp::kNone);
    ASSERT_TRUE(mapping) << mapping.error().message;
    EXPECT_EQ(as_text(mapping->bytes()), "right");
}

TEST_F(CheckedFile, RefusesAnotherContent) {
    write("wrong");
    const auto mapping = map(Stamp::kRemember);
    ASSERT_FALSE(mapping);
    EXPECT_EQ(mapping.error().code, ErrorCode::kCorrupt);
    EXPECT_NE(mapping.error().message.find(path()), std::string::npos);
    EXPECT_FALSE(fs::exists(note()));
}

TEST_F(CheckedFile, SaysThatAFileIsMissing) {
    fs::remove(path());
    const auto mapping = map(Stamp::kRemember);
    ASSERT_FALSE(mapping);
    EXPECT_EQ(mapping.error().code, ErrorCode::kNotFound);
}

TEST_F(CheckedFile, DoesNotNoteAFileThatHasJustChanged) {
    ASSERT_TRUE(map(Stamp::kRemember));
    EXPECT_FALSE(fs::exists(note()));
}

TEST_F(CheckedFile, NoticesAChangeOfANotedFileWithTheSameSizeAndTime) {
    while (!fs::exists(note())) {  // noted once it has been left alone for some seconds
        usleep(200'000);
        ASSERT_TRUE(map(Stamp::kRemember));
    }
    EXPECT_TRUE(map(Stamp::kRemember));

    struct stat before {};
    ASSERT_EQ(stat(path().c_str(), &before), 0);
    write("wrong");
    const timespec times[2] = {before.st_atim, before.st_mtim};
    ASSERT_EQ(utimensat(AT_FDCWD, path().c_str(), times, 0), 0);
    EXPECT_FALSE(map(Stamp::kRemember));
}

TEST_F(CheckedFile, IgnoresANoteOfAnotherFile) {
    std::ofstream(note()) << "reel 1 sha256 0 0 0 0 0 0\n";
    EXPECT_TRUE(map(Stamp::kRemember));
    write("wrong");
    EXPECT_FALSE(map(Stamp::kRemember));
}

}  // namespace
}  // namespace reel::builtin
