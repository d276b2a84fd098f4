#include "vector/code_search.h"

#include "code_support.h"

namespace reel {
namespace {

constexpr uint32_t kDimension = 48;

struct Fixture {
    uint32_t dimension;
    Floats floats;
    RowsForTest source;
    Floats queries;

    explicit Fixture(size_t rows, uint32_t d = kDimension, size_t clusters = 30)
        : dimension(d),
          floats(clustered_floats(rows, d, clusters, 1)),
          source(d, floats),
          queries(clustered_floats(20, d, clusters, 2)) {}

    [[nodiscard]] std::span<const float> query(size_t i) const {
        return std::span(queries).subspan(i * dimension, dimension);
    }
};

CodeSearchOptions with_recall(double recall) {
    CodeSearchOptions options;
    options.recall = recall;
    return options;
}

/// Every `step`-th row counts.
std::vector<uint64_t> all_but_every(uint64_t rows, uint64_t step) {
    std::vector<uint64_t> excluded(rows / 64 + 1, ~uint64_t{0});
    for (uint64_t row = 0; row < rows; row += step) excluded[row / 64] &= ~(uint64_t{1} << (row % 64));
    return excluded;
}

TEST(CodeSearch, FindsTheSameAsTheFlatScanAtHighRecall) {
    const Fixture f(4000);
    for (const Metric metric : {Metric::kL2, Metric::kCosine, Metric::kInnerProduct}) {
        for (const auto& options : {flat_codes(), partitioned_codes(40)}) {
            const BuiltCodes built = build(f.source, 0, 4000, metric, options);
            const double recall =
                recall_of(f.source, {&built.part, 1}, f.queries, metric, 10, {4000, {}}, with_recall(0.999));
            EXPECT_GE(recall, 0.95) << to_string(metric) << " " << built.part.codes->lists();
        }
    }
}

TEST(CodeSearch, ReadsFewVectorsAndFewLists) {
    const Fixture f(4000);
    const BuiltCodes built = build(f.source, 0, 4000, Metric::kCosine, partitioned_codes(40));
    ScanStats stats;
    CodeSearchOptions options = with_recall(0.9);
    options.stats = &stats;
    ASSERT_TRUE(
        code_search(f.source, {&built.part, 1}, f.query(0), Metric::kCosine, 10, {4000, {}}, options));
    EXPECT_EQ(stats.lists, 40U);
    EXPECT_LT(stats.lists_probed, 40U);
    EXPECT_LT(stats.exact_vectors, 1000U);
    EXPECT_GE(stats.exact_vectors, 10U);
    EXPECT_EQ(stats.damaged_blocks, 0U);
}

TEST(CodeSearch, ProbesAndRerankAreWhatIsAskedFor) {
    const Fixture f(4000);
    const BuiltCodes built = build(f.source, 0, 4000, Metric::kL2, partitioned_codes(40));
    ScanStats stats;
    CodeSearchOptions options = with_recall(0.5);
    options.stats = &stats;
    options.probes = 7;
    options.rerank = 12;
    ASSERT_TRUE(code_search(f.source, {&built.part, 1}, f.query(0), Metric::kL2, 10, {4000, {}}, options));
    EXPECT_EQ(stats.lists_probed, 7U);
    EXPECT_LE(stats.exact_vectors, 12U);
}

TEST(CodeSearch, AnswersForEveryDimension) {
    for (const uint32_t d : std::initializer_list<uint32_t>{1U, 2U, 7U, 63U, 64U, 65U, 200U}) {
        const Fixture f(700, d, 8);
        const BuiltCodes built = build(f.source, 0, 700, Metric::kL2, partitioned_codes(6));
        CodeSearchOptions options = with_recall(0.999);
        options.probes = 6;
        options.rerank = 700;
        EXPECT_GE(recall_of(f.source, {&built.part, 1}, f.queries, Metric::kL2, 10, {700, {}}, options), 0.97)
            << d;
    }
}

TEST(CodeSearch, AnswersForFewRowsAndForMoreThanThereAre) {
    for (const uint64_t rows : std::initializer_list<uint64_t>{0, 1, 2, 9, 10, 33}) {
        const Fixture f(std::max<uint64_t>(rows, 1));
        const BuiltCodes built = build(f.source, 0, rows, Metric::kCosine, partitioned_codes(3));
        const RowSet all{rows, {}};
        for (const size_t k : std::initializer_list<size_t>{size_t{1}, size_t{10}, size_t{1} << 40}) {
            const auto truth = flat_scan(f.source, f.query(0), Metric::kCosine, k, all).value();
            const auto found =
                code_search(f.source, {&built.part, 1}, f.query(0), Metric::kCosine, k, all).value();
            EXPECT_EQ(found.size(), truth.size()) << rows << " " << k;
            if (k > rows) {
                EXPECT_EQ(found, truth);
            }
        }
    }
}

TEST(CodeSearch, AnswersForStructuredVectors) {
    const Floats same(500 * kDimension, 0.25F);
    const Floats zeros(500 * kDimension, 0.0F);
    Floats two(500 * kDimension, 1.0F);
    for (size_t i = 0; i < two.size(); i += 2 * kDimension) two[i] = -1.0F;
    for (const Floats& floats : {same, zeros, two}) {
        const RowsForTest source(kDimension, floats);
        for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
            for (const auto& options : {flat_codes(), partitioned_codes(5)}) {
                const BuiltCodes built = build(source, 0, 500, metric, options);
                const auto found = code_search(source, {&built.part, 1}, std::span(two).first(kDimension),
                                               metric, 10, {500, {}})
                                       .value();
                const auto truth =
                    flat_scan(source, std::span(two).first(kDimension), metric, 10, {500, {}}).value();
                ASSERT_EQ(found.size(), 10U);
                for (size_t i = 0; i < 10; ++i) EXPECT_EQ(found[i].distance, truth[i].distance);
            }
        }
    }
}

TEST(CodeSearch, GivesMinOfKAndMatchingUnderFilters) {
    const Fixture f(4000);
    const BuiltCodes built = build(f.source, 0, 4000, Metric::kCosine, partitioned_codes(40));
    for (const uint64_t step : std::initializer_list<uint64_t>{2, 50, 700, 3999}) {
        const auto excluded = all_but_every(4000, step);
        const RowSet rows{4000, excluded};
        const double recall =
            recall_of(f.source, {&built.part, 1}, f.queries, Metric::kCosine, 10, rows, with_recall(0.95));
        EXPECT_GE(recall, 0.8) << step;
        const auto found =
            code_search(f.source, {&built.part, 1}, f.query(0), Metric::kCosine, 10, rows).value();
        for (const Neighbor& hit : found) EXPECT_EQ(hit.row % step, 0U);
    }
}

TEST(CodeSearch, KeepsToTheLargestDistance) {
    const Fixture f(4000);
    const BuiltCodes built = build(f.source, 0, 4000, Metric::kCosine, partitioned_codes(40));
    const auto truth = flat_scan(f.source, f.query(0), Metric::kCosine, 10, {4000, {}}).value();
    CodeSearchOptions options = with_recall(0.999);
    options.max_distance = truth[4].distance;
    const auto found =
        code_search(f.source, {&built.part, 1}, f.query(0), Metric::kCosine, 10, {4000, {}}, options).value();
    EXPECT_LE(found.size(), 5U);
    EXPECT_EQ(found.front(), truth.front());
    options.max_distance = -1;
    EXPECT_TRUE(code_search(f.source, {&built.part, 1}, f.query(0), Metric::kCosine, 10, {4000, {}}, options)
                    .value()
                    .empty());
}

TEST(CodeSearch, SearchesPartsWithGapsBetweenThem) {
    const Fixture f(4000);
    const BuiltCodes first = build(f.source, 100, 900, Metric::kL2, flat_codes());
    const BuiltCodes second = build(f.source, 1500, 2000, Metric::kL2, partitioned_codes(20));
    const BuiltCodes other_metric = build(f.source, 3500, 300, Metric::kCosine, flat_codes());
    const std::vector<CodePart> parts{first.part, second.part, other_metric.part};
    EXPECT_GE(recall_of(f.source, parts, f.queries, Metric::kL2, 10, {4000, {}}, with_recall(0.999)), 0.95);
    const auto all = code_search(f.source, parts, f.query(0), Metric::kL2, 4000, {4000, {}}).value();
    EXPECT_EQ(all, flat_scan(f.source, f.query(0), Metric::kL2, 4000, {4000, {}}).value());
}

TEST(CodeSearch, WithoutPartsIsTheFlatScan) {
    const Fixture f(300);
    EXPECT_EQ(code_search(f.source, {}, f.query(0), Metric::kL2, 10, {300, {}}).value(),
              flat_scan(f.source, f.query(0), Metric::kL2, 10, {300, {}}).value());
}

TEST(CodeSearch, PassesOverRowsThatAreDamagedLater) {
    Fixture f(600);
    const BuiltCodes built = build(f.source, 0, 600, Metric::kL2, partitioned_codes(5));
    const auto before =
        code_search(f.source, {&built.part, 1}, f.query(0), Metric::kL2, 600, {600, {}}).value();
    f.source.damage(before[0].row);
    const auto after =
        code_search(f.source, {&built.part, 1}, f.query(0), Metric::kL2, 600, {600, {}}).value();
    EXPECT_EQ(after, std::vector<Neighbor>(before.begin() + 1, before.end()));
}

TEST(CodeSearch, RowsThatCouldNotBeReadAtTheBuildAreStillFound) {
    const Fixture f(600);
    RowsForTest damaged(kDimension, f.floats);
    for (const uint64_t row : std::initializer_list<uint64_t>{0, 17, 599}) damaged.damage(row);
    for (const auto& options : {flat_codes(), partitioned_codes(5)}) {
        const BuiltCodes built = build(damaged, 0, 600, Metric::kL2, options);
        EXPECT_EQ(built.part.codes->loose_rows().size(), 3U);
        EXPECT_EQ(code_search(f.source, {&built.part, 1}, f.query(0), Metric::kL2, 600, {600, {}}).value(),
                  flat_scan(f.source, f.query(0), Metric::kL2, 600, {600, {}}).value());
    }
}

TEST(CodeSearch, ThreadsKernelsAndBatchesGiveTheSameAnswer) {
    const Fixture f(20000);
    for (const auto& build_options : {flat_codes(), partitioned_codes(30)}) {
        const BuiltCodes built = build(f.source, 0, 20000, Metric::kCosine, build_options);
        CodeSearchOptions options = with_recall(0.9);
        options.threads = 1;
        std::vector<std::vector<Neighbor>> expected;
        for (size_t i = 0; i < 20; ++i)
            expected.push_back(
                code_search(f.source, {&built.part, 1}, f.query(i), Metric::kCosine, 10, {20000, {}}, options)
                    .value());
        for (const Kernel* kernel : supported_kernels()) {
            options.kernel = kernel;
            options.threads = 4;
            EXPECT_EQ(
                code_search(f.source, {&built.part, 1}, f.query(3), Metric::kCosine, 10, {20000, {}}, options)
                    .value(),
                expected[3]);
            EXPECT_EQ(code_search_batch(f.source, {&built.part, 1}, f.queries, Metric::kCosine, 10,
                                        {20000, {}}, options)
                          .value(),
                      expected);
        }
    }
}

TEST(CodeSearch, StopsWhenAsked) {
    const Fixture f(600);
    const BuiltCodes built = build(f.source, 0, 600, Metric::kL2, partitioned_codes(5));
    std::atomic<bool> cancel{true};
    CodeSearchOptions options;
    options.cancel = &cancel;
    const auto stopped =
        code_search(f.source, {&built.part, 1}, f.query(0), Metric::kL2, 10, {600, {}}, options);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
    const auto batch =
        code_search_batch(f.source, {&built.part, 1}, f.queries, Metric::kL2, 10, {600, {}}, options);
    ASSERT_FALSE(batch);
    EXPECT_EQ(batch.error().code, ErrorCode::kInterrupted);
    cancel = false;
    EXPECT_TRUE(code_search(f.source, {&built.part, 1}, f.query(0), Metric::kL2, 10, {600, {}}, options));
}

TEST(CodeSearch, RefusesWhatMakesNoSense) {
    const Fixture f(600);
    const BuiltCodes built = build(f.source, 0, 600, Metric::kL2, flat_codes());
    const std::vector<CodePart> one{built.part};
    const std::vector<CodePart> twice{built.part, built.part};
    const RowSet rows{600, {}};
    EXPECT_FALSE(code_search(f.source, one, f.query(0), Metric::kL2, 0, rows));
    EXPECT_FALSE(code_search(f.source, one, f.query(0).first(5), Metric::kL2, 3, rows));
    EXPECT_FALSE(code_search(f.source, twice, f.query(0), Metric::kL2, 3, rows));
    for (const double recall : {0.0, -1.0, 1.5, static_cast<double>(NAN)})
        EXPECT_FALSE(code_search(f.source, one, f.query(0), Metric::kL2, 3, rows, with_recall(recall)));
    EXPECT_FALSE(code_search_batch(f.source, one, f.query(0).first(5), Metric::kL2, 3, rows));
    Floats bad(f.queries);
    bad[kDimension * 3] = NAN;
    const auto batch = code_search_batch(f.source, one, bad, Metric::kL2, 3, rows);
    ASSERT_FALSE(batch);
    EXPECT_NE(batch.error().message.find("query 3"), std::string::npos) << batch.error().message;
    EXPECT_TRUE(code_search(f.source, one, f.query(0), Metric::kL2, 3, rows));
}

}  // namespace
}  // namespace reel
