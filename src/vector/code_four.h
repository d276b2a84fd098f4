// Four floats as one value, on every machine: g++ and clang make it a register.
// The sums below run in lanes of four, so they have the same bits everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace reel {

using Four = float __attribute__((vector_size(16)));
using FourBits = uint32_t __attribute__((vector_size(16)));

inline Four load_four(const void* at) {
    Four four;
    std::memcpy(&four, at, sizeof four);
    return four;
}

inline void store_four(float* at, Four four) { std::memcpy(at, &four, sizeof four); }

inline Four spread_four(float value) { return Four{value, value, value, value}; }

inline float sum_of(Four four) { return (four[0] + four[2]) + (four[1] + four[3]); }

/// Floats that start at a multiple of 64 bytes.
class AlignedFloats {
public:
    AlignedFloats() = default;
    explicit AlignedFloats(size_t count) { resize(count); }

    void resize(size_t count) { lines_.resize((count + 15) / 16); }
    [[nodiscard]] float* data() { return reinterpret_cast<float*>(lines_.data()); }
    [[nodiscard]] const float* data() const { return reinterpret_cast<const float*>(lines_.data()); }

private:
    struct alignas(64) Line {
        float floats[16] = {};
    };
    std::vector<Line> lines_;
};

}  // namespace reel
