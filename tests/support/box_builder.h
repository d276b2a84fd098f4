// Bytes and boxes put together by hand: independent of the code that writes them.
#pragma once

#include <cctype>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace reel {

/// Bytes from hexadecimal digits; white space is skipped, 'text' in quotes stands for its characters.
inline ByteBuffer from_hex(std::string_view spelt) {
    ByteBuffer out;
    int high = -1;
    bool quoted = false;
    for (const char c : spelt) {
        if (c == '\'') {
            quoted = !quoted;
        } else if (quoted) {
            out.push_back(static_cast<std::byte>(c));
        } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
            const size_t digit = std::string_view("0123456789abcdef").find(c);
            if (digit == std::string_view::npos)
                throw std::invalid_argument("not hexadecimal: " + std::string(spelt));
            if (high < 0) {
                high = static_cast<int>(digit);
            } else {
                out.push_back(static_cast<std::byte>(high * 16 + static_cast<int>(digit)));
                high = -1;
            }
        }
    }
    if (high >= 0 || quoted) throw std::invalid_argument("half a byte or quote: " + std::string(spelt));
    return out;
}

inline ByteBuffer bytes_of(std::string_view text) {
    const ByteView view = as_bytes(text);
    return {view.begin(), view.end()};
}

inline ByteBuffer operator+(ByteBuffer a, const ByteBuffer& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

inline ByteBuffer big_endian(uint64_t value, size_t width) {
    ByteBuffer out(width);
    for (size_t i = 0; i < width; ++i) out[width - 1 - i] = static_cast<std::byte>(value >> (8 * i));
    return out;
}

/// A box with a 32-bit size.
inline ByteBuffer make_box(std::string_view type, const ByteBuffer& payload = {}) {
    return big_endian(payload.size() + 8, 4) + bytes_of(type) + payload;
}

/// A box with a 64-bit size.
inline ByteBuffer make_large_box(std::string_view type, const ByteBuffer& payload = {}) {
    return big_endian(1, 4) + bytes_of(type) + big_endian(payload.size() + 16, 8) + payload;
}

/// A header that says `size`, whatever follows it.
inline ByteBuffer lying_header(std::string_view type, uint32_t size) {
    return big_endian(size, 4) + bytes_of(type);
}

}  // namespace reel
