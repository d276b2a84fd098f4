// Centroids for partitions, from a sample of the vectors.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/build_control.h"
#include "reel/error.h"
#include "vector/faiss_clustering.h"
#include "vector/kernels.h"

namespace reel {

/// Vectors of a sample for each list.
inline constexpr uint64_t kSampleRowsPerList = 40;

/// `lists` centroids of row-major `sample`, in two levels, which costs the root of what one level would:
/// about sqrt(lists) cells, and inside each as many centroids as it has vectors. Fewer than `lists` where the
/// sample has fewer vectors. kInterrupted; errors of `cluster` are passed on.
Result<std::vector<float>> train_centroids(std::span<const float> sample, uint32_t dimension, uint32_t lists,
                                           uint64_t seed, ClusterVectors* cluster, const Kernel& kernel,
                                           const BuildControl& control);

}  // namespace reel
