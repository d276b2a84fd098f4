// The two checksums of the format: CRC32C against damage, SHA-256 for the chain.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "reel/error.h"

namespace reel {

/// CRC-32C (Castagnoli, as in RFC 3720 appendix B.4). `seed` is the checksum
/// of the bytes before, 0 at the start: crc32c(b, crc32c(a)) = crc32c(ab).
uint32_t crc32c(ByteView bytes, uint32_t seed = 0);

using Sha256Digest = std::array<std::byte, 32>;

/// FIPS 180-4, in pieces.
class Sha256 {
public:
    Sha256();
    void update(ByteView bytes);
    /// Ends the hash; the object starts anew.
    Sha256Digest finish();

private:
    struct Free {
        void operator()(void* context) const;
    };
    std::unique_ptr<void, Free> context_;
};

Sha256Digest sha256(ByteView bytes);

/// Lower-case hexadecimal.
std::string to_hex(ByteView bytes);

/// `size` bytes of the system's random source.
Status fill_random(MutableBytes out);

}  // namespace reel
