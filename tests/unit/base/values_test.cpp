#include "base/row_set.h"

#include <gtest/gtest.h>

#include <array>

#include "base/try.h"

namespace reel {
namespace {

TEST(RowSet, HoldsItsRowsLessTheExcludedOnes) {
    const std::array<uint64_t, 2> excluded = {1ULL << 63U | 1U, 2U};
    const RowSet rows{200, excluded};
    for (uint64_t row = 0; row < 300; ++row) {
        EXPECT_EQ(rows.contains(row), row < 200 && row != 0 && row != 63 && row != 65) << row;
    }
}

TEST(Errors, HaveNamesAndPlaces) {
    EXPECT_EQ(to_string(ErrorCode::kInvalidArgument), "invalid_argument");
    EXPECT_EQ(to_string(ErrorCode::kInterrupted), "interrupted");
    const Error error = Error{ErrorCode::kLimit, "too large"}.at("line 3");
    EXPECT_EQ(error.message, "line 3: too large");
    EXPECT_EQ(error.code, ErrorCode::kLimit);
}

Result<int> half(int number) {
    if (number % 2 != 0) return fail(ErrorCode::kInvalidArgument, "odd");
    return number / 2;
}

Result<int> quarter(int number) {
    REEL_TRY(half(number));
    REEL_ASSIGN(const int first, half(number));
    REEL_ASSIGN(const int second, half(first));
    return second;
}

TEST(Errors, EndTheFunctionThatTries) {
    EXPECT_EQ(*quarter(12), 3);
    EXPECT_FALSE(quarter(6));
    EXPECT_EQ(quarter(7).error().message, "odd");
}

}  // namespace
}  // namespace reel
