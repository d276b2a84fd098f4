// Exact distances of given rows: for the few rows that a filter leaves, and to put the rows that a fast
// search found in their true order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vector/flat_scan.h"
#include "vector/query_vector.h"

namespace reel {

/// Offers the rows of `list` (ascending) to `nearest` with their distances. Rows that are not in `rows` or
/// that `source` has no bytes for are passed over.
void offer_rows(const VectorSource& source, const QueryVector& query, std::span<const uint64_t> list,
                const RowSet& rows, TopK& nearest);

/// The k nearest of the rows in `list` (ascending; one that stands there twice counts once), with the
/// distances, the order and the errors of flat_scan().
Result<std::vector<Neighbor>> rank_rows(const VectorSource& source, std::span<const uint64_t> list,
                                        std::span<const float> query, Metric metric, size_t k,
                                        const RowSet& rows, const ScanOptions& options = {});

}  // namespace reel
