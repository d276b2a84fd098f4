// How far a long command has come.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/messages.h"

namespace reel::cli {

/// "  42% [########            ] 1,234 records, 310/s, 0:12 left". `fraction`
/// outside [0, 1]: unknown, only the count and the rate are shown.
std::string progress_text(double fraction, uint64_t records, double seconds);

/// Draws at most a few times a second; draws nothing in a pipe.
class Progress {
public:
    explicit Progress(Messages& messages) : messages_(messages), started_(Clock::now()), drawn_(started_) {}
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress() { messages_.clear_bar(); }

    /// A part of the work begins, with a name of its own in front of the bar.
    void begin_part(std::string_view name);

    /// `done` of `total` in any unit; a total of 0 is unknown.
    void update(uint64_t records, uint64_t done, uint64_t total);

private:
    using Clock = std::chrono::steady_clock;
    Messages& messages_;
    Clock::time_point started_;
    Clock::time_point drawn_;
    std::string part_;
};

/// "1,234,567"
std::string with_separators(uint64_t number);

/// "1 record", "1,234 records"
std::string counted(uint64_t count, std::string_view one, std::string_view many);

}  // namespace reel::cli
