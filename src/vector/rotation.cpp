#include "vector/rotation.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "vector/code_four.h"

namespace reel {
namespace {

/// The butterflies over distances 1 and 2, inside each four floats, scaled.
void transform_fours(float* x, size_t count, float scale) {
    for (size_t i = 0; i < count; i += 4) {
        const float a = (x[i] + x[i + 1]) * scale;
        const float b = (x[i] - x[i + 1]) * scale;
        const float c = (x[i + 2] + x[i + 3]) * scale;
        const float d = (x[i + 2] - x[i + 3]) * scale;
        x[i] = a + c;
        x[i + 1] = b + d;
        x[i + 2] = a - c;
        x[i + 3] = b - d;
    }
}

/// Two levels of butterflies at once: distances `step` and 2 * `step`.
void transform_two_levels(float* x, size_t count, size_t step) {
    for (size_t first = 0; first < count; first += 4 * step) {
        for (size_t i = first; i < first + step; i += 4) {
            const Four a = load_four(x + i);
            const Four b = load_four(x + i + step);
            const Four c = load_four(x + i + 2 * step);
            const Four d = load_four(x + i + 3 * step);
            const Four ab = a + b;
            const Four cd = c + d;
            const Four a_b = a - b;
            const Four c_d = c - d;
            store_four(x + i, ab + cd);
            store_four(x + i + step, a_b + c_d);
            store_four(x + i + 2 * step, ab - cd);
            store_four(x + i + 3 * step, a_b - c_d);
        }
    }
}

void transform_one_level(float* x, size_t count, size_t step) {
    for (size_t first = 0; first < count; first += 2 * step) {
        for (size_t i = first; i < first + step; i += 4) {
            const Four a = load_four(x + i);
            const Four b = load_four(x + i + step);
            store_four(x + i, a + b);
            store_four(x + i + step, a - b);
        }
    }
}

/// Walsh-Hadamard transform of `count` floats, a power of two from 64 on.
void transform(float* x, size_t count) {
    transform_fours(x, count, 1.0F / std::sqrt(static_cast<float>(count)));
    size_t step = 4;
    for (; 4 * step <= count; step *= 4) transform_two_levels(x, count, step);
    if (step < count) transform_one_level(x, count, step);
}

void kac_step(float* x, size_t count) {
    constexpr float kHalfRoot = 0.70710678118654752F;
    const size_t half = count / 2;
    for (size_t i = 0; i < half; i += 4) {
        const Four a = load_four(x + i);
        const Four b = load_four(x + half + i);
        store_four(x + i, (a + b) * kHalfRoot);
        store_four(x + half + i, (a - b) * kHalfRoot);
    }
}

}  // namespace

Rotation::Rotation(uint32_t dimension, uint64_t seed)
    : dimension_(dimension), size_(padded(dimension)), power_(std::bit_floor(size_)), seed_(seed) {
    signs_.reserve(size_t{kRounds} * size_);
    uint64_t state = seed;
    for (size_t word = 0; word < size_t{kRounds} * size_ / 64; ++word) {
        const uint64_t bits = next_random(state);
        for (unsigned bit = 0; bit < 64; ++bit) signs_.push_back(((bits >> bit) & 1U) != 0 ? -1.0F : 1.0F);
    }
}

void Rotation::apply(const float* in, float* out) const {
    std::copy_n(in, dimension_, out);
    std::fill(out + dimension_, out + size_, 0.0F);
    for (unsigned round = 0; round < kRounds; ++round) {
        const float* signs = signs_.data() + size_t{round} * size_;
        for (size_t i = 0; i < size_; i += 4) store_four(out + i, load_four(out + i) * load_four(signs + i));
        transform(round % 2 == 0 ? out : out + (size_ - power_), power_);
        if (power_ < size_) kac_step(out, size_);
    }
}

}  // namespace reel
