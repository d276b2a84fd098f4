// Views of raw bytes and big-endian loads and stores. ISO base media files are
// big-endian throughout; the machines Reel runs on are little-endian.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace reel {

static_assert(std::endian::native == std::endian::little, "Reel supports little-endian machines");

using ByteView = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;
using ByteBuffer = std::vector<std::byte>;

inline uint16_t byte_swap(uint16_t v) { return __builtin_bswap16(v); }
inline uint32_t byte_swap(uint32_t v) { return __builtin_bswap32(v); }
inline uint64_t byte_swap(uint64_t v) { return __builtin_bswap64(v); }

/// Loads a big-endian unsigned integer; `at` needs no alignment.
template <class T>
inline T load_be(const std::byte* at) {
    T v;
    std::memcpy(&v, at, sizeof v);
    if constexpr (sizeof(T) > 1) v = byte_swap(v);
    return v;
}

template <class T>
inline void store_be(std::byte* at, T v) {
    if constexpr (sizeof(T) > 1) v = byte_swap(v);
    std::memcpy(at, &v, sizeof v);
}

template <class T>
inline T load_le(const std::byte* at) {
    T v;
    std::memcpy(&v, at, sizeof v);
    return v;
}

inline float load_be_float(const std::byte* at) { return std::bit_cast<float>(load_be<uint32_t>(at)); }
inline void store_be_float(std::byte* at, float v) { store_be(at, std::bit_cast<uint32_t>(v)); }

inline ByteView as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline void append(ByteBuffer& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

}  // namespace reel
