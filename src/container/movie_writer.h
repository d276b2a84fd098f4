// Writes a store's `moov`: three tracks with their tables, and the seal record.
#pragma once

#include <optional>
#include <string>

#include "base/appender.h"
#include "boxes/store_boxes.h"
#include "container/tracks.h"

namespace reel {

struct MovieContent {
    const RecordRows* rows = nullptr;
    uint32_t dimension = 0;
    std::string configuration;              ///< JSON, stored in udta
    std::optional<CommitRecordBox> commit;  ///< where the seal is itself a bulk commit
    SealRecordBox seal;                     ///< its offset, configuration and checksums are filled in
};

/// Size of the moov that write_movie() would append.
uint64_t movie_size(const MovieContent& content);

/// Appends the `moov` at out.offset(), streaming the tables. kLimit if it
/// would reach 4 GiB. Fills in own offsets and checksums.
Status write_movie(Appender& out, MovieContent content);

/// Bytes of sample tables under one checksum.
inline constexpr size_t kTableBlock = 64U << 10U;

}  // namespace reel
