#include "embed/http/retry.h"

#include <gtest/gtest.h>

namespace reel {
namespace {

using namespace std::chrono_literals;

TEST(Retry, DoublesTheDelayUpToEightSeconds) {
    EXPECT_EQ(retry_delay(0, 1.0, {}), 250ms);
    EXPECT_EQ(retry_delay(1, 1.0, {}), 500ms);
    EXPECT_EQ(retry_delay(4, 1.0, {}), 4000ms);
    EXPECT_EQ(retry_delay(5, 1.0, {}), 8000ms);
    EXPECT_EQ(retry_delay(4'000'000'000U, 1.0, {}), 8000ms);
}

TEST(Retry, TakesUpToHalfOfTheDelayAway) { EXPECT_EQ(retry_delay(1, 0.0, {}), 250ms); }

TEST(Retry, WaitsAsLongAsTheServerAsksUpToAMinute) {
    EXPECT_EQ(retry_delay(0, 1.0, 3s), 3000ms);
    EXPECT_EQ(retry_delay(5, 1.0, 1s), 8000ms);
    EXPECT_EQ(retry_delay(0, 1.0, 3600s), 60000ms);
}

TEST(Retry, RepeatsOnlyWhatMayPass) {
    for (const long status : {429L, 500L, 502L, 503L, 504L}) EXPECT_TRUE(is_passing_status(status)) << status;
    for (const long status : {200L, 301L, 400L, 401L, 404L, 501L, 505L})
        EXPECT_FALSE(is_passing_status(status));
}

}  // namespace
}  // namespace reel
