// Sample tables of millions of rows, read in place.
#pragma once

#include "base/bytes.h"
#include "boxes/box_header.h"

namespace reel {

/// A Sample Size Box: constant or one size a row.
class SampleSizeView {
public:
    SampleSizeView() = default;
    /// kCorrupt if the count does not fit into the payload.
    static Result<SampleSizeView> parse(ByteView stsz_payload);

    [[nodiscard]] uint32_t count() const { return count_; }
    [[nodiscard]] uint32_t operator[](uint64_t row) const {
        return constant_ != 0 ? constant_ : load_be<uint32_t>(rows_.data() + 4 * row);
    }
    /// The rows' bytes; empty where the size is constant.
    [[nodiscard]] ByteView bytes() const { return rows_; }

private:
    uint32_t count_ = 0;
    uint32_t constant_ = 0;
    ByteView rows_;
};

/// A Chunk Large Offset Box, or a Chunk Offset Box.
class ChunkOffsetView {
public:
    ChunkOffsetView() = default;
    static Result<ChunkOffsetView> parse(ByteView payload, FourCC type);

    [[nodiscard]] uint32_t count() const { return count_; }
    [[nodiscard]] uint64_t operator[](uint64_t row) const {
        return wide_ ? load_be<uint64_t>(rows_.data() + 8 * row) : load_be<uint32_t>(rows_.data() + 4 * row);
    }
    [[nodiscard]] ByteView bytes() const { return rows_; }

private:
    uint32_t count_ = 0;
    bool wide_ = true;
    ByteView rows_;
};

}  // namespace reel
