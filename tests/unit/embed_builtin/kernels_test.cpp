#include "embed/builtin/kernels.h"

#include <bit>
#include <cmath>
#include <random>

#include "gtest/gtest.h"

namespace reel::builtin {
namespace {

std::vector<float> random_floats(size_t count, float spread) {
    static std::mt19937 source(7);
    std::normal_distribution<float> normal(0, spread);
    std::vector<float> values(count);
    for (float& value : values) value = normal(source);
    return values;
}

float from_bf16(uint16_t half) { return std::bit_cast<float>(static_cast<uint32_t>(half) << 16); }

/// The textbook, in 64-bit floats.
std::vector<double> attend_plainly(const std::vector<float>& qkv, size_t tokens) {
    std::vector<double> y(tokens * kHidden);
    const auto at = [&](size_t token, size_t i) { return static_cast<double>(qkv[token * 3 * kHidden + i]); };
    for (size_t head = 0; head < kHeads; ++head) {
        for (size_t t = 0; t < tokens; ++t) {
            std::vector<double> weights(tokens);
            double total = 0;
            for (size_t j = 0; j < tokens; ++j) {
                double dot = 0;
                for (size_t i = head * kHeadSize; i < (head + 1) * kHeadSize; ++i)
                    dot += at(t, i) * at(j, kHidden + i);
                total += weights[j] = std::exp(dot / std::sqrt(32.0));
            }
            for (size_t i = head * kHeadSize; i < (head + 1) * kHeadSize; ++i) {
                for (size_t j = 0; j < tokens; ++j)
                    y[t * kHidden + i] += weights[j] / total * at(j, 2 * kHidden + i);
            }
        }
    }
    return y;
}

class EveryKernel : public testing::TestWithParam<const Kernels*> {};

TEST_P(EveryKernel, AttendsAsTheTextbookSays) {
    for (const size_t tokens : {1U, 2U, 5U, 16U, 17U, 61U, 256U}) {
        const auto qkv = random_floats(tokens * 3 * kHidden, 1.5F);
        std::vector<float> scratch(attention_scratch(tokens));
        std::vector<float> y(tokens * kHidden);
        GetParam()->attend(qkv.data(), tokens, scratch.data(), {y.data(), nullptr});
        const auto expected = attend_plainly(qkv, tokens);
        for (size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], expected[i], 1e-5) << tokens << ", " << i;
    }
}

TEST_P(EveryKernel, AttendsToOneTokenWhoseScoreOutweighsAll) {
    std::vector<float> qkv(2 * 3 * kHidden, 0.0F);
    for (size_t i = 0; i < kHidden; ++i) {
        qkv[i] = 60.0F;                           // query of token 0
        qkv[kHidden + i] = 60.0F;                 // its key
        qkv[3 * kHidden + kHidden + i] = -60.0F;  // the other token's key
        qkv[2 * kHidden + i] = 0.25F;
        qkv[5 * kHidden + i] = 1.0F;
    }
    std::vector<float> scratch(attention_scratch(2));
    std::vector<float> y(2 * kHidden);
    GetParam()->attend(qkv.data(), 2, scratch.data(), {y.data(), nullptr});
    EXPECT_FLOAT_EQ(y[0], 0.25F);
    EXPECT_FLOAT_EQ(y[kHidden], 0.625F);  // its query is zero: both alike
}

TEST_P(EveryKernel, NormalizesRows) {
    const size_t rows = 3;
    const auto a = random_floats(rows * kHidden, 2), b = random_floats(rows * kHidden, 1);
    const auto gamma = random_floats(kHidden, 1), beta = random_floats(kHidden, 1);
    std::vector<float> y(rows * kHidden);
    std::vector<uint16_t> half(rows * kHidden);
    GetParam()->add_and_normalize(a.data(), b.data(), {gamma.data(), beta.data()}, rows,
                                  {y.data(), half.data()});
    for (size_t row = 0; row < rows; ++row) {
        double mean = 0, variance = 0;
        const auto s = [&](size_t i) {
            return static_cast<double>(a[row * kHidden + i] + b[row * kHidden + i]);
        };
        for (size_t i = 0; i < kHidden; ++i) mean += s(i) / kHidden;
        for (size_t i = 0; i < kHidden; ++i) variance += (s(i) - mean) * (s(i) - mean) / kHidden;
        for (size_t i = 0; i < kHidden; ++i) {
            const double expected = (s(i) - mean) / std::sqrt(variance + 1e-12) * gamma[i] + beta[i];
            ASSERT_NEAR(y[row * kHidden + i], expected, 1e-5);
            ASSERT_NEAR(from_bf16(half[row * kHidden + i]), expected, std::abs(expected) / 256 + 1e-5);
        }
    }
}

TEST_P(EveryKernel, RoundsTiesToEvenInBf16) {
    // With gamma 0 the result is beta itself.
    std::vector<float> zeros(kHidden, 0.0F), beta(kHidden, std::bit_cast<float>(0x3F808000U));
    beta[1] = std::bit_cast<float>(0x3F818000U);
    beta[2] = std::bit_cast<float>(0xBF808001U);
    std::vector<uint16_t> half(kHidden);
    GetParam()->add_and_normalize(zeros.data(), zeros.data(), {zeros.data(), beta.data()}, 1,
                                  {nullptr, half.data()});
    EXPECT_EQ(half[0], 0x3F80);
    EXPECT_EQ(half[1], 0x3F82);
    EXPECT_EQ(half[2], 0xBF81);
}

TEST_P(EveryKernel, AddsABiasAndAppliesGelu) {
    std::vector<float> x(64), bias(64, 0.5F);
    for (size_t i = 0; i < x.size(); ++i) x[i] = (static_cast<float>(i) - 32) / 4;
    std::vector<float> sums = x, curved = x;
    GetParam()->add_bias(sums.data(), bias.data(), 1, x.size(), false);
    GetParam()->add_bias(curved.data(), bias.data(), 1, x.size(), true);
    for (size_t i = 0; i < x.size(); ++i) {
        const double s = x[i] + 0.5;
        EXPECT_FLOAT_EQ(sums[i], static_cast<float>(s));
        EXPECT_NEAR(curved[i], s / 2 * (1 + std::erf(s / std::sqrt(2.0))), 2e-6);
    }
}

INSTANTIATE_TEST_SUITE_P(Kernels, EveryKernel, testing::ValuesIn(supported_kernels()),
                         [](const auto& test) { return std::string(test.param->name); });

}  // namespace
}  // namespace reel::builtin
