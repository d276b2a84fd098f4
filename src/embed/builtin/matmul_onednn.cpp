// The matrix products by oneDNN 2.6. The one oneDNN include.
#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>
#include <tuple>

#include "base/bytes.h"
#include "base/try.h"
#include "embed/builtin/matmul.h"

// oneDNN's thread pool is OpenMP's where it was built so (as Debian's is).
extern "C" __attribute__((weak)) void omp_set_num_threads(int count);

namespace reel::builtin {

namespace {

using dnnl::memory;

/// Longer inputs go through in blocks of this many rows: the speed is the same
/// from 16 rows up, and there are then only eight shapes of each product.
constexpr size_t kBlockRows = 128;
constexpr size_t kShapes = kBlockRows / kRowPadding;

memory::data_type data_type_of(Precision precision) {
    return precision == Precision::kBf16 ? memory::data_type::bf16 : memory::data_type::f32;
}

size_t element_bytes(Precision precision) { return precision == Precision::kBf16 ? 2 : 4; }

Error backend_error(const dnnl::error& error) {
    return {ErrorCode::kUnsupported,
            std::string("oneDNN cannot compute a matrix product here: ") + error.what()};
}

/// The products of one shape of layer for each padded number of rows, made
/// when first needed and shared by all layers of that shape.
class Products {
public:
    Products(dnnl::engine engine, const DenseSpec& spec, size_t outputs)
        : engine_(std::move(engine)),
          input_(data_type_of(spec.input)),
          output_(data_type_of(spec.output)),
          inputs_(static_cast<memory::dim>(spec.inputs)),
          outputs_(static_cast<memory::dim>(outputs)),
          activation_(spec.activation) {
        const auto any = memory::format_tag::any;
        weights_ = describe(kBlockRows, memory::desc({inputs_, outputs_}, input_, any)).weights_desc();
    }

    struct Product {
        dnnl::matmul primitive;
        memory::desc source, destination, scratchpad;
    };

    const Product& find(size_t rows) {
        const std::lock_guard lock(mutex_);
        std::optional<Product>& product = by_rows_[rows / kRowPadding - 1];
        if (!product) {
            const auto description = describe(rows, weights_);
            product = Product{dnnl::matmul(description), description.src_desc(), description.dst_desc(),
                              description.scratchpad_desc()};
        }
        return *product;
    }

    [[nodiscard]] const memory::desc& weights() const { return weights_; }
    [[nodiscard]] memory::desc bias() const {
        return {{1, outputs_}, memory::data_type::f32, memory::format_tag::ab};
    }

private:
    [[nodiscard]] dnnl::matmul::primitive_desc describe(size_t rows, const memory::desc& weights) const {
        const auto row_count = static_cast<memory::dim>(rows);
        const auto tag = memory::format_tag::ab;
        dnnl::primitive_attr attributes;
        // The library's own scratchpad belongs to the thread that made the primitive.
        attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        if (activation_ == Activation::kGelu) {
            dnnl::post_ops after;
            after.append_eltwise(1.0F, dnnl::algorithm::eltwise_gelu_erf, 0.0F, 0.0F);
            attributes.set_post_ops(after);
        }
        return {{memory::desc({row_count, inputs_}, input_, tag), weights, bias(),
                 memory::desc({row_count, outputs_}, output_, tag)},
                attributes,
                engine_};
    }

