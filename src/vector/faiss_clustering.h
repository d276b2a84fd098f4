// k-means by FAISS, in the module reel_faiss.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "reel/error.h"

namespace reel {

struct ClusteringTask {
    std::span<const float> vectors;  ///< row-major, finite
    uint32_t dimension = 0;
    uint32_t clusters = 0;  ///< at most as many as there are vectors
    uint32_t iterations = 0;
    uint32_t seed = 0;
};

/// The entry "reel_faiss_cluster": clusters x dimension floats. Runs on the calling thread alone; any number
/// of threads may call it.
using ClusterVectors = void(const ClusteringTask& task, Result<std::vector<float>>* centroids);

}  // namespace reel
