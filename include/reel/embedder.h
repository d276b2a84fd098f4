// Text to vectors: the one batched interface behind which every embedder stands.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/error.h"
#include "reel/export.h"

namespace reel {

/// What a store remembers of the model that made its vectors. Two stores may
/// share vectors only if `kind`, `model`, `digest`, `dimension` and the
/// prefixes agree. Never holds a URL or a key.
struct EmbedderDescription {
    std::string kind;             ///< "builtin", "ollama", "openai" or "none" (vectors are given)
    std::string model;            ///< "all-MiniLM-L6-v2", "nomic-embed-text", ...; empty for "none"
    std::string digest;           ///< "sha256:..." of the weights where known, else empty
    std::string precision;        ///< "f32", "bf16"; empty where unknown
    std::string document_prefix;  ///< put before every stored text, for example "search_document: "
    std::string query_prefix;     ///< put before every query
    uint32_t dimension = 0;
    /// Longest text the model reads, in the text's own tokens (what the model puts
    /// around a text, such as [CLS] and [SEP], is taken off already); 0: unknown.
    uint32_t max_tokens = 0;

    bool operator==(const EmbedderDescription&) const = default;
};

enum class TextRole : uint8_t { kDocument, kQuery };

class REEL_API Embedder {
public:
    Embedder() = default;
    Embedder(const Embedder&) = delete;
    Embedder& operator=(const Embedder&) = delete;
    virtual ~Embedder() = default;

    /// May ask a server (dimension, digest); the answer is remembered.
    virtual Result<EmbedderDescription> describe() = 0;

    /// Embeds texts.size() texts in one call; the role's prefix is added here.
    /// Returns texts.size() x dimension floats, row-major, every one finite.
    /// A text that is empty or longer than the model reads is an error that
    /// names its index; nothing is ever cut silently.
    /// Safe to call from several threads.
    virtual Result<std::vector<float>> embed(std::span<const std::string_view> texts, TextRole role) = 0;

    /// Byte offsets, ascending, just past each token of `text` as the model
    /// would read it (special tokens not counted), for cutting passages.
    /// An embedder that does not know its model's tokeniser gives a cautious estimate.
    virtual Result<std::vector<size_t>> token_ends(std::string_view text) = 0;
};

}  // namespace reel
