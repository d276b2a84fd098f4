// MemoryFile and the Appender that writes to any file.
#include "base/memory_file.h"

#include <gtest/gtest.h>

#include "base/appender.h"

namespace reel {
namespace {

ByteBuffer bytes(std::string_view text) { return {as_bytes(text).begin(), as_bytes(text).end()}; }
std::string content(const MemoryFile& file) { return std::string(as_text(file.content())); }

TEST(MemoryFile, BehavesLikeAFile) {
    MemoryFile file(bytes("hello"));
    ByteBuffer out(9);
    EXPECT_EQ(*file.read_at(3, out), 2U);
    EXPECT_EQ(*file.read_at(5, out), 0U);
    EXPECT_EQ(*file.read_at(UINT64_MAX, out), 0U);
    EXPECT_TRUE(file.write_at(7, as_bytes("x")));
    EXPECT_EQ(content(file), std::string("hello\0\0x", 8));
    EXPECT_TRUE(file.truncate(2));
    EXPECT_EQ(*file.size(), 2U);
    EXPECT_EQ(file.path(), "memory");
    EXPECT_TRUE(*file.try_lock());
    EXPECT_FALSE(file.lock_holder());
}

TEST(MemoryFile, IsMappedAsACopy) {
    MemoryFile file(bytes("hello"));
    const auto mapping = file.map(4);
    ASSERT_TRUE(mapping);
    EXPECT_TRUE(file.truncate(0));
    EXPECT_EQ(as_text(mapping->bytes()), "hell");
    const auto beyond = file.map(1);
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().message, "memory: cannot map 1 bytes of 0");
}

TEST(Appender, WritesBehindWhatIsThere) {
    MemoryFile file(bytes("old "));
    Appender out(file, 4, 8);
    for (const auto* word : {"one ", "two ", "a long word ", "3"}) EXPECT_TRUE(out.append(as_bytes(word)));
    EXPECT_EQ(out.offset(), 25U);
    EXPECT_TRUE(out.flush());
    EXPECT_TRUE(out.flush());
    EXPECT_EQ(out.offset(), 25U);
    EXPECT_EQ(content(file), "old one two a long word 3");
}

TEST(Appender, WritesNothingBeforeItsBufferIsFull) {
    MemoryFile file;
    Appender out(file, 0, 8);
    EXPECT_TRUE(out.append(as_bytes("12345678").first(7)));
    EXPECT_EQ(content(file), "");
    EXPECT_TRUE(out.append(as_bytes("89")));
    EXPECT_EQ(content(file), "1234567");
    EXPECT_TRUE(out.append(as_bytes("123456789")));
    EXPECT_EQ(content(file), "123456789123456789");
}

TEST(Appender, ChangesWhatIsStillInItsBuffer) {
    MemoryFile file;
    Appender out(file, 0, 100);
    EXPECT_TRUE(out.append(as_bytes("one two")));
    EXPECT_TRUE(out.overwrite(4, as_bytes("TWO")));
    EXPECT_EQ(content(file), "");
    EXPECT_TRUE(out.flush());
    EXPECT_EQ(content(file), "one TWO");
}

TEST(Appender, ChangesWhatIsInTheFileAlready) {
    MemoryFile file(bytes("old "));
    Appender out(file, 4, 4);
    EXPECT_TRUE(out.append(as_bytes("one two ")));
    EXPECT_TRUE(out.append(as_bytes("3")));
    EXPECT_TRUE(out.overwrite(4, as_bytes("ONE")));
    EXPECT_TRUE(out.overwrite(11, as_bytes("_#")));  // half in the file, half in the buffer
    EXPECT_TRUE(out.append(as_bytes("!")));
    EXPECT_TRUE(out.flush());
    EXPECT_EQ(content(file), "old ONE two_#!");
}

/// Refuses to be written to.
class FullFile final : public File {
public:
    [[nodiscard]] const std::string& path() const override { return path_; }
    [[nodiscard]] Result<uint64_t> size() const override { return 0; }
    Result<size_t> read_at(uint64_t, MutableBytes) const override { return 0; }
    Status write_at(uint64_t, ByteView) override { return fail(ErrorCode::kNoSpace, "full"); }
    Status truncate(uint64_t) override { return {}; }
    Status sync() override { return {}; }
    [[nodiscard]] Result<Mapping> map(uint64_t) const override { return Mapping(); }
    Result<bool> try_lock() override { return true; }
    [[nodiscard]] std::optional<LockHolder> lock_holder() const override { return std::nullopt; }
    [[nodiscard]] Result<bool> is_at_path() const override { return true; }

private:
    std::string path_ = "full";
};

TEST(Appender, HandsOnTheFilesErrors) {
    FullFile file;
    Appender out(file, 0, 4);
    EXPECT_TRUE(out.append(as_bytes("abc")));
    EXPECT_EQ(out.flush().error().code, ErrorCode::kNoSpace);
    EXPECT_FALSE(out.append(as_bytes("de")));
    EXPECT_FALSE(Appender(file, 0, 4).append(as_bytes("abcdef")));
    EXPECT_FALSE(Appender(file, 9, 4).overwrite(3, as_bytes("a")));
}

}  // namespace
}  // namespace reel
