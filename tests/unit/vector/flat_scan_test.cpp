#include "vector/flat_scan.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "vector_support.h"

namespace reel {
namespace {

constexpr Metric kMetrics[] = {Metric::kL2, Metric::kCosine, Metric::kInnerProduct};

using Neighbors = std::vector<Neighbor>;

std::vector<uint64_t> rows_of(const Neighbors& neighbors) {
    std::vector<uint64_t> rows;
    for (const Neighbor& n : neighbors) rows.push_back(n.row);
    return rows;
}

double distance_in_double(std::span<const float> a, std::span<const float> b, Metric metric) {
    double squared = 0;
    double dot = 0;
    double norm_a = 0;
    double norm_b = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        const double x = a[i];
        const double y = b[i];
        squared += (x - y) * (x - y);
        dot += x * y;
        norm_a += x * x;
        norm_b += y * y;
    }
    if (metric == Metric::kL2) return squared;
    return metric == Metric::kCosine ? 1 - dot / std::sqrt(norm_a * norm_b) : -dot;
}

/// Rows by distance in double, then by number, and a check that no two
/// distances are so close that float32 may order them otherwise.
std::vector<uint64_t> naive_order(const Floats& query, const Floats& rows, Metric metric, size_t k) {
    const size_t count = rows.size() / query.size();
    std::vector<double> distance(count);
    for (size_t i = 0; i < count; ++i) {
        distance[i] = distance_in_double(query, {&rows[i * query.size()], query.size()}, metric);
    }
    std::vector<uint64_t> order(count);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](uint64_t a, uint64_t b) { return distance[a] < distance[b]; });
    order.resize(std::min(k + 1, count));
    for (size_t i = 1; i < order.size(); ++i) {
        const double gap = distance[order[i]] - distance[order[i - 1]];
        EXPECT_GT(gap, 1e-6 * std::abs(distance[order[i]])) << "the test's data must be further apart";
    }
    order.resize(std::min(k, count));
    return order;
}

ErrorCode code_of(const Result<Neighbors>& result) { return result ? ErrorCode::kIo : result.error().code; }

struct FlatScan : testing::Test {
    static constexpr uint32_t kDimension = 24;
    Floats floats = random_floats(5000 * kDimension, 11);
    Floats query = random_floats(kDimension, 12);
    RowsForTest source{kDimension, floats};
    RowSet all{source.row_count(), {}};
};

TEST_F(FlatScan, FindsWhatTheDistancesInDoubleSay) {
    for (const Metric metric : kMetrics) {
        const auto found = flat_scan(source, query, metric, 10, all);
        EXPECT_EQ(rows_of(found.value()), naive_order(query, floats, metric, 10)) << to_string(metric);
    }
}

TEST_F(FlatScan, ReportsTheDistances) {
    for (const Metric metric : kMetrics) {
        const auto found = flat_scan(source, query, metric, 5, all);
        for (const Neighbor& n : found.value()) {
            const std::span<const float> row(&floats[n.row * kDimension], kDimension);
            EXPECT_NEAR(n.distance, distance_in_double(query, row, metric), 1e-5);
        }
    }
}

TEST_F(FlatScan, AnswersTheSameWithAnyNumberOfThreadsAndAnyKernel) {
    for (const Metric metric : kMetrics) {
        const auto one = flat_scan(source, query, metric, 40, all, {.threads = 1});
        for (const Kernel* kernel : supported_kernels()) {
            for (unsigned threads = 1; threads <= 8; ++threads) {
                const auto many =
                    flat_scan(source, query, metric, 40, all, {.threads = threads, .kernel = kernel});
                EXPECT_EQ(many.value(), one.value()) << kernel->name << " with " << threads;
            }
        }
    }
}

TEST_F(FlatScan, HostOrderRowsGiveTheSameAnswer) {
    const HostRows host{std::as_bytes(std::span(floats)).data(), 5000, kDimension};
    for (const Metric metric : kMetrics) {
        EXPECT_EQ(flat_scan(host, query, metric, 20, all).value(),
                  flat_scan(source, query, metric, 20, all).value());
    }
}

TEST_F(FlatScan, OrdersTiesByRowNumberWithAnyNumberOfThreads) {
    Floats same;
    for (int i = 0; i < 4000; ++i) same.insert(same.end(), query.begin(), query.end());
    const RowsForTest ties(kDimension, same);
    for (unsigned threads = 1; threads <= 4; ++threads) {
        const auto found = flat_scan(ties, query, Metric::kL2, 3, {4000, {}}, {.threads = threads});
        EXPECT_EQ(rows_of(found.value()), (std::vector<uint64_t>{0, 1, 2}));
    }
}

