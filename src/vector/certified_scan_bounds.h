// Proven lower bounds of the distance that flat_scan() would compute, from a row's codes alone. The
// derivation of every constant is in docs/design/0006-certified-exact-search.md.
#pragma once

#include <span>

#include "reel/metric.h"
#include "vector/int8_column.h"
#include "vector/nibble_kernels.h"

namespace reel {

/// One query against any row. A bound that is not a number means that nothing is known.
class DistanceBounds {
public:
    /// `query` has passed check_vector().
    DistanceBounds(std::span<const float> query, Metric metric);

    /// The query is rounded to 16 bits, 256 * coarse + rest: coarse alone is used over all rows.
    [[nodiscard]] const NibbleQuery& coarse() const { return coarse_; }
    [[nodiscard]] const NibbleQuery& rest() const { return rest_; }

    /// margins[i] < 0 only if the distance of the i-th row from `first` of `block` on is certainly above
    /// `limit`. `sums` are the rows' nibble sums of coarse() and the high codes.
    void compute_margins(const Int8Column::Block& block, size_t first, std::span<const int32_t> sums,
                         float limit, std::span<double> margins) const;

    /// A lower bound from the high codes.
    [[nodiscard]] double coarse_bound(int32_t sum, const Int8Factors& row) const;

    /// Nibble sums of both parts of the query and both planes of a row.
    struct FineSums {
        int32_t coarse_high = 0;
        int32_t rest_high = 0;
        int32_t coarse_low = 0;
        int32_t rest_low = 0;
    };
    /// A lower bound from both planes.
    [[nodiscard]] double fine_bound(const FineSums& sums, const Int8Factors& row) const;

private:
    /// margin = scale * (sum - offset) * coarse_scale + residual * coarse_residual + norm * |x|
    ///          + norm_squared * |x|^2 + constant
    struct Filter {
        double residual = 0;
        double norm = 0;
        double norm_squared = 0;
        double constant = 0;
    };
    [[nodiscard]] Filter make_filter(float limit) const;
    [[nodiscard]] double bound_distance(double dot, double norm) const;
    [[nodiscard]] double coarse_step() const { return step_ * 256; }

    Metric metric_;
    NibbleQuery coarse_;
    NibbleQuery rest_;
    double step_ = 0;            ///< what an integer of the rounded query stands for
    double norm_ = 0;            ///< |q|, within 2^-30 of itself
    double coarse_squares_ = 0;  ///< of the integers of coarse(), exact
    double coarse_norm_ = 0;     ///< at least the length of the query as coarse() says it
    double fine_norm_ = 0;       ///< the same with rest()
    double coarse_error_ = 0;    ///< at least the distance from the query to that
    double fine_error_ = 0;
    double gamma_ = 0;      ///< relative rounding error of the kernels' sums
    double underflow_ = 0;  ///< and their absolute one
};

}  // namespace reel
