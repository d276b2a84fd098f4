#include <array>

#include "base/json_scan.h"
#include "base/try.h"
#include "filter/json_walk.h"
#include "filter/parse.h"

namespace reel {

namespace {

using Kind = FilterNode::Kind;

/// What an operator takes.
enum class Shape : uint8_t { kScalar, kList, kBetween, kAll, kExists, kNot };

struct OperatorRow {
    std::string_view name;
    Shape shape;
    FilterOperator op;
    bool negated;
};

constexpr std::array kOperators{
    OperatorRow{"$eq", Shape::kScalar, FilterOperator::kEqual, false},
    OperatorRow{"$ne", Shape::kScalar, FilterOperator::kEqual, true},
    OperatorRow{"$gt", Shape::kScalar, FilterOperator::kGreater, false},
    OperatorRow{"$gte", Shape::kScalar, FilterOperator::kGreaterEqual, false},
    OperatorRow{"$lt", Shape::kScalar, FilterOperator::kLess, false},
    OperatorRow{"$lte", Shape::kScalar, FilterOperator::kLessEqual, false},
    OperatorRow{"$in", Shape::kList, FilterOperator::kIn, false},
    OperatorRow{"$nin", Shape::kList, FilterOperator::kIn, true},
    OperatorRow{"$all", Shape::kAll, FilterOperator::kEqual, false},
    OperatorRow{"$between", Shape::kBetween, FilterOperator::kGreaterEqual, false},
    OperatorRow{"$contains", Shape::kScalar, FilterOperator::kContains, false},
    OperatorRow{"$not_contains", Shape::kScalar, FilterOperator::kContains, true},
    OperatorRow{"$like", Shape::kScalar, FilterOperator::kLike, false},
    OperatorRow{"$ilike", Shape::kScalar, FilterOperator::kIlike, false},
    OperatorRow{"$exists", Shape::kExists, FilterOperator::kExists, false},
    OperatorRow{"$not", Shape::kNot, FilterOperator::kEqual, true},
};

constexpr std::array<std::string_view, 4> kGroups{"$and", "$or", "$nor", "$not"};

std::vector<std::string_view> operator_names() {
    std::vector<std::string_view> names;
    names.reserve(kOperators.size());
    for (const OperatorRow& row : kOperators) names.push_back(row.name);
    return names;
}

/// Reads a text that has passed a scan; places are slices of it.
class Parser {
public:
    explicit Parser(std::string_view text) : text_(text), budget_(text) {}

    /// An object of conditions, all of which must hold.
    Result<FilterNode> expression(std::string_view object, size_t depth) {
        if (object.front() != '{')
            return wrong(object, "an object is expected, for example {\"year\": {\"$gte\": 2008}}");
        REEL_TRY(budget_.spend(at(object), depth));
        std::vector<FilterNode> parts;
        Status status;
        visit_json_members(object, [&](std::string_view key, std::string_view value) {
            if (!status) return;
            auto part = member(key, value, depth);
            if (part) {
                parts.push_back(*std::move(part));
            } else {
                status = fail(std::move(part).error());
            }
        });
        REEL_TRY(status);
        return make_group(Kind::kAnd, std::move(parts));
    }

private:
    Result<FilterNode> member(std::string_view key, std::string_view value, size_t depth) {
        const std::string name = read_json_string(key);
        if (name.starts_with('$')) return group(key, name, value, depth);
        size_t bad_at = 0;
        auto path = parse_path(name, bad_at);
        if (!path) return wrong(key, path.error().message);
        REEL_TRY(check_path(*path, text_, at(key)));
        return operand(*path, value, depth);
    }

    Result<FilterNode> group(std::string_view key, const std::string& name, std::string_view value,
                             size_t depth) {
        if (name == "$not") {
            REEL_ASSIGN(FilterNode inner, expression(value, depth + 1));
            return make_not(std::move(inner));
        }
        if (name != "$and" && name != "$or" && name != "$nor") {
            const auto names = operator_names();
            for (const std::string_view known : names) {
                if (known == name) {
                    return wrong(key, name + " stands behind a key: {\"key\": {\"" + name + "\": ...}}");
                }
            }
            return wrong(key, "there is no operator " + name +
                                  " between conditions, only $and, $or, $nor and $not" +
                                  suggest(name, kGroups));
        }
        std::vector<FilterNode> parts;
        Status status;
        if (value.front() == '[') {
            visit_json_elements(value, [&](std::string_view element) {
                if (!status) return;
                auto part = expression(element, depth + 1);
                if (part) {
                    parts.push_back(*std::move(part));
                } else {
                    status = fail(std::move(part).error());
                }
            });
        }
        REEL_TRY(status);
        if (parts.empty()) return wrong(value, name + " takes a list of at least one object");
        FilterNode joined = make_group(name == "$and" ? Kind::kAnd : Kind::kOr, std::move(parts));
        if (name == "$nor") return make_not(std::move(joined));
        return joined;
    }

    /// What stands behind a key: a value, or an object of operators, all of which must hold.
    Result<FilterNode> operand(const FilterPath& path, std::string_view value, size_t depth) {
        REEL_TRY(budget_.spend(at(value), depth));
        if (value.front() != '{') {
            REEL_ASSIGN(FilterValue equal, scalar(FilterOperator::kEqual, value));
            return make_condition(FilterOperator::kEqual, path, one(std::move(equal)));
        }
        std::vector<FilterNode> parts;
        Status status;
        bool any = false;
        visit_json_members(value, [&](std::string_view key, std::string_view inner) {
            any = true;
            if (!status) return;
            auto part = apply(path, key, inner, depth);
            if (part) {
                parts.push_back(*std::move(part));
            } else {
                status = fail(std::move(part).error());
            }
        });
        REEL_TRY(status);
        if (!any) return wrong(value, "an operator is expected, for example {\"$gte\": 2008}");
        return make_group(Kind::kAnd, std::move(parts));
    }

