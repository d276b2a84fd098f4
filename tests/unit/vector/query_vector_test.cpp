#include "vector/query_vector.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "vector_support.h"

namespace reel {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

ErrorCode code_of(const Status& status) { return status ? ErrorCode::kIo : status.error().code; }

float distance(const Floats& a, const Floats& b, Metric metric) {
    return QueryVector::make(a, metric).value().distance_to_row(to_big_endian(b).data());
}

TEST(Metric, NamesAreFoundAgain) {
    for (const Metric metric : {Metric::kL2, Metric::kCosine, Metric::kInnerProduct}) {
        EXPECT_EQ(find_metric(to_string(metric)), metric);
    }
    EXPECT_EQ(to_string(Metric::kInnerProduct), "ip");
    EXPECT_EQ(find_metric("euclid"), std::nullopt);
}

TEST(CheckVector, NamesTheComponentThatIsNotFinite) {
    const auto nan = check_vector(Floats{1, 2, kNan}, Metric::kL2);
    ASSERT_EQ(code_of(nan), ErrorCode::kInvalidArgument);
    EXPECT_NE(nan.error().message.find("component 2 of the vector is NaN"), std::string::npos);
    const auto infinite = check_vector(Floats{-kInfinity, 2, 3}, Metric::kInnerProduct);
    ASSERT_EQ(code_of(infinite), ErrorCode::kInvalidArgument);
    EXPECT_NE(infinite.error().message.find("component 0 of the vector is infinite"), std::string::npos);
}

TEST(CheckVector, RefusesTheZeroVectorUnderCosineAlone) {
    const Floats zero{0.0F, -0.0F, 0.0F};
    EXPECT_EQ(code_of(check_vector(zero, Metric::kCosine)), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(check_vector(zero, Metric::kL2));
    EXPECT_TRUE(check_vector(zero, Metric::kInnerProduct));
}

TEST(CheckVector, RefusesLengthsThatFloat32CannotCompare) {
    EXPECT_EQ(code_of(check_vector(Floats{1e-20F, 1e-20F}, Metric::kCosine)), ErrorCode::kInvalidArgument);
    EXPECT_TRUE(check_vector(Floats{1e-20F, 1e-20F}, Metric::kL2));
    EXPECT_EQ(code_of(check_vector(Floats{1e19F, 0}, Metric::kL2)), ErrorCode::kInvalidArgument);
}

TEST(CheckVector, WhatItAllowsHasFiniteDistances) {
    const Floats longest(1000, 9e16F);
    Floats opposite = longest;
    for (float& f : opposite) f = -f;
    const Floats shortest(1000, 4e-17F);
    for (const Metric metric : {Metric::kL2, Metric::kCosine, Metric::kInnerProduct}) {
        ASSERT_TRUE(check_vector(longest, metric));
        ASSERT_TRUE(check_vector(shortest, metric));
        EXPECT_TRUE(std::isfinite(distance(longest, opposite, metric)));
        EXPECT_TRUE(std::isfinite(distance(longest, shortest, metric)));
    }
    EXPECT_NEAR(distance(longest, shortest, Metric::kCosine), 0.0F, 1e-6F);
    EXPECT_NEAR(distance(shortest, opposite, Metric::kCosine), 2.0F, 1e-6F);
}

TEST(QueryVector, ComputesEachMetric) {
    EXPECT_EQ(distance({1, 2, 3}, {3, 2, 1}, Metric::kL2), 8.0F);
    EXPECT_EQ(distance({1, 2, 3}, {3, 2, 1}, Metric::kInnerProduct), -10.0F);
    EXPECT_FLOAT_EQ(distance({1, 2, 3}, {3, 2, 1}, Metric::kCosine), 1.0F - 10.0F / 14.0F);
}

TEST(QueryVector, AVectorsDistanceToItselfIsZero) {
    for (uint32_t seed = 1; seed < 50; ++seed) {
        const Floats vector = random_floats(384, seed);
        EXPECT_EQ(distance(vector, vector, Metric::kL2), 0.0F);
        EXPECT_EQ(distance(vector, vector, Metric::kCosine), 0.0F);
    }
}

TEST(QueryVector, ARowThatNoStoreWouldTakeHasNoFiniteDistance) {
    for (const float bad : {kNan, kInfinity, -kInfinity}) {
        for (const Metric metric : {Metric::kL2, Metric::kCosine, Metric::kInnerProduct}) {
            EXPECT_FALSE(std::isfinite(distance({1, 0, 3}, {1, bad, 2}, metric)));
            EXPECT_FALSE(std::isfinite(distance({1, 0, 3}, {bad, 1, 2}, metric)));
        }
    }
    EXPECT_FALSE(std::isfinite(distance({1, 0, 3}, {0, 0, 0}, Metric::kCosine)));
    EXPECT_FALSE(std::isfinite(distance({1, 0, 3}, {1e30F, 1, 2}, Metric::kCosine)));
}

TEST(QueryVector, ReadsHostOrderRowsToo) {
    const Floats row{3, 2, 1};
    const auto query = QueryVector::make(Floats{1, 2, 3}, Metric::kL2);
    EXPECT_EQ(query.value().distance_to_row(std::as_bytes(std::span(row)).data(), RowOrder::kHost), 8.0F);
}

TEST(QueryVector, RefusesWhatCheckVectorRefusesAndTheEmptyVector) {
    EXPECT_FALSE(QueryVector::make(Floats{kNan}, Metric::kL2));
    EXPECT_FALSE(QueryVector::make(Floats{0, 0}, Metric::kCosine));
    EXPECT_FALSE(QueryVector::make(Floats{}, Metric::kL2));
}

}  // namespace
}  // namespace reel
