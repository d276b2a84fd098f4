// Points of time as people write them: ISO 8601, in UTC unless a zone is said.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reel/error.h"

namespace reel::cli {

/// Milliseconds since 1970 of "2026-11-22", "2026-11-22T18:33", "2026-11-22 18:33:02.5+01:00" and
/// the like: a date, then perhaps "T" or a space and the time to the minute, second or fraction, then
/// perhaps "Z" or an offset (+01:00, +0100, +01). Without a time the day's first moment; without a zone
/// UTC; what is finer than a millisecond is dropped. kInvalidArgument saying what is wrong.
Result<uint64_t> parse_iso_time(std::string_view text);

/// "2026-11-22T18:33:02.500Z", which parse_iso_time() takes back.
std::string iso_time_text(uint64_t ms);

}  // namespace reel::cli
