// Which vectors are allowed, in a store and as a query.
#pragma once

#include <span>

#include "reel/error.h"
#include "reel/metric.h"

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

}  // namespace reel
