#include "vector/certified_scan_bounds.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace reel {
namespace {

/// Under cosine nothing is said of shorter rows.
constexpr double kMinNormForCosine = 1e-16;

/// Of double sums here: far more than they are wrong by.
constexpr double kSlack = 0x1p-30;

/// A float norm of a row is within 2^-23 of itself and 2^-149.
double norm_at_least(double norm) { return std::max(0.0, norm * (1 - 0x1p-22) - 0x1p-148); }
double norm_at_most(double norm) { return norm * (1 + 0x1p-22) + 0x1p-148; }

/// What the cosine distance of the kernels is wrong by at most.
double cosine_error(double gamma) { return 2.1 * (gamma + 0x1p-26) + 0x1p-22; }

}  // namespace

DistanceBounds::DistanceBounds(std::span<const float> query, Metric metric) : metric_(metric) {
    double largest = 0;
    double squares = 0;
    for (const float value : query) {
        largest = std::max(largest, std::abs(static_cast<double>(value)));
        squares += static_cast<double>(value) * static_cast<double>(value);
    }
    norm_ = std::sqrt(squares);
    step_ = largest / 32000;
    std::vector<int8_t> coarse(query.size());
    std::vector<int8_t> rest(query.size());
    double coarse_error = 0;
    double fine_error = 0;
    double fine_squares = 0;
    for (size_t j = 0; j < query.size() && largest > 0; ++j) {
        const auto value = static_cast<double>(query[j]);
        const auto fine = static_cast<int>(std::lrint(value / step_));
        const int high = (fine + 128 + 256 * 256) / 256 - 256;  // the nearest, and no division of a negative
        coarse[j] = static_cast<int8_t>(high);
        rest[j] = static_cast<int8_t>(fine - 256 * high);
        coarse_squares_ += static_cast<double>(high) * high;
        fine_squares += static_cast<double>(fine) * fine;
        const double left_by_coarse = value - coarse_step() * high;
        const double left_by_fine = value - step_ * fine;
        coarse_error += left_by_coarse * left_by_coarse;
        fine_error += left_by_fine * left_by_fine;
    }
    coarse_ = NibbleQuery(coarse);
    rest_ = NibbleQuery(rest);
    coarse_norm_ = coarse_step() * std::sqrt(coarse_squares_) * (1 + kSlack);
    fine_norm_ = step_ * std::sqrt(fine_squares) * (1 + kSlack);
    coarse_error_ = std::sqrt(coarse_error) * (1 + kSlack) + norm_ * 0x1p-48;
    fine_error_ = std::sqrt(fine_error) * (1 + kSlack) + norm_ * 0x1p-48;

    const size_t lanes = kKernelLanes;
    const size_t steps = (query.size() + lanes - 1) / lanes + 7;
    const auto roundings = static_cast<double>(steps);
    gamma_ = roundings * 0x1p-24 / (1 - roundings * 0x1p-24);
    underflow_ = static_cast<double>(query.size() + 2 * lanes) * 0x1p-149;
}

DistanceBounds::Filter DistanceBounds::make_filter(float limit) const {
    const auto most = static_cast<double>(limit);
    Filter filter{.residual = coarse_norm_ * (1 + 0x1p-20),
                  .norm = (coarse_norm_ * 0x1p-18 + coarse_error_) * (1 + 0x1p-20),
                  .constant = norm_ * 0x1p-130};
    switch (metric_) {
        case Metric::kL2: {
            const double reach = (most + underflow_) / (1 - gamma_);
            filter.norm_squared = -0.5 * (1 - 0x1p-20);
            filter.norm += 0x1p-140;
            filter.constant += 0.5 * (reach - norm_ * norm_) + kSlack * (std::abs(reach) + norm_ * norm_);
            return filter;
        }
        case Metric::kInnerProduct:
            filter.norm += gamma_ * norm_ * (1 + 0x1p-20);
            filter.constant += most + underflow_ + kSlack * std::abs(most) + gamma_ * norm_ * 0x1p-140;
            return filter;
        case Metric::kCosine: {
            const double least_dot = (1 - most - cosine_error(gamma_)) * norm_;  // of a row of length 1
            filter.norm += 0x1p-20 * std::abs(least_dot) - least_dot;
            filter.constant += 2 * kMinNormForCosine * (std::abs(least_dot) + norm_);
            return filter;
        }
    }
    return filter;
}

