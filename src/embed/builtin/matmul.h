// The seam between the encoder and the library that multiplies its matrices:
// matmul_onednn.cpp or matmul_openblas.cpp, chosen by REEL_EMBED_BACKEND.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "reel/error.h"

namespace reel::builtin {

/// How numbers are stored and multiplied; sums are 32-bit floats in both.
enum class Precision : uint8_t { kF32, kBf16 };
enum class Activation : uint8_t { kNone, kGelu };

/// Dense layers that read the same input, side by side: y = f(x W^T + b).
struct DenseSpec {
    struct Part {
        std::span<const float> weights;  ///< outputs x inputs, row-major
        std::span<const float> bias;     ///< outputs
    };
    std::vector<Part> parts;
    size_t inputs = 0;
    Activation activation = Activation::kNone;
    Precision input = Precision::kF32;   ///< of x and of the weights while multiplying
    Precision output = Precision::kF32;  ///< of y
};

/// Rows of a buffer are rounded up to a multiple of this, so that few shapes
/// of product are needed; the rows added are computed and not looked at.
inline constexpr size_t kRowPadding = 16;
inline constexpr size_t padded_rows(size_t rows) {
    return (rows + kRowPadding - 1) / kRowPadding * kRowPadding;
}

class DenseLayer {
public:
    DenseLayer() = default;
    DenseLayer(const DenseLayer&) = delete;
    DenseLayer& operator=(const DenseLayer&) = delete;
    virtual ~DenseLayer() = default;

    /// x: padded_rows(rows) x inputs; y: padded_rows(rows) x outputs, side by
    /// side for several parts. Runs on the calling thread alone, any number at once.
    virtual Status run(const void* x, void* y, size_t rows) const = 0;
};

class MatmulBackend {
public:
    static Result<std::unique_ptr<MatmulBackend>> create();

    MatmulBackend() = default;
    MatmulBackend(const MatmulBackend&) = delete;
    MatmulBackend& operator=(const MatmulBackend&) = delete;
    virtual ~MatmulBackend() = default;

    /// Whether bf16 is fast on this machine; without it only kF32 is asked for.
    [[nodiscard]] virtual bool has_native_bf16() const = 0;

    /// To be called first in every thread that makes or runs layers: keeps the
    /// library from starting threads of its own there.
    virtual void enter_thread() const = 0;

    /// Copies the weights into the layout the library likes best.
    [[nodiscard]] virtual Result<std::unique_ptr<DenseLayer>> make_layer(const DenseSpec& spec) = 0;
};

}  // namespace reel::builtin
