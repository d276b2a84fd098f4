#include "filter/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace reel {

namespace {

using Kind = FilterNumber::Kind;

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;

int sign(bool less, bool greater) { return less ? -1 : (greater ? 1 : 0); }

/// `a` is kInt or kUint, `d` is neither: it has a fraction, or lies beyond 64 bits.
int compare_whole(const FilterNumber& a, double d) {
    if (d < -kTwo63) return 1;
    if (d >= kTwo64) return -1;
    // Only numbers with a fraction are left, all of them below 2^53 and so exact in int64.
    if (a.kind == Kind::kUint) return 1;
    const double whole = std::floor(d);
    return a.as_int() <= static_cast<int64_t>(whole) ? -1 : 1;
}

/// Whether a literal that no double can hold is too large rather than too small.
bool is_huge(std::string_view literal) {
    const size_t mark = std::min(literal.find_first_of("eE"), literal.size());
    const std::string_view mantissa = literal.substr(0, mark);
    const size_t first = mantissa.find_first_of("123456789");
    if (first == std::string_view::npos) return false;
    const size_t point = std::min(mantissa.find('.'), mantissa.size());
    const auto leading = static_cast<int64_t>(point) - static_cast<int64_t>(first);
    int64_t exponent = 0;
    if (mark < literal.size()) {
        std::string_view digits = literal.substr(mark + 1);
        if (digits.starts_with('+')) digits.remove_prefix(1);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        if (read.ec != std::errc()) return !digits.starts_with('-');
    }
    return exponent > -leading;
}

double read_double(std::string_view literal) {
    double value = 0;
    const auto read = std::from_chars(literal.data(), literal.data() + literal.size(), value);
    if (read.ec == std::errc()) return value;
    if (!is_huge(literal)) return 0;
    const double infinity = std::numeric_limits<double>::infinity();
    return literal.starts_with('-') ? -infinity : infinity;
}

template <class T>
bool read_whole(std::string_view literal, T& value) {
    const char* end = literal.data() + literal.size();
    const auto read = std::from_chars(literal.data(), end, value);
    return read.ec == std::errc() && read.ptr == end;
}

template <class T>
std::string print(T value) {
    std::array<char, 64> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), written.ptr};
}

}  // namespace

FilterNumber FilterNumber::from_uint(uint64_t value) {
    return {value >> 63U == 0 ? Kind::kInt : Kind::kUint, value};
}

FilterNumber FilterNumber::from_double(double value) {
    if (value >= -kTwo63 && value < kTwo64 && std::floor(value) == value) {
        if (value < kTwo63) return from_int(static_cast<int64_t>(value));
        return {Kind::kUint, static_cast<uint64_t>(value)};
    }
    return {Kind::kDouble, std::bit_cast<uint64_t>(value)};
}

double FilterNumber::nearest_double() const {
    switch (kind) {
        case Kind::kInt: return static_cast<double>(as_int());
        case Kind::kUint: return static_cast<double>(bits);
        default: return as_double();
    }
}

bool FilterNumber::is_double() const {
    constexpr int64_t kTwo53 = int64_t{1} << 53U;
    return kind == Kind::kDouble || (kind == Kind::kInt && as_int() >= -kTwo53 && as_int() <= kTwo53);
}

int compare_numbers(const FilterNumber& a, const FilterNumber& b) {
    if (a.kind == b.kind) {
        if (a.kind == Kind::kInt) return sign(a.as_int() < b.as_int(), a.as_int() > b.as_int());
        if (a.kind == Kind::kUint) return sign(a.bits<b.bits, a.bits> b.bits);
        return sign(a.as_double() < b.as_double(), a.as_double() > b.as_double());
    }
    if (a.kind == Kind::kDouble) return -compare_whole(b, a.as_double());
    if (b.kind == Kind::kDouble) return compare_whole(a, b.as_double());
    return a.kind == Kind::kInt ? -1 : 1;
}

FilterNumber read_json_number(std::string_view literal) {
    if (literal.find_first_of(".eE") == std::string_view::npos) {
        int64_t whole = 0;
        if (read_whole(literal, whole)) return FilterNumber::from_int(whole);
        uint64_t large = 0;
        if (read_whole(literal, large)) return FilterNumber::from_uint(large);
    }
    return FilterNumber::from_double(read_double(literal));
}

std::string print_number(const FilterNumber& number) {
    switch (number.kind) {
        case Kind::kInt: return print(number.as_int());
        case Kind::kUint: return print(number.bits);
        default: break;
    }
    const double value = number.as_double();
    if (std::isinf(value)) return value > 0 ? "1e999" : "-1e999";
    return print(value);
}

}  // namespace reel
