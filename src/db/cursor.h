// Where a page of hits ended, as a word that the next question brings back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reel/error.h"

namespace reel {

struct Cursor {
    uint64_t commit = 0;         ///< the snapshot that all pages are of
    uint64_t head = 0;           ///< first eight bytes of its chain hash
    uint64_t fingerprint = 0;    ///< of the question and its options
    uint64_t offset = 0;         ///< hits given so far
    uint64_t last_row = 0;       ///< of the last hit
    uint32_t last_distance = 0;  ///< its bits
};

std::string write_cursor(const Cursor& cursor);

/// kInvalidArgument unless write_cursor() wrote it.
Result<Cursor> read_cursor(std::string_view text);

}  // namespace reel
