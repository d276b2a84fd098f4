#include "vector/code_builder.h"

#include "code_support.h"

namespace reel {
namespace {

constexpr uint32_t kDimension = 32;

/// Counts the vectors that are asked for.
class CountingRows : public RowsForTest {
public:
    using RowsForTest::RowsForTest;
    void locate(uint64_t first_row, std::span<const std::byte*> out) const override {
        located += out.size();
        RowsForTest::locate(first_row, out);
    }
    mutable std::atomic<uint64_t> located{0};
};

struct CodeBuilderTest : testing::Test {
    Floats floats = clustered_floats(3000, kDimension, 20, 1);
    CountingRows source{kDimension, floats};
    Floats queries = clustered_floats(20, kDimension, 20, 2);

    double recall(std::span<const CodePart> parts) const {
        CodeSearchOptions options;
        options.recall = 0.999;
        return recall_of(source, parts, queries, Metric::kL2, 10, {3000, {}}, options);
    }
};

TEST_F(CodeBuilderTest, EveryRowStandsInOneList) {
    const BuiltCodes built = build(source, 500, 2500, Metric::kL2, partitioned_codes(30));
    const CodeSection& codes = *built.part.codes;
    std::vector<int> seen(2500);
    for (uint64_t list = 0; list < codes.lists(); ++list) {
        for (uint32_t i = 0; i < codes.list_rows(list); ++i) {
            const auto chunk = codes.chunk(list, i / kCodeChunkRows);
            ASSERT_TRUE(chunk);
            const std::byte* block =
                chunk->blocks + i % kCodeChunkRows / kCodeBlockRows * codes.layout().block_bytes();
            ++seen.at(codes.row_in_block(block, i % kCodeBlockRows));
        }
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), 2500);
}

TEST_F(CodeBuilderTest, MakesTheSameBytesWhateverTheThreads) {
    for (const auto& options : {flat_codes(), partitioned_codes(30)}) {
        const BuiltCodes one = build(source, 0, 3000, Metric::kL2, options, {}, {.threads = 1});
        const BuiltCodes four = build(source, 0, 3000, Metric::kL2, options, {}, {.threads = 4});
        EXPECT_EQ(one.data, four.data);
    }
}

TEST_F(CodeBuilderTest, TheCalibrationRisesWithTheRecall) {
    const BuiltCodes built = build(source, 0, 3000, Metric::kL2, partitioned_codes(30));
    const CodeHead& head = built.part.codes->head();
    EXPECT_TRUE(std::is_sorted(head.probes.begin(), head.probes.end()));
    EXPECT_TRUE(std::is_sorted(head.ranks.begin(), head.ranks.end()));
    EXPECT_GE(head.probes.front(), 1U);
    EXPECT_LE(head.probes.back(), 30U);
    EXPECT_GE(head.ranks.back(), 10U);
}

TEST_F(CodeBuilderTest, PartitionsOnlyWhereTheyPay) {
    CodeBuildOptions options = partitioned_codes(0);
    EXPECT_EQ(build(source, 0, 3000, Metric::kL2, options).part.codes->lists(), 1U);
    EXPECT_EQ(choose_lists(1000), 1U);
    EXPECT_GT(choose_lists(1'000'000), 1000U);
}

TEST_F(CodeBuilderTest, TakesOverTheCodesOfTheLargestPart) {
    for (const auto& options : {flat_codes(), partitioned_codes(30)}) {
        const BuiltCodes old = build(source, 0, 2000, Metric::kL2, options);
        source.located = 0;
        const BuiltCodes merged = build(source, 0, 3000, Metric::kL2, options, {&old.part, 1});
        const uint64_t with_reuse = source.located;
        source.located = 0;
        const BuiltCodes anew = build(source, 0, 3000, Metric::kL2, options);
        EXPECT_LT(with_reuse, source.located);
        EXPECT_GE(recall({&merged.part, 1}), 0.95);
        EXPECT_GE(recall({&anew.part, 1}), 0.95);
    }
}

TEST_F(CodeBuilderTest, TakesOverTheRightCodes) {
    for (const auto& options : {flat_codes(), partitioned_codes(30)}) {
        const BuiltCodes whole = build(source, 0, 3000, Metric::kL2, options);
        const BuiltCodes again = build(source, 0, 3000, Metric::kL2, options, {&whole.part, 1});
        // Head and spread may differ in a last digit; the lists may not.
        const auto lists = static_cast<size_t>(whole.part.codes->layout().lists_offset());
        EXPECT_TRUE(std::equal(whole.data.begin() + static_cast<std::ptrdiff_t>(lists), whole.data.end(),
                               again.data.begin() + static_cast<std::ptrdiff_t>(lists), again.data.end()));
    }
}

TEST_F(CodeBuilderTest, MergesPartsThatBeginLaterAndDamagedOnes) {
    for (const auto& options : {flat_codes(), partitioned_codes(30)}) {
        const BuiltCodes small = build(source, 0, 700, Metric::kL2, options);
        BuiltCodes large = build(source, 700, 2300, Metric::kL2, options);
        large.data[large.data.size() - 100] ^= std::byte{1};
        large.parse(kDimension);
        const std::vector<CodePart> parts{small.part, large.part};
        const BuiltCodes merged = build(source, 0, 3000, Metric::kL2, options, parts);
        EXPECT_GE(recall({&merged.part, 1}), 0.95);
        const auto all = code_search(source, {&merged.part, 1}, std::span(queries).first(kDimension),
                                     Metric::kL2, 3000, {3000, {}})
                             .value();
        EXPECT_EQ(all.size(), 3000U);
    }
}

TEST_F(CodeBuilderTest, WithoutAClusteringItIsFlat) {
    CodeBuildOptions options = partitioned_codes(30);
    options.cluster = [](const ClusteringTask&, Result<std::vector<float>>* out) {
        *out = fail(ErrorCode::kUnsupported, "no clustering today");
    };
    const auto failed = build_codes(source, 0, 3000, Metric::kL2, options, {}, {});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "no clustering today");
}

TEST_F(CodeBuilderTest, StopsWhenAsked) {
    std::atomic<bool> cancel{false};
    for (const uint64_t after : std::initializer_list<uint64_t>{0U, 1U, 3500U}) {
        cancel = false;
        BuildControl control{.threads = 1, .cancel = &cancel};
        control.progress = [&](uint64_t done, uint64_t) {
            if (done >= after) cancel = true;
        };
        const auto stopped = build_codes(source, 0, 3000, Metric::kL2, partitioned_codes(30), {}, control);
        ASSERT_FALSE(stopped);
        EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
    }
}

TEST_F(CodeBuilderTest, ReportsProgressUpToTheEnd) {
    uint64_t last = 0;
    uint64_t all = 0;
    BuildControl control;
    control.progress = [&](uint64_t done, uint64_t total) {
        EXPECT_GE(done, last);
        last = done;
        all = total;
    };
    build(source, 0, 3000, Metric::kL2, partitioned_codes(30), {}, control);
    EXPECT_EQ(last, all);
    EXPECT_GT(all, 0U);
}

TEST_F(CodeBuilderTest, RefusesRowsThatAreNotThere) {
    EXPECT_FALSE(build_codes(source, 0, 3001, Metric::kL2, flat_codes(), {}, {}));
    EXPECT_FALSE(build_codes(source, 3001, 0, Metric::kL2, flat_codes(), {}, {}));
    EXPECT_TRUE(build_codes(source, 3000, 0, Metric::kL2, flat_codes(), {}, {}));
}

}  // namespace
}  // namespace reel
