// The scalar kernel: slow, plain, and by definition right. The others are
// compared with it bit for bit.
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "vector/kernel_tables.h"

namespace reel {
namespace {

using Lanes = std::array<float, kKernelLanes>;

/// The floats from element `first` on, zeros past the end.
Lanes load_lanes(const std::byte* row, size_t first, size_t dimension, RowOrder order) {
    Lanes lanes{};
    for (size_t j = 0; j < kKernelLanes && first + j < dimension; ++j) {
        const std::byte* at = row + (first + j) * sizeof(float);
        lanes[j] = order == RowOrder::kBigEndian ? load_be_float(at) : load_le<float>(at);
    }
    return lanes;
}

float reduce(Lanes lanes) {
    for (size_t half = kKernelLanes / 2; half > 0; half /= 2) {
        for (size_t j = 0; j < half; ++j) lanes[j] += lanes[j + half];
    }
    return lanes[0];
}

template <RowOrder kOrder>
void squared_difference(const float* query, size_t dimension, const std::byte* const* rows, size_t count,
                        float* sums, float* /*norms*/) {
    for (size_t i = 0; i < count; ++i) {
        sums[i] = std::numeric_limits<float>::quiet_NaN();
        if (rows[i] == nullptr) continue;
        Lanes sum{};
        for (size_t first = 0; first < dimension; first += kKernelLanes) {
            const Lanes row = load_lanes(rows[i], first, dimension, kOrder);
            for (size_t j = 0; j < kKernelLanes; ++j) {
                const float difference = query[first + j] - row[j];
                sum[j] = std::fma(difference, difference, sum[j]);
            }
        }
        sums[i] = reduce(sum);
    }
}

template <RowOrder kOrder>
void dot_and_norm(const float* query, size_t dimension, const std::byte* const* rows, size_t count,
                  float* sums, float* norms) {
    for (size_t i = 0; i < count; ++i) {
        sums[i] = std::numeric_limits<float>::quiet_NaN();
        if (norms != nullptr) norms[i] = sums[i];
        if (rows[i] == nullptr) continue;
        Lanes sum{};
        Lanes norm{};
        for (size_t first = 0; first < dimension; first += kKernelLanes) {
            const Lanes row = load_lanes(rows[i], first, dimension, kOrder);
            for (size_t j = 0; j < kKernelLanes; ++j) {
                sum[j] = std::fma(query[first + j], row[j], sum[j]);
                norm[j] = std::fma(row[j], row[j], norm[j]);
            }
        }
        sums[i] = reduce(sum);
        if (norms != nullptr) norms[i] = reduce(norm);
    }
}

template <RowOrder kOrder>
void dot(const float* query, size_t dimension, const std::byte* const* rows, size_t count, float* sums,
         float* /*norms*/) {
    dot_and_norm<kOrder>(query, dimension, rows, count, sums, nullptr);
}

template <RowOrder kOrder>
constexpr Kernel::Functions kFunctions{squared_difference<kOrder>, dot<kOrder>, dot_and_norm<kOrder>};

}  // namespace

const Kernel kScalarKernel{"scalar", kFunctions<RowOrder::kBigEndian>, kFunctions<RowOrder::kHost>};

}  // namespace reel
