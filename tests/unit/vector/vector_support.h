// Rows and sources made up for the tests of src/vector.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "vector/host_rows.h"
#include "vector/vector_source.h"

namespace reel {

using Floats = std::vector<float>;

inline ByteBuffer to_big_endian(std::span<const float> floats) {
    ByteBuffer bytes(floats.size() * sizeof(float));
    for (size_t i = 0; i < floats.size(); ++i) store_be_float(&bytes[i * sizeof(float)], floats[i]);
    return bytes;
}

/// `count` floats around 0, the same for the same seed on every machine.
inline Floats random_floats(size_t count, uint32_t seed) {
    std::mt19937 engine(seed);
    Floats floats(count);
    for (float& f : floats) f = (static_cast<float>(engine() >> 8) - 8388608.0F) / 4194304.0F;
    return floats;
}

/// Rows in memory as a store has them: big-endian, unaligned, other bytes between.
class RowsForTest : public VectorSource {
public:
    RowsForTest(uint32_t dimension, std::span<const float> floats)
        : dimension_(dimension),
          stride_(dimension * sizeof(float) + 37),
          row_count_(floats.size() / dimension) {
        bytes_.assign(row_count_ * stride_ + 1, std::byte{0xFF});
        for (uint64_t row = 0; row < row_count_; ++row) {
            const ByteBuffer one = to_big_endian(floats.subspan(row * dimension, dimension));
            std::memcpy(&bytes_[row * stride_ + 1], one.data(), one.size());
        }
    }

    [[nodiscard]] uint64_t row_count() const override { return row_count_; }
    [[nodiscard]] uint32_t dimension() const override { return dimension_; }
    void locate(uint64_t first_row, std::span<const std::byte*> out) const override {
        for (size_t i = 0; i < out.size(); ++i) {
            const uint64_t row = first_row + i;
            out[i] = damaged_.contains(row) ? nullptr : &bytes_[row * stride_ + 1];
        }
    }

    void damage(uint64_t row) { damaged_.insert(row); }

private:
    uint32_t dimension_;
    size_t stride_;
    uint64_t row_count_;
    ByteBuffer bytes_;
    std::set<uint64_t> damaged_;
};

}  // namespace reel
