#include "vector/int8_column_encode.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "vector/nibble_kernels.h"

namespace reel {
namespace {

/// Vectors of SSE2 and NEON; kNibbleGroup is a multiple of their lanes.
using Floats = float __attribute__((vector_size(16)));
using HalfFloats = float __attribute__((vector_size(8)));
using Doubles = double __attribute__((vector_size(16)));
constexpr size_t kFloats = 4;
constexpr size_t kDoubles = 2;

template <class Vector, class T>
void load(Vector& vector, const T* at) {
    std::memcpy(&vector, at, sizeof vector);
}

/// Lengths of rows above this are left to the truth: no bound of a search then overflows float32.
constexpr double kMaxNorm = 4e18;

/// The step that leaves the smallest mean square error when a normal distribution of deviation 1 is rounded
/// to 16 equidistant levels (J. Max, Quantizing for minimum distortion, IRE Trans. IT-6, 1960, table II).
constexpr double kNormalStep = 0.3352;

double sum_squares(std::span<const double> values) {
    Doubles sums[2] = {};
    for (size_t j = 0; j < values.size(); j += 2 * kDoubles) {
        for (size_t i = 0; i < 2; ++i) {
            Doubles value;
            load(value, &values[j + i * kDoubles]);
            sums[i] += value * value;
        }
    }
    return (sums[0][0] + sums[0][1]) + (sums[1][0] + sums[1][1]);
}

double multiply(std::span<const double> values, std::span<const float> codes) {
    Doubles sums[2] = {};
    for (size_t j = 0; j < values.size(); j += 2 * kDoubles) {
        for (size_t i = 0; i < 2; ++i) {
            Doubles value;
            HalfFloats code;
            load(value, &values[j + i * kDoubles]);
            load(code, &codes[j + i * kDoubles]);
            sums[i] += value * __builtin_convertvector(code, Doubles);
        }
    }
    return (sums[0][0] + sums[0][1]) + (sums[1][0] + sums[1][1]);
}

void subtract(std::span<double> values, double scale, std::span<const float> codes) {
    for (size_t j = 0; j < values.size(); j += kDoubles) {
        Doubles value;
        HalfFloats code;
        load(value, &values[j]);
        load(code, &codes[j]);
        value -= scale * __builtin_convertvector(code, Doubles);
        std::memcpy(&values[j], &value, sizeof value);
    }
}

/// values * scale as floats.
void scale_values(std::span<const double> values, double scale, std::span<float> out) {
    for (size_t j = 0; j < values.size(); j += kDoubles) {
        Doubles value;
        load(value, &values[j]);
        const HalfFloats scaled = __builtin_convertvector(value * scale, HalfFloats);
        std::memcpy(&out[j], &scaled, sizeof scaled);
    }
}

/// The value that is farthest from 0.
float largest(std::span<const float> values) {
    Floats most = {};
    Floats least = {};
    for (size_t j = 0; j < values.size(); j += kFloats) {
        Floats value;
        load(value, &values[j]);
        most = value > most ? value : most;
        least = value < least ? value : least;
    }
    float high = 0;
    float low = 0;
    for (size_t i = 0; i < kFloats; ++i) {
        high = std::max(high, most[i]);
        low = std::min(low, least[i]);
    }
    return high >= -low ? high : low;
}

/// A float that is at least a length computed as `length`, for parts of a row of length `norm` (not 0): the
/// rounding of the sums, and of the differences, which are at most a few ulps of the row's elements.
float round_up(double length, double norm) {
    const double bound = length * (1 + 0x1p-30) + norm * 0x1p-44 + 0x1p-140;
    const auto rounded = static_cast<float>(bound);
    return std::nextafter(rounded, std::numeric_limits<float>::infinity());
}

/// `codes` has a whole number of groups; what is past the dimension is 0 in the plane.
void write_codes(std::span<const float> codes, size_t dimension, std::byte* plane) {
    constexpr size_t kBytes = kNibbleGroup / 2;
    for (size_t first = 0; first < codes.size(); first += kNibbleGroup, plane += kBytes) {
        for (size_t i = 0; i < kBytes; ++i) {
            const int low = static_cast<int>(codes[first + i]) + 8;
            const int high = static_cast<int>(codes[first + kBytes + i]) + 8;
            plane[i] = static_cast<std::byte>(low | high * 16);
        }
        for (size_t j = std::max(first, dimension); j < first + kNibbleGroup; ++j)
            plane[nibble_byte(j - first)] &= static_cast<std::byte>(~(15U << nibble_shift(j)));
    }
}

}  // namespace

Int8Encoder::Int8Encoder(size_t dimension)
    : dimension_(dimension),
      row_(2 * nibble_row_bytes(dimension)),
      values_(row_.size()),
      scaled_(row_.size()),
      high_(row_.size()),
      low_(row_.size()),
      trial_(row_.size()) {}

Int8Factors Int8Encoder::unknown() {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return {.coarse_residual = kInfinity, .fine_residual = kInfinity};
}

/// Rounds scaled_ to multiples -8 .. 7 of `step`.
Int8Encoder::Fit Int8Encoder::round_codes(float step, std::vector<float>& codes) const {
    // Adding and taking away 1.5 * 2^23 rounds to the nearest integer, ties to even, and in SSE2.
    constexpr float kRounder = 12582912.0F;
    const float inverse = 1.0F / step;
    const Floats least = Floats{} - 8.0F;
    const Floats most = Floats{} + 7.0F;
    Floats products = {};
    Floats squares = {};
    for (size_t j = 0; j < scaled_.size(); j += kFloats) {
        Floats value;
        load(value, &scaled_[j]);
        Floats code = value * inverse;
        code = code < least ? least : code;
        code = code > most ? most : code;
        code = (code + kRounder) - kRounder;
        std::memcpy(&codes[j], &code, sizeof code);
        products += value * code;
        squares += code * code;
    }
    return {step, static_cast<double>((products[0] + products[1]) + (products[2] + products[3])),
            static_cast<double>((squares[0] + squares[1]) + (squares[2] + squares[3]))};
}

/// The codes that leave the least of `values`, of three steps: the one that clips nothing on the side of the
/// largest value, the one for a normal distribution, and one between. Any codes would be right.
void Int8Encoder::choose_codes(std::span<const double> values, double length, std::vector<float>& codes,
                               Fit& best) {
    const int exponent = std::ilogb(length);
    const double scale = std::ldexp(1.0, -exponent);
    scale_values(values, scale, scaled_);
    const float most = largest(scaled_);
    const double deviation = length * scale / std::sqrt(static_cast<double>(dimension_));
    const float widest = -most / 8;
    const float normal = std::min(std::abs(widest), static_cast<float>(kNormalStep * deviation));
    const float between = std::sqrt(std::abs(widest) * normal);
    best = round_codes(widest, codes);
    for (const float step : {std::copysign(normal, widest), std::copysign(between, widest)}) {
        const Fit fit = round_codes(step, trial_);
        if (fit.product * fit.product * best.squares <= best.product * best.product * fit.squares) continue;
        best = fit;
        std::swap(codes, trial_);
    }
}

Int8Factors Int8Encoder::encode(std::byte* high, std::byte* low) {
    for (size_t j = 0; j < row_.size(); ++j) values_[j] = static_cast<double>(row_[j]);
    const double norm = std::sqrt(sum_squares(values_));
    std::fill(high_.begin(), high_.end(), 0.0F);
    std::fill(low_.begin(), low_.end(), 0.0F);
    Int8Factors factors;
    factors.norm = static_cast<float>(norm);
    if (!(norm <= kMaxNorm)) factors = unknown();
    if (norm > 0 && norm <= kMaxNorm) {
        Fit fit;
        choose_codes(values_, norm, high_, fit);
        const double squares = fit.squares;
        factors.coarse_scale = static_cast<float>(multiply(values_, high_) / squares);
        factors.coarse_squares = static_cast<float>(squares);
        // What the sum above may be wrong by, against what Int8Factors promises of the scale.
        const double error = 0x1p-52 * static_cast<double>(dimension_ + 8) * norm / std::sqrt(squares);
        const double promised = 0x1p-24 * std::abs(static_cast<double>(factors.coarse_scale)) + 0x1p-150;
        subtract(values_, static_cast<double>(factors.coarse_scale), high_);
        const double rest = std::sqrt(sum_squares(values_));
        factors.coarse_residual = round_up(rest, norm);
        if (!(error <= promised)) factors.coarse_residual = std::numeric_limits<float>::infinity();
        if (rest > 0) {
            choose_codes(values_, rest, low_, fit);
            factors.fine_scale = static_cast<float>(multiply(values_, low_) / fit.squares);
            subtract(values_, static_cast<double>(factors.fine_scale), low_);
        }
        factors.fine_residual = round_up(std::sqrt(sum_squares(values_)), norm);
    }
    write_codes(high_, dimension_, high);
    write_codes(low_, dimension_, low);
    return factors;
}

}  // namespace reel
