#include "embed/http/remote_base.h"

#include "base/try.h"
#include "base/utf8.h"
#include "embed/http/server_url.h"
#include "embed/token_estimate.h"

namespace reel {
namespace {

constexpr size_t kMaxRequestBytes = size_t{4} << 20U;

HttpOptions http_options(const RemoteOptions& options, std::string hint) {
    HttpOptions http;
    http.key = options.key;
    http.hint = std::move(hint);
    http.connect_timeout = options.connect_timeout;
    http.request_timeout = options.request_timeout;
    http.retries = options.retries;
    http.max_answer_bytes = options.max_answer_bytes;
    http.cancel = options.cancel;
    http.sleep = options.sleep;
    return http;
}

std::string text_number(size_t index, size_t count) {
    return "text " + std::to_string(index) + " (counted from 0) of " + std::to_string(count);
}

Status check_text(std::string_view text, size_t index, size_t count) {
    if (text.empty())
        return fail(ErrorCode::kInvalidArgument,
                    text_number(index, count) + " is empty: there is nothing to embed");
    return check_utf8(text, text_number(index, count));
}

}  // namespace

RemoteEmbedder::RemoteEmbedder(const RemoteOptions& options, std::string base_url, std::string hint)
    : options_(options),
      base_url_(std::move(base_url)),
      client_(http_options(options, std::move(hint))),
      dimension_(options.dimension) {}

Result<EmbedderDescription> RemoteEmbedder::describe() {
    const std::scoped_lock lock(describe_mutex_);
    if (described_) return description_;
    EmbedderDescription description;
    description.model = options_.model;
    description.document_prefix = options_.document_prefix;
    description.query_prefix = options_.query_prefix;
    REEL_TRY(learn(description));
    if (dimension_.load() == 0) {
        const std::string word = "dimension";
        REEL_ASSIGN(const VectorBatch batch, request({&word, 1}));
        REEL_TRY(check_dimension(batch.dimension));
    }
    description.dimension = dimension_.load();
    description_ = std::move(description);
    described_ = true;
    return description_;
}

Result<std::vector<float>> RemoteEmbedder::embed(std::span<const std::string_view> texts, TextRole role) {
    const std::string& prefix =
        role == TextRole::kDocument ? options_.document_prefix : options_.query_prefix;
    std::vector<std::string> inputs;
    inputs.reserve(texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
        REEL_TRY(check_text(texts[i], i, texts.size()));
        inputs.push_back(prefix + std::string(texts[i]));
    }
    std::vector<float> vectors;
    for (size_t begin = 0; begin < inputs.size();) {
        const size_t end = request_end(inputs, begin);
        REEL_TRY(embed_range(inputs, begin, end, vectors));
        begin = end;
    }
    return vectors;
}

Result<std::vector<size_t>> RemoteEmbedder::token_ends(std::string_view text) {
    return estimate_token_ends(text);
}

size_t RemoteEmbedder::request_end(std::span<const std::string> texts, size_t begin) const {
    size_t bytes = texts[begin].size();
    size_t end = begin + 1;
    while (end < texts.size() && end - begin < options_.texts_per_request &&
           bytes + texts[end].size() <= kMaxRequestBytes)
        bytes += texts[end++].size();
    return end;
}

Status RemoteEmbedder::check_dimension(uint32_t dimension) {
    uint32_t known = 0;
    if (dimension_.compare_exchange_strong(known, dimension) || known == dimension) return {};
    const bool given = options_.dimension != 0;
    return fail(given ? ErrorCode::kConflict : ErrorCode::kUnavailable,
                options_.model + " at " + shown_url(base_url_) + " gives vectors of " +
                    std::to_string(dimension) + " dimensions, but " +
                    (given ? "the store's have " : "gave earlier ones of ") + std::to_string(known) +
                    ": is it another model under the same name?");
}

Status RemoteEmbedder::embed_range(std::span<const std::string> texts, size_t begin, size_t end,
                                   std::vector<float>& vectors) {
    const auto batch = request(texts.subspan(begin, end - begin));
    if (!batch && batch.error().code == ErrorCode::kLimit) return too_long(texts, begin, end);
    REEL_TRY(batch);
    REEL_TRY(check_dimension(batch->dimension));
    vectors.insert(vectors.end(), batch->values.begin(), batch->values.end());
    return {};
}

// A server does not say which text of a refused request was too long: halving
// finds the first with about twice the work of the request.
tl::unexpected<Error> RemoteEmbedder::too_long(std::span<const std::string> texts, size_t begin, size_t end) {
    while (end - begin > 1) {
        const size_t middle = begin + (end - begin) / 2;
        const auto lower_half = request(texts.subspan(begin, middle - begin));
        if (lower_half) {
            begin = middle;
        } else if (lower_half.error().code == ErrorCode::kLimit) {
            end = middle;
        } else {
            return fail(lower_half.error());
        }
    }
    return fail(ErrorCode::kLimit, text_number(begin, texts.size()) + " (" +
                                       std::to_string(texts[begin].size()) +
                                       " bytes with its prefix) is longer than " + options_.model +
                                       " reads: cut it into shorter passages");
}

Result<HttpAnswer> RemoteEmbedder::get(std::string_view path) {
    return client_.send({base_url_ + std::string(path), {}, nullptr});
}

Result<HttpAnswer> RemoteEmbedder::post(std::string_view path, std::string json) {
    // Some servers answer 500 to a text that is too long: it would be so again.
    return client_.send({base_url_ + std::string(path), std::move(json), [](const HttpAnswer& answer) {
                             return says_too_long(find_error_message(answer.body));
                         }});
}

std::string RemoteEmbedder::address(std::string_view path) const {
    return shown_url(base_url_) + std::string(path);
}

Result<VectorBatch> RemoteEmbedder::checked(std::string_view path, Result<VectorBatch> parsed) const {
    if (parsed) return parsed;
    // The reason may quote the answer, and a server that answers nonsense may send back the key.
    return fail(parsed.error().code, address(path) + " " + quoted(parsed.error().message, options_.key));
}

tl::unexpected<Error> RemoteEmbedder::refused(std::string_view path, const HttpAnswer& answer) const {
    const std::string message = find_error_message(answer.body);
    if (says_too_long(message)) return fail(ErrorCode::kLimit, message);
    std::string sentence = address(path) + " answered with status " + std::to_string(answer.status);
    if (answer.attempts > 1) sentence += " " + std::to_string(answer.attempts) + " times";
    if (answer.status >= 300 && answer.status < 400)
        return fail(ErrorCode::kUnavailable,
                    sentence + ", a redirect, which is not followed: give the final URL");
    return fail(ErrorCode::kUnavailable,
                sentence + ": '" + quoted(message.empty() ? answer.body : message, options_.key) + "'");
}

}  // namespace reel
