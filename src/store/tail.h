// What lies behind the last valid commit: a torn write, or damage?
#pragma once

#include <optional>

#include "base/file.h"
#include "boxes/store_boxes.h"

namespace reel {

struct TailEvidence {
    bool holds_commit = false;     ///< a valid commit record of this file is in it
    uint64_t durable_through = 0;  ///< highest commit that a valid box in the tail says was durable
};

/// Searches [begin, end) for the file id: what boxes' sizes would lead to may
/// be damaged, and an id is random. A find counts only if it is a commit
/// record, seal record or mark whose own offset and checksum hold.
Result<TailEvidence> search_tail(const File& file, uint64_t begin, uint64_t end, const FileId& file_id);

/// The mark in `box`, if it is one of this file and place with a right checksum.
std::optional<MarkBox> parse_mark(ByteView box, uint64_t offset, const FileId& file_id);

}  // namespace reel
