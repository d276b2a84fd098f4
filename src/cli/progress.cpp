#include "cli/progress.h"

#include <algorithm>
#include <cstdio>

namespace reel::cli {

namespace {

std::string clock_text(double seconds) {
    const auto whole = static_cast<uint64_t>(std::clamp(seconds, 0.0, 359999.0));
    char buffer[32];
    if (whole >= 3600) {
        std::snprintf(buffer, sizeof buffer, "%u:%02u:%02u", static_cast<unsigned>(whole / 3600),
                      static_cast<unsigned>(whole / 60 % 60), static_cast<unsigned>(whole % 60));
    } else {
        std::snprintf(buffer, sizeof buffer, "%u:%02u", static_cast<unsigned>(whole / 60),
                      static_cast<unsigned>(whole % 60));
    }
    return buffer;
}

}  // namespace

std::string with_separators(uint64_t number) {
    std::string digits = std::to_string(number);
    for (size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

std::string progress_text(double fraction, uint64_t records, double seconds) {
    constexpr size_t kWidth = 24;
    std::string text;
    const bool known = fraction >= 0 && fraction <= 1;
    if (known) {
        const auto filled = static_cast<size_t>(fraction * static_cast<double>(kWidth));
        char percent[16];
        std::snprintf(percent, sizeof percent, "%3d%% [", static_cast<int>(fraction * 100));
        text = percent + std::string(filled, '#') + std::string(kWidth - filled, ' ') + "] ";
    }
    const double rate = seconds > 0 ? static_cast<double>(records) / seconds : 0;
    text += with_separators(records) + " records, " + with_separators(static_cast<uint64_t>(rate)) + "/s";
    if (known && fraction > 0) text += ", " + clock_text(seconds * (1 - fraction) / fraction) + " left";
    return text;
}

void Progress::begin_part(std::string_view name) {
    if (part_ == name) return;
    part_ = name;
    started_ = Clock::now();
}

void Progress::update(uint64_t records, uint64_t done, uint64_t total) {
    constexpr auto kInterval = std::chrono::milliseconds(200);
    if (!messages_.draws_bars()) return;
    const auto now = Clock::now();
    if (now - drawn_ < kInterval) return;
    drawn_ = now;
    const double fraction =
        total == 0 ? -1 : static_cast<double>(std::min(done, total)) / static_cast<double>(total);
    messages_.draw_bar(
        (part_.empty() ? "" : part_ + " ") +
        progress_text(fraction, records, std::chrono::duration<double>(now - started_).count()));
}

std::string counted(uint64_t count, std::string_view one, std::string_view many) {
    return with_separators(count) + " " + std::string(count == 1 ? one : many);
}

}  // namespace reel::cli
