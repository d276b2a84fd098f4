#include "vector/query_vector.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

#include "base/try.h"

namespace reel {
namespace {

/// 1 - cos. The last steps are in double, so that a vector's distance to
/// itself is 0 exactly: dot, both norms and sqrt(norm * norm) are then equal.
float cosine_distance(float dot, float squared_norm_a, float squared_norm_b) {
    if (!(squared_norm_b > 0.0F) || !std::isfinite(squared_norm_b))
        return std::numeric_limits<float>::quiet_NaN();
    const double lengths =
        std::sqrt(static_cast<double>(squared_norm_a) * static_cast<double>(squared_norm_b));
    const auto distance = static_cast<float>(1.0 - static_cast<double>(dot) / lengths);
    return distance < 0.0F ? 0.0F : distance;  // rounding alone makes it negative; a NaN stays
}

}  // namespace

Result<QueryVector> QueryVector::make(std::span<const float> query, Metric metric, const Kernel* kernel) {
    if (query.empty()) return fail(ErrorCode::kInvalidArgument, "the query vector is empty");
    REEL_TRY(check_vector(query, metric));
    QueryVector made;
    if (kernel == nullptr) {
        REEL_ASSIGN(kernel, choose_kernel());
    }
    made.kernel_ = kernel;
    made.metric_ = metric;
    made.dimension_ = query.size();
    made.blocks_.resize((query.size() + kKernelLanes - 1) / kKernelLanes);
    for (size_t i = 0; i < query.size(); ++i)
        made.blocks_[i / kKernelLanes].lanes[i % kKernelLanes] = query[i];

    const std::byte* itself = std::as_bytes(query).data();
    made.kernel_->host.dot(made.lanes(), made.dimension_, &itself, 1, &made.squared_norm_, nullptr);
    return made;
}

void QueryVector::distances(std::span<const std::byte* const> rows, RowOrder order,
                            std::span<float> distances) const {
    assert(rows.size() == distances.size());
    const Kernel::Functions& functions = kernel_->functions(order);
    switch (metric_) {
        case Metric::kL2:
            functions.squared_difference(lanes(), dimension_, rows.data(), rows.size(), distances.data(),
                                         nullptr);
            return;
        case Metric::kInnerProduct:
            functions.dot(lanes(), dimension_, rows.data(), rows.size(), distances.data(), nullptr);
            for (float& distance : distances) distance = 0.0F - distance;  // and not -distance: no -0
            return;
        case Metric::kCosine: cosine_distances(functions, rows, distances); return;
    }
}

void QueryVector::cosine_distances(const Kernel::Functions& functions, std::span<const std::byte* const> rows,
                                   std::span<float> distances) const {
    std::array<float, 256> norms;
    for (size_t first = 0; first < rows.size(); first += norms.size()) {
        const size_t count = std::min(norms.size(), rows.size() - first);
        functions.dot_and_norm(lanes(), dimension_, rows.data() + first, count, distances.data() + first,
                               norms.data());
        for (size_t i = 0; i < count; ++i) {
            distances[first + i] = cosine_distance(distances[first + i], squared_norm_, norms[i]);
        }
    }
}

float QueryVector::distance_to_row(const std::byte* row, RowOrder order) const {
    float distance = 0;
    distances({&row, 1}, order, {&distance, 1});
    return distance;
}

}  // namespace reel
