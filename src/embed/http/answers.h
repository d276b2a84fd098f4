// The JSON that embedding servers are sent and answer. Pure: no network here.
// What is wrong with an answer is an Error whose sentence starts with a verb
// ("sent ..."), to be put behind the server's address.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/error.h"

namespace reel {

/// Row-major, every number finite as a float, `dimension` > 0.
struct VectorBatch {
    std::vector<float> values;
    uint32_t dimension = 0;
};

// Request bodies. The texts must be UTF-8.

/// POST /api/embed of Ollama. Asks for an error rather than a cut text.
std::string ollama_embed_request(std::string_view model, std::span<const std::string> texts);
/// POST /api/embeddings of Ollama, which older servers have instead: one text.
std::string ollama_old_request(std::string_view model, std::string_view text);
/// POST /api/show of Ollama.
std::string ollama_show_request(std::string_view model);
/// POST /v1/embeddings.
std::string openai_request(std::string_view model, std::span<const std::string> texts);

// Answers with status 200; kUnavailable for any other shape or count.

/// {"embeddings": [[...], ...]}
Result<VectorBatch> parse_ollama_embed(std::string_view body, size_t text_count);
/// {"embedding": [...]}
Result<VectorBatch> parse_ollama_old(std::string_view body);
/// {"data": [{"index": i, "embedding": [...]}, ...]}, in the order of the indices.
Result<VectorBatch> parse_openai(std::string_view body, size_t text_count);

/// "sha256:..." of the model in GET /api/tags, where a name without a tag means
/// ":latest"; empty if it is not listed. Ollama's digest is that of the
/// manifest, which names weights and parameters.
std::string find_ollama_digest(std::string_view body, std::string_view model);

/// The longest text in tokens, by POST /api/show: the model's context, or the
/// num_ctx it runs with if that is less (2,048, the smallest default Ollama has
/// had, if it is not set), without two special tokens. 0: unknown.
uint32_t find_ollama_max_tokens(std::string_view body);

/// The message of an error answer, nested as OpenAI's or flat as Ollama's; empty if there is none.
std::string find_error_message(std::string_view body);

/// Whether an error message says that a text is longer than the model reads.
bool says_too_long(std::string_view message);

/// At most 300 bytes of a server's words, in which `secret` and control
/// characters are blotted out.
std::string quoted(std::string_view words, std::string_view secret);

}  // namespace reel
