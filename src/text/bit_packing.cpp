#include "text/bit_packing.h"

#include <array>
#include <utility>

namespace reel {

namespace {

constexpr unsigned kLanes = 4;
constexpr unsigned kRows = kBlockRows / kLanes;
using Lanes = uint32_t __attribute__((vector_size(16)));

Lanes load(const std::byte* at) {
    Lanes lanes;
    std::memcpy(&lanes, at, sizeof lanes);
    return lanes;
}

template <unsigned kBits, unsigned kRow>
void unpack_row(const std::byte* packed, uint32_t* numbers) {
    Lanes lanes{};
    if constexpr (kBits > 0) {
        constexpr unsigned kWord = kRow * kBits / 32;
        constexpr unsigned kShift = kRow * kBits % 32;
        lanes = load(packed + kWord * sizeof(Lanes)) >> kShift;
        if constexpr (kShift + kBits > 32)
            lanes |= load(packed + (kWord + 1) * sizeof(Lanes)) << (32 - kShift);
        if constexpr (kBits < 32) lanes &= (uint32_t{1} << kBits) - 1;
    }
    std::memcpy(numbers + size_t{kRow} * kLanes, &lanes, sizeof lanes);
}

template <unsigned kBits>
void unpack(const std::byte* packed, uint32_t* numbers) {
    [&]<unsigned... kRow>(std::integer_sequence<unsigned, kRow...>) {
        (unpack_row<kBits, kRow>(packed, numbers), ...);
    }(std::make_integer_sequence<unsigned, kRows>());
}

using Unpack = void (*)(const std::byte* packed, uint32_t* numbers);

template <unsigned... kBits>
constexpr std::array<Unpack, sizeof...(kBits)> make_unpackers(std::integer_sequence<unsigned, kBits...>) {
    return {&unpack<kBits>...};
}

constexpr auto kUnpackers = make_unpackers(std::make_integer_sequence<unsigned, 33>());

}  // namespace

unsigned needed_bits(const uint32_t* numbers, size_t count) {
    uint32_t all = 0;
    for (size_t i = 0; i < count; ++i) all |= numbers[i];
    return static_cast<unsigned>(std::bit_width(all));
}

void pack_block(const uint32_t* numbers, unsigned bits, ByteBuffer& out) {
    std::array<uint32_t, kBlockRows> words{};
    for (unsigned i = 0; i < kBlockRows && bits > 0; ++i) {
        const unsigned position = i / kLanes * bits;
        const uint64_t shifted = uint64_t{numbers[i]} << (position % 32);
        const unsigned word = position / 32 * kLanes + i % kLanes;
        words[word] |= static_cast<uint32_t>(shifted);
        if (position % 32 + bits > 32) words[word + kLanes] |= static_cast<uint32_t>(shifted >> 32U);
    }
    append(out, std::as_bytes(std::span(words)).first(packed_bytes(bits)));
}

void unpack_block(const std::byte* packed, unsigned bits, uint32_t* numbers) {
    kUnpackers[bits](packed, numbers);
}

void sum_block(uint32_t before, uint32_t* numbers) {
    Lanes carry = {before, before, before, before};
    const Lanes zero{};
    for (unsigned row = 0; row < kRows; ++row) {
        Lanes sum = load(reinterpret_cast<const std::byte*>(numbers + size_t{row} * kLanes)) + 1;
        sum += __builtin_shufflevector(sum, zero, 4, 0, 1, 2);
        sum += __builtin_shufflevector(sum, zero, 4, 4, 0, 1);
        sum += carry;
        carry = __builtin_shufflevector(sum, sum, 3, 3, 3, 3);
        std::memcpy(numbers + size_t{row} * kLanes, &sum, sizeof sum);
    }
}

}  // namespace reel
