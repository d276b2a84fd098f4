#include "vector/certified_scan_bounds.h"

#include <gtest/gtest.h>

#include "certified_support.h"
#include "vector/query_vector.h"

namespace reel {
namespace {

/// Every bound of one query against every row of one column, compared with the distance that the kernels
/// compute.
class BoundsCheck {
public:
    BoundsCheck(const DataSet& data, const Int8Column& column, const QueryVector& exact,
                std::span<const float> query)
        : data_(data), column_(column), exact_(exact), bounds_(query, exact.metric()) {}

    uint64_t run() {
        Int8Column::Block block;
        EXPECT_TRUE(column_.read_block(0, block));
        std::vector<int32_t> sums(block.rows);
        dots(bounds_.coarse(), block.high, block.rows, sums.data());
        const float limit = limit_near(distance(block.rows / 2));
        std::vector<double> margins(block.rows);
        bounds_.compute_margins(block, 0, sums, limit, margins);
        uint64_t checked = 0;
        for (size_t i = 0; i < block.rows; ++i) {
            const float is = distance(i);
            if (!std::isfinite(is)) continue;
            ++checked;
            EXPECT_FALSE(bounds_.coarse_bound(sums[i], block.factors(i)) > static_cast<double>(is)) << i;
            EXPECT_FALSE(fine_bound(block, i) > static_cast<double>(is)) << i;
            EXPECT_FALSE(margins[i] < 0 && is <= limit) << i << " within " << limit;
        }
        return checked;
    }

private:
    [[nodiscard]] float distance(uint64_t row) const {
        const std::byte* at = nullptr;
        data_.source.locate(row, {&at, 1});
        return exact_.distance_to_row(at);
    }
    static float limit_near(float distance) { return std::isfinite(distance) ? distance : 1.0F; }
    void dots(const NibbleQuery& query, const std::byte* rows, size_t count, int32_t* sums) const {
        const size_t row_bytes = nibble_row_bytes(column_.dimension());
        supported_nibble_kernels().front().dots(query.data(), row_bytes, rows, count, sums);
    }
    [[nodiscard]] double fine_bound(const Int8Column::Block& block, size_t i) const {
        const size_t at = i * nibble_row_bytes(column_.dimension());
        DistanceBounds::FineSums sums;
        dots(bounds_.coarse(), block.high + at, 1, &sums.coarse_high);
        dots(bounds_.rest(), block.high + at, 1, &sums.rest_high);
        dots(bounds_.coarse(), block.low + at, 1, &sums.coarse_low);
        dots(bounds_.rest(), block.low + at, 1, &sums.rest_low);
        return bounds_.fine_bound(sums, block.factors(i));
    }

    const DataSet& data_;
    const Int8Column& column_;
    const QueryVector& exact_;
    DistanceBounds bounds_;
};

uint64_t check_all_bounds(Kind kind, uint32_t dimension, Random& random) {
    DataSet data(kind, dimension, 40, random);
    data.columns.add(data.source, 0, 40);
    uint64_t checked = 0;
    for (int i = 0; i < 4; ++i) {
        const Floats query = data.make_query(random);
        for (const Metric metric : kAllMetrics) {
            const auto exact = QueryVector::make(query, metric);
            if (!exact) continue;
            checked += BoundsCheck(data, *data.columns.parts()[0].column, *exact, query).run();
        }
    }
    return checked;
}

TEST(CertifiedBounds, AreNeverAboveTheDistanceThatIsComputed) {
    Random random(7);
    uint64_t checked = 0;
    for (int kind = 0; kind < static_cast<int>(Kind::kCount); ++kind) {
        for (const uint32_t dimension :
             std::initializer_list<uint32_t>{1U, 2U, 3U, 17U, 32U, 100U, 384U, 1025U}) {
            checked += check_all_bounds(static_cast<Kind>(kind), dimension, random);
            ASSERT_FALSE(testing::Test::HasFailure()) << "kind " << kind << ", dimension " << dimension;
        }
    }
    EXPECT_GT(checked, 30000U);
    RecordProperty("bounds", static_cast<int>(checked));
}

TEST(CertifiedBounds, HoldInTheLargestDimension) {
    Random random(8);
    for (const Kind kind : {Kind::kBell, Kind::kSmallIntegers, Kind::kFarFromOrigin}) {
        EXPECT_GT(check_all_bounds(kind, 65536, random), 100U);
    }
}

/// A control: bounds that nothing could exceed would prove nothing.
TEST(CertifiedBounds, AreTightForOrdinaryVectors) {
    Random random(9);
    DataSet data(Kind::kBell, 384, 40, random);
    data.columns.add(data.source, 0, 40);
    const Floats query = data.maker.make();
    const DistanceBounds bounds(query, Metric::kCosine);
    const auto exact = QueryVector::make(query, Metric::kCosine).value();
    Int8Column::Block block;
    ASSERT_TRUE(data.columns.parts()[0].column->read_block(0, block));
    for (uint64_t row = 0; row < 40; ++row) {
        int32_t sum = 0;
        const size_t row_bytes = nibble_row_bytes(384);
        supported_nibble_kernels().back().dots(bounds.coarse().data(), row_bytes,
                                               block.high + row * row_bytes, 1, &sum);
        const std::byte* at = nullptr;
        data.source.locate(row, {&at, 1});
        const auto distance = static_cast<double>(exact.distance_to_row(at));
        EXPECT_NEAR(bounds.coarse_bound(sum, block.factors(row)), distance, 0.15);
    }
}

}  // namespace
}  // namespace reel
