#include "filter/parse.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/try.h"
#include "base/utf8.h"
#include "filter/json_walk.h"

namespace reel {

namespace {

constexpr size_t kExcerptBytes = 32;
constexpr size_t kLongestSuggestion = 16;

/// Edits that make `a` of `b`: insert, delete, replace a byte, swap two that are
/// neighbours (optimal string alignment: Damerau 1964, restricted).
size_t edit_distance(std::string_view a, std::string_view b) {
    const size_t width = b.size() + 1;
    std::vector<size_t> table((a.size() + 1) * width);
    for (size_t i = 0; i <= a.size(); ++i) {
        for (size_t j = 0; j <= b.size(); ++j) {
            size_t& cell = table[i * width + j];
            if (i == 0 || j == 0) {
                cell = i + j;
                continue;
            }
            const size_t replace = table[(i - 1) * width + j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cell = std::min({table[(i - 1) * width + j] + 1, table[i * width + j - 1] + 1, replace});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cell = std::min(cell, table[(i - 2) * width + j - 2] + 1);
        }
    }
    return table.back();
}

std::string excerpt(std::string_view text, size_t at) {
    if (at >= text.size()) return "at its end";
    std::string_view rest = text.substr(at, kExcerptBytes);
    if (at + rest.size() < text.size()) {
        while (rest.size() > 1 && (static_cast<unsigned char>(text[at + rest.size()]) & 0xC0U) == 0x80U)
            rest.remove_suffix(1);
    }
    return "at " + quote_json(rest);
}

}  // namespace

tl::unexpected<Error> fail_filter(std::string_view text, size_t at, const std::string& what) {
    return fail(ErrorCode::kInvalidArgument, "filter, byte " + std::to_string(std::min(at, text.size())) +
                                                 ", " + excerpt(text, at) + ": " + what);
}

Status FilterBudget::spend(size_t at, size_t depth) {
    if (depth > kMaxFilterDepth) {
        return fail(ErrorCode::kLimit, "filter, byte " + std::to_string(at) + ": nests deeper than " +
                                           std::to_string(kMaxFilterDepth) + " levels");
    }
    if (++nodes_ > kMaxFilterNodes) {
        return fail(ErrorCode::kLimit, "filter, byte " + std::to_string(at) + ": more than " +
                                           std::to_string(kMaxFilterNodes) +
                                           " conditions; for one of many values use \"in\"");
    }
    return {};
}

std::string suggest(std::string_view word, std::span<const std::string_view> known) {
    if (word.size() > kLongestSuggestion) return {};
    std::string_view best;
    size_t best_distance = std::max<size_t>(word.size() / 2, 1) + 1;
    for (const std::string_view candidate : known) {
        const size_t distance = edit_distance(to_lower_ascii(word), to_lower_ascii(candidate));
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best.empty() ? std::string() : "; did you mean " + std::string(best) + "?";
}

Status check_path(const FilterPath& path, std::string_view text, size_t at) {
    if (path.size() <= kMaxPathParts && print_path(path).size() <= kMaxPathBytes) return {};
    return fail_filter(text, at,
                       "the key is too long; at most " + std::to_string(kMaxPathParts) + " parts and " +
                           std::to_string(kMaxPathBytes) + " bytes are allowed");
}

Status check_operand(FilterOperator op, const FilterValue& value, std::string_view text, size_t at) {
    switch (op) {
        case FilterOperator::kLess:
        case FilterOperator::kLessEqual:
        case FilterOperator::kGreater:
        case FilterOperator::kGreaterEqual:
            if (value.type == ValueType::kNumber || value.type == ValueType::kString) return {};
            return fail_filter(text, at, "a number or a string is expected: only these have an order");
        case FilterOperator::kLike:
        case FilterOperator::kIlike:
            if (value.type != ValueType::kString)
                return fail_filter(text, at, "a string with % and _ in it is expected");
            if (value.text.size() <= kMaxPatternBytes) return {};
            return fail_filter(text, at,
                               "a pattern has at most " + std::to_string(kMaxPatternBytes) + " bytes");
        default: return {};
    }
}

Result<FilterNode> parse_filter(std::string_view text) {
    if (text.size() > kMaxFilterBytes) {
        return fail(ErrorCode::kLimit, "the filter has " + std::to_string(text.size()) + " bytes; at most " +
                                           std::to_string(kMaxFilterBytes) + " are allowed");
    }
    if (const auto bad = find_invalid_utf8(text)) return fail_filter(text, *bad, "this is not UTF-8");
    const size_t first = skip_json_space(text, 0);
    if (first == text.size()) {
        return fail(ErrorCode::kInvalidArgument,
                    "the filter is empty; write one as year >= 2008 or as {\"year\": {\"$gte\": 2008}}");
    }
    return text[first] == '{' ? parse_json_filter(text) : parse_text_filter(text);
}

}  // namespace reel
