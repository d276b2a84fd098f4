// Addresses of embedding servers, in the forms that people write them.
#pragma once

#include <string>
#include <string_view>

#include "reel/error.h"

namespace reel {

inline constexpr std::string_view kDefaultOllamaUrl = "http://localhost:11434";
inline constexpr std::string_view kDefaultOpenAiUrl = "https://api.openai.com/v1";

/// The base URL, without a slash at its end, for any form that Ollama's own
/// client takes in OLLAMA_HOST: host, host:port, :port, [::1]:port,
/// http://host[:port][/path], https://... The port is 11434, or 80 or 443
/// where a scheme is given. 0.0.0.0 and [::], on which a server listens, mean
/// localhost to a client. Empty text gives kDefaultOllamaUrl.
Result<std::string> ollama_base_url(std::string_view host);

/// The URL below which /embeddings is found, without a slash at its end. A URL
/// with no path gets /v1; any other path is taken as it is, less a final
/// /embeddings. Empty text gives kDefaultOpenAiUrl.
Result<std::string> openai_base_url(std::string_view url);

/// The URL as it may be printed: without user name and password.
std::string shown_url(std::string_view url);

/// Whether the URL's host is this machine, which no proxy should be asked for.
bool is_loopback_url(std::string_view url);

}  // namespace reel
