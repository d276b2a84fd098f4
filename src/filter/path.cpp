#include "filter/path.h"

#include <algorithm>
#include <array>

namespace reel {

namespace {

constexpr std::array<std::string_view, 13> kKeywords{"and",   "or",       "not",     "in", "like",
                                                     "ilike", "contains", "between", "is", "null",
                                                     "true",  "false",    "exists"};

bool is_bare(std::string_view part) {
    if (part.empty() || !is_bare_start(part.front()) || is_filter_keyword(part)) return false;
    return std::all_of(part.begin(), part.end(), is_bare_character);
}

}  // namespace

bool is_bare_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_bare_character(char c) { return is_bare_start(c) || (c >= '0' && c <= '9') || c == '-'; }

std::string to_lower_ascii(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool is_filter_keyword(std::string_view word) {
    if (word.size() > 8) return false;
    return std::find(kKeywords.begin(), kKeywords.end(), to_lower_ascii(word)) != kKeywords.end();
}

void append_path_part(std::string& printed, std::string_view part) {
    if (!printed.empty()) printed += '.';
    if (is_bare(part)) {
        printed += part;
        return;
    }
    printed += '`';
    for (const char c : part) {
        printed += c;
        if (c == '`') printed += c;
    }
    printed += '`';
}

std::string print_path(const FilterPath& path) {
    std::string printed;
    for (const std::string& part : path) append_path_part(printed, part);
    return printed;
}

bool read_quoted_part(std::string_view text, size_t& at, std::string& part) {
    part.clear();
    for (++at; at < text.size(); ++at) {
        if (text[at] == '`') {
            ++at;
            if (at >= text.size() || text[at] != '`') return true;
        }
        part += text[at];
    }
    return false;
}

Result<FilterPath> parse_path(std::string_view text, size_t& bad_at) {
    FilterPath path;
    size_t at = 0;
    while (true) {
        std::string part;
        bad_at = at;
        if (at < text.size() && text[at] == '`') {
            if (!read_quoted_part(text, at, part))
                return fail(ErrorCode::kInvalidArgument, "a key in backquotes does not end; close it with `");
        } else {
            const size_t end = std::min(text.find('.', at), text.size());
            part = text.substr(at, end - at);
            at = end;
            if (part.empty())
                return fail(ErrorCode::kInvalidArgument,
                            "a key has an empty part; write an empty name as ``");
        }
        path.push_back(std::move(part));
        if (at >= text.size()) return path;
        bad_at = at;
        if (text[at] != '.')
            return fail(ErrorCode::kInvalidArgument,
                        "'.' or the end of the key is expected behind a backquote");
        ++at;
    }
}

}  // namespace reel
