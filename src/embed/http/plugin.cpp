// The door of the module reel_http.
#include "embed/http/ollama_embedder.h"
#include "embed/http/openai_embedder.h"
#include "embed/remote_embedder.h"

extern "C" __attribute__((visibility("default"))) bool reel_make_remote_embedder(
    const reel::RemoteOptions& options, std::unique_ptr<reel::Embedder>& embedder, reel::Error& error) {
    auto made = options.api == reel::RemoteApi::kOllama ? reel::make_ollama_embedder(options)
                                                        : reel::make_openai_embedder(options);
    if (!made) {
        error = std::move(made).error();
        return false;
    }
    embedder = std::move(*made);
    return true;
}
