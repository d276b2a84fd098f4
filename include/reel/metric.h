// How far two vectors are from each other.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "reel/export.h"

namespace reel {

/// Smaller is nearer for each.
enum class Metric : uint8_t {
    kL2,            ///< squared Euclidean distance, sum of (a_i - b_i)^2, as FAISS's METRIC_L2
    kCosine,        ///< 1 - cos(a, b)
    kInnerProduct,  ///< -(a . b)
};

/// "l2", "cosine", "ip".
REEL_API std::string_view to_string(Metric metric);
REEL_API std::optional<Metric> find_metric(std::string_view name);

}  // namespace reel
