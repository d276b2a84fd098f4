// What the encoder does besides matrix products, for the vector units of this CPU.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace reel::builtin {

inline constexpr size_t kHidden = 384;
inline constexpr size_t kHeads = 12;
inline constexpr size_t kHeadSize = kHidden / kHeads;

/// A result as 32-bit floats, as bf16 (rounded to nearest, ties to even), or
/// both; null: not wanted.
struct FloatsOut {
    float* f32 = nullptr;
    uint16_t* bf16 = nullptr;
};

struct LayerNorm {
    const float* gamma;
    const float* beta;
};

struct Kernels {
    const char* name;  ///< "avx512", "avx2", "baseline"

    /// Rows of kHidden: y = (s - mean(s)) / sqrt(var(s) + 1e-12) * gamma + beta
    /// with s = a + b.
    void (*add_and_normalize)(const float* a, const float* b, LayerNorm norm, size_t rows, FloatsOut y);

    /// Self-attention of one text. qkv: tokens rows of query, key and value of
    /// all heads, 3 x kHidden; y: tokens rows of kHidden. `scratch` has room for
    /// attention_scratch(tokens) floats.
    void (*attend)(const float* qkv, size_t tokens, float* scratch, FloatsOut y);

    /// y += bias on every row; with `gelu` y = GELU(y + bias), the exact one by erf.
    void (*add_bias)(float* y, const float* bias, size_t rows, size_t columns, bool gelu);
};

size_t attention_scratch(size_t tokens);

/// The fastest this CPU runs.
const Kernels& kernels();

/// All that this CPU runs, the slowest (and plainest) first.
std::vector<const Kernels*> supported_kernels();

}  // namespace reel::builtin