    dnnl::engine engine_;
    memory::data_type input_, output_;
    memory::dim inputs_, outputs_;
    Activation activation_;
    memory::desc weights_;
    std::mutex mutex_;
    std::array<std::optional<Product>, kShapes> by_rows_;
};

class OneDnnLayer final : public DenseLayer {
public:
    OneDnnLayer(const dnnl::engine& engine, std::shared_ptr<Products> products, const DenseSpec& spec,
                size_t outputs)
        : engine_(engine),
          products_(std::move(products)),
          input_row_bytes_(spec.inputs * element_bytes(spec.input)),
          output_row_bytes_(outputs * element_bytes(spec.output)),
          weights_(products_->weights(), engine),
          bias_(products_->bias(), engine) {
        dnnl::stream stream(engine);
        auto* bias = static_cast<float*>(bias_.get_data_handle());
        memory::dim first = 0;
        for (const DenseSpec::Part& part : spec.parts) {
            const auto inputs = static_cast<memory::dim>(spec.inputs);
            const auto count = static_cast<memory::dim>(part.bias.size());
            // oneDNN has no read-only memory; a reorder reads its source only.
            memory plain({{inputs, count}, memory::data_type::f32, memory::format_tag::ba}, engine,
                         const_cast<float*>(part.weights.data()));
            memory laid_out(weights_.get_desc().submemory_desc({inputs, count}, {0, first}), engine,
                            weights_.get_data_handle());
            dnnl::reorder(plain, laid_out).execute(stream, plain, laid_out);
            bias = std::copy(part.bias.begin(), part.bias.end(), bias);
            first += count;
        }
        stream.wait();
    }

    Status run(const void* x, void* y, size_t rows) const override {
        try {
            dnnl::stream stream(engine_);
            const size_t padded = padded_rows(rows);
            for (size_t row = 0; row < padded; row += kBlockRows) {
                run_block(stream, static_cast<const std::byte*>(x) + row * input_row_bytes_,
                          static_cast<std::byte*>(y) + row * output_row_bytes_,
                          std::min(kBlockRows, padded - row));
            }
            stream.wait();
            return {};
        } catch (const dnnl::error& error) {
            return fail(backend_error(error));
        }
    }

private:
    void run_block(dnnl::stream& stream, const std::byte* x, std::byte* y, size_t rows) const {
        thread_local std::vector<std::byte> scratch;
        const Products::Product& product = products_->find(rows);
        if (scratch.size() < product.scratchpad.get_size() + 1)
            scratch.resize(product.scratchpad.get_size() + 1);
        product.primitive.execute(
            stream, {{DNNL_ARG_SRC, memory(product.source, engine_, const_cast<std::byte*>(x))},
                     {DNNL_ARG_WEIGHTS, weights_},
                     {DNNL_ARG_BIAS, bias_},
                     {DNNL_ARG_DST, memory(product.destination, engine_, y)},
                     {DNNL_ARG_SCRATCHPAD, memory(product.scratchpad, engine_, scratch.data())}});
    }

    dnnl::engine engine_;
    std::shared_ptr<Products> products_;
    size_t input_row_bytes_, output_row_bytes_;
    memory weights_, bias_;
};

class OneDnnBackend final : public MatmulBackend {
public:
    OneDnnBackend() : engine_(dnnl::engine::kind::cpu, 0) {}

    [[nodiscard]] bool has_native_bf16() const override {
        const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
        return isa == dnnl::cpu_isa::avx512_core_bf16 || isa == dnnl::cpu_isa::avx512_core_amx;
    }

    void enter_thread() const override {
        if (omp_set_num_threads != nullptr) omp_set_num_threads(1);
    }

    [[nodiscard]] Result<std::unique_ptr<DenseLayer>> make_layer(const DenseSpec& spec) override {
        try {
            size_t outputs = 0;
            for (const DenseSpec::Part& part : spec.parts) outputs += part.bias.size();
            return std::make_unique<OneDnnLayer>(engine_, find_products(spec, outputs), spec, outputs);
        } catch (const dnnl::error& error) {
            return fail(backend_error(error));
        }
    }

private:
    std::shared_ptr<Products> find_products(const DenseSpec& spec, size_t outputs) {
        const std::lock_guard lock(mutex_);
        auto& products = products_[{spec.inputs, outputs, spec.activation, spec.input, spec.output}];
        if (!products) products = std::make_shared<Products>(engine_, spec, outputs);
        return products;
    }

    using Key = std::tuple<size_t, size_t, Activation, Precision, Precision>;
    dnnl::engine engine_;
    std::mutex mutex_;
    std::map<Key, std::shared_ptr<Products>> products_;
};

}  // namespace

Result<std::unique_ptr<MatmulBackend>> MatmulBackend::create() {
    try {
        return std::make_unique<OneDnnBackend>();
    } catch (const dnnl::error& error) {
        return fail(backend_error(error));
    }
}

}  // namespace reel::builtin
