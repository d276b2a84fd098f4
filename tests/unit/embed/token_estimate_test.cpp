#include "embed/token_estimate.h"

#include <gtest/gtest.h>

#include "base/utf8.h"

namespace reel {
namespace {

using Ends = std::vector<size_t>;

TEST(TokenEstimate, CountsATokenForThreeLetters) {
    EXPECT_EQ(estimate_token_ends("a"), (Ends{1}));
    EXPECT_EQ(estimate_token_ends("cat"), (Ends{3}));
    EXPECT_EQ(estimate_token_ends("cats"), (Ends{3, 4}));
    EXPECT_EQ(estimate_token_ends("two cats"), (Ends{3, 7, 8}));
}

TEST(TokenEstimate, CountsEveryDigitAndSign) {
    EXPECT_EQ(estimate_token_ends("3.14"), (Ends{1, 2, 3, 4}));
    EXPECT_EQ(estimate_token_ends("C++"), (Ends{1, 2, 3}));
}

TEST(TokenEstimate, StartsAnewAtACapital) { EXPECT_EQ(estimate_token_ends("aBcD"), (Ends{1, 3, 4})); }

TEST(TokenEstimate, CountsEveryCodePointBeyondAscii) {
    EXPECT_EQ(estimate_token_ends("\u4E2D\u6587"), (Ends{3, 6}));
    EXPECT_EQ(estimate_token_ends("caf\u00E9"), (Ends{3, 5}));
    EXPECT_EQ(estimate_token_ends("\U0001F600!"), (Ends{4, 4, 5}));
}

TEST(TokenEstimate, CountsTheLettersOfASyllableOfHangul) {
    EXPECT_EQ(estimate_token_ends("\uAC00\uD7A3"), (Ends{3, 3, 3, 6, 6, 6}));
    EXPECT_EQ(estimate_token_ends("\uABFF\uD7A4"), (Ends{3, 6}));
}

TEST(TokenEstimate, CountsRunsOfBlanksButNotASpace) {
    EXPECT_EQ(estimate_token_ends(" a b "), (Ends{2, 4}));
    EXPECT_EQ(estimate_token_ends("a\n  b"), (Ends{1, 4, 5}));
    EXPECT_TRUE(estimate_token_ends("").empty());
}

TEST(TokenEstimate, EndsTokensBetweenCodePointsOnly) {
    const std::string_view text =
        "na\u00EFve \u0440\u0443\u0441\u0441\u043A\u0438\u0439 \U0001F469\u200D\U0001F680 x";
    size_t previous = 0;
    for (const size_t end : estimate_token_ends(text)) {
        EXPECT_GE(end, previous);
        EXPECT_EQ(code_point_floor(text, end), end);
        previous = end;
    }
    EXPECT_EQ(previous, text.size());
}

TEST(TokenEstimate, EndsWithinBytesThatAreNoUtf8) {
    EXPECT_EQ(estimate_token_ends("\xFF\x80\x80z"), (Ends{3, 4}));
    EXPECT_EQ(estimate_token_ends("\xE4"), (Ends{1}));
}

}  // namespace
}  // namespace reel
