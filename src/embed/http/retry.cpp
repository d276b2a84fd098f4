#include "embed/http/retry.h"

#include <algorithm>

namespace reel {

using std::chrono::milliseconds;

std::chrono::milliseconds retry_delay(unsigned attempt, double jitter,
                                      std::optional<std::chrono::seconds> retry_after) {
    constexpr milliseconds kFirst{250};
    constexpr milliseconds kLongest{8'000};
    constexpr milliseconds kLongestAsked{60'000};
    const milliseconds whole = std::min(kFirst * (1U << std::min(attempt, 10U)), kLongest);
    const auto own = milliseconds(static_cast<long>(static_cast<double>(whole.count()) * (0.5 + jitter / 2)));
    if (!retry_after) return own;
    const milliseconds asked = *retry_after > kLongestAsked ? kLongestAsked : milliseconds(*retry_after);
    return std::max(own, asked);
}

bool is_passing_status(long status) {
    return status == 429 || (status >= 500 && status <= 599 && status != 501 && status != 505);
}

}  // namespace reel
