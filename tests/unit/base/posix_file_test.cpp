#include "base/posix_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>

#include "file_support.h"

namespace reel {
namespace {

void expect_error(const auto& result, ErrorCode code, const std::string& part) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, code) << result.error().message;
    EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
}

std::unique_ptr<PosixFile> create(const std::string& path, std::string_view text = "") {
    auto file = PosixFile::create_new(path);
    EXPECT_TRUE(file) << file.error().message;
    EXPECT_TRUE((*file)->write_at(0, as_bytes(text)));
    return std::move(*file);
}

std::string read(const File& file, uint64_t offset, size_t count) {
    ByteBuffer bytes(count);
    const auto got = file.read_at(offset, bytes);
    EXPECT_TRUE(got) << got.error().message;
    return std::string(as_text({bytes.data(), *got}));
}

TEST(PosixFile, GivesBackWhatWasWritten) {
    const TemporaryFolder folder;
    const auto file = create(folder / "a", "hello world");
    EXPECT_TRUE(file->write_at(6, as_bytes("there!")));
    EXPECT_EQ(read(*file, 0, 12), "hello there!");
    EXPECT_EQ(*file->size(), 12U);
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(file->path(), folder / "a");
}

TEST(PosixFile, ReadsWhatIsThereAndNoFurther) {
    const TemporaryFolder folder;
    const auto file = create(folder / "a", "hello");
    EXPECT_EQ(read(*file, 3, 100), "lo");
    EXPECT_EQ(read(*file, 5, 10), "");
    EXPECT_EQ(read(*file, 1U << 30U, 10), "");
    EXPECT_EQ(read(*file, 2, 0), "");
}

TEST(PosixFile, SaysWhereAFileEndsTooSoon) {
    const TemporaryFolder folder;
    const auto file = create(folder / "a", "hello");
    ByteBuffer bytes(4);
    EXPECT_TRUE(read_exactly(*file, 1, bytes));
    EXPECT_EQ(as_text(bytes), "ello");
    expect_error(read_exactly(*file, 3, bytes), ErrorCode::kCorrupt, "ends at offset 5, 2 bytes short");
}

TEST(PosixFile, GrowsWithZerosAndIsCut) {
    const TemporaryFolder folder;
    const auto file = create(folder / "a");
    EXPECT_TRUE(file->write_at(3, as_bytes("x")));
    EXPECT_EQ(read(*file, 0, 9), std::string("\0\0\0x", 4));
    EXPECT_TRUE(file->truncate(1));
    EXPECT_EQ(*file->size(), 1U);
    EXPECT_TRUE(file->truncate(2));
    EXPECT_EQ(read(*file, 0, 9), std::string("\0\0", 2));
}

TEST(PosixFile, IsNotCreatedWhereAnythingStands) {
    const TemporaryFolder folder;
    write_text(folder / "a", "mine");
    expect_error(PosixFile::create_new(folder / "a"), ErrorCode::kAlreadyExists, "cannot create");
    EXPECT_EQ(read_text(folder / "a"), "mine");
    std::filesystem::create_symlink("nowhere", folder / "link");
    expect_error(PosixFile::create_new(folder / "link"), ErrorCode::kAlreadyExists, "link");
    expect_error(PosixFile::create_new(folder / "no/a"), ErrorCode::kNotFound, "No such file");
}

TEST(PosixFile, IsOpenedOnlyWhereThereIsARegularFile) {
    const TemporaryFolder folder;
    expect_error(PosixFile::open_read(folder / "none"), ErrorCode::kNotFound, "cannot open");
    expect_error(PosixFile::open_write(folder / "none"), ErrorCode::kNotFound, "cannot open");
    expect_error(PosixFile::open_read(folder.path()), ErrorCode::kInvalidArgument, "is not a regular file");
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    expect_error(PosixFile::open_read(folder / "pipe"), ErrorCode::kInvalidArgument, "is not a regular file");
    expect_error(PosixFile::open_read("/dev/null"), ErrorCode::kInvalidArgument, "is not a regular file");
}

TEST(PosixFile, DoesNotWriteWhereItIsOpenForReading) {
    const TemporaryFolder folder;
    write_text(folder / "a", "mine");
    const auto file = PosixFile::open_read(folder / "a");
    ASSERT_TRUE(file);
    EXPECT_FALSE((*file)->write_at(0, as_bytes("x")));
    EXPECT_EQ(read_text(folder / "a"), "mine");
}

TEST(PosixFile, IsMappedAndItsMappingOutlivesIt) {
    const TemporaryFolder folder;
    auto file = create(folder / "a", "hello world");
    auto mapping = file->map(5);
    ASSERT_TRUE(mapping) << mapping.error().message;
    EXPECT_TRUE(file->write_at(0, as_bytes("J")));
    file.reset();
    const Mapping copy = *mapping;
    *mapping = Mapping();
    EXPECT_EQ(as_text(copy.bytes()), "Jello");
    EXPECT_EQ(copy.size(), 5U);
}

TEST(PosixFile, OfNoBytesIsMappedEmpty) {
    const TemporaryFolder folder;
    EXPECT_EQ(create(folder / "a")->map(0)->size(), 0U);
}

TEST(PosixFile, KnowsWhetherItsPathStillNamesIt) {
    const TemporaryFolder folder;
    const auto old = create(folder / "a", "old");
    EXPECT_TRUE(*old->is_at_path());
    write_text(folder / "b", "new");
    std::filesystem::rename(folder / "b", folder / "a");
    EXPECT_FALSE(*old->is_at_path());
    EXPECT_EQ(read(*old, 0, 9), "old");
    EXPECT_EQ(read_text(folder / "a"), "new");
    ASSERT_TRUE(remove_file(folder / "a"));
    EXPECT_FALSE(*old->is_at_path());
}

TEST(PosixFile, FollowsItsNewName) {
    const TemporaryFolder folder;
    const auto file = create(folder / "a");
    std::filesystem::rename(folder / "a", folder / "b");
    EXPECT_FALSE(*file->is_at_path());
    file->set_path(folder / "b");
    EXPECT_TRUE(*file->is_at_path());
}

TEST(Paths, ThatAreMissingAreNoErrorToRemove) {
    const TemporaryFolder folder;
    EXPECT_TRUE(remove_file(folder / "a"));
    expect_error(remove_file(folder.path()), ErrorCode::kIo, "cannot remove");
}

TEST(SystemErrors, HaveACodeAndTheSystemsWords) {
    const auto code = [](int number) { return system_error(number, "p", "write").code; };
    EXPECT_EQ(code(ENOENT), ErrorCode::kNotFound);
    EXPECT_EQ(code(EEXIST), ErrorCode::kAlreadyExists);
    for (const int number : {EACCES, EPERM, EROFS}) EXPECT_EQ(code(number), ErrorCode::kReadOnly);
    for (const int number : {ENOSPC, EDQUOT}) EXPECT_EQ(code(number), ErrorCode::kNoSpace);
    EXPECT_EQ(code(EIO), ErrorCode::kIo);
    EXPECT_EQ(system_error(EIO, "a.mp4", "sync").message, "a.mp4: cannot sync: Input/output error");
    EXPECT_NE(system_error(ENOSPC, "a.mp4", "write").message.find("free some space"), std::string::npos);
}

}  // namespace
}  // namespace reel
