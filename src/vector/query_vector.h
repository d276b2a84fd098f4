// A query made ready for the kernels.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "reel/metric.h"
#include "vector/check_vector.h"
#include "vector/kernels.h"

namespace reel {

class QueryVector {
public:
    /// Checks `query` with check_vector. The kernel is choose_kernel()'s
    /// unless one is given; its error is passed on.
    static Result<QueryVector> make(std::span<const float> query, Metric metric,
                                    const Kernel* kernel = nullptr);

    [[nodiscard]] size_t dimension() const { return dimension_; }
    [[nodiscard]] Metric metric() const { return metric_; }

    /// distances[i] = the distance to rows[i]: see Metric. NaN for a nullptr;
    /// not finite (NaN or an infinity) for a row with a component that is not,
    /// and under cosine for a row whose squared length is 0 or overflows.
    /// Same bits whatever the kernel.
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
