#include "embed/builtin/encoder.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/try.h"
#include "embed/builtin/parallel.h"

namespace reel::builtin {

namespace {

/// The feed-forward part runs over blocks of rows whose wide result stays in the cache.
constexpr size_t kBlockRows = 128;
constexpr size_t kMaxPositions = 512;

Result<LayerNorm> find_norm(const Safetensors& weights, const std::string& prefix) {
    REEL_ASSIGN(const auto gamma, weights.find_floats(prefix + "weight", {kHidden}));
    REEL_ASSIGN(const auto beta, weights.find_floats(prefix + "bias", {kHidden}));
    return LayerNorm{gamma.data(), beta.data()};
}

Result<DenseSpec::Part> find_part(const Safetensors& weights, const std::string& prefix, size_t inputs,
                                  size_t outputs) {
    DenseSpec::Part part;
    REEL_ASSIGN(part.weights, weights.find_floats(prefix + "weight", {outputs, inputs}));
    REEL_ASSIGN(part.bias, weights.find_floats(prefix + "bias", {outputs}));
    return part;
}

/// Mean over the rows, then unit length.
void pool(const float* rows, size_t count, float* out) {
    double sums[kHidden] = {};
    for (size_t row = 0; row < count; ++row) {
        for (size_t i = 0; i < kHidden; ++i) sums[i] += static_cast<double>(rows[row * kHidden + i]);
    }
    double squares = 0;
    for (const double s : sums) squares += s * s;
    // The direction of the sum is that of the mean; the floor is the published model's.
    const double scale = 1 / std::max(std::sqrt(squares), 1e-12 * static_cast<double>(count));
    for (size_t i = 0; i < kHidden; ++i) out[i] = static_cast<float>(sums[i] * scale);
}

}  // namespace

/// The activations of one batch. In bf16 what a product reads is kept twice:
/// as floats for the sums around it, and rounded for the product. The rows of
/// padding hold zeros or an earlier batch.
class Encoder::Workspace {
public:
    explicit Workspace(Precision precision) : is_bf16_(precision == Precision::kBf16) {}

    void make_room(size_t row_count, size_t longest) {
        rows = row_count;
        const size_t padded = padded_rows(rows);
        grow(hidden, padded * kHidden);
        grow(projected, padded * kHidden);
        grow(query_key_value, padded * 3 * kHidden);
        grow(scratch, attention_scratch(longest));
        const size_t block = std::min(padded, kBlockRows);
        if (is_bf16_) {
            grow(hidden_bf16_, padded * kHidden);
            grow(context_bf16_, padded * kHidden);
            grow(intermediate_bf16_, block * kIntermediate);
        } else {
            grow(context_, padded * kHidden);
            grow(intermediate_, block * kIntermediate);
        }
    }

    [[nodiscard]] const void* hidden_input(size_t row) const {
        if (is_bf16_) return hidden_bf16_.data() + row * kHidden;
        return hidden.data() + row * kHidden;
    }
    [[nodiscard]] FloatsOut hidden_out(size_t row) {
        return {hidden.data() + row * kHidden, is_bf16_ ? hidden_bf16_.data() + row * kHidden : nullptr};
    }
    [[nodiscard]] const void* context_input() const {
        if (is_bf16_) return context_bf16_.data();
        return context_.data();
    }
    [[nodiscard]] FloatsOut context_out(size_t row) {
        if (is_bf16_) return {nullptr, context_bf16_.data() + row * kHidden};
        return {context_.data() + row * kHidden, nullptr};
    }
    [[nodiscard]] void* intermediate() {
        if (is_bf16_) return intermediate_bf16_.data();
        return intermediate_.data();
    }

    size_t rows = 0;
    std::vector<float> hidden, projected, query_key_value, scratch;

private:
    template <class T>
    static void grow(std::vector<T>& buffer, size_t size) {
        if (buffer.size() < size) buffer.resize(size);
    }

