// The MiniLM-L6 sentence encoder: token ids to vectors of unit length.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "embed/builtin/kernels.h"
#include "embed/builtin/matmul.h"
#include "embed/builtin/safetensors.h"
#include "reel/error.h"

namespace reel::builtin {

inline constexpr uint32_t kVocabularySize = 30522;
inline constexpr size_t kMaxPieces = 256;  ///< of one text, [CLS] and [SEP] included

/// Six layers of the transformer of Devlin et al. 2018 (arXiv:1810.04805)
/// as sentence-transformers/all-MiniLM-L6-v2 configures it: 12 heads, GELU by
/// erf, mean over the tokens, unit length.
class Encoder {
public:
    /// `weights` and the file behind it must outlive the encoder.
    /// kCorrupt if a tensor is missing or has another shape. Uses up to `threads` threads.
    static Result<std::unique_ptr<Encoder>> create(const Safetensors& weights, MatmulBackend& backend,
                                                   Precision precision, size_t threads);

    /// Texts one after the other without padding, each 1 to kMaxPieces ids below
    /// kVocabularySize; `out` gets kHidden floats a text. Runs on the calling
    /// thread alone, any number at once.
    Status encode(std::span<const std::span<const uint32_t>> texts, float* out) const;

    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;
    ~Encoder();

private:
    struct Layer {
        std::unique_ptr<DenseLayer> query_key_value;
        std::unique_ptr<DenseLayer> attention_output;
        std::unique_ptr<DenseLayer> intermediate;
        std::unique_ptr<DenseLayer> output;
        LayerNorm attention_norm;
        LayerNorm output_norm;
    };
    class Workspace;
    class BorrowedWorkspace;
    static constexpr size_t kLayers = 6;
    static constexpr size_t kIntermediate = 1536;

    explicit Encoder(Precision precision);
    static Result<Layer> make_layer(const Safetensors& weights, MatmulBackend& backend, Precision precision,
                                    size_t number);
    void look_up(std::span<const std::span<const uint32_t>> texts, Workspace& w) const;
    Status run_layer(const Layer& layer, std::span<const std::span<const uint32_t>> texts,
                     Workspace& w) const;

    Precision precision_;
    std::span<const float> words_;
    std::span<const float> positions_;
    std::vector<float> first_type_;  ///< of segment 0, the only one there is
    LayerNorm embedding_norm_{};
    std::array<Layer, kLayers> layers_;

    // Buffers wait here for the next batch, because new ones cost page faults.
    mutable std::mutex mutex_;
    mutable std::vector<std::unique_ptr<Workspace>> idle_;
};

}  // namespace reel::builtin