TEST_F(FlatScan, LeavesOutTheRowsThatDoNotCount) {
    const auto before = flat_scan(source, query, Metric::kL2, 6, all).value();
    std::vector<uint64_t> excluded(source.row_count() / 64 + 1);
    for (const size_t i : std::initializer_list<size_t>{0U, 2U, 4U})
        excluded[before[i].row / 64] |= uint64_t{1} << (before[i].row % 64);
    const auto after = flat_scan(source, query, Metric::kL2, 3, {source.row_count(), excluded}).value();
    EXPECT_EQ(after, (Neighbors{before[1], before[3], before[5]}));
}

TEST_F(FlatScan, LeavesOutTheRowsPastTheEndOfTheSet) {
    const auto found = flat_scan(source, query, Metric::kL2, 5000, {100, {}});
    EXPECT_EQ(found.value().size(), 100U);
}

TEST_F(FlatScan, PassesOverDamagedRows) {
    const auto before = flat_scan(source, query, Metric::kL2, 3, all).value();
    source.damage(before[0].row);
    EXPECT_EQ(flat_scan(source, query, Metric::kL2, 2, all).value(), (Neighbors{before[1], before[2]}));
}

TEST_F(FlatScan, PassesOverRowsThatAreNotFiniteInEveryMetric) {
    Floats bad = floats;
    const float values[] = {std::nanf(""), std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity()};
    for (size_t row = 0; row < 3000; ++row) bad[row * kDimension + row % kDimension] = values[row % 3];
    const RowsForTest damaged(kDimension, bad);
    for (const Metric metric : kMetrics) {
        const auto found = flat_scan(damaged, query, metric, 5000, all).value();
        ASSERT_EQ(found.size(), 2000U);
        EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), is_nearer));
        for (const Neighbor& n : found) EXPECT_GE(n.row, 3000U);
    }
}

TEST_F(FlatScan, GivesAllRowsWhereThereAreFewerThanK) {
    const auto found = flat_scan(source, query, Metric::kL2, std::numeric_limits<size_t>::max(), all).value();
    EXPECT_EQ(found.size(), 5000U);
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), is_nearer));
}

TEST_F(FlatScan, AnEmptySourceHasNoNeighbors) {
    const RowsForTest empty(kDimension, {});
    EXPECT_EQ(flat_scan(empty, query, Metric::kCosine, 3, all).value(), Neighbors{});
}

TEST_F(FlatScan, RefusesKZero) {
    EXPECT_EQ(code_of(flat_scan(source, query, Metric::kL2, 0, all)), ErrorCode::kInvalidArgument);
}

TEST_F(FlatScan, NamesBothDimensionsWhereTheyDiffer) {
    const auto found = flat_scan(source, random_floats(25, 1), Metric::kL2, 3, all);
    ASSERT_EQ(code_of(found), ErrorCode::kInvalidArgument);
    EXPECT_NE(found.error().message.find("25"), std::string::npos);
    EXPECT_NE(found.error().message.find("24"), std::string::npos);
}

TEST_F(FlatScan, RefusesAQueryThatNoStoreWouldTake) {
    query[5] = std::nanf("");
    EXPECT_EQ(code_of(flat_scan(source, query, Metric::kL2, 3, all)), ErrorCode::kInvalidArgument);
    const Floats zero(kDimension, 0.0F);
    EXPECT_EQ(code_of(flat_scan(source, zero, Metric::kCosine, 3, all)), ErrorCode::kInvalidArgument);
}

TEST_F(FlatScan, StopsWhenItIsCancelled) {
    const std::atomic<bool> cancel{true};
    EXPECT_EQ(code_of(flat_scan(source, query, Metric::kL2, 3, all, {.cancel = &cancel})),
              ErrorCode::kInterrupted);
}

TEST(TopK, KeepsTheSameRowsInWhateverOrderTheyAreOffered) {
    const Floats distances = random_floats(300, 9);
    TopK forward(7);
    TopK backward(7);
    for (size_t i = 0; i < 300; ++i) {
        forward.offer(i, std::round(distances[i] * 10));
        backward.offer(299 - i, std::round(distances[299 - i] * 10));
    }
    EXPECT_EQ(forward.take(), backward.take());
}

TEST(TopK, MergesToWhatOneWouldHaveKept) {
    TopK whole(5);
    TopK left(5);
    TopK right(5);
    const Floats distances = random_floats(100, 3);
    for (size_t i = 0; i < 100; ++i) {
        whole.offer(i, distances[i]);
        (i % 3 == 0 ? left : right).offer(i, distances[i]);
    }
    left.merge(right);
    EXPECT_EQ(left.take(), whole.take());
}

TEST(TopK, PassesOverDistancesThatAreNotFinite) {
    TopK top(3);
    top.offer(0, std::nanf(""));
    top.offer(1, -std::numeric_limits<float>::infinity());
    top.offer(2, std::numeric_limits<float>::max());
    top.offer(3, std::numeric_limits<float>::infinity());
    EXPECT_EQ(top.take(), (Neighbors{{2, std::numeric_limits<float>::max()}}));
}

}  // namespace
}  // namespace reel
