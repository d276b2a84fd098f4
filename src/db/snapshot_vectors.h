// A snapshot's vectors as the search code wants them.
#pragma once

#include <atomic>
#include <limits>
#include <optional>

#include "store/snapshot.h"
#include "vector/vector_source.h"

namespace reel {

class SnapshotVectors final : public VectorSource {
public:
    explicit SnapshotVectors(const Snapshot& snapshot) : snapshot_(snapshot) {}

    [[nodiscard]] uint64_t row_count() const override { return snapshot_.count(); }
    [[nodiscard]] uint32_t dimension() const override { return snapshot_.dimension(); }
    void locate(uint64_t first_row, std::span<const std::byte*> out) const override {
        for (size_t i = 0; i < out.size(); ++i) {
            out[i] = snapshot_.vector_at(first_row + i);
            if (out[i] == nullptr && snapshot_.live().contains(first_row + i)) damaged_ = first_row + i;
        }
    }

    /// A live row whose vector was asked for and is not in its place.
    [[nodiscard]] std::optional<uint64_t> damaged_row() const {
        const uint64_t row = damaged_;
        return row == kNone ? std::nullopt : std::optional(row);
    }

private:
    static constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();
    const Snapshot& snapshot_;
    mutable std::atomic<uint64_t> damaged_{kNone};
};

}  // namespace reel
