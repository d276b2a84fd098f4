#include "base/metadata.h"

#include <vector>

#include "base/json.h"
#include "base/try.h"

namespace reel {

namespace {

struct Member {
    size_t key_begin, key_end;      // with the quotes
    size_t value_begin, value_end;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

size_t skip_space(std::string_view text, size_t at) {
    while (at < text.size() && is_space(text[at])) ++at;
    return at;
}

/// Past the string literal that starts at `at`.
size_t skip_string(std::string_view text, size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
    }
    return at + 1;
}

/// Past the value that starts at `at`.
size_t skip_value(std::string_view text, size_t at) {
    size_t depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = skip_string(text, at);
            if (depth == 0) return at;
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']' || is_space(c))) return at;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') {
            if (--depth == 0) return at + 1;
        }
        ++at;
    }
    return at;
}

/// The members of an object that check_json_object has passed.
std::vector<Member> members_of(std::string_view object) {
    std::vector<Member> members;
    size_t at = skip_space(object, skip_space(object, 0) + 1);
    while (at < object.size() && object[at] == '"') {
        Member member{};
        member.key_begin = at;
        member.key_end = skip_string(object, at);
        member.value_begin = skip_space(object, skip_space(object, member.key_end) + 1);
        member.value_end = skip_value(object, member.value_begin);
        members.push_back(member);
        at = skip_space(object, member.value_end);
        if (at < object.size() && object[at] == ',') at = skip_space(object, at + 1);
    }
    return members;
}

std::string_view slice(std::string_view text, size_t begin, size_t end) { return text.substr(begin, end - begin); }

/// A key may be spelt with escapes, so the literal is parsed where its bytes leave a doubt.
bool is_doc_id(std::string_view literal) {
    if (literal == "\"doc_id\"") return true;
    if (literal.find('\\') == std::string_view::npos) return false;
    const Json key = Json::parse(literal, nullptr, false);
    return key.is_string() && key.get_ref<const std::string&>() == "doc_id";
}

std::optional<std::string> parse_string(std::string_view literal) {
    if (literal.empty() || literal.front() != '"') return std::nullopt;
    const Json value = Json::parse(literal, nullptr, false);
    if (!value.is_string()) return std::nullopt;
    return value.get<std::string>();
}

}  // namespace

Status check_json_object(std::string_view text) {
    REEL_TRY(check_json(text));
    const size_t at = skip_space(text, 0);
    if (at >= text.size() || text[at] != '{') {
        return fail(ErrorCode::kInvalidArgument, "metadata is not a JSON object; write it as {\"key\": value, ...}");
    }
    return {};
}

Result<std::string> add_doc_id(std::string_view metadata, std::string_view id) {
    const std::string own = "\"doc_id\": " + quote_json(id);
    if (metadata.empty()) return "{" + own + "}";
    REEL_TRY(check_json_object(metadata));
    const auto members = members_of(metadata);
    bool has_id = false;
    for (const Member& member : members) {
        if (!is_doc_id(slice(metadata, member.key_begin, member.key_end))) continue;
        has_id = true;
        const auto value = parse_string(slice(metadata, member.value_begin, member.value_end));
        if (value != id) {
            return fail(ErrorCode::kInvalidArgument,
                        "metadata has a \"doc_id\" that differs from the record's id " + quote_json(id) +
                            "; leave it out or make them equal");
        }
    }
    if (has_id) return std::string(metadata);
    const size_t brace = skip_space(metadata, 0);
    std::string out = "{" + own;
    if (!members.empty()) out += ", ";
    const size_t first = members.empty() ? skip_space(metadata, brace + 1) : members.front().key_begin;
    out += metadata.substr(first);
    while (is_space(out.back())) out.pop_back();
    return out;
}

Result<std::string> remove_doc_id(std::string_view stored) {
    REEL_TRY(check_json_object(stored));
    std::string out = "{";
    bool first = true;
    bool removed = false;
    for (const Member& member : members_of(stored)) {
        if (is_doc_id(slice(stored, member.key_begin, member.key_end))) {
            removed = true;
            continue;
        }
        if (!first) out += ", ";
        first = false;
        out += slice(stored, member.key_begin, member.value_end);
    }
    if (!removed) return std::string(stored);
    return out + "}";
}

std::optional<std::string> find_doc_id(std::string_view stored) {
    if (!check_json_object(stored)) return std::nullopt;
    std::optional<std::string> id;
    for (const Member& member : members_of(stored)) {
        if (is_doc_id(slice(stored, member.key_begin, member.key_end))) {
            id = parse_string(slice(stored, member.value_begin, member.value_end));
        }
    }
    return id;
}

}  // namespace reel
