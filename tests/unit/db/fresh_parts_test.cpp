// Parts in memory: what they cover, how they merge, and when they are made at all.
#include "db/fresh_parts.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

namespace reel {
namespace {

struct StubPart {
    uint64_t first_row = 0;
    uint64_t row_count = 0;
};

class FreshPartsOfStubs : public testing::Test {
protected:
    [[nodiscard]] auto build() {
        return [this](uint64_t first, uint64_t count,
                      const std::vector<StubPart>& replaced) -> Result<StubPart> {
            uint64_t next = first;
            for (const StubPart& part : replaced) {
                EXPECT_EQ(part.first_row, next);
                next += part.row_count;
            }
            EXPECT_LE(next, first + count);
            rows_built_ += count;
            if (fails_) return fail(ErrorCode::kIo, "the stub was told to fail");
            return StubPart{first, count};
        };
    }
    Status cover(uint64_t end) { return parts_.cover(end, build(), whole); }
    static uint64_t whole(uint64_t /*first*/, uint64_t end) { return end; }
    void expect_whole(uint64_t end) {
        uint64_t next = kFirst;
        const auto shown = parts_.parts();
        for (const StubPart& part : *shown) {
            EXPECT_EQ(part.first_row, next);
            EXPECT_GT(part.row_count, 0U);
            next += part.row_count;
        }
        EXPECT_EQ(next, end);
    }
    uint64_t asked_until_built(uint64_t end, double worth) {
        const auto before = rows_built_;
        for (uint64_t asked = 1; asked < 1'000; ++asked) {
            EXPECT_TRUE(parts_.cover_when_worth(end, worth, build()));
            if (rows_built_ != before) return asked;
        }
        return 0;
    }

    static constexpr uint64_t kFirst = 100;
    FreshParts<StubPart> parts_{kFirst};
    uint64_t rows_built_ = 0;
    bool fails_ = false;
};

TEST_F(FreshPartsOfStubs, CoverAllRowsInFewParts) {
    std::mt19937 random(3);
    uint64_t end = kFirst;
    for (int i = 0; i < 3'000; ++i) {
        end += random() % 20;
        ASSERT_TRUE(cover(end));
        expect_whole(end);
        EXPECT_LE(parts_.parts()->size(), 20U);
    }
    EXPECT_LT(rows_built_, 20 * end);
}

TEST_F(FreshPartsOfStubs, ServeAnEarlierEnd) {
    ASSERT_TRUE(cover(500));
    ASSERT_TRUE(cover(300));
    ASSERT_TRUE(cover(0));
    expect_whole(500);
    EXPECT_EQ(rows_built_, 400U);
}

TEST_F(FreshPartsOfStubs, StayAsTheyWereWhereABuildFails) {
    ASSERT_TRUE(cover(500));
    fails_ = true;
    EXPECT_FALSE(cover(900));
    expect_whole(500);
    fails_ = false;
    EXPECT_TRUE(cover(900));
    expect_whole(900);
}

TEST_F(FreshPartsOfStubs, AreNeverLargerThanAPiece) {
    const auto piece_end = [](uint64_t first, uint64_t end) { return std::min(end, first + 128); };
    for (const uint64_t end : std::initializer_list<uint64_t>{150, 151, 500, 501, 1'000, 3'000}) {
        ASSERT_TRUE(parts_.cover(end, build(), piece_end));
        expect_whole(end);
        const auto shown = parts_.parts();
        for (const StubPart& part : *shown) EXPECT_LE(part.row_count, 128U);
    }
}

TEST_F(FreshPartsOfStubs, AreMadeOnceRowsWereSearchedOften) {
    EXPECT_EQ(asked_until_built(kFirst + 1'000, 20), 20U);
    expect_whole(kFirst + 1'000);
    EXPECT_EQ(asked_until_built(kFirst + 1'500, 3), 3U);
    expect_whole(kFirst + 1'500);
}

TEST_F(FreshPartsOfStubs, AreNotMadeOfFewRows) {
    EXPECT_EQ(asked_until_built(kFirst + 255, 2), 0U);
    EXPECT_TRUE(parts_.parts()->empty());
}

TEST_F(FreshPartsOfStubs, WhatWasTakenStaysWhileNewOnesAreMade) {
    ASSERT_TRUE(cover(500));
    const auto taken = parts_.parts();
    ASSERT_TRUE(cover(5'000));
    ASSERT_EQ(taken->size(), 1U);
    EXPECT_EQ(taken->front().row_count, 400U);
}

TEST(FreshPartsOfThreads, AreWholeForEach) {
    FreshParts<StubPart> parts(0);
    std::atomic<uint64_t> end = 0;
    const auto build = [](uint64_t first, uint64_t count, const auto&) -> Result<StubPart> {
        return StubPart{first, count};
    };
    const auto whole = [](uint64_t, uint64_t last) { return last; };
    const auto work = [&] {
        for (int i = 0; i < 2'000; ++i) {
            const uint64_t mine = end += 3;
            ASSERT_TRUE(i % 2 == 0 ? parts.cover(mine, build, whole)
                                   : parts.cover_when_worth(mine, 2, build));
            uint64_t next = 0;
            const auto shown = parts.parts();
            for (const StubPart& part : *shown) {
                ASSERT_EQ(part.first_row, next);
                next += part.row_count;
            }
            if (i % 2 == 0) {
                ASSERT_GE(next, mine);
            }
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace reel
