#include <array>

#include "base/try.h"
#include "filter/parse.h"
#include "filter/text_tokens.h"

namespace reel {

namespace {

using Kind = FilterNode::Kind;
using Token = FilterToken::Kind;

struct SymbolRow {
    std::string_view symbol;
    FilterOperator op;
    bool negated;
};

constexpr std::array kSymbols{
    SymbolRow{"=", FilterOperator::kEqual, false},   SymbolRow{"==", FilterOperator::kEqual, false},
    SymbolRow{"!=", FilterOperator::kEqual, true},   SymbolRow{"<>", FilterOperator::kEqual, true},
    SymbolRow{"<", FilterOperator::kLess, false},    SymbolRow{"<=", FilterOperator::kLessEqual, false},
    SymbolRow{">", FilterOperator::kGreater, false}, SymbolRow{">=", FilterOperator::kGreaterEqual, false},
};

// In the order of preference among those that are equally near.
constexpr std::array<std::string_view, 14> kBehindAKey{">=",    "<=",      "!=",      "=",        "<",
                                                       ">",     "in",      "not in",  "contains", "like",
                                                       "ilike", "between", "is null", "exists"};

std::string spelled_otherwise(std::string_view word) {
    if (word == "&&" || word == "&") return "; did you mean and?";
    if (word == "||" || word == "|") return "; did you mean or?";
    if (word == "!") return "; did you mean not?";
    if (word == "~" || word == "=~") return "; did you mean like?";
    return {};
}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text), budget_(text) {}

    Result<FilterNode> whole() {
        REEL_TRY(advance());
        REEL_ASSIGN(FilterNode node, any_of(1));
        if (token_.kind != Token::kEnd) {
            std::string hint = spelled_otherwise(token_.word);
            if (hint.empty() && token_.kind == Token::kPath) {
                constexpr std::array<std::string_view, 2> kJoin{"and", "or"};
                hint = suggest(token_.word, kJoin);
            }
            return wrong("\"and\", \"or\" or the end is expected" + hint);
        }
        return node;
    }

private:
    Result<FilterNode> any_of(size_t depth) { return group(Kind::kOr, "or", depth); }

    /// Alternatives of conjunctions, or (kAnd) conjunctions of single conditions.
    Result<FilterNode> group(Kind kind, std::string_view word, size_t depth) {
        std::vector<FilterNode> parts;
        while (true) {
            auto part = kind == Kind::kOr ? group(Kind::kAnd, "and", depth) : negation(depth);
            if (!part) return part;
            parts.push_back(*std::move(part));
            if (!token_.is(word)) break;
            REEL_TRY(advance());
        }
        return make_group(kind, std::move(parts));
    }

    Result<FilterNode> negation(size_t depth) {
        // Two of them cancel out, so that any number is no nesting.
        bool negated = false;
        for (; token_.is("not"); negated = !negated) REEL_TRY(advance());
        REEL_ASSIGN(FilterNode inner, operand_of_not(depth));
        return negated ? make_not(std::move(inner)) : std::move(inner);
    }

    Result<FilterNode> operand_of_not(size_t depth) {
        REEL_TRY(budget_.spend(token_.at, depth));
        if (token_.kind != Token::kOpen) return condition();
        REEL_TRY(advance());
        REEL_ASSIGN(FilterNode inner, any_of(depth + 1));
        REEL_TRY(expect(Token::kClose, "\")\", \"and\" or \"or\" is expected"));
        return inner;
    }

    Result<FilterNode> condition() {
        if (token_.is("true") || token_.is("false")) {
            const Kind kind = token_.is("true") ? Kind::kAnd : Kind::kOr;
            REEL_TRY(advance());
            return make_group(kind, {});
        }
        if (token_.is("exists")) return exists_call();
        if (token_.kind != Token::kPath) {
            if (token_.kind == Token::kKeyword) {
                return wrong(
                    "a key is expected; one that is called as a word of the language stands in backquotes: "
                    "`" +
                    token_.word + "`");
            }
            return wrong("a key is expected, as in year >= 2008" + spelled_otherwise(token_.word));
        }
        const FilterPath path = std::move(token_.path);
        REEL_TRY(advance());
        return behind_key(path);
    }

    Result<FilterNode> exists_call() {
        REEL_TRY(advance());
        REEL_TRY(expect(Token::kOpen, "\"(\" is expected: exists(key)"));
        if (token_.kind != Token::kPath) return wrong("a key is expected: exists(key)");
        FilterPath path = std::move(token_.path);
        REEL_TRY(advance());
        REEL_TRY(expect(Token::kClose, "\")\" is expected: exists(key)"));
        return make_condition(FilterOperator::kExists, std::move(path), {});
    }

