// Exact search: the distance to every row.
#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "base/row_set.h"
#include "reel/error.h"
#include "reel/metric.h"
#include "vector/host_rows.h"
#include "vector/kernels.h"
#include "vector/top_k.h"
#include "vector/vector_source.h"

namespace reel {

struct ScanOptions {
    unsigned threads = 0;                       ///< 0: all cores for a large scan, one for a small one
    const std::atomic<bool>* cancel = nullptr;  ///< set by another thread: the scan ends with kInterrupted
    const Kernel* kernel = nullptr;             ///< nullptr: choose_kernel()
    float max_distance = std::numeric_limits<float>::infinity();  ///< rows farther than this are left out
};

/// What every exact search refuses with kInvalidArgument before it begins: k is 0, the query has another
/// dimension than the rows, max_distance is NaN.
Status check_scan(std::span<const float> query, size_t dimension, size_t k, const ScanOptions& options);

/// The k rows of `rows` nearest to `query`, by distance, then by row number;
/// all of them if there are fewer. Rows that locate() has no bytes for, and
/// rows whose distance is not finite, are passed over. The answer does not
/// depend on the number of threads nor on the kernel.
/// kInvalidArgument: check_scan() or check_vector() refuses the query.
Result<std::vector<Neighbor>> flat_scan(const VectorSource& source, std::span<const float> query,
                                        Metric metric, size_t k, const RowSet& rows,
                                        const ScanOptions& options = {});

/// The same over host-order rows: same bits for the same floats.
Result<std::vector<Neighbor>> flat_scan(const HostRows& source, std::span<const float> query, Metric metric,
                                        size_t k, const RowSet& rows, const ScanOptions& options = {});

}  // namespace reel
