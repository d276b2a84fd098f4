#include "cli/iso_time.h"

#include <chrono>
#include <cstdio>
#include <optional>

#include "base/try.h"

namespace reel::cli {

namespace {

using std::chrono::milliseconds;

tl::unexpected<Error> bad_time(std::string_view text, std::string_view what) {
    return fail(ErrorCode::kInvalidArgument,
                "\"" + std::string(text) + "\" is no time: " + std::string(what) +
                    "; write 2026-11-22, 2026-11-22T18:33:02.5Z or 2026-11-22T18:33:02+01:00 (without a zone "
                    "it is UTC)");
}

/// Takes a text apart from the front.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text), left_(text) {}

    [[nodiscard]] bool at_end() const { return left_.empty(); }

    bool take(std::string_view any_of) {
        if (left_.empty() || any_of.find(left_.front()) == std::string_view::npos) return false;
        left_.remove_prefix(1);
        return true;
    }

    /// Exactly `digits` digits, at least `least`, at most `most`.
    Result<int> number(size_t digits, int least, int most, std::string_view name) {
        int value = 0;
        for (size_t i = 0; i < digits; ++i) {
            if (left_.size() <= i || left_[i] < '0' || left_[i] > '9') {
                return bad_time(text_,
                                "the " + std::string(name) + " needs " + std::to_string(digits) + " digits");
            }
            value = value * 10 + (left_[i] - '0');
        }
        left_.remove_prefix(digits);
        if (value < least || value > most) {
            return bad_time(text_, "the " + std::string(name) + " must be from " + std::to_string(least) +
                                       " to " + std::to_string(most));
        }
        return value;
    }

    /// Milliseconds of the digits behind a point.
    Result<int> fraction() {
        int value = 0;
        size_t digits = 0;
        for (; !left_.empty() && left_.front() >= '0' && left_.front() <= '9'; ++digits) {
            if (digits < 3) value = value * 10 + (left_.front() - '0');
            left_.remove_prefix(1);
        }
        if (digits == 0) return bad_time(text_, "digits are missing behind the point");
        for (; digits < 3; ++digits) value *= 10;
        return value;
    }

    [[nodiscard]] char front() const { return left_.empty() ? '\0' : left_.front(); }
    [[nodiscard]] std::string_view text() const { return text_; }

private:
    std::string_view text_;
    std::string_view left_;
};

Result<milliseconds> parse_date(Scanner& scanner) {
    REEL_ASSIGN(const int year, scanner.number(4, 0, 9999, "year"));
    if (!scanner.take("-")) return bad_time(scanner.text(), "a \"-\" is missing behind the year");
    REEL_ASSIGN(const int month, scanner.number(2, 1, 12, "month"));
    if (!scanner.take("-")) return bad_time(scanner.text(), "a \"-\" is missing behind the month");
    REEL_ASSIGN(const int day, scanner.number(2, 1, 31, "day"));
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return bad_time(scanner.text(), "the month has no such day");
    return milliseconds(std::chrono::sys_days(date).time_since_epoch());
}

Result<milliseconds> parse_clock(Scanner& scanner) {
    REEL_ASSIGN(const int hour, scanner.number(2, 0, 23, "hour"));
    if (!scanner.take(":")) return bad_time(scanner.text(), "a \":\" is missing behind the hour");
    REEL_ASSIGN(const int minute, scanner.number(2, 0, 59, "minute"));
    milliseconds time = std::chrono::hours(hour) + std::chrono::minutes(minute);
    if (!scanner.take(":")) return time;
    REEL_ASSIGN(const int second, scanner.number(2, 0, 59, "second"));
    time += std::chrono::seconds(second);
    if (!scanner.take(".,")) return time;
    REEL_ASSIGN(const int fraction, scanner.fraction());
    return time + milliseconds(fraction);
}

/// What is to be taken off to reach UTC.
Result<milliseconds> parse_zone(Scanner& scanner) {
    if (scanner.at_end() || scanner.take("Zz")) return milliseconds(0);
    const bool west = scanner.front() == '-';
    if (!scanner.take("+-")) return bad_time(scanner.text(), "something else than a zone stands at its end");
    REEL_ASSIGN(const int hours, scanner.number(2, 0, 23, "zone's hour"));
    int minutes = 0;
    if (scanner.take(":") || !scanner.at_end()) {
        REEL_ASSIGN(minutes, scanner.number(2, 0, 59, "zone's minute"));
    }
    const milliseconds offset = std::chrono::hours(hours) + std::chrono::minutes(minutes);
    return west ? -offset : offset;
}

}  // namespace

Result<uint64_t> parse_iso_time(std::string_view text) {
    Scanner scanner(text);
    REEL_ASSIGN(milliseconds time, parse_date(scanner));
    if (scanner.take("Tt ")) {
        REEL_ASSIGN(const milliseconds clock, parse_clock(scanner));
        REEL_ASSIGN(const milliseconds zone, parse_zone(scanner));
        time += clock - zone;
    }
    if (!scanner.at_end()) return bad_time(text, "something stands behind its end");
    if (time.count() < 0) return bad_time(text, "it is before 1970");
    return static_cast<uint64_t>(time.count());
}

std::string iso_time_text(uint64_t ms) {
    // The last millisecond of the year 9999: what is later is no time of a clock.
    constexpr uint64_t kLast = 253'402'300'799'999;
    if (ms > kLast) return std::to_string(ms) + " ms since 1970";
    const std::chrono::sys_time<milliseconds> time{milliseconds(static_cast<int64_t>(ms))};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    char buffer[40];
    std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return buffer;
}

}  // namespace reel::cli
