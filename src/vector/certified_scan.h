// Exact search that reads few vectors: an int8 column says with proven bounds which rows can still be among
// the nearest, and only those are read (docs/design/0006-certified-exact-search.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "vector/flat_scan.h"
#include "vector/int8_column.h"
#include "vector/scan_stats.h"

namespace reel {

struct CertifiedOptions : ScanOptions {
    /// Rows that are likely among the nearest, as a fast search finds them: they make the bounds tight from
    /// the start. Never needed, and any row is right.
    std::span<const uint64_t> seeds = {};
    ScanStats* stats = nullptr;  ///< added to, where it is not nullptr
};

/// The answer of flat_scan() over `truth`, bit for bit. `parts` are ascending and disjoint columns of the
/// rows as they are in `truth`; rows that none covers, or whose column is damaged, are read from `truth`.
/// Where the bounds exclude too few rows it becomes a flat_scan(). kInvalidArgument: what flat_scan()
/// refuses, or a part of other rows or another dimension.
Result<std::vector<Neighbor>> certified_scan(const VectorSource& truth, std::span<const Int8Part> parts,
                                             std::span<const float> query, Metric metric, size_t k,
                                             const RowSet& rows, const CertifiedOptions& options = {});

/// The same for each row of `queries` (dimension() floats a query, one after the other): the columns are read
/// once for many queries. `seeds` must be empty.
Result<std::vector<std::vector<Neighbor>>> certified_scan_batch(const VectorSource& truth,
                                                                std::span<const Int8Part> parts,
                                                                std::span<const float> queries, Metric metric,
                                                                size_t k, const RowSet& rows,
                                                                const CertifiedOptions& options = {});

}  // namespace reel
