// The way that a search takes, by size, recall and filter.
#include "db/search_plan.h"

#include <gtest/gtest.h>

#include "vector/code_builder.h"

namespace reel {
namespace {

constexpr std::optional<double> kDefault = std::nullopt;

PlanInput sealed(uint64_t records, std::optional<double> recall, double share = 1) {
    PlanInput in;
    in.live = records;
    in.matching = static_cast<uint64_t>(static_cast<double>(records) * share);
    in.dimension = 384;
    in.k = 10;
    in.recall = recall;
    in.column_rows = records;
    in.code_rows = records;
    in.lists = choose_lists(records);
    return in;
}

char letter(const PlanInput& in) { return "nrsec"[static_cast<size_t>(plan_search(in).kind)]; }

/// Exact, default and 0.95: without a filter, with half, a hundredth and a ten-thousandth of the records.
std::string choices(uint64_t records) {
    std::string all;
    for (const double share : {1.0, 0.5, 0.01, 0.0001}) {
        if (!all.empty()) all += ' ';
        for (const auto recall : {std::optional(1.0), kDefault, std::optional(0.95)})
            all += letter(sealed(records, recall, share));
    }
    return all;
}

/// e: exact by columns, c: codes, r: the rows that the filter leaves, s: all vectors, n: nothing to look for.
/// 384 dimensions, ten hits.
TEST(SearchPlan, IsThisOneOfSealedStores) {
    // exact, default and 0.95 for:  all 1/2 1/100 1/10,000
    EXPECT_EQ(choices(1'000), "eee eee rrr nnn");
    EXPECT_EQ(choices(10'000), "eec eec rrr rrr");
    EXPECT_EQ(choices(100'000), "eec eec rrr rrr");
    EXPECT_EQ(choices(1'000'000), "ecc ecc rrr rrr");
    EXPECT_EQ(choices(5'000'000), "ecc ecc rrr rrr");
}

TEST(SearchPlan, OfAStoreWithoutIndexesIsAScan) {
    for (const auto recall : {std::optional(1.0), kDefault, std::optional(0.5)}) {
        PlanInput in = sealed(1'000'000, recall);
        in.column_rows = 0;
        in.code_rows = 0;
        in.lists = 0;
        EXPECT_EQ(letter(in), 's');
        EXPECT_EQ(plan_search(in).recall, 1);
        EXPECT_NE(plan_search(in).reason.find("seal"), std::string::npos);
    }
}

/// Whatever the numbers: exact questions have exact answers, and nothing is looked for where nothing is.
TEST(SearchPlan, NeverGivesLessThanWasAskedFor) {
    for (const uint64_t records : std::initializer_list<uint64_t>{0, 1, 63, 64, 1'000, 77'777, 3'000'000}) {
        for (const double share : {0.0, 1e-6, 0.3, 1.0}) {
            for (const size_t k :
                 std::initializer_list<size_t>{size_t{1}, size_t{100}, size_t{1'000'000}, ~size_t{0}}) {
                for (const double covered : {0.0, 0.5, 1.0, 2.0}) {
                    PlanInput in = sealed(records, 1, share);
                    in.k = k;
                    in.column_rows = static_cast<uint64_t>(static_cast<double>(records) * covered);
                    in.code_rows = in.column_rows;
                    const Plan exact = plan_search(in);
                    EXPECT_NE(exact.kind, PlanKind::kCodes);
                    EXPECT_EQ(exact.recall, 1);
                    EXPECT_EQ(exact.kind == PlanKind::kNone, in.matching == 0);
                    in.recall = 0.9;
                    const Plan fast = plan_search(in);
                    EXPECT_GE(fast.recall, 0.9);
                    EXPECT_LT(fast.kind == PlanKind::kCodes ? fast.recall : 0.0, 1.0);
                    EXPECT_FALSE(fast.reason.empty());
                }
            }
        }
    }
}

TEST(SearchPlan, GivenKnobsMeanCodes) {
    for (const uint64_t records : std::initializer_list<uint64_t>{100, 10'000, 1'000'000}) {
        PlanInput in = sealed(records, kDefault, 0.001);
        in.matching = records / 100;
        in.has_knobs = true;
        EXPECT_EQ(letter(in), 'c');
        in.code_rows = 0;
        EXPECT_NE(letter(in), 'c');
    }
}

/// The default is exact where that takes two milliseconds or less.
TEST(SearchPlan, TheDefaultIsExactUpToSomeSizeAndFastBehindIt) {
    EXPECT_EQ(plan_search(sealed(100'000, kDefault)).kind, PlanKind::kExact);
    const Plan large = plan_search(sealed(2'000'000, kDefault));
    EXPECT_EQ(large.kind, PlanKind::kCodes);
    EXPECT_EQ(large.recall, kDefaultRecall);
    EXPECT_NE(large.reason.find("ms"), std::string::npos);
}

}  // namespace
}  // namespace reel
