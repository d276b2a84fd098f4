#include "vector/certified_scan.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <numeric>

#include "certified_support.h"
#include "vector/rank_rows.h"

namespace reel {
namespace {

ErrorCode code_of(const auto& result) { return result ? ErrorCode::kIo : result.error().code; }

/// Compares certified searches with flat ones; each comparison is a case.
class Comparison {
public:
    explicit Comparison(Random& random) : random_(random) {}

    /// `queries` of each metric, as many cases at least.
    void compare(DataSet& data, int queries) {
        for (int i = 0; i < queries; ++i) {
            const Floats query = data.make_query(random_);
            for (const Metric metric : kAllMetrics) compare_one(data, query, metric);
        }
    }

    [[nodiscard]] uint64_t cases() const { return cases_; }

private:
    void compare_one(DataSet& data, const Floats& query, Metric metric) {
        const size_t k = choose_k(data.source.row_count());
        const RowSet rows = data.rows();
        ScanOptions plain{.threads = 1};
        auto flat = flat_scan(data.source, query, metric, k, rows, plain);
        CertifiedOptions options;
        options.threads = one_in(random_, 8) ? 4 : 1;
        options.kernel = choose_kernel_for_test();
        expect_same(data, query, metric, k, options, flat);
        if (!flat || flat->empty()) return;

        const std::vector<uint64_t> seeds = choose_seeds(*flat, data.source.row_count());
        options.seeds = seeds;
        expect_same(data, query, metric, k, options, flat);
        plain.max_distance = (*flat)[below(random_, flat->size())].distance;
        if (one_in(random_, 4)) plain.max_distance = std::nextafter(plain.max_distance, -INFINITY);
        options.max_distance = plain.max_distance;
        if (one_in(random_, 2)) options.seeds = {};
        expect_same(data, query, metric, k, options, flat_scan(data.source, query, metric, k, rows, plain));
    }

    void expect_same(DataSet& data, const Floats& query, Metric metric, size_t k,
                     const CertifiedOptions& options, const Result<Neighbors>& flat) {
        ++cases_;
        const auto found =
            certified_scan(data.source, data.columns.parts(), query, metric, k, data.rows(), options);
        ASSERT_EQ(code_of(found), code_of(flat));
        if (!flat) return;
        EXPECT_EQ(*found, *flat) << to_string(metric) << " k " << k << " d " << query.size() << " n "
                                 << data.source.row_count() << " seeds " << options.seeds.size();
    }

    size_t choose_k(uint64_t rows) {
        const size_t choices[] = {1, 1, 2, 3, 10, 10, rows, rows + 5};
        return choices[below(random_, std::size(choices))];
    }
    const Kernel* choose_kernel_for_test() {
        const auto kernels = supported_kernels();
        const bool is_slow_one_wanted = one_in(random_, 20);
        return is_slow_one_wanted ? kernels.back() : kernels[below(random_, kernels.size() - 1)];
    }
    std::vector<uint64_t> choose_seeds(const Neighbors& flat, uint64_t row_count) {
        std::vector<uint64_t> seeds;
        for (const Neighbor& n : flat) {
            if (!one_in(random_, 3)) seeds.push_back(n.row);
        }
        for (int i = 0; i < 3; ++i) seeds.push_back(below(random_, row_count + 10));
        std::shuffle(seeds.begin(), seeds.end(), random_);
        return seeds;
    }

    Random& random_;
    uint64_t cases_ = 0;
};

constexpr uint32_t kDimensions[] = {1,  2,  3,  7,   15,  16,  17,  31,   32,   33,
                                    63, 64, 65, 100, 128, 384, 768, 1023, 1536, 4096};

uint32_t choose_dimension(Random& random) {
    if (one_in(random, 10)) return 1 + static_cast<uint32_t>(below(random, 4096));
    // The large ones are as slow as they are large.
    const uint64_t first = below(random, std::size(kDimensions));
    return kDimensions[one_in(random, 6) ? first
                                         : std::min<uint64_t>(first, below(random, std::size(kDimensions)))];
}

uint64_t wanted_cases() {
    const char* asked = std::getenv("REEL_CERTIFIED_CASES");
    return asked != nullptr ? std::strtoull(asked, nullptr, 10) : 60000;
}

TEST(CertifiedScan, AnswersWhatTheFlatScanAnswers) {
    Random random(wanted_cases());
    Comparison comparison(random);
    for (uint64_t round = 0; comparison.cases() < wanted_cases(); ++round) {
        const Kind kind = static_cast<Kind>(round % static_cast<uint64_t>(Kind::kCount));
        const uint32_t dimension = choose_dimension(random);
        const uint64_t rows = 1 + below(random, one_in(random, 10) ? 3000 : 200) * 64 / (64 + dimension / 8);
        DataSet data(kind, dimension, rows, random);
        if (one_in(random, 3)) data.source.damage(below(random, rows));  // before the column is built
        data.add_columns(random);
        if (one_in(random, 3)) data.delete_rows(random, 2 + below(random, 20));
        if (one_in(random, 3)) data.source.damage(below(random, rows));
        comparison.compare(data, 10);
        ASSERT_FALSE(HasFailure()) << "round " << round << ", kind "
                                   << round % static_cast<uint64_t>(Kind::kCount);
    }
    RecordProperty("cases", std::to_string(comparison.cases()));
}

struct CertifiedScanOfManyRows : testing::Test {
    static constexpr uint64_t kRows = 9000;
    Random random{3};
    DataSet data{Kind::kBell, 48, kRows, random};

