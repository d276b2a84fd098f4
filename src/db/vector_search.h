// The nearest rows of a snapshot by vectors, whichever way is quickest.
#pragma once

#include <span>
#include <vector>

#include "db/indexes.h"
#include "db/search_plan.h"
#include "db/state.h"
#include "vector/scan_stats.h"

namespace reel {

struct VectorAsk {
    std::span<const float> query;  ///< m x dimension floats; m = 1 but for a batch
    size_t k = 0;
    RowSet rows;            ///< that may be hits
    uint64_t matching = 0;  ///< how many they are
};

struct VectorFound {
    std::vector<std::vector<Neighbor>> nearest;  ///< one list a query
    Plan plan;
    bool used_faiss = false;
    ScanStats stats;
    uint64_t uncovered = 0;  ///< live rows that the plan's index does not cover
};

/// kCorrupt, naming it, where a row's vector is not in its place: an answer without it could be wrong.
Result<VectorFound> search_vectors(const View& view, const VectorAsk& ask, const SearchOptions& options);

/// Distances of `rows` to `query`, in their order; NaN where a vector is not in its place.
Result<std::vector<float>> distances_of(const Snapshot& snapshot, std::span<const float> query,
                                        std::span<const uint64_t> rows);

}  // namespace reel
