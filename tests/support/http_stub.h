// A small HTTP/1.1 server inside the test's own process, on 127.0.0.1 and a free port.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace reel::test {

struct StubRequest {
    std::string method;
    std::string path;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
};

struct StubAnswer {
    int status = 200;
    std::string body;
    std::vector<std::string> headers = {};  ///< whole lines, "Retry-After: 1"
    std::chrono::milliseconds delay{0};     ///< before the answer
    bool hang_up = false;                   ///< close the connection instead of answering
};

/// Answers with what `handler` returns, one thread a connection, connections
/// kept open. Ends, however long an answer's delay, with the object.
class HttpStub {
public:
    using Handler = std::function<StubAnswer(const StubRequest&)>;

    explicit HttpStub(Handler handler);
    HttpStub(const HttpStub&) = delete;
    HttpStub& operator=(const HttpStub&) = delete;
    ~HttpStub();

    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::vector<StubRequest> requests() const;
    [[nodiscard]] size_t connection_count() const;

private:
    void accept_connections();
    void serve(int connection);
    bool wait_or_stop(std::chrono::milliseconds delay);

    Handler handler_;
    int listener_ = -1;
    int port_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable stopping_;
    bool stopped_ = false;
    std::vector<StubRequest> requests_;
    std::vector<int> connections_;
    std::vector<std::thread> workers_;
    std::thread acceptor_;
};

/// A URL of this machine at which nobody listens.
std::string refused_url();

}  // namespace reel::test
