// Embeds through an Ollama server.
#pragma once

#include <memory>

#include "embed/remote_embedder.h"

namespace reel {

/// POST /api/embed, or /api/embeddings where a server has no other; the model's
/// digest and longest text from /api/tags and /api/show where it has these.
Result<std::unique_ptr<Embedder>> make_ollama_embedder(const RemoteOptions& options);

}  // namespace reel
