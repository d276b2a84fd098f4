// Flat indexes as FAISS writes them to a file ("IxF2": squared L2, "IxFI":
// inner product), read and written without FAISS, whose reader trusts its input.
//
// All little-endian: 4 characters of type, int32 dimension, int64 rows, two
// int64 that are not used (FAISS writes 2^20), one byte "is trained", int32
// metric (0 inner product, 1 L2), uint64 number of floats, the floats. The same
// from FAISS 1.5 to 1.15.
#pragma once

#include <functional>

#include "base/bytes.h"
#include "base/row_set.h"
#include "reel/error.h"
#include "reel/metric.h"
#include "vector/host_rows.h"
#include "vector/vector_source.h"

namespace reel {

inline constexpr size_t kFaissFlatHeaderBytes = 45;

/// A flat index in place; valid as long as the bytes it was parsed from.
struct FaissFlatView {
    Metric metric = Metric::kL2;  ///< what FAISS computes with it: kL2 or kInnerProduct
    HostRows rows;
};

/// kUnsupported for another type of index (the message names it and --trust);
/// kCorrupt if the counts do not agree with each other or with bytes.size().
Result<FaissFlatView> parse_faiss_flat(ByteView bytes);

using ByteSink = std::function<Status(ByteView)>;

/// Writes a flat index whose row i is the i-th row of `rows`, in pieces of
/// some hundred KB. kInnerProduct makes an IxFI; kL2 and kCosine an IxF2 of the
/// vectors as they are stored (for unit vectors its order is cosine's).
/// kCorrupt if a row has no bytes; it is named. Errors of `sink` are passed on.
Status write_faiss_flat(const VectorSource& source, const RowSet& rows, Metric metric, const ByteSink& sink);

/// Whether row i of `view` has the same floats as the i-th row of `rows`.
/// kConflict says which count or row differs first. Reads every vector.
Status check_faiss_matches(const FaissFlatView& view, const VectorSource& source, const RowSet& rows);

}  // namespace reel
