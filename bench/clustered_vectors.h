// Vectors like those of embedded texts: unit length, in clusters of very different sizes, most of each in few
// dimensions of a rotated space.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <vector>

namespace reel::bench {

class ClusteredVectors {
public:
    explicit ClusteredVectors(size_t dimension) : dimension_(dimension), basis_(kRank * dimension) {
        std::mt19937_64 engine(42);
        for (float& value : basis_) value = normal_(engine);
        orthogonalise();
        centres_.resize(kClusters * kRank);
        spreads_.resize(kClusters * kRank);
        std::vector<float> spectrum(kRank);
        for (size_t i = 0; i < kRank; ++i) spectrum[i] = 1.0F / std::sqrt(1.0F + static_cast<float>(i));
        std::vector<float> shuffled = spectrum;
        for (size_t cluster = 0; cluster < kClusters; ++cluster) {
            std::shuffle(shuffled.begin(), shuffled.end(), engine);
            for (size_t i = 0; i < kRank; ++i) {
                centres_[cluster * kRank + i] = normal_(engine) * spectrum[i];
                spreads_[cluster * kRank + i] = 0.6F * shuffled[i];
            }
        }
    }

    /// Whole vectors, one after the other; the clusters are the same for every seed.
    void fill(std::span<float> out, uint32_t seed) {
        std::mt19937_64 engine(seed);
        std::vector<double> weights(kClusters);
        for (size_t i = 0; i < kClusters; ++i) weights[i] = 1.0 / static_cast<double>(10 + i);
        std::discrete_distribution<size_t> choose(weights.begin(), weights.end());
        for (size_t at = 0; at < out.size(); at += dimension_) {
            draw(choose(engine), engine, out.subspan(at, dimension_));
        }
    }

private:
    static constexpr size_t kClusters = 1000;
    static constexpr size_t kRank = 96;

    [[nodiscard]] std::span<float> basis(size_t i) { return {&basis_[i * dimension_], dimension_}; }

    static void normalise(std::span<float> v) {
        const float length = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0F));
        if (length == 0) return;
        for (float& value : v) value /= length;
    }

    /// Gram-Schmidt. Below kRank dimensions the last vectors are what rounding leaves.
    void orthogonalise() {
        for (size_t i = 0; i < kRank; ++i) {
            for (size_t j = 0; j < i; ++j) {
                add(basis(i), basis(j),
                    -std::inner_product(basis(i).begin(), basis(i).end(), basis(j).begin(), 0.0F));
            }
            normalise(basis(i));
        }
    }

    static void add(std::span<float> to, std::span<const float> v, float factor) {
        for (size_t j = 0; j < to.size(); ++j) to[j] += factor * v[j];
    }

    void draw(size_t cluster, std::mt19937_64& engine, std::span<float> out) {
        const float noise = 0.25F / std::sqrt(static_cast<float>(dimension_));
        for (float& value : out) value = noise * normal_(engine);
        for (size_t i = 0; i < kRank; ++i) {
            const size_t at = cluster * kRank + i;
            add(out, basis(i), centres_[at] + spreads_[at] * normal_(engine));
        }
        normalise(out);
    }

    size_t dimension_;
    std::normal_distribution<float> normal_;
    std::vector<float> basis_;
    std::vector<float> centres_;
    std::vector<float> spreads_;
};

}  // namespace reel::bench
