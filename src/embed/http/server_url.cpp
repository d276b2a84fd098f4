#include "embed/http/server_url.h"

#include <algorithm>
#include <charconv>

#include "base/try.h"

namespace reel {
namespace {

struct UrlParts {
    std::string scheme;  // "http", "https", or empty where none was written
    std::string user;    // "name:password@", or empty
    std::string host;    // with brackets if it is an IPv6 address
    std::string port;    // or empty
    std::string path;    // "/..." without a slash at its end, or empty
};

std::string_view trim(std::string_view text) {
    const std::string_view blanks = " \t\r\n\"'";
    const size_t first = text.find_first_not_of(blanks);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return result;
}

tl::unexpected<Error> bad_url(std::string_view url, std::string_view why) {
    return fail(ErrorCode::kInvalidArgument, "the server address '" + shown_url(url) + "' " +
                                                 std::string(why) + ": write it like http://host:port");
}

// An address of IPv6 without brackets is a host and no port.
bool is_bare_ipv6(std::string_view host_and_port) {
    return std::ranges::count(host_and_port, ':') > 1 && !host_and_port.starts_with('[');
}

Status split_port(std::string_view url, std::string_view host_and_port, UrlParts& parts) {
    if (is_bare_ipv6(host_and_port)) {
        parts.host = "[" + std::string(host_and_port) + "]";
        return {};
    }
    const size_t after_host = host_and_port.starts_with('[') ? host_and_port.find(']') : 0;
    if (after_host == host_and_port.npos) return bad_url(url, "has a '[' without a ']'");
    const size_t colon = host_and_port.find(':', after_host);
    parts.host = host_and_port.substr(0, colon);
    if (colon == host_and_port.npos) return {};
    parts.port = host_and_port.substr(colon + 1);
    unsigned number = 0;
    const char* end = parts.port.data() + parts.port.size();
    const auto [stop, error] = std::from_chars(parts.port.data(), end, number);
    if (error != std::errc{} || stop != end || number == 0 || number > 65535)
        return bad_url(url, "has a port that is not a number from 1 to 65535");
    return {};
}

Result<UrlParts> parse_url(std::string_view url) {
    UrlParts parts;
    const bool plain = std::ranges::all_of(url, [](unsigned char c) { return c > 0x20 && c != 0x7F; });
    if (!plain || url.find_first_of("?#\\") != url.npos)
        return bad_url(url, "holds a blank, a control character, '?', '#' or '\\'");
    std::string_view rest = url;
    if (const size_t mark = rest.find("://"); mark != rest.npos) {
        parts.scheme = lower(rest.substr(0, mark));
        rest.remove_prefix(mark + 3);
        if (parts.scheme != "http" && parts.scheme != "https")
            return bad_url(url, "is neither http nor https");
    }
    const size_t slash = std::min(rest.find('/'), rest.size());
    parts.path = rest.substr(slash);
    while (parts.path.ends_with('/')) parts.path.pop_back();
    std::string_view authority = rest.substr(0, slash);
    if (const size_t at = authority.rfind('@'); at != authority.npos) {
        parts.user = authority.substr(0, at + 1);
        authority.remove_prefix(at + 1);
    }
    REEL_TRY(split_port(url, authority, parts));
    return parts;
}

void drop_suffix(std::string& path, std::string_view suffix) {
    if (path.ends_with(suffix)) path.resize(path.size() - suffix.size());
}

}  // namespace

Result<std::string> ollama_base_url(std::string_view host) {
    const std::string_view text = trim(host);
    if (text.empty()) return std::string(kDefaultOllamaUrl);
    REEL_ASSIGN(UrlParts parts, parse_url(text));
    if (parts.port.empty())
        parts.port = parts.scheme.empty() ? "11434" : parts.scheme == "http" ? "80" : "443";
    if (parts.scheme.empty()) parts.scheme = "http";
    if (parts.host.empty() || parts.host == "0.0.0.0" || parts.host == "[::]") parts.host = "localhost";
    drop_suffix(parts.path, "/api");
    return parts.scheme + "://" + parts.user + parts.host + ":" + parts.port + parts.path;
}

Result<std::string> openai_base_url(std::string_view url) {
    const std::string_view text = trim(url);
    if (text.empty()) return std::string(kDefaultOpenAiUrl);
    REEL_ASSIGN(UrlParts parts, parse_url(text));
    if (parts.scheme.empty() || parts.host.empty())
        return bad_url(text, "lacks http:// or https:// or a host");
    drop_suffix(parts.path, "/embeddings");
    if (parts.path.empty()) parts.path = "/v1";
    return parts.scheme + "://" + parts.user + parts.host + (parts.port.empty() ? "" : ":" + parts.port) +
           parts.path;
}

std::string shown_url(std::string_view url) {
    const size_t mark = url.find("://");
    const size_t start = mark == url.npos ? 0 : mark + 3;
    const size_t end = std::min(url.find('/', start), url.size());
    const size_t at = url.substr(0, end).rfind('@');
    if (at == url.npos || at < start) return std::string(url);
    return std::string(url.substr(0, start)) + std::string(url.substr(at + 1));
}

bool is_loopback_url(std::string_view url) {
    const auto parts = parse_url(url);
    if (!parts) return false;
    const std::string host = lower(parts->host);
    return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || host.starts_with("127.");
}

}  // namespace reel
