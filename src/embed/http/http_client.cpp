#include "embed/http/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "base/try.h"
#include "embed/http/retry.h"
#include "embed/http/server_url.h"

namespace reel {
namespace {

using std::chrono::milliseconds;

struct SlistFree {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, SlistFree>;

void add_header(Headers& headers, const std::string& line) {
    if (curl_slist* longer = curl_slist_append(headers.get(), line.c_str())) {
        (void)headers.release();
        headers.reset(longer);
    }
}

// Where a transfer writes, and why it stopped itself.
struct Transfer {
    std::string body;
    size_t max_bytes = 0;
    bool too_large = false;
    const std::atomic<bool>* cancel = nullptr;
};

size_t receive(char* bytes, size_t size, size_t count, void* context) {
    auto& transfer = *static_cast<Transfer*>(context);
    const size_t length = size * count;
    if (length > transfer.max_bytes - transfer.body.size()) {
        transfer.too_large = true;
        return 0;
    }
    try {
        transfer.body.append(bytes, length);
    } catch (const std::bad_alloc&) {  // must not pass through C frames
        transfer.too_large = true;
        return 0;
    }
    return length;
}

int stop_if_cancelled(void* context, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto* cancel = static_cast<const Transfer*>(context)->cancel;
    return cancel != nullptr && cancel->load() ? 1 : 0;
}

bool is_passing(CURLcode code) {
    return code == CURLE_COULDNT_CONNECT || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR ||
           code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE;
}

double random_jitter() {
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

std::string seconds(milliseconds time) {
    std::string text = std::to_string(static_cast<double>(time.count()) / 1000.0);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text + " s";
}

void set_limits(CURL* handle, const HttpOptions& options) {
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options.request_timeout.count()));
}

void set_request(CURL* handle, const HttpRequest& request, Transfer& transfer) {
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_USERAGENT, "reel");
    if (is_loopback_url(request.url)) curl_easy_setopt(handle, CURLOPT_PROXY, "");
    if (!request.json.empty()) {
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.json.size()));
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.json.data());
    }
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, stop_if_cancelled);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &transfer);
}

}  // namespace

// Idle handles; each keeps its connection.
class HttpClient::Handles {
public:
    ~Handles() {
        for (CURL* handle : idle_) curl_easy_cleanup(handle);
    }

    CURL* take() {
        const std::scoped_lock lock(mutex_);
        if (idle_.empty()) return curl_easy_init();
        CURL* handle = idle_.back();
        idle_.pop_back();
        return handle;
    }

    void give_back(CURL* handle) {
        curl_easy_reset(handle);  // forgets the options (the key among them), keeps the connection
        const std::scoped_lock lock(mutex_);
        idle_.push_back(handle);
    }

private:
    std::mutex mutex_;
    std::vector<CURL*> idle_;
};

struct HttpClient::Attempt {
    CURLcode code = CURLE_OK;
    HttpAnswer answer;
    bool too_large = false;
    std::optional<std::chrono::seconds> retry_after;

    [[nodiscard]] bool worth_repeating(const HttpRequest& request) const {
        if (code != CURLE_OK) return is_passing(code);
        return is_passing_status(answer.status) && !(request.is_final != nullptr && request.is_final(answer));
    }
};

HttpClient::HttpClient(HttpOptions options)
    : options_(std::move(options)), handles_(std::make_unique<Handles>()) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

HttpClient::~HttpClient() = default;

bool HttpClient::is_cancelled() const { return options_.cancel != nullptr && options_.cancel->load(); }

HttpClient::Attempt HttpClient::send_once(const HttpRequest& request) {
    Attempt attempt;
    CURL* handle = handles_->take();
    if (handle == nullptr) {
        attempt.code = CURLE_FAILED_INIT;
        return attempt;
    }
    Transfer transfer{{}, options_.max_answer_bytes, false, options_.cancel};
    set_limits(handle, options_);
    set_request(handle, request, transfer);
    Headers headers;
    add_header(headers, "Expect:");  // no extra round trip before a large body
    if (!request.json.empty()) add_header(headers, "Content-Type: application/json");
    if (!options_.key.empty()) add_header(headers, "Authorization: Bearer " + options_.key);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    attempt.code = curl_easy_perform(handle);
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &attempt.answer.status);
    curl_off_t after = 0;
    if (curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &after) == CURLE_OK && after > 0)
        attempt.retry_after = std::chrono::seconds(std::min<curl_off_t>(after, 3600));
    attempt.answer.body = std::move(transfer.body);
    attempt.too_large = transfer.too_large;
    handles_->give_back(handle);
    return attempt;
}

Status HttpClient::wait(milliseconds delay) const {
    if (options_.sleep) {
        options_.sleep(delay);
    } else {
        constexpr milliseconds kSlice{50};
        for (milliseconds left = delay; left > milliseconds::zero() && !is_cancelled(); left -= kSlice)
            std::this_thread::sleep_for(std::min(left, kSlice));
    }
    if (is_cancelled()) return fail(ErrorCode::kInterrupted, "stopped while waiting for an embedding server");
    return {};
}

Result<HttpAnswer> HttpClient::send(const HttpRequest& request) {
    Attempt attempt;
    unsigned sent = 0;
    while (true) {
        if (is_cancelled()) return fail(ErrorCode::kInterrupted, "stopped before asking an embedding server");
        attempt = send_once(request);
        ++sent;
        if (sent > options_.retries || !attempt.worth_repeating(request)) break;
        REEL_TRY(wait(retry_delay(sent - 1, random_jitter(), attempt.retry_after)));
    }
    attempt.answer.attempts = sent;
    if (attempt.code == CURLE_OK) return std::move(attempt.answer);

    const std::string where = shown_url(request.url);
    const std::string tries = sent > 1 ? " (tried " + std::to_string(sent) + " times)" : "";
    if (attempt.code == CURLE_ABORTED_BY_CALLBACK)
        return fail(ErrorCode::kInterrupted, "stopped while " + where + " was answering");
    if (attempt.too_large)
        return fail(ErrorCode::kUnavailable, where + " sent more than " +
                                                 std::to_string(options_.max_answer_bytes) +
                                                 " bytes, which is no answer to these texts");
    if (attempt.code == CURLE_OPERATION_TIMEDOUT)
        return fail(ErrorCode::kUnavailable,
                    where + " gave no answer within " + seconds(options_.request_timeout) + " (" +
                        seconds(options_.connect_timeout) +
                        " to connect): is it busy or loading a model? Try again, or allow "
                        "more time");
    if (attempt.code == CURLE_COULDNT_CONNECT)
        return fail(ErrorCode::kUnavailable,
                    where + " refuses the connection" + tries + ": " + options_.hint);
    return fail(ErrorCode::kUnavailable, where + " cannot be asked" + tries + ", " +
                                             curl_easy_strerror(attempt.code) + ": " + options_.hint);
}

}  // namespace reel
