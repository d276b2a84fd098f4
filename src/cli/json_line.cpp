#include "cli/json_line.h"

#include <charconv>

#include "base/json.h"

namespace reel::cli {

void append_float(std::string& out, float value) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    const std::string_view digits(buffer, static_cast<size_t>(end - buffer));
    // JSON readers take "-0" for the integer zero, which has no sign.
    out += digits == "-0" ? std::string_view("-0.0") : digits;
}

void JsonLine::add_key(std::string_view key) {
    if (body_.size() > 1) body_ += ',';
    body_ += '"';
    body_ += key;
    body_ += "\":";
}

JsonLine& JsonLine::text(std::string_view key, std::string_view value) {
    add_key(key);
    body_ += quote_json(value);
    return *this;
}

JsonLine& JsonLine::number(std::string_view key, uint64_t value) {
    add_key(key);
    body_ += std::to_string(value);
    return *this;
}

JsonLine& JsonLine::number(std::string_view key, float value) {
    add_key(key);
    append_float(body_, value);
    return *this;
}

JsonLine& JsonLine::boolean(std::string_view key, bool value) {
    add_key(key);
    body_ += value ? "true" : "false";
    return *this;
}

JsonLine& JsonLine::raw(std::string_view key, std::string_view json) {
    add_key(key);
    for (const char c : json) body_ += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
    return *this;
}

JsonLine& JsonLine::floats(std::string_view key, std::span<const float> values) {
    add_key(key);
    body_ += '[';
    for (size_t i = 0; i < values.size(); ++i) {
        if (i > 0) body_ += ',';
        append_float(body_, values[i]);
    }
    body_ += ']';
    return *this;
}

}  // namespace reel::cli
