// The tree of a filter. Both spellings give the same one; what is said with
// "not" in an operator's name ($ne, not in, is not null) is a kNot around it.
#pragma once

#include <string>
#include <vector>

#include "filter/path.h"
#include "filter/value.h"

namespace reel {

enum class FilterOperator : uint8_t {
    kEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kIn,        ///< equal to one of the values
    kContains,  ///< an array has the element, a string the part
    kLike,      ///< '%' any text, '_' one character, '\' takes the next one as it is
    kIlike,     ///< the same; ASCII letters match in either case
    kExists,    ///< the key is there, with null or anything
};

struct FilterCondition {
    FilterOperator op = FilterOperator::kExists;
    FilterPath path;
    std::string key;                  ///< the path as printed, a column's name
    std::vector<FilterValue> values;  ///< one; none for kExists; ascending and different for kIn

    /// Whether a record without the key matches: "equals null" does.
    [[nodiscard]] bool matches_missing() const;
    /// Whether a value does that stands alone, or as an element of an array.
    [[nodiscard]] bool matches(const ValueView& value, bool is_element) const;
};

struct FilterNode {
    enum class Kind : uint8_t { kAnd, kOr, kNot, kCondition };

    Kind kind = Kind::kAnd;
    std::vector<FilterNode> children;  ///< an empty kAnd is true, an empty kOr false
    FilterCondition condition;
};

FilterNode make_condition(FilterOperator op, FilterPath path, std::vector<FilterValue> values);
/// Of one child that child; children of the same kind are taken apart.
FilterNode make_group(FilterNode::Kind kind, std::vector<FilterNode> children);
/// Of a negation what is inside it.
FilterNode make_not(FilterNode node);

/// In the text spelling; parsing it gives the same tree.
std::string print_filter(const FilterNode& node);

/// `text` against a pattern of LIKE. In the worst case text times pattern in time.
bool matches_like(std::string_view pattern, std::string_view text, bool ignore_case);

}  // namespace reel
