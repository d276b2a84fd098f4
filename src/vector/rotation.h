// A random rotation that costs O(d log d).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "reel/error.h"

namespace reel {

/// splitmix64 (Steele et al., "Fast splittable pseudorandom number generators", 2014).
inline uint64_t next_random(uint64_t& state) {
    uint64_t z = (state += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

/// An orthogonal map of vectors of `dimension` floats, thought of as padded
/// with zeros, to `size()` floats: the next multiple of 64. Four rounds, each:
/// change signs at random; Walsh-Hadamard transform, scaled to keep lengths,
/// of the first (rounds 0, 2) or last (1, 3) 2^m components, 2^m the largest
/// power of two that fits; and where 2^m < size(), one Kac step: components i
/// and i + size()/2 become their sum and difference over sqrt(2).
/// (Ailon and Chazelle, "The Fast Johnson-Lindenstrauss Transform", 2009;
/// Kac's walk: Jain et al., "Fast and memory-optimal dimension reduction using
/// Kac's walk", 2022.) The signs follow from `seed` alone, and every
/// machine gives the same bits.
class Rotation {
public:
    Rotation(uint32_t dimension, uint64_t seed);

    static constexpr uint32_t padded(uint32_t dimension) { return (dimension + 63) / 64 * 64; }

    [[nodiscard]] uint32_t dimension() const { return dimension_; }
    [[nodiscard]] uint32_t size() const { return size_; }
    [[nodiscard]] uint64_t seed() const { return seed_; }

    /// `in` has dimension() floats, `out` size(); they do not overlap.
    void apply(const float* in, float* out) const;

private:
    static constexpr unsigned kRounds = 4;

    uint32_t dimension_;
    uint32_t size_;
    uint32_t power_;  ///< the largest power of two up to size_
    uint64_t seed_;
    std::vector<float> signs_;  ///< +1 or -1, size_ for each round
};

}  // namespace reel
