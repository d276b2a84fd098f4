#include "vector/code_builder_rows.h"

#include <cmath>

#include "base/bytes.h"
#include "vector/check_vector.h"

namespace reel {

bool read_vector(const std::byte* row, uint32_t dimension, Metric metric, float* out) {
    if (row == nullptr) return false;
    double squares[4] = {};
    for (uint32_t i = 0; i < dimension; ++i) {
        out[i] = load_be_float(row + size_t{i} * sizeof(float));
        squares[i % 4] += static_cast<double>(out[i]) * static_cast<double>(out[i]);
    }
    const double square = (squares[0] + squares[1]) + (squares[2] + squares[3]);
    if (!(square <= kMaxSquaredNorm)) return false;
    if (metric != Metric::kCosine) return true;
    if (square < kMinSquaredNormForCosine) return false;
    const double scale = 1.0 / std::sqrt(square);
    for (uint32_t i = 0; i < dimension; ++i) out[i] = static_cast<float>(static_cast<double>(out[i]) * scale);
    return true;
}

bool RowReader::read(const std::byte* row, float* out) {
    if (!read_vector(row, rotation_.dimension(), metric_, plain_.data())) return false;
    rotation_.apply(plain_.data(), out);
    for (size_t i = 0; i < rotation_.size(); i += 4)
        store_four(out + i, load_four(out + i) - load_four(mean_ + i));
    return true;
}

std::vector<uint64_t> sample_rows(uint64_t rows, uint64_t count, uint64_t seed) {
    std::vector<uint64_t> sample;
    if (count >= rows) {
        sample.resize(rows);
        for (uint64_t row = 0; row < rows; ++row) sample[row] = row;
        return sample;
    }
    sample.reserve(count);
    uint64_t state = seed;
    for (uint64_t i = 0; i < count; ++i) {
        const uint64_t first = i * rows / count;
        const uint64_t stretch = (i + 1) * rows / count - first;
        sample.push_back(first + next_random(state) % stretch);
    }
    return sample;
}

}  // namespace reel
