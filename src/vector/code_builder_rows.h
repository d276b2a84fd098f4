// Rows of a store as vectors of the rotated space.
#pragma once

#include <vector>

#include "reel/metric.h"
#include "vector/code_four.h"
#include "vector/rotation.h"
#include "vector/vector_source.h"

namespace reel {

/// The row's floats in host order, of length 1 for cosine; false if one is not finite, or the vector is not
/// allowed (see check_vector()).
bool read_vector(const std::byte* row, uint32_t dimension, Metric metric, float* out);

/// One thread.
class RowReader {
public:
    RowReader(const Rotation& rotation, const float* mean, Metric metric)
        : rotation_(rotation), mean_(mean), metric_(metric), plain_(rotation.dimension()) {}

    /// Rotated, less the mean: rotation.size() floats. False for a nullptr and for what read_vector()
    /// refuses.
    bool read(const std::byte* row, float* out);

private:
    const Rotation& rotation_;
    const float* mean_;
    Metric metric_;
    std::vector<float> plain_;
};

/// `count` of `rows` row numbers, spread evenly, each at a random place of its stretch.
std::vector<uint64_t> sample_rows(uint64_t rows, uint64_t count, uint64_t seed);

}  // namespace reel
