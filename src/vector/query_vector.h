// A query made ready for the kernels, and which vectors are allowed at all.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "reel/metric.h"
#include "vector/kernels.h"

namespace reel {

/// Limits of a vector's squared length. Below the first, every distance
/// between two allowed vectors is a finite float32; above the second, which
/// only cosine asks for, no square is lost to underflow.
inline constexpr double kMaxSquaredNorm = 1e37;
inline constexpr double kMinSquaredNormForCosine = 1e-30;

/// kInvalidArgument if `vector` has a NaN or an infinity (the component is
/// named, from 0), is too long for float32 arithmetic, or is zero (or next to
/// it) under cosine. The dimension is the caller's to check.
Status check_vector(std::span<const float> vector, Metric metric);

class QueryVector {
public:
    /// Checks `query` with check_vector. The kernel is choose_kernel()'s
    /// unless one is given; its error is passed on.
    static Result<QueryVector> make(std::span<const float> query, Metric metric, const Kernel* kernel = nullptr);

    [[nodiscard]] size_t dimension() const { return dimension_; }
    [[nodiscard]] Metric metric() const { return metric_; }

    /// distances[i] = the distance to rows[i]: see Metric. NaN for a nullptr;
    /// not finite (NaN or an infinity) for a row with a component that is not,
    /// and for a zero row under cosine. Same bits whatever the kernel.
    void distances(std::span<const std::byte* const> rows, RowOrder order, std::span<float> distances) const;

    /// The same for one row, for re-ranking.
    [[nodiscard]] float distance_to_row(const std::byte* row, RowOrder order = RowOrder::kBigEndian) const;

private:
    struct alignas(64) Block {
        std::array<float, kKernelLanes> lanes{};
    };

    QueryVector() = default;
    [[nodiscard]] const float* lanes() const { return blocks_.front().lanes.data(); }
    void cosine_distances(const Kernel::Functions& functions, std::span<const std::byte* const> rows,
                          std::span<float> distances) const;

    const Kernel* kernel_ = nullptr;
    Metric metric_ = Metric::kL2;
    size_t dimension_ = 0;
    float squared_norm_ = 0;  ///< summed as the kernels sum a row's
    std::vector<Block> blocks_;
};

}  // namespace reel
