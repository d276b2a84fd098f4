// crc32c() in plain C++, in the place of base/checksum.cpp where ISA-L cannot be linked
// (scripts/test_neon.sh).
#include <array>

#include "base/checksum.h"

namespace reel {
namespace {

/// One entry a byte, for the reflected polynomial of RFC 3720, appendix B.4.
constexpr std::array<uint32_t, 256> make_table() {
    std::array<uint32_t, 256> table{};
    for (uint32_t byte = 0; byte < 256; ++byte) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0x82F63B78U : 0U);
        table[byte] = crc;
    }
    return table;
}

}  // namespace

uint32_t crc32c(ByteView bytes, uint32_t seed) {
    static constexpr std::array<uint32_t, 256> kTable = make_table();
    uint32_t crc = ~seed;
    for (const std::byte byte : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint32_t>(byte)) & 0xFFU];
    return ~crc;
}

}  // namespace reel
