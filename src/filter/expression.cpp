#include "filter/expression.h"

#include <algorithm>
#include <utility>

namespace reel {

namespace {

bool value_less(const FilterValue& a, const FilterValue& b) {
    return compare_values(view_of(a), view_of(b)) < 0;
}

bool is_one_of(const std::vector<FilterValue>& values, const ValueView& value) {
    const auto at = std::lower_bound(
        values.begin(), values.end(), value,
        [](const FilterValue& a, const ValueView& b) { return compare_values(view_of(a), b) < 0; });
    return at != values.end() && compare_values(view_of(*at), value) == 0;
}

std::string print_condition(const FilterCondition& condition, bool negated) {
    const std::string no = negated ? "not " : "";
    const auto join = [&](std::string_view op) {
        return condition.key + " " + std::string(op) + " " + print_value(view_of(condition.values.front()));
    };
    switch (condition.op) {
        case FilterOperator::kEqual: return join(negated ? "!=" : "=");
        case FilterOperator::kContains: return join(no + "contains");
        case FilterOperator::kLike: return join(no + "like");
        case FilterOperator::kIlike: return join(no + "ilike");
        case FilterOperator::kExists: return no + "exists(" + condition.key + ")";
        case FilterOperator::kLess: return no + join("<");
        case FilterOperator::kLessEqual: return no + join("<=");
        case FilterOperator::kGreater: return no + join(">");
        case FilterOperator::kGreaterEqual: return no + join(">=");
        case FilterOperator::kIn: break;
    }
    std::string out = condition.key + " " + no + "in (";
    for (const FilterValue& value : condition.values) {
        if (&value != &condition.values.front()) out += ", ";
        out += print_value(view_of(value));
    }
    return out + ")";
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// The bytes of the character that starts at `at`.
size_t character_size(std::string_view text, size_t at) {
    size_t end = at + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    return end - at;
}

/// The first offset from `t` on where a match of pattern[p ...] may begin, or the end.
size_t find_start(std::string_view pattern, size_t p, std::string_view text, size_t t, bool ignore_case) {
    if (p >= pattern.size()) return text.size();
    if (ignore_case || pattern[p] == '%' || pattern[p] == '_' || pattern[p] == '\\') return t;
    return std::min(text.find(pattern[p], t), text.size());
}

/// Matches one step of a pattern other than '%'; moves both offsets if it does.
bool match_step(std::string_view pattern, size_t& p, std::string_view text, size_t& t, bool ignore_case) {
    if (p >= pattern.size() || t >= text.size()) return false;
    if (pattern[p] == '_') {
        ++p;
        t += character_size(text, t);
        return true;
    }
    const size_t at = pattern[p] == '\\' && p + 1 < pattern.size() ? p + 1 : p;
    const bool same = ignore_case ? lower(pattern[at]) == lower(text[t]) : pattern[at] == text[t];
    if (!same) return false;
    p = at + 1;
    ++t;
    return true;
}

}  // namespace

bool FilterCondition::matches_missing() const {
    if (op != FilterOperator::kEqual && op != FilterOperator::kIn) return false;
    return !values.empty() && values.front().type == ValueType::kNull;
}

bool FilterCondition::matches(const ValueView& value, bool is_element) const {
    if (op == FilterOperator::kExists) return true;
    if (op == FilterOperator::kIn) return is_one_of(values, value);
    const FilterValue& operand = values.front();
    if (value.type != operand.type) return false;
    switch (op) {
        case FilterOperator::kContains:
            if (is_element) break;
            return value.type == ValueType::kString &&
                   value.text.find(operand.text) != std::string_view::npos;
        case FilterOperator::kLike: return matches_like(operand.text, value.text, false);
        case FilterOperator::kIlike: return matches_like(operand.text, value.text, true);
        default: break;
    }
    const int order = compare_values(value, view_of(operand));
    switch (op) {
        case FilterOperator::kLess: return order < 0;
        case FilterOperator::kLessEqual: return order <= 0;
        case FilterOperator::kGreater: return order > 0;
        case FilterOperator::kGreaterEqual: return order >= 0;
        default: return order == 0;
    }
}

FilterNode make_condition(FilterOperator op, FilterPath path, std::vector<FilterValue> values) {
    FilterNode node;
    node.kind = FilterNode::Kind::kCondition;
    if (op == FilterOperator::kIn) {
        std::sort(values.begin(), values.end(), value_less);
        values.erase(std::unique(values.begin(), values.end()), values.end());
    }
    std::string key = print_path(path);
    node.condition = {op, std::move(path), std::move(key), std::move(values)};
    return node;
}

FilterNode make_group(FilterNode::Kind kind, std::vector<FilterNode> children) {
    FilterNode group;
    group.kind = kind;
    group.children.reserve(children.size());
    for (FilterNode& child : children) {
        if (child.kind == kind) {
            for (FilterNode& inner : child.children) group.children.push_back(std::move(inner));
        } else {
            group.children.push_back(std::move(child));
        }
    }
    if (group.children.size() != 1) return group;
    FilterNode only = std::move(group.children.front());
    return only;
}

FilterNode make_not(FilterNode node) {
    if (node.kind == FilterNode::Kind::kNot) {
        FilterNode inner = std::move(node.children.front());
        return inner;
    }
    FilterNode negation;
    negation.kind = FilterNode::Kind::kNot;
    negation.children.push_back(std::move(node));
    return negation;
}

std::string print_filter(const FilterNode& node) {
    if (node.kind == FilterNode::Kind::kCondition) return print_condition(node.condition, false);
    if (node.kind == FilterNode::Kind::kNot) {
        const FilterNode& inner = node.children.front();
        if (inner.kind == FilterNode::Kind::kCondition) return print_condition(inner.condition, true);
        return "not " + (inner.children.empty() ? print_filter(inner) : "(" + print_filter(inner) + ")");
    }
    const bool is_and = node.kind == FilterNode::Kind::kAnd;
    if (node.children.empty()) return is_and ? "true" : "false";
    std::string out;
    for (const FilterNode& child : node.children) {
        if (!out.empty()) out += is_and ? " and " : " or ";
        const bool group = child.kind == FilterNode::Kind::kOr && !child.children.empty();
        out += group ? "(" + print_filter(child) + ")" : print_filter(child);
    }
    return out;
}

bool matches_like(std::string_view pattern, std::string_view text, bool ignore_case) {
    // After a '%' only the last one ever needs to be tried again: what stands before it has matched.
    size_t p = 0;
    size_t t = 0;
    size_t retry_pattern = std::string_view::npos;
    size_t retry_text = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '%') {
            retry_pattern = ++p;
            retry_text = t = find_start(pattern, p, text, t, ignore_case);
            continue;
        }
        if (match_step(pattern, p, text, t, ignore_case)) continue;
        if (retry_pattern == std::string_view::npos) return false;
        retry_text += character_size(text, retry_text);
        p = retry_pattern;
        t = retry_text = find_start(pattern, p, text, retry_text, ignore_case);
    }
    while (p < pattern.size() && pattern[p] == '%') ++p;
    return p == pattern.size();
}

}  // namespace reel
