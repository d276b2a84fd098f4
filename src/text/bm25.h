// The score: S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
// (Foundations and Trends in Information Retrieval 3, 2009), with an idf that is never negative.
#pragma once

#include <cmath>
#include <cstdint>

#include "text/index_format.h"

namespace reel {

inline constexpr double kBm25K1 = 1.2;
inline constexpr double kBm25B = 0.75;

/// Scores are added as whole numbers of 2^-40, so that a sum is the same in whatever order and however
/// the rows are divided into parts.
using FixedScore = int64_t;
inline constexpr double kScoreUnit = 1099511627776.0;

inline double to_score(FixedScore score) { return static_cast<double>(score) / kScoreUnit; }

/// Of `rows` rows `with_term` have the term.
inline double inverse_frequency(uint64_t rows, uint64_t with_term) {
    const auto n = static_cast<double>(rows);
    const auto df = static_cast<double>(with_term);
    return std::log1p((n - df + 0.5) / (df + 0.5));
}

/// What a term adds, by its frequency in a text and the text's length, for one average length.
class LengthNorm {
public:
    LengthNorm() = default;
    explicit LengthNorm(double average_length)
        : constant_(kBm25K1 * (1 - kBm25B)), slope_(kBm25K1 * kBm25B / average_length) {}

    /// Grows with the frequency, falls with the length; below kBm25K1 + 1.
    [[nodiscard]] double factor(double frequency, double length) const {
        return frequency * (kBm25K1 + 1) / (frequency + (constant_ + slope_ * length));
    }

    [[nodiscard]] static FixedScore score(double weight, double factor) {
        return static_cast<FixedScore>(weight * factor * kScoreUnit);
    }

    /// At least score() of every text of a block: two units make up for the rounding.
    [[nodiscard]] static FixedScore bound(double weight, double factor) { return score(weight, factor) + 2; }

    [[nodiscard]] double block_factor(const BlockEntry& block) const {
        return std::max(impact_factor(block.impacts[0]), impact_factor(block.impacts[1]));
    }

private:
    [[nodiscard]] double impact_factor(const Impact& impact) const {
        if (impact.frequency >= BlockEntry::kMaxImpactField) return kBm25K1 + 1;
        return factor(impact.frequency, impact.length);
    }

    double constant_ = kBm25K1 * (1 - kBm25B);
    double slope_ = kBm25K1 * kBm25B;
};

}  // namespace reel