void DistanceBounds::compute_margins(const Int8Column::Block& block, size_t first,
                                     std::span<const int32_t> sums, float limit,
                                     std::span<double> margins) const {
    // Two rows at a time in SSE2 and NEON: written with the compilers' vectors, which all of them have.
    using Floats = float __attribute__((vector_size(8)));
    using Integers = int32_t __attribute__((vector_size(8)));
    using Doubles = double __attribute__((vector_size(16)));
    const Filter filter = make_filter(limit);
    const double scale = coarse_step();
    const int32_t offset = 8 * coarse_.sum();
    size_t i = 0;
    for (; i + 2 <= sums.size(); i += 2) {
        const size_t at = (first + i) * sizeof(float);
        Floats scales;
        Floats residuals;
        Floats norms;
        Integers products;
        std::memcpy(&scales, block.coarse_scale + at, sizeof scales);
        std::memcpy(&residuals, block.coarse_residual + at, sizeof residuals);
        std::memcpy(&norms, block.norm + at, sizeof norms);
        std::memcpy(&products, &sums[i], sizeof products);
        const Doubles norm = __builtin_convertvector(norms, Doubles);
        const Doubles margin = scale * __builtin_convertvector(products - offset, Doubles) *
                                   __builtin_convertvector(scales, Doubles) +
                               filter.residual * __builtin_convertvector(residuals, Doubles) +
                               norm * (filter.norm + filter.norm_squared * norm) + filter.constant;
        std::memcpy(&margins[i], &margin, sizeof margin);
    }
    for (; i < sums.size(); ++i) {
        const Int8Factors row = block.factors(first + i);
        const auto norm = static_cast<double>(row.norm);
        margins[i] = scale * static_cast<double>(sums[i] - offset) * static_cast<double>(row.coarse_scale) +
                     filter.residual * static_cast<double>(row.coarse_residual) +
                     norm * (filter.norm + filter.norm_squared * norm) + filter.constant;
    }
}

double DistanceBounds::coarse_bound(int32_t sum, const Int8Factors& row) const {
    const auto product = static_cast<double>(sum - 8 * coarse_.sum());
    const auto squares = static_cast<double>(row.coarse_squares);
    // The part of the query along w meets no residual, because x's multiple of w is the nearest one.
    const double along = coarse_step() * product * static_cast<double>(row.coarse_scale);
    double across = coarse_squares_ * (1 + kSlack);
    if (squares > 0) across -= product * product / squares;
    const double error = coarse_step() * std::sqrt(std::max(across, 0.0)) *
                         static_cast<double>(row.coarse_residual) * (1 + kSlack);
    const double norm = norm_at_most(static_cast<double>(row.norm));
    return bound_distance(along + std::abs(along) * 0x1p-20 + error + coarse_error_ * norm + norm_ * 0x1p-135,
                          static_cast<double>(row.norm));
}

double DistanceBounds::fine_bound(const FineSums& sums, const Int8Factors& row) const {
    const double coarse_offset = 8.0 * coarse_.sum();
    const double rest_offset = 8.0 * rest_.sum();
    const double high = 256.0 * (sums.coarse_high - coarse_offset) + (sums.rest_high - rest_offset);
    const double low = 256.0 * (sums.coarse_low - coarse_offset) + (sums.rest_low - rest_offset);
    const double by_high = step_ * high * static_cast<double>(row.coarse_scale);
    const double by_low = step_ * low * static_cast<double>(row.fine_scale);
    const double norm = norm_at_most(static_cast<double>(row.norm));
    return bound_distance(by_high + by_low + kSlack * (std::abs(by_high) + std::abs(by_low)) +
                              fine_norm_ * static_cast<double>(row.fine_residual) * (1 + kSlack) +
                              fine_error_ * norm,
                          static_cast<double>(row.norm));
}

/// The least that the kernels can compute for a row of length `norm` (as stored) whose true product with the
/// query is at most `dot`.
double DistanceBounds::bound_distance(double dot, double norm) const {
    switch (metric_) {
        case Metric::kL2: {
            const double shortest = norm_at_least(norm);
            const double squares = norm_ * norm_ + shortest * shortest;
            const double distance = squares - 2 * dot - kSlack * (squares + 2 * std::abs(dot));
            return distance * (1 - gamma_) - underflow_ - 0x1p-140;
        }
        case Metric::kInnerProduct:
            return -dot - kSlack * std::abs(dot) - gamma_ * norm_ * norm_at_most(norm) * (1 + kSlack) -
                   underflow_;
        case Metric::kCosine: {
            if (!(norm >= kMinNormForCosine)) return -std::numeric_limits<double>::infinity();
            const double cosine = dot / (norm_ * norm);
            return 1 - cosine - 0x1p-20 * std::abs(cosine) - cosine_error(gamma_);
        }
    }
    return -std::numeric_limits<double>::infinity();
}

}  // namespace reel
