// A snapshot's vectors as the search code wants them.
#pragma once

#include "store/snapshot.h"
#include "vector/vector_source.h"

namespace reel {

class SnapshotVectors final : public VectorSource {
public:
    explicit SnapshotVectors(const Snapshot& snapshot) : snapshot_(snapshot) {}

    [[nodiscard]] uint64_t row_count() const override { return snapshot_.count(); }
    [[nodiscard]] uint32_t dimension() const override { return snapshot_.dimension(); }
    void locate(uint64_t first_row, std::span<const std::byte*> out) const override {
        for (size_t i = 0; i < out.size(); ++i) out[i] = snapshot_.vector_at(first_row + i);
    }

private:
    const Snapshot& snapshot_;
};

}  // namespace reel
