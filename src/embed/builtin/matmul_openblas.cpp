// The matrix products by OpenBLAS, in 32-bit floats, straight from the model's
// own layout. The one CBLAS include.
#include <cblas.h>

#include "base/try.h"
#include "embed/builtin/kernels.h"
#include "embed/builtin/matmul.h"

namespace reel::builtin {

namespace {

class OpenBlasLayer final : public DenseLayer {
public:
    explicit OpenBlasLayer(const DenseSpec& spec) : inputs_(spec.inputs), activation_(spec.activation) {
        for (const DenseSpec::Part& part : spec.parts) {
            if (spec.parts.size() > 1)
                joined_.insert(joined_.end(), part.weights.begin(), part.weights.end());
            bias_.insert(bias_.end(), part.bias.begin(), part.bias.end());
        }
        weights_ = spec.parts.size() > 1 ? joined_.data() : spec.parts.front().weights.data();
    }

    Status run(const void* x, void* y, size_t rows) const override {
        auto* out = static_cast<float*>(y);
        const auto outputs = static_cast<blasint>(bias_.size());
        const auto inputs = static_cast<blasint>(inputs_);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<blasint>(rows), outputs, inputs,
                    1.0F, static_cast<const float*>(x), inputs, weights_, inputs, 0.0F, out, outputs);
        kernels().add_bias(out, bias_.data(), rows, bias_.size(), activation_ == Activation::kGelu);
        return {};
    }

private:
    size_t inputs_;
    Activation activation_;
    std::vector<float> joined_;
    std::vector<float> bias_;
    const float* weights_;
};

class OpenBlasBackend final : public MatmulBackend {
public:
    // The texts are what is divided among threads, not the products.
    OpenBlasBackend() { openblas_set_num_threads(1); }
    [[nodiscard]] bool has_native_bf16() const override { return false; }
    void enter_thread() const override {}

    [[nodiscard]] Result<std::unique_ptr<DenseLayer>> make_layer(const DenseSpec& spec) override {
        return std::make_unique<OpenBlasLayer>(spec);
    }
};

}  // namespace

Result<std::unique_ptr<MatmulBackend>> MatmulBackend::create() { return std::make_unique<OpenBlasBackend>(); }

}  // namespace reel::builtin
