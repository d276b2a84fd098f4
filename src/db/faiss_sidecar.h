// A FAISS index beside a store: a copy of its vectors that scans faster, or an
// index of another type that the user vouches for.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "store/snapshot.h"
#include "vector/faiss_file.h"
#include "vector/faiss_index.h"

namespace reel {

/// What INDEX.json says of INDEX. Its last member, "ids", is for other readers;
/// Reel reads what stands before it.
struct SidecarStamp {
    std::string head;  ///< chain hash of the store, hexadecimal; empty for files that are not of this format
    uint64_t commit = 0;
    uint64_t rows = 0;
    uint32_t dimension = 0;
    uint64_t index_bytes = 0;

    bool operator==(const SidecarStamp&) const = default;
};

SidecarStamp stamp_of(const Snapshot& snapshot, uint64_t index_bytes);

class FaissSidecar {
public:
    /// The index at `path`, whose row i is the i-th live record of `snapshot`. With a
    /// matching INDEX.json the vectors are believed (`only_stamped`: required), else
    /// every vector is compared. kConflict with the reason if it does not match.
    static Result<std::unique_ptr<FaissSidecar>> open(const std::string& path, const Snapshot& snapshot,
                                                      bool trusted, bool only_stamped);

    /// Whether the index is of this very commit.
    [[nodiscard]] bool fits(const Snapshot& snapshot) const { return hash_ == snapshot.state().hash; }

    /// Whether FAISS itself reads the index, as the user has allowed.
    [[nodiscard]] bool is_trusted() const { return trusted_ != nullptr; }

    /// The k nearest live records, with exact distances from the store's own
    /// vectors. kConflict if those differ from the index's: it is not of this store.
    Result<std::vector<Neighbor>> search(const Snapshot& snapshot, std::span<const float> query, size_t k,
                                         unsigned threads) const;

private:
    [[nodiscard]] uint64_t record_of(uint64_t row) const { return records_.empty() ? row : records_[row]; }
    Result<std::vector<Neighbor>> search_trusted(const Snapshot& snapshot, std::span<const float> query,
                                                 size_t k) const;

    std::string path_;
    Mapping bytes_;
    std::optional<FaissFlatView> flat_;
    std::unique_ptr<TrustedIndex> trusted_;
    std::vector<uint64_t> records_;  ///< row -> record number, where records are deleted
    Sha256Digest hash_{};
};

/// Writes the live vectors to `path` (an IndexFlatL2) and `path`.json.
Status write_faiss_sidecar(const Snapshot& snapshot, const std::string& path);

/// Copies an index to `to`, which appears whole or not at all; returns its size.
Result<uint64_t> copy_index(const std::string& from, const std::string& to);

/// Writes `path`.json for the index at `path`, which matches the snapshot.
Status write_sidecar_stamp(const Snapshot& snapshot, const std::string& path, uint64_t index_bytes);

}  // namespace reel
