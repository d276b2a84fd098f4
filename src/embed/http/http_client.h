// The one file family that knows libcurl: requests with time-outs, repeats and limits.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "reel/error.h"

namespace reel {

struct HttpAnswer {
    long status = 0;
    std::string body;
    unsigned attempts = 1;
};

struct HttpRequest {
    std::string url;
    std::string json;  ///< body of a POST; empty: a GET
    /// Says of an answer with a passing status that it would come again; may be empty.
    bool (*is_final)(const HttpAnswer&) = nullptr;
};

struct HttpOptions {
    std::string key;   ///< sent as "Authorization: Bearer ...", never in a message; may be empty
    std::string hint;  ///< ends the sentence about a server that cannot be reached
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds request_timeout{120'000};
    unsigned retries = 4;
    size_t max_answer_bytes = size_t{64} << 20U;
    const std::atomic<bool>* cancel = nullptr;
    std::function<void(std::chrono::milliseconds)> sleep;
};

/// Safe to use from several threads; keeps connections open between requests.
/// Follows no redirects, so neither texts nor the key go where they were not sent.
/// Asks the proxy of the environment (http_proxy, ...), except for this machine.
class HttpClient {
public:
    explicit HttpClient(HttpOptions options);
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;
    ~HttpClient();

    /// The answer, whatever its status, once it is no passing one or the repeats
    /// are used up. kUnavailable without an answer, or with one that is larger
    /// than max_answer_bytes; kInterrupted after `cancel`.
    Result<HttpAnswer> send(const HttpRequest& request);

private:
    class Handles;
    struct Attempt;

    Attempt send_once(const HttpRequest& request);
    Status wait(std::chrono::milliseconds delay) const;
    [[nodiscard]] bool is_cancelled() const;

    HttpOptions options_;
    std::unique_ptr<Handles> handles_;
};

}  // namespace reel
