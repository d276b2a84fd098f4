#include "filter/filter.h"

#include <set>
#include <utility>

#include "base/try.h"
#include "filter/json_walk.h"
#include "filter/parse.h"

namespace reel {

namespace {

using Members = std::vector<JsonMember>;

/// What one condition finds in one record.
class ConditionTest {
public:
    explicit ConditionTest(const FilterCondition& condition) : condition_(condition) {}

    bool run(const Members& members) {
        // Of keys that stand twice the last one counts.
        for (auto at = members.rbegin(); at != members.rend(); ++at) {
            if (!is_json_string(at->key, condition_.path.front())) continue;
            visit(at->value, 1);
            break;
        }
        return is_found_ ? is_match_ : condition_.matches_missing();
    }

private:
    void visit(std::string_view value, size_t part) {
        if (is_match_) return;
        if (part == condition_.path.size()) return visit_end(value);
        if (value.front() == '{') return visit_member(value, part);
        if (value.front() != '[') return;
        visit_json_elements(value, [&](std::string_view element) {
            if (element.front() == '{') visit_member(element, part);
        });
    }

    void visit_member(std::string_view object, size_t part) {
        std::string_view last;
        visit_json_members(object, [&](std::string_view key, std::string_view value) {
            if (is_json_string(key, condition_.path[part])) last = value;
        });
        if (!last.empty()) visit(last, part + 1);
    }

    void visit_end(std::string_view value) {
        is_found_ = true;
        if (value.front() != '[' || condition_.op == FilterOperator::kExists) {
            is_match_ = is_match_ || condition_.matches(read_json_value(value, buffer_), false);
            return;
        }
        visit_json_elements(value, [&](std::string_view element) {
            is_match_ = is_match_ || condition_.matches(read_json_value(element, buffer_), true);
        });
    }

    const FilterCondition& condition_;
    std::string buffer_;
    bool is_found_ = false;
    bool is_match_ = false;
};

bool matches_node(const FilterNode& node, const Members& members) {
    switch (node.kind) {
        case FilterNode::Kind::kCondition: return ConditionTest(node.condition).run(members);
        case FilterNode::Kind::kNot: return !matches_node(node.children.front(), members);
        case FilterNode::Kind::kAnd:
            for (const FilterNode& child : node.children) {
                if (!matches_node(child, members)) return false;
            }
            return true;
        case FilterNode::Kind::kOr: break;
    }
    for (const FilterNode& child : node.children) {
        if (matches_node(child, members)) return true;
    }
    return false;
}

void collect_keys(const FilterNode& node, std::set<std::string>& keys) {
    if (node.kind == FilterNode::Kind::kCondition) keys.insert(node.condition.key);
    for (const FilterNode& child : node.children) collect_keys(child, keys);
}

}  // namespace

Result<Filter> Filter::parse(std::string_view text) {
    REEL_ASSIGN(FilterNode root, parse_filter(text));
    return Filter(std::move(root));
}

Result<bool> Filter::matches(std::string_view metadata) const {
    std::vector<JsonMember> members;
    members.reserve(16);
    return matches(metadata, members);
}

Result<bool> Filter::matches(std::string_view metadata, std::vector<JsonMember>& members) const {
    REEL_TRY(scan_json_object(metadata, members));
    return matches_node(*root_, members);
}

std::vector<std::string> Filter::keys() const {
    std::set<std::string> keys;
    collect_keys(*root_, keys);
    return {keys.begin(), keys.end()};
}

}  // namespace reel
