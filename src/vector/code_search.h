// Fast search: 1-bit codes say which vectors to read, the vectors say how far they are.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "vector/code_section.h"
#include "vector/flat_scan.h"
#include "vector/scan_stats.h"

namespace reel {

/// Codes of the rows first_row .. first_row + row_count - 1.
struct CodePart {
    uint64_t first_row = 0;
    uint64_t row_count = 0;
    std::shared_ptr<const CodeSection> codes;
};

struct CodeSearchOptions : ScanOptions {
    /// The share of the true k nearest to be found, on average over queries like the stored vectors.
    double recall = 0.95;
    std::optional<uint64_t> probes =
        {};  ///< lists to look into in each part, in place of what recall calls for
    std::optional<uint64_t> rerank = {};  ///< vectors to read at most, in place of what recall calls for
    ScanStats* stats = nullptr;           ///< added to
};

/// Nearly flat_scan()'s answer: some of the k nearest may be missing for farther ones (see
/// CodeSearchOptions::recall). Distances are flat_scan()'s, and as there are always as many hits:
/// without a max_distance, k or all of `rows` that can be compared.
/// `parts` are ascending and disjoint. Rows in no part, of a part made for another metric, and of damaged
/// blocks are compared by their vectors. The answer does not depend on threads nor kernel.
/// kInvalidArgument: as flat_scan(); recall is not in (0, 1].
Result<std::vector<Neighbor>> code_search(const VectorSource& truth, std::span<const CodePart> parts,
                                          std::span<const float> query, Metric metric, size_t k,
                                          const RowSet& rows, const CodeSearchOptions& options = {});

/// The same for queries.size() / truth.dimension() queries, one after the other in `queries`;
/// options.threads (0: all cores) share the queries.
Result<std::vector<std::vector<Neighbor>>> code_search_batch(const VectorSource& truth,
                                                             std::span<const CodePart> parts,
                                                             std::span<const float> queries, Metric metric,
                                                             size_t k, const RowSet& rows,
                                                             const CodeSearchOptions& options = {});

}  // namespace reel
