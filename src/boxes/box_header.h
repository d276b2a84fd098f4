// Box headers, ISO/IEC 14496-12 section 4.2, and the only loops over boxes.
#pragma once

#include <array>
#include <optional>

#include "base/bytes.h"
#include "base/file.h"
#include "base/limits.h"
#include "boxes/fourcc.h"
#include "reel/error.h"

namespace reel {

using ExtendedType = std::array<std::byte, 16>;

struct BoxHeader {
    FourCC type;
    uint64_t offset = 0;       ///< of the box's first byte
    uint64_t size = 0;         ///< header included
    uint32_t header_size = 8;  ///< 8, or 16 with a 64-bit size
    bool to_end = false;       ///< its size field is 0: it reaches to the end of what holds it

    [[nodiscard]] uint64_t payload_offset() const { return offset + header_size; }
    [[nodiscard]] uint64_t payload_size() const { return size - header_size; }
    [[nodiscard]] uint64_t end() const { return offset + size; }
};

/// The header in `bytes` (the first up to 16 bytes of the box), which stands
/// at `offset` of something that ends at `end`. kCorrupt if the box would not fit.
Result<BoxHeader> parse_box_header(ByteView bytes, uint64_t offset, uint64_t end);

/// The header of the box at `offset` of a file that ends at `end`.
Result<BoxHeader> read_box_header(const File& file, uint64_t offset, uint64_t end);

/// Child boxes one after the other. `bytes` is the container's payload,
/// `offset` where it stands in the file.
class BoxCursor {
public:
    explicit BoxCursor(ByteView bytes, uint64_t offset = 0) : bytes_(bytes), offset_(offset) {}

    /// The next child; nullopt at the end, kCorrupt if one does not fit.
    Result<std::optional<BoxHeader>> next();

    /// The payload of the child that next() returned last.
    [[nodiscard]] ByteView payload() const { return payload_; }

    /// The whole of that child with its header.
    [[nodiscard]] ByteView box() const { return box_; }

private:
    ByteView bytes_;
    uint64_t offset_;
    size_t at_ = 0;
    ByteView payload_;
    ByteView box_;
};

/// The first child of `type`; kCorrupt if there is none.
Result<ByteView> find_child(ByteView container_payload, FourCC type);

}  // namespace reel
