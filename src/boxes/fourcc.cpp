#include "boxes/fourcc.h"

namespace reel {

std::string FourCC::text() const {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    for (int shift = 24; shift >= 0; shift -= 8) {
        const uint32_t c = (value >> static_cast<uint32_t>(shift)) & 0xFFU;
        if (c >= 0x20 && c < 0x7F) {
            out += static_cast<char>(c);
        } else {
            out += "\\x";
            out += kDigits[c >> 4U];
            out += kDigits[c & 15U];
        }
    }
    return out;
}

}  // namespace reel
