// One JSON object in one line: how every command speaks under --json.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace reel::cli {

/// Members appear in the order in which they are added.
class JsonLine {
public:
    JsonLine& text(std::string_view key, std::string_view value);
    JsonLine& number(std::string_view key, uint64_t value);
    JsonLine& number(std::string_view key, float value);
    JsonLine& boolean(std::string_view key, bool value);

    /// `json` is a valid JSON text; its line breaks (white space, as it is valid) become spaces.
    JsonLine& raw(std::string_view key, std::string_view json);

    /// The shortest decimals that give back the same floats.
    JsonLine& floats(std::string_view key, std::span<const float> values);

    /// The object, without a line end.
    [[nodiscard]] std::string str() const { return body_ + "}"; }

private:
    void add_key(std::string_view key);
    std::string body_ = "{";
};

/// The shortest decimal that parses as the same float.
void append_float(std::string& out, float value);

}  // namespace reel::cli
