// What the codes of a section are made with: rotation, mean, centroids.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "vector/code_builder.h"
#include "vector/partition.h"
#include "vector/rotation.h"

namespace reel {

/// Centroids in memory, with codes for finding the nearest by l2 whatever the section's metric.
class CodeFrame final : public CentroidSource {
public:
    CodeFrame(uint32_t dimension, uint64_t seed) : rotation_(dimension, seed), mean_(rotation_.size()) {}

    [[nodiscard]] const Rotation& rotation() const { return rotation_; }
    [[nodiscard]] float* mean() { return mean_.data(); }
    [[nodiscard]] const float* mean() const { return mean_.data(); }
    /// lists x rotation().size() floats, less the mean; empty: one list whose centroid is the mean.
    [[nodiscard]] std::vector<float>& centroids() { return centroids_; }
    void encode_centroids();

    [[nodiscard]] uint32_t lists() const { return centroids_.empty() ? 1 : count(); }
    /// nullptr for the only list: zero.
    [[nodiscard]] const float* centroid_floats(uint32_t list) const {
        return centroids_.empty() ? nullptr : &centroids_[size_t{list} * rotation_.size()];
    }
    [[nodiscard]] float spread() const { return spread_; }  ///< of the centroids' codes

    [[nodiscard]] uint32_t count() const override {
        return static_cast<uint32_t>(centroids_.size() / rotation_.size());
    }
    [[nodiscard]] const std::byte* codes() const override { return codes_.data(); }
    [[nodiscard]] const std::byte* centroid(uint32_t list) const override {
        return reinterpret_cast<const std::byte*>(centroid_floats(list));
    }

private:
    Rotation rotation_;
    std::vector<float> mean_;
    std::vector<float> centroids_;
    ByteBuffer codes_;
    float spread_ = 0;
};

/// A frame made from a sample of the rows. `lists` may come out smaller.
Result<std::unique_ptr<CodeFrame>> make_frame(const VectorSource& source, uint64_t first_row,
                                              uint64_t row_count, Metric metric,
                                              const CodeBuildOptions& options, const Kernel& kernel,
                                              const BuildControl& control);

/// The frame of an older section; nullptr if a centroid is damaged.
std::unique_ptr<CodeFrame> copy_frame(const CodeSection& section);

/// Blocks of the codes of `count` vectors of `size` floats; the unused places of the last are never near.
ByteBuffer encode_blocks(const float* vectors, uint32_t count, size_t size, Metric metric, float* spread);

/// Puts a code and its factors in place `slot` of the block.
void put_code(std::byte* block, size_t code_bytes, uint32_t slot, const uint8_t* code,
              const CodeFactors& factors);

/// The factors of a place that no query is near.
CodeFactors unused_place();

}  // namespace reel