    Result<FilterNode> behind_key(const FilterPath& path) {
        if (token_.kind == Token::kOperator) {
            for (const SymbolRow& row : kSymbols) {
                if (row.symbol == token_.word) {
                    REEL_TRY(advance());
                    REEL_ASSIGN(FilterNode compared, compare(path, row.op));
                    return row.negated ? make_not(std::move(compared)) : std::move(compared);
                }
            }
            return no_operator();
        }
        if (token_.is("is")) return is_null(path);
        const bool negated = token_.is("not");
        if (negated) REEL_TRY(advance());
        REEL_ASSIGN(FilterNode node, word_operator(path));
        return negated ? make_not(std::move(node)) : std::move(node);
    }

    Result<FilterNode> word_operator(const FilterPath& path) {
        FilterOperator op = FilterOperator::kContains;
        if (token_.is("exists")) {
            REEL_TRY(advance());
            return make_condition(FilterOperator::kExists, path, {});
        }
        if (token_.is("in")) return in_list(path);
        if (token_.is("between")) return between(path);
        if (token_.is("like")) {
            op = FilterOperator::kLike;
        } else if (token_.is("ilike")) {
            op = FilterOperator::kIlike;
        } else if (!token_.is("contains")) {
            return no_operator();
        }
        REEL_TRY(advance());
        return compare(path, op);
    }

    Result<FilterNode> compare(const FilterPath& path, FilterOperator op) {
        REEL_ASSIGN(FilterValue operand, value(op));
        std::vector<FilterValue> values;
        values.push_back(std::move(operand));
        return make_condition(op, path, std::move(values));
    }

    Result<FilterNode> is_null(const FilterPath& path) {
        REEL_TRY(advance());
        const bool negated = token_.is("not");
        if (negated) REEL_TRY(advance());
        if (!token_.is("null")) return wrong("\"null\" is expected: key is null, key is not null");
        REEL_TRY(advance());
        FilterNode node = make_condition(FilterOperator::kEqual, path, std::vector<FilterValue>(1));
        return negated ? make_not(std::move(node)) : std::move(node);
    }

    Result<FilterNode> between(const FilterPath& path) {
        REEL_TRY(advance());
        std::vector<FilterNode> bounds;
        bounds.reserve(2);
        REEL_ASSIGN(FilterNode low, compare(path, FilterOperator::kGreaterEqual));
        bounds.push_back(std::move(low));
        if (!token_.is("and")) return wrong("\"and\" is expected: between 1 and 9");
        REEL_TRY(advance());
        REEL_ASSIGN(FilterNode high, compare(path, FilterOperator::kLessEqual));
        bounds.push_back(std::move(high));
        return make_group(Kind::kAnd, std::move(bounds));
    }

    Result<FilterNode> in_list(const FilterPath& path) {
        REEL_TRY(advance());
        REEL_TRY(expect(Token::kOpen, "\"(\" is expected: key in (1, 2, 3)"));
        std::vector<FilterValue> values;
        while (token_.kind != Token::kClose) {
            if (!values.empty()) REEL_TRY(expect(Token::kComma, "\",\" or \")\" is expected"));
            REEL_ASSIGN(FilterValue next, value(FilterOperator::kIn));
            values.push_back(std::move(next));
        }
        REEL_TRY(advance());
        return make_condition(FilterOperator::kIn, path, std::move(values));
    }

    Result<FilterValue> value(FilterOperator op) {
        FilterValue read;
        if (token_.kind == Token::kString || token_.kind == Token::kNumber) {
            read = std::move(token_.value);
        } else if (token_.is("true") || token_.is("false")) {
            read.type = ValueType::kBool;
            read.boolean = token_.is("true");
        } else if (!token_.is("null")) {
            return wrong("a value is expected: a number, a string in quotes, true, false or null");
        }
        REEL_TRY(check_operand(op, read, text_, token_.at));
        REEL_TRY(advance());
        return read;
    }

    tl::unexpected<Error> no_operator() {
        std::string hint = spelled_otherwise(token_.word);
        const bool is_word = token_.kind == Token::kPath || token_.kind == Token::kOperator;
        if (hint.empty() && is_word) hint = suggest(token_.word, kBehindAKey);
        return wrong(
            "an operator is expected behind the key: = != < <= > >= in, contains, like, ilike, between, "
            "is null or exists" +
            hint);
    }

    Status expect(Token kind, const std::string& what) {
        if (token_.kind != kind) return wrong(what);
        return advance();
    }

    Status advance() {
        REEL_ASSIGN(token_, read_filter_token(text_, at_));
        return {};
    }

    tl::unexpected<Error> wrong(const std::string& what) { return fail_filter(text_, token_.at, what); }

    std::string_view text_;
    FilterBudget budget_;
    size_t at_ = 0;
    FilterToken token_;
};

}  // namespace

Result<FilterNode> parse_text_filter(std::string_view text) { return Parser(text).whole(); }

}  // namespace reel
