#include "vector/int8_column.h"

#include <gtest/gtest.h>

#include "base/checksum.h"
#include "certified_support.h"
#include "vector/int8_column_layout.h"

namespace reel {
namespace {

struct Int8ColumnTest : testing::Test {
    static constexpr uint32_t kDimension = 40;
    static constexpr uint64_t kRows = 2500;
    Random random{5};
    DataSet data{Kind::kClusters, kDimension, kRows, random};
    ByteBuffer bytes = build_column(data.source, 0, kRows);

    Result<std::shared_ptr<const Int8Column>> parse() { return Int8Column::parse(bytes, kDimension, kRows); }
    void recompute_checksums() {
        using namespace int8_layout;
        store<uint32_t>(kHeaderCrcAt, crc32c(ByteView(bytes).first(kHeaderCrcAt)));
        size_t at = kHeaderBytes;
        for (uint64_t block = 0; block * kInt8BlockRows < kRows; ++block) {
            const uint32_t rows = rows_of_block(kRows, block);
            const size_t head = head_bytes(kDimension, rows);
            const size_t row_bytes = nibble_row_bytes(kDimension);
            for (size_t group = 0; group < groups_of(rows); ++group) {
                const size_t first = group * kInt8GroupRows;
                const size_t count = std::min<size_t>(kInt8GroupRows, rows - first);
                store<uint32_t>(
                    at + kBlockHeadBytes + 4 * group,
                    crc32c(ByteView(bytes).subspan(at + head + first * row_bytes, count * row_bytes)));
            }
            store<uint32_t>(at, crc32c(ByteView(bytes).subspan(at + 4, head - 4)));
            at += block_bytes(kDimension, rows);
        }
    }
    template <class T>
    void store(size_t at, T value) {
        std::memcpy(&bytes[at], &value, sizeof value);
    }
};

TEST_F(Int8ColumnTest, HasTheSizeThatIsStated) {
    EXPECT_EQ(bytes.size(), int8_column_bytes(kDimension, kRows));
    for (const uint64_t rows : std::initializer_list<uint64_t>{0U, 1U, 15U, 17U, 1024U, 1025U}) {
        EXPECT_EQ(build_column(data.source, 3, rows).size(), int8_column_bytes(kDimension, rows)) << rows;
    }
}

TEST_F(Int8ColumnTest, TakesAQuarterOfTheVectorsAndLittleMore) {
    for (const uint32_t dimension : std::initializer_list<uint32_t>{384U, 768U}) {
        const double vectors = 1e6 * dimension * sizeof(float);
        EXPECT_LT(static_cast<double>(int8_column_bytes(dimension, 1000000)), 0.27 * vectors);
    }
}

TEST_F(Int8ColumnTest, HasTheSameBytesWithAnyNumberOfThreads) {
    for (unsigned threads = 2; threads <= 5; ++threads) {
        EXPECT_EQ(build_column(data.source, 0, kRows, {}, threads), bytes);
    }
}

/// A row is what its factors and codes say, but for the residuals, and those are small.
TEST_F(Int8ColumnTest, DescribesEveryRowWithinItsBounds) {
    const auto column = parse().value();
    const size_t row_bytes = nibble_row_bytes(kDimension);
    for (uint64_t row = 0; row < kRows; ++row) {
        Int8Column::Block block;
        ASSERT_TRUE(column->read_block(row / kInt8BlockRows, block));
        const size_t i = row % kInt8BlockRows;
        ASSERT_TRUE(column->has_low(row / kInt8BlockRows, block, i));
        const Int8Factors factors = block.factors(i);
        double coarse = 0;
        double fine = 0;
        double squares = 0;
        for (size_t j = 0; j < kDimension; ++j) {
            const size_t at = i * row_bytes + nibble_byte(j);
            const auto nibble = [&](std::byte b) {
                return static_cast<int>(b >> nibble_shift(j) & std::byte{15}) - 8;
            };
            const auto is = static_cast<double>(data.floats[row * kDimension + j]);
            const double by_high = static_cast<double>(factors.coarse_scale) * nibble(block.high[at]);
            const double by_low = static_cast<double>(factors.fine_scale) * nibble(block.low[at]);
            coarse += (is - by_high) * (is - by_high);
            fine += (is - by_high - by_low) * (is - by_high - by_low);
            squares += is * is;
        }
        EXPECT_NEAR(factors.norm, std::sqrt(squares), 1e-6 * std::sqrt(squares));
        EXPECT_LE(std::sqrt(coarse), factors.coarse_residual);
        EXPECT_LE(std::sqrt(fine), factors.fine_residual);
        EXPECT_LT(factors.coarse_residual, 0.15 * std::sqrt(squares));
        EXPECT_LT(factors.fine_residual, 0.02 * std::sqrt(squares));
    }
}

TEST_F(Int8ColumnTest, CopiesWhatOlderColumnsHave) {
    Columns old;
    old.add(data.source, 100, 1100);
    old.add(data.source, 1300, 900);
    EXPECT_EQ(build_column(data.source, 0, kRows, old.parts()), bytes);
    // Rows that are damaged by now are still known from the old columns, and only from those.
    data.source.damage(150);
    data.source.damage(1250);
    const ByteBuffer copied = build_column(data.source, 0, kRows, old.parts(), 3);
    const auto column = Int8Column::parse(copied, kDimension, kRows).value();
    Int8Column::Block block;
    ASSERT_TRUE(column->read_block(0, block));
    EXPECT_TRUE(std::isfinite(block.factors(150).coarse_residual));
    ASSERT_TRUE(column->read_block(1, block));
    EXPECT_FALSE(std::isfinite(block.factors(1250 - 1024).coarse_residual));
}

TEST_F(Int8ColumnTest, ComputesAgainWhatIsDamagedInOlderColumns) {
    for (int i = 0; i < 40; ++i) {
        Columns old;
        old.add(data.source, 0, 2000);
        old.data(0)[64 + below(random, old.data(0).size() - 64)] ^= std::byte{4};
        EXPECT_EQ(build_column(data.source, 0, kRows, old.parts()), bytes);
    }
}

TEST_F(Int8ColumnTest, RowsThatWereUnknownAreComputedAgain) {
    DataSet same(Kind::kClusters, kDimension, 10, random);
    const ByteBuffer whole = build_column(same.source, 0, 10);
    const RowsForTest other(kDimension, same.floats);
    same.source.damage(4);
    Columns old;
    old.add(same.source, 0, 10);
    EXPECT_NE(build_column(same.source, 0, 10), whole);
    EXPECT_EQ(build_column(other, 0, 10, old.parts()), whole);
}

TEST_F(Int8ColumnTest, BuildingRefusesRowsThatAreNotThere) {
    const auto put = [](ByteView) { return Status{}; };
    EXPECT_TRUE(build_int8_column(data.source, 10, kRows - 10, {}, put, {}));
    for (const uint64_t first : std::initializer_list<uint64_t>{uint64_t{11}, kRows + 1, UINT64_MAX}) {
        const Status built = build_int8_column(data.source, first, kRows - 10, {}, put, {});
        EXPECT_EQ(built.error().code, ErrorCode::kInvalidArgument);
    }
}

TEST_F(Int8ColumnTest, BuildingStopsWhenItIsToldAndPassesErrorsOn) {
    const std::atomic<bool> cancel{true};
    const auto put = [](ByteView) { return Status{}; };
    const auto full = [](ByteView) -> Status { return fail(ErrorCode::kNoSpace, "full"); };
    EXPECT_EQ(build_int8_column(data.source, 0, kRows, {}, put, {.cancel = &cancel}).error().code,
              ErrorCode::kInterrupted);
    EXPECT_EQ(build_int8_column(data.source, 0, kRows, {}, full, {}).error().code, ErrorCode::kNoSpace);
}

TEST_F(Int8ColumnTest, BuildingTellsHowFarItIs) {
    const auto put = [](ByteView) { return Status{}; };
    uint64_t last = 0;
    const auto progress = [&](uint64_t done, uint64_t total) {
        EXPECT_GT(done, last);
        EXPECT_EQ(total, kRows);
        last = done;
    };
    EXPECT_TRUE(build_int8_column(data.source, 0, kRows, {}, put, {.threads = 2, .progress = progress}));
    EXPECT_EQ(last, kRows);
}

TEST_F(Int8ColumnTest, ParseRefusesEveryOtherSizeAndHeader) {
    EXPECT_TRUE(parse());
    EXPECT_EQ(Int8Column::parse(bytes, kDimension, kRows + 1).error().code, ErrorCode::kCorrupt);
    EXPECT_FALSE(Int8Column::parse(bytes, kDimension + 1, kRows));
    EXPECT_FALSE(Int8Column::parse(bytes, 0, kRows));
    EXPECT_FALSE(Int8Column::parse(bytes, kDimension, UINT64_MAX));
    EXPECT_FALSE(Int8Column::parse(bytes, UINT32_MAX, kRows));
    for (size_t size = 0; size < bytes.size(); size += 1 + size / 10) {
        EXPECT_FALSE(Int8Column::parse(ByteView(bytes).first(size), kDimension, kRows)) << size;
    }
    for (size_t at = 0; at < 64; ++at) {
        bytes[at] ^= std::byte{1};
        EXPECT_FALSE(parse()) << at;
        bytes[at] ^= std::byte{1};
    }
    EXPECT_TRUE(parse());
}

/// Whatever the numbers are, nothing crashes and every answer has the rows' own distances.
TEST_F(Int8ColumnTest, ForgedNumbersWithRightChecksumsDoNoHarm) {
    const float values[] = {0.0F, -1.0F, 1e38F, INFINITY, -INFINITY, std::nanf(""), 1e-45F};
    for (int round = 0; round < 60; ++round) {
        const ByteBuffer before = bytes;
        for (int i = 0; i < 2000; ++i) {
            store(64 + 64 + below(random, bytes.size() - 132), values[below(random, std::size(values))]);
        }
        recompute_checksums();
        const Int8Part part{0, kRows, parse().value()};
        const Floats query = data.maker.make();
        for (const Metric metric : kAllMetrics) {
            CertifiedOptions options;
            ScanStats stats;
            options.stats = &stats;
            const auto found =
                certified_scan(data.source, {&part, 1}, query, metric, 10, data.rows(), options);
            EXPECT_EQ(stats.damaged_blocks, 0U);
            const auto all = flat_scan(data.source, query, metric, kRows, data.rows()).value();
            for (const Neighbor& n : found.value()) {
                EXPECT_NE(std::find(all.begin(), all.end(), n), all.end());
            }
        }
        bytes = before;
    }
}

}  // namespace
}  // namespace reel
