#include "ingest/float_text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "base/try.h"

namespace reel {

namespace {

bool is_json_separator(char c) { return c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_list_separator(char c) { return is_json_separator(c) || c == ';'; }

/// Whether a well-formed number, known to be beyond the range of float, is too small rather than too large.
bool is_below_one(std::string_view number) {
    if (number.starts_with('-')) number.remove_prefix(1);
    const size_t exponent_at = std::min(number.find_first_of("eE"), number.size());
    const std::string_view mantissa = number.substr(0, exponent_at);
    std::string_view exponent_text = number.substr(std::min(exponent_at + 1, number.size()));
    if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
    long exponent = 0;
    const auto parsed =
        std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
    if (parsed.ec == std::errc::result_out_of_range) return exponent_text.starts_with('-');
    const auto point = static_cast<long>(std::min(mantissa.find('.'), mantissa.size()));
    const size_t first = mantissa.find_first_not_of("0.");
    if (first == std::string_view::npos) return true;
    const auto at = static_cast<long>(first);
    // The first digit's weight is 10^(point - 1 - at), one more where the point stands before it.
    const long weight = at < point ? point - 1 - at : point - at;
    return exponent < -weight;
}

Status wrong_element(size_t index, std::string_view text, std::string_view reason) {
    std::string shown(text.substr(0, 40));
    if (text.size() > 40) shown += "...";
    return fail(ErrorCode::kInvalidArgument,
                "number " + std::to_string(index) + " of the vector (" + shown + ") " + std::string(reason));
}

/// Reads numbers up to `end`; each is followed by a separator or the end.
template <class IsSeparator>
Status read_numbers(const char* at, const char* end, IsSeparator is_separator, std::vector<float>& out) {
    const size_t before = out.size();
    while (true) {
        while (at < end && is_separator(*at)) ++at;
        if (at == end) return {};
        float value = 0;
        const auto parsed = std::from_chars(at, end, value);
        const char* word_end = parsed.ptr;
        while (word_end < end && !is_separator(*word_end)) ++word_end;
        const std::string_view word(at, static_cast<size_t>(word_end - at));
        const size_t index = out.size() - before + 1;
        if (parsed.ec == std::errc::invalid_argument || parsed.ptr != word_end) {
            return wrong_element(index, word, "is not a number");
        }
        if (parsed.ec == std::errc::result_out_of_range) {
            if (!is_below_one(word)) return wrong_element(index, word, "is too large for a 32-bit float");
            value = 0;
        }
        // from_chars also reads "inf" and "nan".
        if (!std::isfinite(value)) return wrong_element(index, word, "is not finite");
        out.push_back(value);
        at = word_end;
    }
}

}  // namespace

Status read_float_array(std::string_view literal, std::vector<float>& out) {
    if (literal.size() < 2 || literal.front() != '[') {
        return fail(ErrorCode::kInvalidArgument, "is not an array of numbers");
    }
    return read_numbers(literal.data() + 1, literal.data() + literal.size() - 1, is_json_separator, out);
}

Status read_float_list(std::string_view text, std::vector<float>& out) {
    return read_numbers(text.data(), text.data() + text.size(), is_list_separator, out);
}

Status check_count(size_t count, size_t dimension) {
    if (dimension == 0 || count == dimension) return {};
    return fail(ErrorCode::kInvalidArgument,
                "has " + std::to_string(count) + " numbers, the store " + std::to_string(dimension));
}

}  // namespace reel
