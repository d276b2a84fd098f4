// Candidates on their way to hits: fusion, groups, diversity and the cursor behind them.
#include "db/ranked.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "db/cursor.h"
#include "db/selection.h"
#include "support/store_builder.h"

namespace reel {
namespace {

std::vector<uint64_t> rows_of(const std::vector<Ranked>& ranked) {
    std::vector<uint64_t> rows;
    for (const Ranked& one : ranked) rows.push_back(one.row);
    return rows;
}
using Rows = std::vector<uint64_t>;

const std::vector<Neighbor>& nearest() {
    static const std::vector<Neighbor> some{{10, 1}, {11, 2}, {12, 5}};
    return some;
}
const std::vector<ScoredRow>& best() {
    static const std::vector<ScoredRow> some{{12, 8}, {20, 4}};
    return some;
}

TEST(Fuse, ByRankAddsWhatEachHalfGives) {
    const auto fused = fuse(nearest(), best(), 8, Fusion::kRank, 0.5);
    EXPECT_EQ(rows_of(fused), (Rows{12, 10, 11, 20}));
    EXPECT_DOUBLE_EQ(fused[0].score, 0.5 / 63 + 0.5 / 61);
    EXPECT_DOUBLE_EQ(fused[1].score, 0.5 / 61);
    EXPECT_EQ(fused[0].vector_rank, 3U);
    EXPECT_EQ(fused[0].text_rank, 1U);
    EXPECT_EQ(fused[0].text_score, 8);
    EXPECT_EQ(fused[3].vector_rank, 0U);
    EXPECT_TRUE(std::isnan(fused[3].distance));
}

/// Rows 11 and 20 have the same score.
TEST(Fuse, EqualScoresStandByRow) {
    EXPECT_EQ(rows_of(fuse({}, best(), 8, Fusion::kRank, 1)), (Rows{12, 20}));
    EXPECT_EQ(
        rows_of(fuse(std::vector<Neighbor>{{30, 1}}, std::vector<ScoredRow>{{7, 1}}, 1, Fusion::kRank, 0.5)),
        (Rows{7, 30}));
}

TEST(Fuse, WeightedScalesEachHalf) {
    const auto fused = fuse(nearest(), best(), 8, Fusion::kWeighted, 0.25);
    EXPECT_EQ(rows_of(fused), (Rows{12, 20, 10, 11}));
    EXPECT_DOUBLE_EQ(fused[0].score, 0.75);
    EXPECT_DOUBLE_EQ(fused[1].score, 0.375);
    EXPECT_DOUBLE_EQ(fused[2].score, 0.25);
    EXPECT_DOUBLE_EQ(fused[3].score, 0.25 * 0.75);
}

TEST(Fuse, OfOneCandidateOrNoneIsNotDividedByZero) {
    EXPECT_TRUE(fuse({}, {}, 1, Fusion::kWeighted, 0.5).empty());
    const auto one =
        fuse(std::vector<Neighbor>{{1, 3}}, std::vector<ScoredRow>{{1, 0}}, 1, Fusion::kWeighted, 0.5);
    EXPECT_DOUBLE_EQ(one.at(0).score, 0.5);
}

Result<std::optional<std::string>> parity(uint64_t row) {
    if (row == 99) return fail(ErrorCode::kCorrupt, "damaged");
    return row == 50 ? std::optional<std::string>()
                     : std::optional<std::string>(row % 2 == 0 ? "even" : "odd");
}

TEST(LimitGroups, KeepsTheFirstOfEach) {
    const auto candidates =
        rank_by_vector(std::vector<Neighbor>{{2, 1}, {4, 2}, {50, 3}, {1, 4}, {50, 5}, {6, 6}});
    EXPECT_EQ(rows_of(must(limit_groups(candidates, 1, 10, parity))), (Rows{2, 50, 1, 50}));
    EXPECT_EQ(rows_of(must(limit_groups(candidates, 2, 10, parity))), (Rows{2, 4, 50, 1, 50}));
    EXPECT_EQ(rows_of(must(limit_groups(candidates, 1, 2, parity))), (Rows{2, 50}));
    EXPECT_TRUE(must(limit_groups(candidates, 1, 0, parity)).empty());
}

TEST(LimitGroups, PassesErrorsOn) {
    const auto candidates = rank_by_vector(std::vector<Neighbor>{{2, 1}, {99, 2}});
    EXPECT_FALSE(limit_groups(candidates, 1, 10, parity));
    EXPECT_TRUE(limit_groups(candidates, 1, 1, parity));
}

TEST(Diversify, ATwinOfTheFirstComesLast) {
    const auto candidates = rank_by_vector(std::vector<Neighbor>{{1, 0}, {2, 0}, {3, 1}});
    const std::vector<float> vectors{1, 0, 2, 0, 0, 1};
    const std::vector<double> relevance{1, 1, 0.5};
    EXPECT_EQ(rows_of(diversify(candidates, relevance, vectors, 2, 0.5, 3)), (Rows{1, 3, 2}));
    EXPECT_EQ(rows_of(diversify(candidates, relevance, vectors, 2, 1, 3)), (Rows{1, 2, 3}));
    EXPECT_EQ(rows_of(diversify(candidates, relevance, vectors, 2, 0.5, 2)), (Rows{1, 3}));
    EXPECT_TRUE(diversify({}, {}, {}, 2, 0.5, 3).empty());
}

TEST(Diversify, FewerAreTheBeginningOfMore) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<Neighbor> neighbors;
    std::vector<float> vectors;
    std::vector<double> relevance;
    for (uint64_t i = 0; i < 50; ++i) {
        neighbors.push_back({i, static_cast<float>(i)});
        relevance.push_back(1 / (1 + static_cast<double>(i)));
        for (int j = 0; j < 5; ++j) vectors.push_back(normal(random));
    }
    const auto all = rows_of(diversify(rank_by_vector(neighbors), relevance, vectors, 5, 0.4, 50));
    for (size_t wanted = 0; wanted < 50; ++wanted) {
        EXPECT_EQ(rows_of(diversify(rank_by_vector(neighbors), relevance, vectors, 5, 0.4, wanted)),
                  Rows(all.begin(), all.begin() + static_cast<ptrdiff_t>(wanted)));
    }
}

TEST(Cosines, AreThoseOfTheAngles) {
    const auto values = cosines(std::vector<float>{2, 0}, std::vector<float>{5, 0, 0, 1, -1, 0, 1, 1, 0, 0});
    ASSERT_EQ(values.size(), 5U);
    EXPECT_NEAR(values[0], 1, 1e-6);
    EXPECT_NEAR(values[1], 0, 1e-6);
    EXPECT_NEAR(values[2], -1, 1e-6);
    EXPECT_NEAR(values[3], std::sqrt(0.5), 1e-6);
    EXPECT_EQ(values[4], 0);
}

TEST(CursorText, ReadsWhatItWrote) {
    std::mt19937_64 random(5);
    for (int i = 0; i < 1'000; ++i) {
        const auto some = [&] { return random() >> (random() % 64); };
        const Cursor cursor{some(), some(), some() & UINT32_MAX,
                            some(), some(), static_cast<uint32_t>(some())};
        const Cursor read = must(read_cursor(write_cursor(cursor)));
        EXPECT_EQ(std::tie(read.commit, read.head, read.fingerprint, read.offset, read.last_row,
                           read.last_distance),
                  std::tie(cursor.commit, cursor.head, cursor.fingerprint, cursor.offset, cursor.last_row,
                           cursor.last_distance));
    }
}

TEST(CursorText, IsRefusedWhereAnythingIsChanged) {
    const std::string good = write_cursor({1, 2, 3, 4, 5, 6});
    ASSERT_TRUE(read_cursor(good));
    for (size_t i = 0; i <= good.size(); ++i) {
        if (i < good.size()) {
            EXPECT_FALSE(read_cursor(good.substr(0, i)));
        }
        for (const char c : {'-', '0', '7', 'f', 'F', ' ', '\0'}) {
            std::string longer = good;
            longer.insert(i, 1, c);
            EXPECT_FALSE(read_cursor(longer)) << longer;
            if (i == good.size() || good[i] == c) continue;
            std::string other = good;
            other[i] = c;
            EXPECT_FALSE(read_cursor(other)) << other;
        }
    }
}

}  // namespace
}  // namespace reel
