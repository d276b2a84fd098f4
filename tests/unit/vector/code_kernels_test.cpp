#include "vector/code_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "vector/code_builder_frame.h"
#include "vector/code_query.h"
#include "vector_support.h"

namespace reel {
namespace {

struct Coded {
    size_t size;
    Floats vectors;
    ByteBuffer bytes;  ///< one byte, then the blocks: nothing is aligned
    CodeQuery query;

    Coded(size_t dimensions, uint32_t count, uint32_t seed, Metric metric = Metric::kL2)
        : size(dimensions), vectors(random_floats(size * count, seed)), query(size) {
        float spread = 0;
        bytes = encode_blocks(vectors.data(), count, size, metric, &spread);
        bytes.insert(bytes.begin(), std::byte{0xEE});
        const Floats floats = random_floats(size, seed + 1);
        std::copy(floats.begin(), floats.end(), query.values());
        query.prepare();
    }
    [[nodiscard]] const std::byte* block() const { return bytes.data() + 1; }
    [[nodiscard]] CodeTerms terms() const {
        CodeTerms terms = query.terms();
        terms.add = query.squared_norm();
        terms.threshold = 1.5F * terms.add;
        return terms;
    }
};

std::vector<size_t> sizes() {
    std::vector<size_t> sizes;
    for (size_t size = 64; size <= 1024; size += 64) sizes.push_back(size);
    for (const size_t size : std::initializer_list<size_t>{4032, 4096, 4160, 8192, 12352, 65536})
        sizes.push_back(size);
    return sizes;
}

TEST(CodeKernels, SumTheSameIntegersAsTheScalarOne) {
    for (const size_t size : sizes()) {
        const Coded coded(size, kCodeBlockRows, 3);
        uint32_t expected[kCodeBlockRows];
        kScalarCodeKernel.sum(coded.block(), size / 8, coded.query.tables(), expected);
        for (const Kernel* kernel : supported_kernels()) {
            uint32_t sums[kCodeBlockRows] = {};
            code_kernel_of(*kernel).sum(coded.block(), size / 8, coded.query.tables(), sums);
            for (size_t i = 0; i < kCodeBlockRows; ++i)
                ASSERT_EQ(sums[i], expected[i]) << kernel->name << size;
        }
    }
}

TEST(CodeKernels, MakeTheSameKeysAsTheScalarOne) {
    for (const size_t size : sizes()) {
        const Coded coded(size, kCodeBlockRows - 3, 4);
        float expected[kCodeBlockRows];
        const uint32_t found =
            kScalarCodeKernel.scan(coded.block(), size / 8, coded.query.tables(), coded.terms(), expected);
        EXPECT_EQ(found >> (kCodeBlockRows - 3), 0U) << "unused places are never near";
        for (const Kernel* kernel : supported_kernels()) {
            float keys[kCodeBlockRows] = {};
            EXPECT_EQ(code_kernel_of(*kernel).scan(coded.block(), size / 8, coded.query.tables(),
                                                   coded.terms(), keys),
                      found)
                << kernel->name << size;
            for (size_t i = 0; i < kCodeBlockRows; ++i)
                ASSERT_EQ(keys[i], expected[i]) << kernel->name << size;
        }
    }
}

TEST(CodeKernels, HaveTheNamesOfTheFloatKernels) {
    for (const Kernel* kernel : supported_kernels()) EXPECT_EQ(code_kernel_of(*kernel).name, kernel->name);
}

TEST(CodeKernels, TheSumIsTheOneOfTheSignsAndSteps) {
    const Coded coded(192, kCodeBlockRows, 5);
    uint32_t sums[kCodeBlockRows];
    kScalarCodeKernel.sum(coded.block(), 24, coded.query.tables(), sums);
    const CodeTerms terms = coded.query.terms();
    for (size_t row = 0; row < kCodeBlockRows; ++row) {
        long expected = 0;
        for (size_t i = 0; i < 192; ++i) {
            const float steps = std::nearbyint(coded.query.values()[i] / terms.delta);
            const long step = std::lround(std::max(-7.0F, std::min(7.0F, steps)));
            expected += coded.vectors[row * 192 + i] >= 0 ? step : -step;
        }
        EXPECT_NEAR(static_cast<double>(static_cast<int32_t>(sums[row] - terms.bias)),
                    static_cast<double>(expected), 2);
    }
}

double squared_distance(const float* a, const float* b, size_t size) {
    double sum = 0;
    for (size_t i = 0; i < size; ++i) {
        const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
        sum += difference * difference;
    }
    return sum;
}

/// Over many queries and rows: the mean error of the estimate in standard deviations, and how often the
/// lower bound of `epsilon` deviations is above the truth.
struct Errors {
    double mean = 0;
    double too_high = 0;
};

Errors measure_errors(float epsilon, bool is_clustered) {
    constexpr size_t kSize = 128;
    constexpr uint32_t kRows = 32 * 4;
    Errors errors;
    size_t count = 0;
    for (uint32_t seed = 0; seed < 60; ++seed) {
        const Rotation rotation(100, seed);
        Floats plain = random_floats(100 * (kRows + 1), 100 + seed);
        if (is_clustered) {
            for (size_t i = 0; i < plain.size(); ++i)
                plain[i] = (i / 100 % 4 == i % 4 ? 1.0F : -1.0F) + 0.1F * plain[i];
        }
        Floats rows(kSize * (kRows + 1));
        for (size_t row = 0; row <= kRows; ++row) rotation.apply(&plain[row * 100], &rows[row * kSize]);
        float spread = 0;
        const ByteBuffer blocks = encode_blocks(rows.data(), kRows, kSize, Metric::kL2, &spread);
        CodeQuery query(kSize);
        std::copy_n(&rows[kRows * kSize], kSize, query.values());
        query.prepare();
        CodeTerms terms = query.terms();
        terms.add = query.squared_norm();
        const float slack = query.slack(1.0F, spread, query.squared_norm());
        for (uint32_t first = 0; first < kRows; first += kCodeBlockRows) {
            const std::byte* block = &blocks[first / kCodeBlockRows * code_block_bytes(kSize / 8)];
            float estimates[kCodeBlockRows];
            float bounds[kCodeBlockRows];
            terms.slack = 0;
            kScalarCodeKernel.scan(block, kSize / 8, query.tables(), terms, estimates);
            terms.slack = epsilon * slack;
            kScalarCodeKernel.scan(block, kSize / 8, query.tables(), terms, bounds);
            for (uint32_t i = 0; i < kCodeBlockRows; ++i, ++count) {
                const double truth = squared_distance(query.values(), &rows[(first + i) * kSize], kSize);
                const double deviation =
                    (static_cast<double>(estimates[i]) - static_cast<double>(bounds[i])) /
                    static_cast<double>(epsilon);
                errors.mean += (static_cast<double>(estimates[i]) - truth) / deviation;
                errors.too_high += static_cast<double>(bounds[i]) > truth ? 1 : 0;
            }
        }
    }
    errors.mean /= static_cast<double>(count);
    errors.too_high /= static_cast<double>(count);
    return errors;
}

TEST(Codes, EstimateWithoutBiasAndWithinTheStatedError) {
    for (const bool is_clustered : {false, true}) {
        EXPECT_NEAR(measure_errors(1.0F, is_clustered).mean, 0, 0.1 + (is_clustered ? 0.1 : 0.0));
        EXPECT_LT(measure_errors(1.0F, is_clustered).too_high, 0.25);
        EXPECT_LT(measure_errors(2.0F, is_clustered).too_high, 0.05);
        EXPECT_LT(measure_errors(3.0F, is_clustered).too_high, 0.01);
        EXPECT_GT(measure_errors(0.3F, is_clustered).too_high, 0.2)
            << "a bound that is never near says nothing";
    }
}

TEST(Codes, OfAZeroVectorAndOfAZeroQueryAreExact) {
    const Floats zero(64, 0.0F);
    uint8_t code[8];
    const CodeFactors factors = encode(zero.data(), nullptr, 64, Metric::kL2, code);
    EXPECT_EQ(factors.base, 0);
    EXPECT_EQ(factors.scale, 0);
    CodeQuery query(64);
    query.prepare();
    EXPECT_EQ(query.terms().delta, 0);
    EXPECT_EQ(query.slack(3, 0.4F, 0), 0);
}

}  // namespace
}  // namespace reel
