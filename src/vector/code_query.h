// Vectors and queries in the rotated space of 1-bit codes (RaBitQ: Gao and
// Long, SIGMOD 2024, arXiv 2405.12497; docs/design/0007-codes-and-partitions.md).
#pragma once

#include <cstdint>

#include "reel/metric.h"
#include "vector/code_four.h"
#include "vector/code_kernels.h"

namespace reel {

/// What is stored beside the bits of a vector x = centroid + r. With s_i = +-1 by the sign of r_i, and
/// S(v) = sum of s_i v_i, `scale` x S(q) estimates 2 <r, q> (kInnerProduct: <r, q>); `base` is
/// |r|^2 + scale x S(centroid) (kInnerProduct: scale x S(centroid) - <r, centroid>).
struct CodeFactors {
    float base = 0;
    float scale = 0;
    float spread = 0;  ///< 1 - <code, r / |r|>^2: the share of r that the code does not see
};

/// Writes size / 8 bytes; bit i % 8 of byte i / 8 is set where r_i >= 0. `centroid` may be nullptr: zero.
/// `size` is a multiple of 64.
CodeFactors encode(const float* vector, const float* centroid, size_t size, Metric metric, uint8_t* code);

/// A query ready for the kernels: components in 15 steps, their tables.
class CodeQuery {
public:
    explicit CodeQuery(size_t size) : size_(size), values_(size), tables_(size * 2) {}

    /// Where the rotated query is put before prepare().
    [[nodiscard]] float* values() { return values_.data(); }
    void prepare();

    [[nodiscard]] size_t size() const { return size_; }
    [[nodiscard]] size_t code_bytes() const { return size_ / 8; }
    [[nodiscard]] const float* values() const { return values_.data(); }
    [[nodiscard]] const uint8_t* tables() const { return reinterpret_cast<const uint8_t*>(tables_.data()); }
    [[nodiscard]] float squared_norm() const { return squared_norm_; }
    [[nodiscard]] float squared_rounding() const { return squared_rounding_; }  ///< |values - delta v|^2

    /// The terms that do not depend on the list: delta and bias.
    [[nodiscard]] CodeTerms terms() const {
        CodeTerms terms;
        terms.delta = delta_;
        terms.bias = static_cast<uint32_t>(size_ / 4 * (kMaxTableEntry / 2));
        return terms;
    }

    /// `epsilon` standard deviations of the error of S(q), where the code does not see `spread` of a
    /// row's residual and the query's own residual has the squared length `squared_norm`.
    [[nodiscard]] float slack(float epsilon, float spread, float squared_norm) const;

private:
    size_t size_;
    AlignedFloats values_;
    AlignedFloats tables_;  ///< bytes, in fact: aligned as these are
    float delta_ = 0;
    float squared_norm_ = 0;
    float squared_rounding_ = 0;
};

}  // namespace reel
