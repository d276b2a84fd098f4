// From a name on the command line, or what a store remembers, to an embedder.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "reel/embedder.h"
#include "reel/error.h"
#include "reel/export.h"

namespace reel {

inline constexpr std::string_view kDefaultOllamaModel = "nomic-embed-text";

/// What --embedder says.
struct EmbedderSpec {
    std::string kind = "builtin";  ///< "builtin", "ollama", "openai" or "none"
    std::string model;             ///< empty for "builtin" and "none"
    std::string url;               ///< empty: from the runtime
    std::string precision;         ///< of "builtin": "f32" or "bf16"; empty: from the runtime
    uint32_t dimension = 0;        ///< for "none"; a remote model is held to it if it is not 0

    bool operator==(const EmbedderSpec&) const = default;
};

/// `builtin`, `builtin:f32`, `builtin:bf16`, `ollama` (for kDefaultOllamaModel),
/// `ollama:MODEL`, `ollama:MODEL@URL`, `openai:MODEL`, `openai:MODEL@URL`, `none`.
/// A model's name may hold '@' itself, as in `openai:@cf/baai/bge@https://host/v1`.
REEL_API Result<EmbedderSpec> parse_embedder_spec(std::string_view text);

/// What is not for a store to remember, because it belongs to this machine or
/// this user: addresses, keys, patience.
struct EmbedderRuntime {
    std::string ollama_url;  ///< any form of OLLAMA_HOST; empty: http://localhost:11434
    std::string openai_url;  ///< empty: https://api.openai.com/v1
    std::string openai_key;
    std::string model_dir;           ///< of the built-in model; empty: as BuiltinOptions says
    std::string precision = "auto";  ///< of the built-in embedder: "auto", "f32", "bf16"
    unsigned threads = 0;            ///< of the built-in embedder; 0: all cores
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds request_timeout{120'000};
    unsigned retries = 4;
    size_t texts_per_request = 64;
    const std::atomic<bool>* cancel = nullptr;  ///< set on Ctrl-C: requests end with kInterrupted

    /// For a new store with a remote model; unset: what the model's makers document
    /// where this library knows it (nomic-embed-text on Ollama), else none.
    std::optional<std::string> document_prefix;
    std::optional<std::string> query_prefix;
};

/// The defaults, with OLLAMA_HOST, OPENAI_BASE_URL and OPENAI_API_KEY.
REEL_API EmbedderRuntime runtime_from_environment();

/// For a new store. Asks no server yet.
REEL_API Result<std::unique_ptr<Embedder>> make_embedder(const EmbedderSpec& spec,
                                                         const EmbedderRuntime& runtime);

/// For a store that remembers `stored`: its model and prefixes; the address
/// comes from the runtime alone, so that a store from elsewhere cannot send
/// anybody's questions anywhere. A remote model's description reports the stored
/// dimension, to which every answer is held. Ask check_same_model before use.
REEL_API Result<std::unique_ptr<Embedder>> make_embedder(const EmbedderDescription& stored,
                                                         const EmbedderRuntime& runtime);

/// "ollama nomic-embed-text, 768 dimensions, sha256:0a109f422b47...": for messages.
REEL_API std::string describe_embedder(const EmbedderDescription& description);

/// kConflict naming both, unless vectors of the two may be compared: kind,
/// model, prefixes, dimension and digest agree. An empty digest and a dimension
/// of 0 are unknown and agree with any; precision is no difference.
REEL_API Status check_same_model(const EmbedderDescription& stored, const EmbedderDescription& actual);

}  // namespace reel
