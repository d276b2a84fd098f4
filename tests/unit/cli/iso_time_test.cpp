#include "cli/iso_time.h"

#include <gtest/gtest.h>

namespace reel::cli {
namespace {

constexpr uint64_t kDay = 1'795'305'600'000;  // 2026-11-22T00:00:00Z

/// 0 for what is refused.
uint64_t ms(std::string_view text) { return parse_iso_time(text).value_or(0); }

TEST(IsoTime, OfADayIsItsFirstMomentInUtc) {
    EXPECT_EQ(ms("2026-11-22"), kDay);
    EXPECT_EQ(parse_iso_time("1970-01-01").value(), 0U);
    EXPECT_EQ(ms("2024-02-29"), 1'709'164'800'000U);
}

TEST(IsoTime, GoesToTheMinuteSecondOrFraction) {
    EXPECT_EQ(ms("2026-11-22T18:33"), kDay + 66'780'000);
    EXPECT_EQ(ms("2026-11-22T18:33:02"), kDay + 66'782'000);
    EXPECT_EQ(ms("2026-11-22 18:33:02.5"), kDay + 66'782'500);
    EXPECT_EQ(ms("2026-11-22t18:33:02,123456789z"), kDay + 66'782'123);
    EXPECT_EQ(ms("2026-11-22T18:33:02.04"), kDay + 66'782'040);
}

TEST(IsoTime, CountsTheZone) {
    const uint64_t noon = kDay + 12 * 3'600'000;
    for (const auto* text : {"2026-11-22T12:00Z", "2026-11-22T13:00+01:00", "2026-11-22T13:00+01",
                             "2026-11-22T06:30-0530", "2026-11-23T01:00+13:00", "2026-11-22T12:00-00:00"}) {
        EXPECT_EQ(ms(text), noon) << text;
    }
}

TEST(IsoTime, SaysWhatIsWrong) {
    const auto why = [](std::string_view text) { return parse_iso_time(text).error().message; };
    EXPECT_NE(why("").find("the year needs 4 digits"), std::string::npos);
    EXPECT_NE(why("2026-13-01").find("the month must be from 1 to 12"), std::string::npos);
    EXPECT_NE(why("2026-02-29").find("no such day"), std::string::npos);
    EXPECT_NE(why("2026-11-22T24:00").find("hour must be from 0 to 23"), std::string::npos);
    EXPECT_NE(why("2026-11-22T18:33:02.").find("digits are missing"), std::string::npos);
    EXPECT_NE(why("1969-12-31").find("before 1970"), std::string::npos);
    EXPECT_NE(why("1970-01-01T00:00+00:01").find("before 1970"), std::string::npos);
}

TEST(IsoTime, RefusesEverythingElse) {
    for (const auto* text : {"yesterday",
                             "2026",
                             "2026-11",
                             "2026-1-2",
                             "22.11.2026",
                             "2026-11-22T",
                             "2026-11-22T18",
                             "2026-11-22T18:3",
                             "2026-11-22Z",
                             "2026-11-22T18:33 ",
                             "2026-11-22T18:33Zx",
                             "2026-11-22T18:33+1",
                             "2026-11-22T18:33+01:0",
                             "2026-11-22T18:33:02.5 UTC",
                             "-2026-11-22",
                             "2026-11-22T18:33:60",
                             "20261122T183302Z",
                             "2026-11-22T18:33+01:",
                             "+026-11-22",
                             "2026-11-\xff"}) {
        EXPECT_FALSE(parse_iso_time(text)) << text;
        EXPECT_EQ(parse_iso_time(text).error().code, ErrorCode::kInvalidArgument);
    }
}

TEST(IsoTime, IsPrintedAsItIsRead) {
    EXPECT_EQ(iso_time_text(kDay + 66'782'005), "2026-11-22T18:33:02.005Z");
    EXPECT_EQ(iso_time_text(0), "1970-01-01T00:00:00.000Z");
    for (const uint64_t time : {uint64_t{1}, kDay, kDay + 86'399'999, uint64_t{253'402'300'799'999}}) {
        EXPECT_EQ(ms(iso_time_text(time)), time);
    }
    EXPECT_EQ(iso_time_text(UINT64_MAX), "18446744073709551615 ms since 1970");
}

}  // namespace
}  // namespace reel::cli
