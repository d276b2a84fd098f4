// Embedders that ask a server: Ollama, or any that speaks OpenAI's embeddings
// API. They live in the module reel_http, which is loaded when first used.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "reel/embedder.h"
#include "reel/error.h"

namespace reel {

enum class RemoteApi : uint8_t { kOllama, kOpenAi };

struct RemoteOptions {
    RemoteApi api = RemoteApi::kOllama;
    std::string model;
    std::string url;  ///< as written (http/server_url.h says in which forms); empty: the API's default
    std::string key;  ///< OpenAI's bearer token, or empty; never in a message
    std::string document_prefix;
    std::string query_prefix;
    /// 0: the model's own, learnt from the server; else every answer is held to it.
    uint32_t dimension = 0;

    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds request_timeout{120'000};  ///< of one request, not of its repeats
    unsigned retries = 4;                                ///< after 429, 5xx, a refused or a lost connection
    size_t texts_per_request = 64;
    size_t max_answer_bytes = size_t{64} << 20U;
    const std::atomic<bool>* cancel = nullptr;  ///< once true, calls end with kInterrupted
    /// Waits between repeats; empty: really waits (and heeds `cancel`).
    std::function<void(std::chrono::milliseconds)> sleep;
};

/// Asks no server yet; kInvalidArgument for a URL or key that cannot be one,
/// kUnsupported in an installation without the module.
Result<std::unique_ptr<Embedder>> make_remote_embedder(const RemoteOptions& options);

/// The module's entry, "reel_make_remote_embedder": false sets `error`.
using MakeRemoteEmbedderEntry = bool(const RemoteOptions& options, std::unique_ptr<Embedder>& embedder,
                                     Error& error);

}  // namespace reel