    Result<FilterNode> apply(const FilterPath& path, std::string_view key, std::string_view value,
                             size_t depth) {
        const std::string name = read_json_string(key);
        const OperatorRow* row = nullptr;
        for (const OperatorRow& candidate : kOperators) {
            if (candidate.name == name) row = &candidate;
        }
        if (row == nullptr) return unknown_operator(path, key, name);
        REEL_TRY(budget_.spend(at(key), depth));
        switch (row->shape) {
            case Shape::kNot: {
                REEL_ASSIGN(FilterNode inner, operand(path, value, depth + 1));
                return make_not(std::move(inner));
            }
            case Shape::kExists: {
                if (value != "true" && value != "false") return wrong(value, "$exists takes true or false");
                FilterNode exists = make_condition(FilterOperator::kExists, path, {});
                return value == "true" ? std::move(exists) : make_not(std::move(exists));
            }
            case Shape::kScalar: {
                REEL_ASSIGN(FilterValue operand, scalar(row->op, value));
                FilterNode condition = make_condition(row->op, path, one(std::move(operand)));
                return row->negated ? make_not(std::move(condition)) : std::move(condition);
            }
            default: return apply_list(path, *row, value, depth);
        }
    }

    Result<FilterNode> apply_list(const FilterPath& path, const OperatorRow& row, std::string_view value,
                                  size_t depth) {
        REEL_ASSIGN(std::vector<FilterValue> values, list(row, value));
        if (row.shape == Shape::kList) {
            FilterNode condition = make_condition(FilterOperator::kIn, path, std::move(values));
            return row.negated ? make_not(std::move(condition)) : std::move(condition);
        }
        std::vector<FilterNode> parts;
        parts.reserve(values.size());
        if (row.shape == Shape::kBetween) {
            if (values.size() != 2)
                return wrong(value, "$between takes a list of two: the lowest and the highest");
            REEL_TRY(budget_.spend(at(value), depth));
            parts.push_back(make_condition(FilterOperator::kGreaterEqual, path, one(std::move(values[0]))));
            parts.push_back(make_condition(FilterOperator::kLessEqual, path, one(std::move(values[1]))));
            return make_group(Kind::kAnd, std::move(parts));
        }
        // Everything has all of nothing, but MongoDB's $all of an empty list matches nothing.
        if (values.empty()) return make_group(Kind::kOr, {});
        for (FilterValue& each : values) {
            REEL_TRY(budget_.spend(at(value), depth));
            parts.push_back(make_condition(FilterOperator::kEqual, path, one(std::move(each))));
        }
        return make_group(Kind::kAnd, std::move(parts));
    }

    Result<std::vector<FilterValue>> list(const OperatorRow& row, std::string_view value) {
        if (value.front() != '[')
            return wrong(value, std::string(row.name) + " takes a list, for example [1, 2, 3]");
        std::vector<FilterValue> values;
        Status status;
        visit_json_elements(value, [&](std::string_view element) {
            if (!status) return;
            auto read = scalar(row.op, element);
            if (read) {
                values.push_back(*std::move(read));
            } else {
                status = fail(std::move(read).error());
            }
        });
        REEL_TRY(status);
        return values;
    }

    Result<FilterValue> scalar(FilterOperator op, std::string_view literal) {
        if (literal.front() == '[') {
            return wrong(literal,
                         "a string, a number, true, false or null is expected; for one of several values "
                         "write {\"$in\": [...]}, for all of them {\"$all\": [...]}");
        }
        if (literal.front() == '{') {
            return wrong(literal,
                         "a string, a number, true, false or null is expected; a member of an object is "
                         "named by a dotted path, as \"author.name\"");
        }
        std::string buffer;
        const ValueView view = read_json_value(literal, buffer);
        FilterValue value{view.type, view.boolean, view.number, std::string(view.text)};
        REEL_TRY(check_operand(op, value, text_, at(literal)));
        return value;
    }

    tl::unexpected<Error> unknown_operator(const FilterPath& path, std::string_view key,
                                           const std::string& name) {
        if (!name.starts_with('$')) {
            return wrong(key,
                         "an operator such as $eq is expected; a member of an object is named by a dotted "
                         "path, as \"" +
                             print_path(path) + "." + name + "\"");
        }
        const auto names = operator_names();
        return wrong(key, "there is no operator " + name + suggest(name, names));
    }

    static std::vector<FilterValue> one(FilterValue value) {
        std::vector<FilterValue> values;
        values.push_back(std::move(value));
        return values;
    }

    [[nodiscard]] size_t at(std::string_view slice) const {
        return static_cast<size_t>(slice.data() - text_.data());
    }
    tl::unexpected<Error> wrong(std::string_view slice, const std::string& what) {
        return fail_filter(text_, at(slice), what);
    }

    std::string_view text_;
    FilterBudget budget_;
};

}  // namespace

Result<FilterNode> parse_json_filter(std::string_view text) {
    if (const Status scanned = scan_json(text); !scanned) return fail(scanned.error().at("filter"));
    const size_t first = skip_json_space(text, 0);
    return Parser(text).expression(text.substr(first), 1);
}

}  // namespace reel
