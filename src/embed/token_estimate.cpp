#include "embed/token_estimate.h"

namespace reel {
namespace {

constexpr size_t kLettersPerToken = 3;

bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return is_small(c) || is_capital(c); }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

size_t letter_run_end(std::string_view text, size_t at) {
    ++at;
    while (at < text.size() && is_letter(text[at]) && !(is_small(text[at - 1]) && is_capital(text[at]))) ++at;
    return at;
}

size_t blank_run_end(std::string_view text, size_t at) {
    while (at < text.size() && is_blank(text[at])) ++at;
    return at;
}

size_t code_point_end(std::string_view text, size_t at) {
    ++at;
    while (at < text.size() && is_continuation(text[at])) ++at;
    return at;
}

// A syllable of Hangul (U+AC00 to U+D7A3) is read as its two or three letters
// by models that decompose; byte-pair models without emoji spell them out.
size_t code_point_tokens(std::string_view code_point) {
    if (code_point >= "\uAC00" && code_point <= "\uD7A3") return 3;
    return code_point.size() > 3 ? 2 : 1;
}

}  // namespace

std::vector<size_t> estimate_token_ends(std::string_view text) {
    std::vector<size_t> ends;
    ends.reserve(text.size() / 2);
    for (size_t at = 0; at < text.size();) {
        if (is_letter(text[at])) {
            const size_t end = letter_run_end(text, at);
            for (at += kLettersPerToken; at < end; at += kLettersPerToken) ends.push_back(at);
            ends.push_back(at = end);
        } else if (is_blank(text[at])) {
            const size_t end = blank_run_end(text, at);
            if (end - at > 1 || text[at] != ' ') ends.push_back(end);
            at = end;
        } else {
            const size_t end = code_point_end(text, at);
            ends.insert(ends.end(), code_point_tokens(text.substr(at, end - at)), end);
            at = end;
        }
    }
    return ends;
}

}  // namespace reel
