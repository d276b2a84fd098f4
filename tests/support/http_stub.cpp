#include "support/http_stub.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace reel::test {
namespace {

// Binds a free port of 127.0.0.1; {socket, port}.
std::pair<int, int> bind_free_port() {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        throw std::runtime_error("no free port on 127.0.0.1");
    return {fd, ntohs(address.sin_port)};
}

bool read_more(int fd, std::string& buffer) {
    char bytes[16384];
    const ssize_t count = recv(fd, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer.append(bytes, static_cast<size_t>(count));
    return true;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

StubRequest parse_head(const std::string& head) {
    StubRequest request;
    const size_t first = head.find(' ');
    const size_t second = head.find(' ', first + 1);
    request.method = head.substr(0, first);
    request.path = head.substr(first + 1, second - first - 1);
    for (size_t line = head.find("\r\n"); line != head.npos && line + 2 < head.size();) {
        const size_t end = std::min(head.find("\r\n", line + 2), head.size());
        const std::string text = head.substr(line + 2, end - line - 2);
        if (const size_t colon = text.find(": "); colon != text.npos)
            request.headers[lower(text.substr(0, colon))] = text.substr(colon + 2);
        line = end;
    }
    return request;
}

std::optional<StubRequest> read_request(int fd, std::string& buffer) {
    while (buffer.find("\r\n\r\n") == buffer.npos)
        if (!read_more(fd, buffer)) return std::nullopt;
    const size_t head = buffer.find("\r\n\r\n");
    StubRequest request = parse_head(buffer.substr(0, head));
    const auto length = request.headers.find("content-length");
    const size_t total = head + 4 + (length == request.headers.end() ? 0 : std::stoul(length->second));
    while (buffer.size() < total)
        if (!read_more(fd, buffer)) return std::nullopt;
    request.body = buffer.substr(head + 4, total - head - 4);
    buffer.erase(0, total);
    return request;
}

bool write_answer(int fd, const StubAnswer& answer) {
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + " Stub\r\n";
    for (const std::string& header : answer.headers) text += header + "\r\n";
    text += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body;
    for (size_t sent = 0; sent < text.size();) {
        const ssize_t count = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) return false;
        sent += static_cast<size_t>(count);
    }
    return true;
}

}  // namespace

HttpStub::HttpStub(Handler handler) : handler_(std::move(handler)) {
    std::tie(listener_, port_) = bind_free_port();
    if (listen(listener_, 16) != 0) throw std::runtime_error("cannot listen on 127.0.0.1");
    acceptor_ = std::thread([this] { accept_connections(); });
}

HttpStub::~HttpStub() {
    {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
        shutdown(listener_, SHUT_RDWR);
        for (const int fd : connections_) shutdown(fd, SHUT_RDWR);
    }
    stopping_.notify_all();
    acceptor_.join();
    for (std::thread& worker : workers_) worker.join();
    for (const int fd : connections_) close(fd);
    close(listener_);
}

std::string HttpStub::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

std::vector<StubRequest> HttpStub::requests() const {
    const std::scoped_lock lock(mutex_);
    return requests_;
}

size_t HttpStub::connection_count() const {
    const std::scoped_lock lock(mutex_);
    return connections_.size();
}

void HttpStub::accept_connections() {
    while (true) {
        const int fd = accept(listener_, nullptr, nullptr);
        if (fd < 0) return;
        const std::scoped_lock lock(mutex_);
        connections_.push_back(fd);
        if (stopped_) return;
        workers_.emplace_back([this, fd] { serve(fd); });
    }
}

void HttpStub::serve(int connection) {
    std::string buffer;
    while (auto request = read_request(connection, buffer)) {
        {
            const std::scoped_lock lock(mutex_);
            requests_.push_back(*request);
        }
        const StubAnswer answer = handler_(*request);
        if (!wait_or_stop(answer.delay) || answer.hang_up || !write_answer(connection, answer)) break;
    }
    shutdown(connection, SHUT_RDWR);
}

bool HttpStub::wait_or_stop(std::chrono::milliseconds delay) {
    std::unique_lock lock(mutex_);
    return !stopping_.wait_for(lock, delay, [this] { return stopped_; });
}

std::string refused_url() {
    // Bound for a moment and given back: the port is not handed out again at once.
    const auto [fd, port] = bind_free_port();
    close(fd);
    return "http://127.0.0.1:" + std::to_string(port);
}

}  // namespace reel::test
