// The `oidx` trailer: JSON that the prototype's reader finds at the file's end.
#pragma once

#include <string>
#include <vector>

#include "base/limits.h"
#include "reel/error.h"
#include "store/snapshot.h"

namespace reel {

inline constexpr uint64_t kSmallTrailerBytes = 65'536;

/// Bytes that a trailer for so many records has at least.
uint64_t least_trailer_bytes(uint64_t live_records);

/// The whole box for the snapshot's live records; kLimit from 4 GiB on.
Result<ByteBuffer> build_trailer(const Snapshot& snapshot);

/// One entry: file offsets of box headers.
struct TrailerEntry {
    std::string id;
    uint64_t vector = 0;
    uint64_t metadata = 0;
    uint64_t text = 0;
};

/// kCorrupt if the payload is not a JSON object of such entries.
Result<std::vector<TrailerEntry>> parse_trailer(std::string_view payload);

}  // namespace reel
