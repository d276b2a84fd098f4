#include "cli/escape.h"

#include <cstdint>
#include <cstdio>

namespace reel::cli {

namespace {

struct CodePoint {
    uint32_t value;
    size_t bytes;
    bool valid;
};

/// The code point at the start of `text`, which is not empty.
CodePoint decode(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
    const uint8_t first = byte(0);
    if (first < 0x80) return {first, 1, true};
    const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return {first, 1, false};
    uint32_t value = first & (0x7FU >> length);
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {first, 1, false};
        value = (value << 6U) | (byte(i) & 0x3FU);
    }
    const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    const bool surrogate = value >= 0xD800 && value < 0xE000;
    if (overlong || surrogate || value > 0x10FFFF) return {first, 1, false};
    return {value, length, true};
}

bool is_bidi_control(uint32_t c) {
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

/// U+2028 and U+2029 break lines in some terminals.
bool is_unsafe(uint32_t c) {
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || is_bidi_control(c);
}

void append_escape(std::string& out, const CodePoint& point) {
    char escape[16];
    const bool is_byte = !point.valid || point.value < 0x80;
    std::snprintf(escape, sizeof escape, is_byte ? "\\x%02x" : "\\u%04x", point.value);
    out += escape;
}

}  // namespace

std::string escape_for_terminal(std::string_view text, LineBreaks line_breaks) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const CodePoint point = decode(text);
        const bool kept_break =
            line_breaks == LineBreaks::kKeep && (point.value == '\n' || point.value == '\t');
        if (point.valid && point.value == '\n' && !kept_break) {
            out += "\\n";
        } else if (!point.valid || (is_unsafe(point.value) && !kept_break)) {
            append_escape(out, point);
        } else {
            out += text.substr(0, point.bytes);
        }
        text.remove_prefix(point.bytes);
    }
    return out;
}

std::string escape_json_for_terminal(std::string_view json) {
    std::string out;
    out.reserve(json.size());
    while (!json.empty()) {
        const CodePoint point = decode(json);
        if (!point.valid || is_unsafe(point.value)) {
            char escape[16];
            std::snprintf(escape, sizeof escape, "\\u%04x", point.valid ? point.value : 0xFFFDU);
            out += escape;
        } else {
            out += json.substr(0, point.bytes);
        }
        json.remove_prefix(point.bytes);
    }
    return out;
}

std::string excerpt(std::string_view text, size_t most) {
    std::string out;
    size_t count = 0;
    bool space = false;
    while (!text.empty()) {
        const CodePoint point = decode(text);
        if (point.value == ' ' || (point.value >= '\t' && point.value <= '\r')) {
            space = !out.empty();
        } else {
            if (count + (space ? 1 : 0) >= most) return out + "...";
            if (space) {
                out += ' ';
                ++count;
            }
            space = false;
            out += text.substr(0, point.bytes);
            ++count;
        }
        text.remove_prefix(point.bytes);
    }
    return out;
}

}  // namespace reel::cli
