// The two spellings of a filter (docs/filters.md), both into one tree.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "filter/expression.h"
#include "reel/error.h"

namespace reel {

inline constexpr size_t kMaxFilterBytes = size_t{1} << 20U;
inline constexpr size_t kMaxFilterDepth = 64;     ///< parentheses or groups inside each other
inline constexpr size_t kMaxFilterNodes = 4096;   ///< conditions and groups
inline constexpr size_t kMaxPatternBytes = 1024;  ///< of LIKE: what bounds the time of a match

/// kInvalidArgument with the byte (from 0), what stands there and what is expected; kLimit.
Result<FilterNode> parse_filter(std::string_view text);

/// The spelling of MongoDB, Chroma and LangChain: `text` is one JSON object.
Result<FilterNode> parse_json_filter(std::string_view text);
/// The one for people: year >= 2008 and category = "x".
Result<FilterNode> parse_text_filter(std::string_view text);

/// Counts what is built and refuses what is too much.
class FilterBudget {
public:
    explicit FilterBudget(std::string_view text) : text_(text) {}

    /// For one more node at `depth` that begins at `at`.
    Status spend(size_t at, size_t depth);

private:
    std::string_view text_;
    size_t nodes_ = 0;
};

/// kInvalidArgument: "filter, byte 5, at "=> 2008": `what`".
tl::unexpected<Error> fail_filter(std::string_view text, size_t at, const std::string& what);

/// Checks what both spellings demand of an operand, and of a path.
Status check_operand(FilterOperator op, const FilterValue& value, std::string_view text, size_t at);
Status check_path(const FilterPath& path, std::string_view text, size_t at);

/// "; did you mean X?" with the one of `known` that is nearest to `word`, or nothing if none is near.
std::string suggest(std::string_view word, std::span<const std::string_view> known);

}  // namespace reel
