// Four-character codes, ISO/IEC 14496-12 section 4.2.
#pragma once

#include <cstdint>
#include <string>

namespace reel {

struct FourCC {
    uint32_t value = 0;

    constexpr FourCC() = default;
    constexpr explicit FourCC(uint32_t v) : value(v) {}
    constexpr explicit FourCC(const char (&text)[5])
        : value((uint32_t{static_cast<uint8_t>(text[0])} << 24U) |
                (uint32_t{static_cast<uint8_t>(text[1])} << 16U) |
                (uint32_t{static_cast<uint8_t>(text[2])} << 8U) | uint32_t{static_cast<uint8_t>(text[3])}) {}

    constexpr bool operator==(const FourCC&) const = default;

    /// The four characters; others than printable ASCII as \xNN.
    [[nodiscard]] std::string text() const;
};

}  // namespace reel
