#include "filter/text_tokens.h"

#include "base/json_scan.h"
#include "base/try.h"
#include "filter/json_walk.h"
#include "filter/parse.h"

namespace reel {

namespace {

using Kind = FilterToken::Kind;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_operator(char c) { return std::string_view("=!<>&|~^*+/%").find(c) != std::string_view::npos; }

Status read_string(std::string_view text, size_t& at, FilterToken& token) {
    const char quote = text[at];
    token.kind = Kind::kString;
    token.value.type = ValueType::kString;
    for (size_t i = at + 1; i < text.size(); ++i) {
        if (text[i] == quote) {
            if (i + 1 >= text.size() || text[i + 1] != quote) {
                at = i + 1;
                return {};
            }
            ++i;
        }
        token.value.text += text[i];
    }
    return fail_filter(text, at, std::string("the string does not end; close it with ") + quote);
}

Status read_number(std::string_view text, size_t& at, FilterToken& token) {
    size_t end = at + 1;
    while (end < text.size() && (is_bare_character(text[end]) || text[end] == '.' || text[end] == '+')) ++end;
    const std::string_view literal = text.substr(at, end - at);
    if (!scan_json(literal)) {
        return fail_filter(
            text, at,
            "a number is written as -1, 2.5 or 1e6; strings and dates stand in quotes, a key that "
            "begins with a digit in backquotes");
    }
    token.kind = Kind::kNumber;
    token.value.type = ValueType::kNumber;
    token.value.number = read_json_number(literal);
    at = end;
    return {};
}

Status read_path(std::string_view text, size_t& at, FilterToken& token) {
    token.kind = Kind::kPath;
    bool quoted = false;
    while (true) {
        std::string part;
        if (at < text.size() && text[at] == '`') {
            const size_t begin = at;
            quoted = true;
            if (!read_quoted_part(text, at, part))
                return fail_filter(text, begin, "the key in backquotes does not end; close it with `");
        } else {
            const size_t begin = at;
            while (at < text.size() && is_bare_character(text[at])) ++at;
            part = text.substr(begin, at - begin);
            if (part.empty()) return fail_filter(text, at, "the rest of a key is expected behind '.'");
        }
        token.path.push_back(std::move(part));
        if (at >= text.size() || text[at] != '.') break;
        ++at;
    }
    if (!quoted && token.path.size() == 1 && is_filter_keyword(token.path.front())) {
        token.kind = Kind::kKeyword;
        token.word = to_lower_ascii(token.path.front());
        return {};
    }
    return check_path(token.path, text, token.at);
}

}  // namespace

Result<FilterToken> read_filter_token(std::string_view text, size_t& at) {
    at = skip_json_space(text, at);
    FilterToken token;
    token.at = at;
    if (at >= text.size()) return token;
    const char c = text[at];
    if (c == '"' || c == '\'') {
        REEL_TRY(read_string(text, at, token));
    } else if (is_digit(c) || c == '-') {
        REEL_TRY(read_number(text, at, token));
    } else if (c == '`' || is_bare_start(c)) {
        REEL_TRY(read_path(text, at, token));
    } else if (is_operator(c)) {
        token.kind = Kind::kOperator;
        while (at < text.size() && is_operator(text[at])) ++at;
    } else if (c == '(' || c == ')' || c == ',') {
        token.kind = c == '(' ? Kind::kOpen : (c == ')' ? Kind::kClose : Kind::kComma);
        ++at;
    } else {
        return fail_filter(
            text, at, "this character means nothing here; strings stand in quotes, odd keys in backquotes");
    }
    if (token.kind != Kind::kKeyword) token.word = text.substr(token.at, at - token.at);
    return token;
}

}  // namespace reel
