// Indexes of types that Reel does not parse itself, read by FAISS. FAISS
// trusts what it reads: a made-up file can crash the process or worse. So this
// is only for files that the user has vouched for (--trust).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "reel/error.h"
#include "reel/metric.h"
#include "vector/top_k.h"

namespace reel {

class TrustedIndex {
public:
    TrustedIndex() = default;
    TrustedIndex(const TrustedIndex&) = delete;
    TrustedIndex& operator=(const TrustedIndex&) = delete;
    virtual ~TrustedIndex() = default;

    [[nodiscard]] virtual uint32_t dimension() const = 0;
    [[nodiscard]] virtual uint64_t row_count() const = 0;
    [[nodiscard]] virtual Metric metric() const = 0;  ///< kL2 or kInnerProduct

    /// At most k rows, nearest first, with distances as Metric defines them,
    /// as near as this type of index finds and computes them. Row numbers are
    /// the index's own: whether the store has such a record is the caller's to check.
    [[nodiscard]] virtual Result<std::vector<Neighbor>> search(std::span<const float> query, size_t k) = 0;
};

/// kUnsupported without the module reel_faiss, or for a metric that Reel has
/// not; kCorrupt if FAISS refuses the file.
Result<std::unique_ptr<TrustedIndex>> load_trusted_faiss(const std::string& path);

/// The entry of the module reel_faiss that load_trusted_faiss calls.
using LoadTrustedFaiss = void(const char* path, Result<std::unique_ptr<TrustedIndex>>* out);

/// Entry "reel_faiss_build_flat": the file of an IndexFlatL2 that FAISS itself
/// builds of row-major `vectors`. A cross-check of write_faiss_flat().
using BuildFaissFlat = void(std::span<const float> vectors, uint32_t dimension, Result<ByteBuffer>* out);

}  // namespace reel
