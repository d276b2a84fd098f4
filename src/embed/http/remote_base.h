// What the embedders that ask a server have in common.
#pragma once

#include <atomic>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "embed/http/answers.h"
#include "embed/http/http_client.h"
#include "embed/remote_embedder.h"

namespace reel {

/// Checks texts, adds prefixes, cuts requests to size, holds every answer to
/// one dimension, and finds the text that is too long in a refused request.
class RemoteEmbedder : public Embedder {
public:
    Result<EmbedderDescription> describe() final;
    Result<std::vector<float>> embed(std::span<const std::string_view> texts, TextRole role) final;
    Result<std::vector<size_t>> token_ends(std::string_view text) final;

protected:
    /// `base_url` as server_url.h makes it; `hint` says what to do if nobody answers there.
    RemoteEmbedder(const RemoteOptions& options, std::string base_url, std::string hint);

    /// Asks the server what it knows of the model besides the dimension.
    virtual Status learn(EmbedderDescription& description) = 0;
    /// One vector a text. kLimit if a text, it need not say which, is too long.
    virtual Result<VectorBatch> request(std::span<const std::string> texts) = 0;

    Result<HttpAnswer> get(std::string_view path);
    Result<HttpAnswer> post(std::string_view path, std::string json);
    /// The error for an answer with a status other than 200 that has no better one.
    [[nodiscard]] tl::unexpected<Error> refused(std::string_view path, const HttpAnswer& answer) const;
    /// `parsed`, with the address in front of its error.
    [[nodiscard]] Result<VectorBatch> checked(std::string_view path, Result<VectorBatch> parsed) const;
    [[nodiscard]] std::string address(std::string_view path) const;

    const RemoteOptions options_;

private:
    [[nodiscard]] size_t request_end(std::span<const std::string> texts, size_t begin) const;
    Status check_dimension(uint32_t dimension);
    Status embed_range(std::span<const std::string> texts, size_t begin, size_t end,
                       std::vector<float>& vectors);
    tl::unexpected<Error> too_long(std::span<const std::string> texts, size_t begin, size_t end);

    const std::string base_url_;
    HttpClient client_;
    std::atomic<uint32_t> dimension_;
    std::mutex describe_mutex_;
    bool described_ = false;
    EmbedderDescription description_;
};

}  // namespace reel
