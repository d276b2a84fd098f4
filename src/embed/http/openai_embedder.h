// Embeds through any server that speaks OpenAI's embeddings API.
#pragma once

#include <memory>

#include "embed/remote_embedder.h"

namespace reel {

/// POST {url}/embeddings with the key, if there is one, as bearer token. A
/// server that itself cuts long texts silently (Ollama's /v1 does) cannot be
/// told not to.
Result<std::unique_ptr<Embedder>> make_openai_embedder(const RemoteOptions& options);

}  // namespace reel
