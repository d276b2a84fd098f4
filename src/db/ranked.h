// Candidates of a search on their way to becoming hits.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "reel/search.h"
#include "vector/top_k.h"

namespace reel {

struct Ranked {
    uint64_t row = 0;
    float distance = std::numeric_limits<float>::quiet_NaN();
    float text_score = 0;
    uint32_t vector_rank = 0;  ///< from 1; 0: not among the candidates by vector
    uint32_t text_rank = 0;
    double score = 0;  ///< larger is better
};

/// A candidate by words.
struct ScoredRow {
    uint64_t row = 0;
    float score = 0;  ///< BM25
};

/// One half alone, in its own order.
std::vector<Ranked> rank_by_vector(std::span<const Neighbor> nearest);
std::vector<Ranked> rank_by_text(std::span<const ScoredRow> best);

/// Both halves as one, by fused score, then by row. See Fusion. `greatest_score`: what a text could have at
/// most, which is what scores are scaled by: a text that has but one word of many, and a common one, is
/// no good answer, though there be no better one.
std::vector<Ranked> fuse(std::span<const Neighbor> nearest, std::span<const ScoredRow> best,
                         double greatest_score, Fusion fusion, double vector_weight);

}  // namespace reel