    Neighbors flat(const Floats& query, Metric metric, size_t k) {
        return flat_scan(data.source, query, metric, k, data.rows()).value();
    }
    ScanStats stats;
    Neighbors certified(const Floats& query, Metric metric, size_t k, unsigned threads = 1) {
        CertifiedOptions options;
        options.threads = threads;
        options.stats = &stats;
        return certified_scan(data.source, data.columns.parts(), query, metric, k, data.rows(), options)
            .value();
    }
    void expect_right_answers(const char* what) {
        for (int i = 0; i < 5; ++i) {
            const Floats query = data.maker.make();
            for (const Metric metric : kAllMetrics) {
                EXPECT_EQ(certified(query, metric, 10), flat(query, metric, 10)) << what;
            }
        }
    }
};

TEST_F(CertifiedScanOfManyRows, ReadsFewVectors) {
    data.columns.add(data.source, 0, kRows);
    expect_right_answers("whole");
    EXPECT_EQ(stats.damaged_blocks, 0U);
    EXPECT_EQ(stats.column_rows, 15 * kRows);
    EXPECT_LT(stats.exact_vectors, 15 * kRows / 10);
}

TEST_F(CertifiedScanOfManyRows, AnswersTheSameWithAnyNumberOfThreadsAndAnyKernel) {
    data.columns.add(data.source, 100, 4000);
    data.columns.add(data.source, 4200, 4000);
    for (const Metric metric : kAllMetrics) {
        const Floats query = data.maker.make();
        for (const size_t k : std::initializer_list<size_t>{size_t{10}, size_t{1000}, kRows}) {
            const Neighbors expected = flat(query, metric, k);
            for (unsigned threads = 1; threads <= 5; ++threads) {
                EXPECT_EQ(certified(query, metric, k, threads), expected) << threads;
            }
        }
    }
}

TEST_F(CertifiedScanOfManyRows, GivesUpWhereNothingCanBeExcluded) {
    DataSet equal(Kind::kAllEqual, 48, kRows, random);
    equal.columns.add(equal.source, 0, kRows);
    CertifiedOptions options;
    options.threads = 1;
    options.stats = &stats;
    const Floats query = equal.make_query(random);
    const auto found =
        certified_scan(equal.source, equal.columns.parts(), query, Metric::kL2, 10, equal.rows(), options);
    EXPECT_EQ(found.value(), flat_scan(equal.source, query, Metric::kL2, 10, equal.rows()).value());
    EXPECT_LT(stats.column_rows, kRows);
    EXPECT_GE(stats.exact_vectors, kRows);
}

TEST_F(CertifiedScanOfManyRows, BatchesAnswerAsSingleSearchesDo) {
    data.columns.add(data.source, 500, 8000);
    data.delete_rows(random, 7);
    for (const Metric metric : kAllMetrics) {
        Floats queries;
        for (int i = 0; i < 150; ++i) {
            const Floats query = data.maker.make();
            queries.insert(queries.end(), query.begin(), query.end());
        }
        for (const unsigned threads : {1U, 4U}) {
            CertifiedOptions options;
            options.threads = threads;
            const auto found = certified_scan_batch(data.source, data.columns.parts(), queries, metric, 7,
                                                    data.rows(), options)
                                   .value();
            ASSERT_EQ(found.size(), 150U);
            for (size_t i = 0; i < found.size(); ++i) {
                const Floats query(queries.begin() + static_cast<std::ptrdiff_t>(48 * i),
                                   queries.begin() + static_cast<std::ptrdiff_t>(48 * (i + 1)));
                ASSERT_EQ(found[i], certified(query, metric, 7)) << i;
                ASSERT_EQ(found[i], flat(query, metric, 7)) << i;
            }
        }
    }
}

TEST_F(CertifiedScanOfManyRows, AnswersTheSameWhereTheColumnIsDamaged) {
    data.columns.add(data.source, 0, kRows);
    const size_t size = data.columns.data(0).size();
    uint64_t found_damage = 0;
    for (int i = 0; i < 60; ++i) {
        std::byte& byte = data.columns.data(0)[64 + below(random, size - 64)];
        byte ^= std::byte{0x10};
        data.columns.parse_again(0, 48);
        stats = {};
        expect_right_answers("damaged");
        found_damage += stats.damaged_blocks;
        byte ^= std::byte{0x10};
    }
    EXPECT_GT(found_damage, 60U);
    data.columns.parse_again(0, 48);
    stats = {};
    expect_right_answers("undamaged");
    EXPECT_EQ(stats.damaged_blocks, 0U);
}

TEST_F(CertifiedScanOfManyRows, AnswersTheSameWhereEveryLowPlaneIsDamaged) {
    data.columns.add(data.source, 0, kRows);
    const uint64_t whole_block = (int8_column_bytes(48, 2048) - int8_column_bytes(48, 1024));
    const uint64_t low_plane = 1024 * 32;
    for (uint64_t block = 0; block < kRows / 1024; ++block) {
        const uint64_t end = 64 + (block + 1) * whole_block;
        for (uint64_t at = end - low_plane; at < end; at += 64) data.columns.data(0)[at] ^= std::byte{1};
    }
    expect_right_answers("low planes");
    EXPECT_GT(stats.damaged_blocks, 0U);
    EXPECT_EQ(stats.column_rows, 15 * kRows) << "the high planes are whole";
}

TEST_F(CertifiedScanOfManyRows, StopsWhenItIsTold) {
    data.columns.add(data.source, 0, kRows);
    const std::atomic<bool> cancel{true};
    CertifiedOptions options;
    options.cancel = &cancel;
    const Floats query = data.maker.make();
    EXPECT_EQ(code_of(certified_scan(data.source, data.columns.parts(), query, Metric::kL2, 3, data.rows(),
                                     options)),
              ErrorCode::kInterrupted);
}

TEST_F(CertifiedScanOfManyRows, RefusesWhatIsNoQuestion) {
    data.columns.add(data.source, 0, 1000);
    const Floats query = data.maker.make();
    const auto code = [&](std::span<const Int8Part> parts, std::span<const float> q, size_t k,
                          const CertifiedOptions& options) {
        return code_of(certified_scan(data.source, parts, q, Metric::kL2, k, data.rows(), options));
    };
    const auto parts = data.columns.parts();
    CertifiedOptions none;
    CertifiedOptions nan;
    nan.max_distance = std::nanf("");
    std::vector<Int8Part> twice{parts[0], parts[0]};
    std::vector<Int8Part> longer{parts[0]};
    longer[0].row_count = 1001;
    std::vector<Int8Part> without{{0, 1000, nullptr}};
    EXPECT_TRUE(certified_scan(data.source, parts, query, Metric::kL2, 1, data.rows(), none));
    EXPECT_EQ(code(parts, query, 0, none), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code(parts, query, 1, nan), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code(parts, std::span(query).first(47), 1, none), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code(twice, query, 1, none), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code(longer, query, 1, none), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code(without, query, 1, none), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of(certified_scan_batch(data.source, parts, std::span(query).first(47), Metric::kL2, 1,
                                           data.rows(), none)),
              ErrorCode::kInvalidArgument);
}

/// Ranks of random lists, compared with a flat scan that leaves out all other rows.
TEST_F(CertifiedScanOfManyRows, RankRowsIsAFlatScanOfTheGivenRows) {
    data.source.damage(17);
    for (const uint64_t one_of : std::initializer_list<uint64_t>{1U, 2U, 50U, 5000U}) {
        std::vector<uint64_t> list;
        data.excluded.assign(kRows / 64 + 1, ~uint64_t{0});
        for (uint64_t row = 0; row < kRows; ++row) {
            if (!one_in(random, one_of)) continue;
            list.insert(list.end(), 1 + below(random, 3), row);
            data.excluded[row / 64] &= ~(uint64_t{1} << (row % 64));
        }
        list.push_back(kRows + 5);
        for (const Metric metric : kAllMetrics) {
            const Floats query = data.maker.make();
            ScanOptions options{.threads = 3};
            const RowSet all{kRows, {}};
            EXPECT_EQ(rank_rows(data.source, list, query, metric, 20, all, options).value(),
                      flat(query, metric, 20));
            EXPECT_EQ(rank_rows(data.source, list, query, metric, 20, data.rows()).value(),
                      flat(query, metric, 20));
            const Neighbors nearest = flat(query, metric, 20);
            if (nearest.empty()) continue;
            options.max_distance = nearest[nearest.size() / 2].distance;
            const auto near = rank_rows(data.source, list, query, metric, 20, all, options).value();
            EXPECT_EQ(near, flat_scan(data.source, query, metric, 20, data.rows(), options).value());
            EXPECT_LE(near.back().distance, options.max_distance);
        }
    }
}

}  // namespace
}  // namespace reel
