// What the parts of a seal share.
#pragma once

#include "base/growing_log.h"
#include "container/movie_reader.h"
#include "store/snapshot.h"

namespace reel {

/// Sealed, unsealed and pending rows, one after the other.
class AllRows final : public RecordRows {
public:
    AllRows(const MovieTables& sealed, GrowingLog<UnsealedRecord>::View unsealed,
            std::span<const RecordRow> pending)
        : sealed_(sealed), unsealed_(std::move(unsealed)), pending_(pending) {}

    [[nodiscard]] uint64_t count() const override {
        return sealed_.count() + unsealed_.size() + pending_.size();
    }
    [[nodiscard]] RecordRow row(uint64_t n) const override {
        if (n < sealed_.count()) return sealed_.row(n);
        n -= sealed_.count();
        return n < unsealed_.size() ? unsealed_[n].row : pending_[n - unsealed_.size()];
    }

private:
    const MovieTables& sealed_;
    GrowingLog<UnsealedRecord>::View unsealed_;
    std::span<const RecordRow> pending_;
};

inline void append_box_header(ByteBuffer& out, FourCC type, uint64_t size) {
    out.resize(out.size() + 8);
    store_be(out.data() + out.size() - 8, static_cast<uint32_t>(size));
    store_be(out.data() + out.size() - 4, type.value);
}

}  // namespace reel
