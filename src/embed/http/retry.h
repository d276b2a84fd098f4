// How long to wait before a request is sent again.
#pragma once

#include <chrono>
#include <optional>

namespace reel {

/// The wait before repeat `attempt` (from 0): 250 ms doubled with each, at most
/// 8 s, and of that between half and all as `jitter` goes from 0 to 1, so that
/// many clients do not come back at the same moment. What the server asks for
/// with Retry-After counts if it is longer, up to 60 s.
std::chrono::milliseconds retry_delay(unsigned attempt, double jitter,
                                      std::optional<std::chrono::seconds> retry_after);

/// Whether an answer with this status is worth another try: 429 and 5xx, but
/// not 501 and 505, which say that the request will never do.
bool is_passing_status(long status);

}  // namespace reel
