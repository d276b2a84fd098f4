#include "vector/code_query.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace reel {
namespace {

constexpr int kSteps = 7;  ///< quantised components are -7 .. 7: four of them, +-, span kMaxTableEntry

/// The step that loses least of a normally distributed component of variance 1 when there are 15 of them
/// (Max, "Quantizing for minimum distortion", 1960).
constexpr float kBestStep = 0.354F;

/// Adding this rounds a float below 2^22 to an integer, which then stands in the low bits.
constexpr float kRoundingMagic = 12582912.0F;

FourBits bits_of(Four four) { return reinterpret_cast<FourBits>(four); }
Four floats_of(FourBits bits) { return reinterpret_cast<Four>(bits); }

float largest_magnitude(const float* values, size_t size) {
    float largest = 0;
    for (size_t i = 0; i < size; ++i) largest = std::max(largest, std::fabs(values[i]));
    return largest;
}

/// The sixteen sums of +-v[0..3], each plus 28, as two little-endian words. The words are sums of whole
/// patterns: the final bytes are 0 .. 56, so the carries between them cancel out.
struct Table {
    uint64_t low;
    uint64_t high;
};

Table make_table(const int8_t* v) {
    const auto word = [](int value) { return static_cast<uint64_t>(static_cast<int64_t>(value)); };
    const int base = static_cast<int>(kMaxTableEntry / 2) - v[0] - v[1] - v[2] - v[3];
    const uint64_t low = word(base) * 0x0101010101010101U + word(2 * v[0]) * 0x0100010001000100U +
                         word(2 * v[1]) * 0x0101000001010000U + word(2 * v[2]) * 0x0101010100000000U;
    return {low, low + word(2 * v[3]) * 0x0101010101010101U};
}

void put_twice(uint8_t* at, const Table& table) {
    for (size_t copy = 0; copy < 2; ++copy) std::memcpy(at + 16 * copy, &table, sizeof table);
}

}  // namespace

CodeFactors encode(const float* vector, const float* centroid, size_t size, Metric metric, uint8_t* code) {
    const FourBits sign_bit{0x80000000U, 0x80000000U, 0x80000000U, 0x80000000U};
    Four sum_magnitude{};
    Four sum_square{};
    Four sum_signed{};   // S(centroid)
    Four sum_product{};  // <r, centroid>
    for (size_t i = 0; i < size; i += 8) {
        unsigned byte = 0;
        for (size_t half = 0; half < 2; ++half) {
            const size_t at = i + 4 * half;
            const Four c = centroid != nullptr ? load_four(centroid + at) : Four{};
            const Four r = load_four(vector + at) - c;
            const FourBits sign = bits_of(r) & sign_bit;
            sum_magnitude += floats_of(bits_of(r) ^ sign);
            sum_square += r * r;
            sum_signed += floats_of(bits_of(c) ^ sign);
            sum_product += r * c;
            for (unsigned j = 0; j < 4; ++j) byte |= (~sign[j] >> 31U) << (4 * half + j);
        }
        code[i / 8] = static_cast<uint8_t>(byte);
    }
    const float magnitude = sum_of(sum_magnitude);
    const float square = sum_of(sum_square);
    CodeFactors factors;
    const bool is_zero = !(magnitude > 0.0F);
    const float ratio = is_zero ? 0.0F : square / magnitude;
    factors.spread = is_zero ? 0.0F : std::max(0.0F, 1.0F - magnitude / ratio / static_cast<float>(size));
    if (metric == Metric::kInnerProduct) {
        factors.scale = ratio;
        factors.base = ratio * sum_of(sum_signed) - sum_of(sum_product);
    } else {
        factors.scale = 2.0F * ratio;
        factors.base = square + factors.scale * sum_of(sum_signed);
    }
    return factors;
}

void CodeQuery::prepare() {
    float* values = values_.data();
    Four square{};
    for (size_t i = 0; i < size_; i += 4) square += load_four(values + i) * load_four(values + i);
    squared_norm_ = sum_of(square);
    const float largest = largest_magnitude(values, size_);
    delta_ = std::min(largest / kSteps, kBestStep * std::sqrt(squared_norm_ / static_cast<float>(size_)));
    const float per_step = delta_ > 0.0F ? 1.0F / delta_ : 0.0F;

    Four rounding{};
    const Four magic = spread_four(kRoundingMagic);
    const Four most = spread_four(static_cast<float>(kSteps));
    for (size_t i = 0; i < size_; i += 16) {
        int8_t steps[16];
        for (size_t j = 0; j < 16; j += 4) {
            const Four value = load_four(values + i + j);
            Four step = value * spread_four(per_step);
            step = step < most ? step : most;  // so that a NaN of a forged section is a number from here on
            step = step > -most ? step : -most;
            const Four rounded = (step + magic) - magic;
            const Four lost = value - rounded * spread_four(delta_);
            rounding += lost * lost;
            for (size_t lane = 0; lane < 4; ++lane) steps[j + lane] = static_cast<int8_t>(rounded[lane]);
        }
        uint8_t* pair =
            reinterpret_cast<uint8_t*>(tables_.data()) + i * 8;  // 128 bytes for two bytes of code
        put_twice(pair, make_table(steps));
        put_twice(pair + 64, make_table(steps + 4));
        put_twice(pair + 32, make_table(steps + 8));
        put_twice(pair + 96, make_table(steps + 12));
    }
    squared_rounding_ = sum_of(rounding);
}

float CodeQuery::slack(float epsilon, float spread, float squared_norm) const {
    const auto size = static_cast<float>(size_);
    return epsilon * std::sqrt(spread * squared_norm * (size / (size - 1.0F)) + squared_rounding_);
}

}  // namespace reel
