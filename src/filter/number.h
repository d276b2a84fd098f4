// Numbers as JSON has them, compared by value: 1 equals 1.0, and
// 9007199254740993 does not equal 9007199254740992.0.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace reel {

/// One value has one form: what is a whole number from -2^63 to 2^63 - 1 is
/// kInt, whole up to 2^64 - 1 kUint, the rest kDouble. Never NaN.
struct FilterNumber {
    enum class Kind : uint8_t { kInt, kUint, kDouble };

    Kind kind = Kind::kInt;
    uint64_t bits = 0;

    static FilterNumber from_int(int64_t value) { return {Kind::kInt, static_cast<uint64_t>(value)}; }
    static FilterNumber from_uint(uint64_t value);
    static FilterNumber from_double(double value);

    [[nodiscard]] int64_t as_int() const { return static_cast<int64_t>(bits); }
    [[nodiscard]] double as_double() const { return std::bit_cast<double>(bits); }
    /// Rounded to the nearest double.
    [[nodiscard]] double nearest_double() const;
    /// Whether nearest_double() is surely the same value.
    [[nodiscard]] bool is_double() const;

    bool operator==(const FilterNumber&) const = default;
};

/// Negative, 0 or positive as `a` is less than, equal to or greater than `b`.
int compare_numbers(const FilterNumber& a, const FilterNumber& b);

/// `literal` is a JSON number. Integers beyond 64 bits are the nearest double;
/// what is too large for a double is infinite.
FilterNumber read_json_number(std::string_view literal);

/// The shortest text that reads as the same value.
std::string print_number(const FilterNumber& number);

}  // namespace reel
