#include "embed/http/openai_embedder.h"

#include <algorithm>

#include "base/try.h"
#include "embed/http/remote_base.h"
#include "embed/http/server_url.h"

namespace reel {
namespace {

constexpr std::string_view kEmbeddings = "/embeddings";

class OpenAiEmbedder final : public RemoteEmbedder {
public:
    OpenAiEmbedder(const RemoteOptions& options, std::string base_url)
        : RemoteEmbedder(options, std::move(base_url), "check the URL (OPENAI_BASE_URL) and the network") {}

protected:
    Status learn(EmbedderDescription& description) override {
        description.kind = "openai";
        return {};
    }

    Result<VectorBatch> request(std::span<const std::string> texts) override {
        REEL_ASSIGN(const HttpAnswer answer, post(kEmbeddings, openai_request(options_.model, texts)));
        if (answer.status != 200) return explain(answer);
        return checked(kEmbeddings, parse_openai(answer.body, texts.size()));
    }

private:
    [[nodiscard]] tl::unexpected<Error> explain(const HttpAnswer& answer) const {
        const std::string where = address(kEmbeddings);
        const std::string message = find_error_message(answer.body);
        // Servers quote parts of a key that they refuse, so their words are not repeated.
        if (answer.status == 401)
            return fail(
                ErrorCode::kUnavailable,
                where + (options_.key.empty() ? " wants a key (status 401): set OPENAI_API_KEY"
                                              : " refuses the key (status 401): check OPENAI_API_KEY"));
        if (answer.status == 403)
            return fail(
                ErrorCode::kUnavailable,
                where +
                    " does not allow this (status 403): check what the key in OPENAI_API_KEY may do and "
                    "whether it may use " +
                    options_.model);
        if (answer.status == 404 && message.find("model") != std::string::npos)
            return fail(ErrorCode::kNotFound, where + " has no model '" + options_.model + "': '" +
                                                  quoted(message, options_.key) + "'");
        if (answer.status == 404 || answer.status == 405)
            return fail(ErrorCode::kUnavailable, where + " does not exist there (status " +
                                                     std::to_string(answer.status) +
                                                     "): check the URL, which usually ends in /v1");
        return says_too_long(message) || answer.status != 413 ? refused(kEmbeddings, answer)
                                                              : fail(ErrorCode::kLimit, "status 413");
    }
};

bool is_header_text(std::string_view key) {
    return std::ranges::all_of(key, [](unsigned char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

Result<std::unique_ptr<Embedder>> make_openai_embedder(const RemoteOptions& options) {
    if (options.model.empty())
        return fail(ErrorCode::kInvalidArgument, "no model is named: write openai:MODEL or openai:MODEL@URL");
    if (!is_header_text(options.key))
        return fail(
            ErrorCode::kInvalidArgument,
            "the key in OPENAI_API_KEY holds a blank, a line end or another character that no key has");
    REEL_ASSIGN(std::string base_url, openai_base_url(options.url));
    return std::make_unique<OpenAiEmbedder>(options, std::move(base_url));
}

}  // namespace reel
