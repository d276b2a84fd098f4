#include "base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace reel {

namespace {

bool is_continuation(unsigned char c) { return (c & 0xC0U) == 0x80U; }

/// Length of the well-formed sequence at `s` of at most `left` bytes; 0 if there is none. RFC 3629 section 4.
size_t sequence_length(const unsigned char* s, size_t left) {
    const unsigned char a = s[0];
    if (a < 0x80) return 1;
    if (a < 0xC2 || a > 0xF4) return 0;
    if (left < 2 || !is_continuation(s[1])) return 0;
    if (a < 0xE0) return 2;
    if ((a == 0xE0 && s[1] < 0xA0) || (a == 0xED && s[1] > 0x9F)) return 0;
    if (left < 3 || !is_continuation(s[2])) return 0;
    if (a < 0xF0) return 3;
    if ((a == 0xF0 && s[1] < 0x90) || (a == 0xF4 && s[1] > 0x8F)) return 0;
    if (left < 4 || !is_continuation(s[3])) return 0;
    return 4;
}

}  // namespace

std::optional<size_t> find_invalid_utf8(std::string_view text) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    size_t at = 0;
    while (at < text.size()) {
        if (at + 8 <= text.size()) {
            uint64_t word;
            std::memcpy(&word, bytes + at, 8);
            if ((word & 0x8080808080808080U) == 0) {
                at += 8;
                continue;
            }
        }
        const size_t length = sequence_length(bytes + at, text.size() - at);
        if (length == 0) return at;
        at += length;
    }
    return std::nullopt;
}

Status check_utf8(std::string_view text, std::string_view what) {
    const auto bad = find_invalid_utf8(text);
    if (!bad) return {};
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(*bad), '\n');
    return fail(ErrorCode::kInvalidArgument, std::string(what) + ": not UTF-8 at byte " +
                                                 std::to_string(*bad) + " (line " + std::to_string(line) +
                                                 "); convert it to UTF-8 first");
}

size_t code_point_floor(std::string_view text, size_t at) {
    at = std::min(at, text.size());
    while (at > 0 && at < text.size() && is_continuation(static_cast<unsigned char>(text[at]))) --at;
    return at;
}

}  // namespace reel