    bool is_bf16_;
    std::vector<float> context_, intermediate_;
    std::vector<uint16_t> hidden_bf16_, context_bf16_, intermediate_bf16_;
};

class Encoder::BorrowedWorkspace {
public:
    explicit BorrowedWorkspace(const Encoder& encoder) : encoder_(encoder) {
        const std::lock_guard lock(encoder.mutex_);
        if (encoder.idle_.empty()) {
            workspace_ = std::make_unique<Workspace>(encoder.precision_);
        } else {
            workspace_ = std::move(encoder.idle_.back());
            encoder.idle_.pop_back();
        }
    }
    BorrowedWorkspace(const BorrowedWorkspace&) = delete;
    BorrowedWorkspace& operator=(const BorrowedWorkspace&) = delete;
    ~BorrowedWorkspace() {
        const std::lock_guard lock(encoder_.mutex_);
        encoder_.idle_.push_back(std::move(workspace_));
    }
    Workspace& operator*() { return *workspace_; }

private:
    const Encoder& encoder_;
    std::unique_ptr<Workspace> workspace_;
};

Encoder::Encoder(Precision precision) : precision_(precision) {}
Encoder::~Encoder() = default;

Result<Encoder::Layer> Encoder::make_layer(const Safetensors& weights, MatmulBackend& backend,
                                           Precision precision, size_t number) {
    const std::string prefix = "encoder.layer." + std::to_string(number) + ".";
    DenseSpec spec;
    spec.inputs = kHidden;
    spec.input = precision;
    for (const char* name : {"query", "key", "value"}) {
        REEL_ASSIGN(auto part, find_part(weights, prefix + "attention.self." + name + ".", kHidden, kHidden));
        spec.parts.push_back(part);
    }
    Layer layer;
    REEL_ASSIGN(layer.query_key_value, backend.make_layer(spec));

    REEL_ASSIGN(auto part, find_part(weights, prefix + "attention.output.dense.", kHidden, kHidden));
    spec.parts = {part};
    REEL_ASSIGN(layer.attention_output, backend.make_layer(spec));
    REEL_ASSIGN(layer.attention_norm, find_norm(weights, prefix + "attention.output.LayerNorm."));

    REEL_ASSIGN(part, find_part(weights, prefix + "intermediate.dense.", kHidden, kIntermediate));
    spec.parts = {part};
    spec.activation = Activation::kGelu;
    spec.output = precision;
    REEL_ASSIGN(layer.intermediate, backend.make_layer(spec));

    REEL_ASSIGN(part, find_part(weights, prefix + "output.dense.", kIntermediate, kHidden));
    spec.parts = {part};
    spec.inputs = kIntermediate;
    spec.activation = Activation::kNone;
    spec.output = Precision::kF32;
    REEL_ASSIGN(layer.output, backend.make_layer(spec));
    REEL_ASSIGN(layer.output_norm, find_norm(weights, prefix + "output.LayerNorm."));
    return layer;
}

Result<std::unique_ptr<Encoder>> Encoder::create(const Safetensors& weights, MatmulBackend& backend,
                                                 Precision precision, size_t threads) {
    std::unique_ptr<Encoder> encoder(new Encoder(precision));
    const std::string prefix = "embeddings.";
    REEL_ASSIGN(encoder->words_,
                weights.find_floats(prefix + "word_embeddings.weight", {kVocabularySize, kHidden}));
    REEL_ASSIGN(encoder->positions_,
                weights.find_floats(prefix + "position_embeddings.weight", {kMaxPositions, kHidden}));
    REEL_ASSIGN(const auto types, weights.find_floats(prefix + "token_type_embeddings.weight", {2, kHidden}));
    encoder->first_type_.assign(types.begin(), types.begin() + kHidden);
    REEL_ASSIGN(encoder->embedding_norm_, find_norm(weights, prefix + "LayerNorm."));
    REEL_TRY(run_parallel(kLayers, threads, [&](size_t number) -> Status {
        backend.enter_thread();
        REEL_ASSIGN(encoder->layers_[number], make_layer(weights, backend, precision, number));
        return {};
    }));
    return encoder;
}

void Encoder::look_up(std::span<const std::span<const uint32_t>> texts, Workspace& w) const {
    size_t row = 0;
    for (const auto text : texts) {
        for (size_t position = 0; position < text.size(); ++position, ++row) {
            const float* word = words_.data() + size_t{text[position]} * kHidden;
            const float* place = positions_.data() + position * kHidden;
            float* sum = w.projected.data() + row * kHidden;
            for (size_t i = 0; i < kHidden; ++i) sum[i] = place[i] + first_type_[i];
            kernels().add_and_normalize(word, sum, embedding_norm_, 1, w.hidden_out(row));
        }
    }
}

Status Encoder::run_layer(const Layer& layer, std::span<const std::span<const uint32_t>> texts,
                          Workspace& w) const {
    const Kernels& kernel = kernels();
    REEL_TRY(layer.query_key_value->run(w.hidden_input(0), w.query_key_value.data(), w.rows));
    size_t row = 0;
    for (const auto text : texts) {
        kernel.attend(w.query_key_value.data() + row * 3 * kHidden, text.size(), w.scratch.data(),
                      w.context_out(row));
        row += text.size();
    }
    REEL_TRY(layer.attention_output->run(w.context_input(), w.projected.data(), w.rows));
    kernel.add_and_normalize(w.hidden.data(), w.projected.data(), layer.attention_norm, w.rows,
                             w.hidden_out(0));

    for (size_t first = 0; first < w.rows; first += kBlockRows) {
        const size_t count = std::min(kBlockRows, w.rows - first);
        REEL_TRY(layer.intermediate->run(w.hidden_input(first), w.intermediate(), count));
        REEL_TRY(layer.output->run(w.intermediate(), w.projected.data(), count));
        kernel.add_and_normalize(w.hidden.data() + first * kHidden, w.projected.data(), layer.output_norm,
                                 count, w.hidden_out(first));
    }
    return {};
}

Status Encoder::encode(std::span<const std::span<const uint32_t>> texts, float* out) const {
    size_t rows = 0;
    size_t longest = 0;
    for (const auto text : texts) {
        if (text.empty() || text.size() > kMaxPieces) {
            return fail(ErrorCode::kInvalidArgument,
                        "a text of " + std::to_string(text.size()) + " word pieces");
        }
        if (*std::max_element(text.begin(), text.end()) >= kVocabularySize) {
            return fail(ErrorCode::kInvalidArgument, "a word piece that the model does not know");
        }
        rows += text.size();
        longest = std::max(longest, text.size());
    }
    if (rows == 0) return {};
    BorrowedWorkspace borrowed(*this);
    Workspace& workspace = *borrowed;
    workspace.make_room(rows, longest);
    look_up(texts, workspace);
    for (const Layer& layer : layers_) REEL_TRY(run_layer(layer, texts, workspace));
    size_t row = 0;
    for (size_t i = 0; i < texts.size(); ++i) {
        pool(workspace.hidden.data() + row * kHidden, texts[i].size(), out + i * kHidden);
        row += texts[i].size();
    }
    return {};
}

}  // namespace reel::builtin
