#include "vector/rotation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "vector_support.h"

namespace reel {
namespace {

double dot(std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
}

Floats rotate(const Rotation& rotation, const Floats& vector) {
    Floats out(rotation.size(), 99.0F);
    rotation.apply(vector.data(), out.data());
    return out;
}

TEST(Rotation, KeepsLengthsAndDotProductsAtEveryDimension) {
    for (const uint32_t d : std::initializer_list<uint32_t>{1U, 2U, 3U, 63U, 64U, 65U, 128U, 200U, 384U, 768U,
                                                            1000U, 1024U, 1536U, 65536U}) {
        const Rotation rotation(d, 5);
        EXPECT_EQ(rotation.size(), (d + 63) / 64 * 64);
        const Floats a = random_floats(d, 1);
        const Floats b = random_floats(d, 2);
        const double scale = std::sqrt(dot(a, a) * dot(b, b));
        EXPECT_NEAR(dot(rotate(rotation, a), rotate(rotation, b)), dot(a, b), 1e-5 * scale) << d;
        EXPECT_NEAR(dot(rotate(rotation, a), rotate(rotation, a)), dot(a, a), 1e-5 * dot(a, a)) << d;
    }
}

TEST(Rotation, IsTheSameForTheSameSeedAndAnotherForAnother) {
    const Floats a = random_floats(384, 1);
    EXPECT_EQ(rotate(Rotation(384, 5), a), rotate(Rotation(384, 5), a));
    EXPECT_NE(rotate(Rotation(384, 5), a), rotate(Rotation(384, 6), a));
}

TEST(Rotation, SpreadsASingleComponentOverAll) {
    for (const uint32_t d : std::initializer_list<uint32_t>{64U, 384U, 1000U}) {
        Floats axis(d, 0.0F);
        axis[3] = 1.0F;
        const Floats out = rotate(Rotation(d, 9), axis);
        for (const float value : out) EXPECT_LT(std::fabs(value), 10.0 / std::sqrt(static_cast<double>(d)));
    }
}

}  // namespace
}  // namespace reel
