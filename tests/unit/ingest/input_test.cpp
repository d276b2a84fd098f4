#include "ingest/input.h"

#include "support.h"

namespace reel {
namespace {

std::vector<std::string> lines_of(std::unique_ptr<Input> input) {
    LineReader reader(std::move(input));
    std::vector<std::string> lines;
    std::string_view line;
    while (reader.next(line).value()) lines.emplace_back(line);
    return lines;
}

using Lines = std::vector<std::string>;

TEST(LineReader, SplitsAtLineFeeds) {
    EXPECT_EQ(lines_of(memory_input("a\n\nb\r\nc", "m")), (Lines{"a", "", "b\r", "c"}));
    EXPECT_EQ(lines_of(memory_input("a\n", "m")), (Lines{"a"}));
    EXPECT_EQ(lines_of(memory_input("", "m")), (Lines{}));
}

TEST(LineReader, ReadsTheSameFromAPipeThatTrickles) {
    EXPECT_EQ(lines_of(std::make_unique<TricklingInput>("one\ntwo\n\nthree")),
              (Lines{"one", "two", "", "three"}));
}

TEST(LineReader, LeavesOutAByteOrderMarkAtTheStartOnly) {
    EXPECT_EQ(lines_of(memory_input("\xEF\xBB\xBF"
                                    "a\n\xEF\xBB\xBF"
                                    "b",
                                    "m")),
              (Lines{"a",
                     "\xEF\xBB\xBF"
                     "b"}));
}

TEST(LineReader, ReadsLinesLongerThanItsFirstBuffer) {
    const std::string longest(1'000'000, 'x');
    const std::string text = "a\n" + std::string(300'000, 'y') + "\n" + longest;
    EXPECT_EQ(lines_of(memory_input(text, "m")).back(), longest);
}

TEST(LineReader, NamesALineThatIsTooLong) {
    LineReader reader(memory_input("abc\nabcd\n", "m"), 3);
    std::string_view line;
    ASSERT_TRUE(reader.next(line).value());
    const auto second = reader.next(line);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kLimit);
    EXPECT_MESSAGE(second, "m line 2: is longer than 3 bytes");
}

TEST(LineReader, CountsLinesAndBytes) {
    LineReader reader(memory_input("ab\nc", "m"));
    std::string_view line;
    ASSERT_TRUE(reader.next(line).value());
    EXPECT_EQ(reader.bytes_read(), 3U);
    EXPECT_EQ(reader.place(), "m line 1");
    ASSERT_TRUE(reader.next(line).value());
    EXPECT_EQ(reader.bytes_read(), 4U);
    EXPECT_EQ(reader.place(), "m line 2");
}

TEST(OpenInput, ReadsAFileAndKnowsItsSize) {
    const TemporaryFolder folder;
    const auto input = open_input(folder.write("f", "x\ny")).value();
    EXPECT_EQ(input->total(), 3U);
    EXPECT_EQ(open_input(folder / "missing").error().code, ErrorCode::kNotFound);
}

TEST(OpenInput, SaysWhyAFolderCannotBeRead) {
    const TemporaryFolder folder;
    LineReader reader(open_input(folder.path()).value());
    std::string_view line;
    EXPECT_MESSAGE(reader.next(line), "cannot read");
}

}  // namespace
}  // namespace reel
