#include "vector/check_vector.h"

#include <cmath>
#include <string>

namespace reel {
namespace {

Status check_squared_norm(double squared_norm, Metric metric) {
    if (squared_norm > kMaxSquaredNorm) {
        return fail(ErrorCode::kInvalidArgument,
                    "the vector's length is " + std::to_string(std::sqrt(squared_norm)) +
                        ", too long for float32 distances (at most 3.1e18); scale it");
    }
    if (metric != Metric::kCosine || squared_norm >= kMinSquaredNormForCosine) return {};
    if (squared_norm == 0.0) {
        return fail(
            ErrorCode::kInvalidArgument,
            "every component of the vector is 0: it has no direction, so cosine cannot compare it; leave the "
            "record out or use a store with the metric l2 or ip");
    }
    return fail(ErrorCode::kInvalidArgument,
                "the vector's length is below 1e-15, too short to tell its direction in float32; scale it");
}

}  // namespace

Status check_vector(std::span<const float> vector, Metric metric) {
    double squared_norm = 0;
    for (size_t i = 0; i < vector.size(); ++i) {
        if (!std::isfinite(vector[i])) {
            return fail(ErrorCode::kInvalidArgument, "component " + std::to_string(i) + " of the vector is " +
                                                         (std::isnan(vector[i]) ? "NaN" : "infinite") +
                                                         "; every component must be a finite number");
        }
        squared_norm += static_cast<double>(vector[i]) * static_cast<double>(vector[i]);
    }
    return check_squared_norm(squared_norm, metric);
}

}  // namespace reel
