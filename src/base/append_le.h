// Appending little-endian values, as indexes hold them.
#pragma once

#include "base/bytes.h"

namespace reel {

template <class T>
void append_le(ByteBuffer& out, T value) {
    append(out, std::as_bytes(std::span(&value, 1)));
}

}  // namespace reel
