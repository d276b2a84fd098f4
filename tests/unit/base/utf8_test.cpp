#include "base/utf8.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace reel {
namespace {

using Range = std::array<unsigned, 2>;

/// Table 3-7 of the Unicode Standard, "Well-Formed UTF-8 Byte Sequences", row by row.
const std::vector<std::vector<Range>> kWellFormed = {
    {{0x00, 0x7F}},
    {{0xC2, 0xDF}, {0x80, 0xBF}},
    {{0xE0, 0xE0}, {0xA0, 0xBF}, {0x80, 0xBF}},
    {{0xE1, 0xEC}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xED, 0xED}, {0x80, 0x9F}, {0x80, 0xBF}},
    {{0xEE, 0xEF}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xF0, 0xF0}, {0x90, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xF1, 0xF3}, {0x80, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xF4, 0xF4}, {0x80, 0x8F}, {0x80, 0xBF}, {0x80, 0xBF}},
};

bool fits(const std::vector<Range>& row, std::string_view text) {
    if (text.size() < row.size()) return false;
    for (size_t i = 0; i < row.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < row[i][0] || byte > row[i][1]) return false;
    }
    return true;
}

/// What find_invalid_utf8() must answer, by the table alone.
std::optional<size_t> first_bad(std::string_view text) {
    size_t at = 0;
    while (at < text.size()) {
        const auto row = std::find_if(kWellFormed.begin(), kWellFormed.end(), [&](const auto& candidate) {
            return fits(candidate, text.substr(at));
        });
        if (row == kWellFormed.end()) return at;
        at += row->size();
    }
    return std::nullopt;
}

void expect_as_table(const std::vector<unsigned>& bytes) {
    std::string sequence;
    for (const unsigned b : bytes) sequence += static_cast<char>(b);
    EXPECT_EQ(find_invalid_utf8(sequence), first_bad(sequence)) << testing::PrintToString(bytes);
    // Behind text, so that the fast path over ASCII comes before it, and in front of some.
    const std::string inside = "eight bytes and more " + sequence + " and more";
    EXPECT_EQ(find_invalid_utf8(inside), first_bad(inside)) << testing::PrintToString(bytes);
}

TEST(Utf8, TakesOneByteAsTheTableSays) {
    for (unsigned a = 0; a < 256; ++a) expect_as_table({a});
}

// Every first byte, and behind it the bytes at the borders of the table's ranges.
TEST(Utf8, TakesLongerSequencesAsTheTableSays) {
    const std::vector<unsigned> borders = {0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
    for (unsigned a = 0x80; a < 256; ++a) {
        for (const unsigned b : borders) {
            expect_as_table({a, b});
            for (const unsigned c : borders) {
                expect_as_table({a, b, c});
                if (a < 0xEF) continue;
                for (const unsigned d : borders) expect_as_table({a, b, c, d});
            }
        }
    }
}

TEST(Utf8, EndsNowhereInsideASequence) {
    for (const std::string& text :
         {std::string("\u00e9"), std::string("\u20ac"), std::string("\U0001F600")}) {
        for (size_t length = 1; length < text.size(); ++length) {
            EXPECT_EQ(find_invalid_utf8("abc" + text.substr(0, length)), 3U);
        }
        EXPECT_FALSE(find_invalid_utf8("abc" + text));
    }
    EXPECT_FALSE(find_invalid_utf8(""));
    EXPECT_FALSE(find_invalid_utf8(std::string("\0", 1)));
}

TEST(Utf8, NamesTheByteAndTheLine) {
    const auto status = check_utf8("first\nsec\u00f6nd\nthird \xFF", "notes.txt");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(status.error().message, "notes.txt: not UTF-8 at byte 20 (line 3); convert it to UTF-8 first");
    EXPECT_EQ(check_utf8("\xC0\x80", "id").error().message,
              "id: not UTF-8 at byte 0 (line 1); convert it to UTF-8 first");
    EXPECT_TRUE(check_utf8("fine\n\u20ac", "x"));
}

TEST(Utf8, IsCutOnlyBetweenCodePoints) {
    const std::string text = "a\u00e9\u20ac\U0001F600z";  // starts at 0, 1, 3, 6, 10; ends at 11
    const std::vector<size_t> floors = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
    for (size_t at = 0; at < floors.size(); ++at) EXPECT_EQ(code_point_floor(text, at), floors[at]) << at;
    EXPECT_EQ(code_point_floor(text, 99), 11U);
    EXPECT_EQ(code_point_floor("", 3), 0U);
}

}  // namespace
}  // namespace reel
