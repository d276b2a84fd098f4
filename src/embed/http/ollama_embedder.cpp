#include "embed/http/ollama_embedder.h"

#include "base/try.h"
#include "embed/http/remote_base.h"
#include "embed/http/server_url.h"

namespace reel {
namespace {

constexpr std::string_view kEmbed = "/api/embed";
constexpr std::string_view kOldEmbed = "/api/embeddings";

class OllamaEmbedder final : public RemoteEmbedder {
public:
    OllamaEmbedder(const RemoteOptions& options, std::string base_url)
        : RemoteEmbedder(options, std::move(base_url),
                         "start Ollama there ('ollama serve'), or set OLLAMA_HOST to where it runs") {}

protected:
    Status learn(EmbedderDescription& description) override {
        description.kind = "ollama";
        REEL_ASSIGN(const HttpAnswer tags, get("/api/tags"));
        if (tags.status == 200) description.digest = find_ollama_digest(tags.body, options_.model);
        REEL_ASSIGN(const HttpAnswer show, post("/api/show", ollama_show_request(options_.model)));
        if (show.status == 200) description.max_tokens = find_ollama_max_tokens(show.body);
        return {};
    }

    Result<VectorBatch> request(std::span<const std::string> texts) override {
        if (only_old_endpoint_.load()) return request_one_by_one(texts);
        REEL_ASSIGN(const HttpAnswer answer, post(kEmbed, ollama_embed_request(options_.model, texts)));
        if (answer.status == 200) return checked(kEmbed, parse_ollama_embed(answer.body, texts.size()));
        if (is_model_missing(answer)) return model_missing();
        if (answer.status != 404 && answer.status != 405) return refused(kEmbed, answer);
        only_old_endpoint_.store(true);
        return request_one_by_one(texts);
    }

private:
    Result<VectorBatch> request_one_by_one(std::span<const std::string> texts) {
        VectorBatch all;
        for (const std::string& text : texts) {
            REEL_ASSIGN(const HttpAnswer answer, post(kOldEmbed, ollama_old_request(options_.model, text)));
            if (is_model_missing(answer)) return model_missing();
            if (answer.status == 404 || answer.status == 405) return no_ollama(answer);
            if (answer.status != 200) return refused(kOldEmbed, answer);
            REEL_ASSIGN(const VectorBatch one, checked(kOldEmbed, parse_ollama_old(answer.body)));
            if (all.dimension != 0 && all.dimension != one.dimension)
                return fail(ErrorCode::kUnavailable, address(kOldEmbed) + " sent vectors of " +
                                                         std::to_string(all.dimension) + " and of " +
                                                         std::to_string(one.dimension) + " dimensions");
            all.dimension = one.dimension;
            all.values.insert(all.values.end(), one.values.begin(), one.values.end());
        }
        return all;
    }

    // A 404 for the endpoint itself speaks of a page or nothing, one for the model of the model.
    static bool is_model_missing(const HttpAnswer& answer) {
        return answer.status == 404 && find_error_message(answer.body).find("model") != std::string::npos;
    }

    [[nodiscard]] tl::unexpected<Error> model_missing() const {
        return fail(ErrorCode::kNotFound, "Ollama at " + address("") + " has no model '" + options_.model +
                                              "': fetch it with 'ollama pull " + options_.model + "'");
    }

    // Another server may yet come to this address: look for the newer endpoint again next time.
    tl::unexpected<Error> no_ollama(const HttpAnswer& answer) {
        only_old_endpoint_.store(false);
        return fail(ErrorCode::kUnavailable, address("") +
                                                 " has neither /api/embed nor /api/embeddings (status " +
                                                 std::to_string(answer.status) +
                                                 "): is it an Ollama server? OLLAMA_HOST says where it runs");
    }

    std::atomic<bool> only_old_endpoint_{false};
};

}  // namespace

Result<std::unique_ptr<Embedder>> make_ollama_embedder(const RemoteOptions& options) {
    if (options.model.empty())
        return fail(ErrorCode::kInvalidArgument, "no Ollama model is named: write ollama:MODEL");
    REEL_ASSIGN(std::string base_url, ollama_base_url(options.url));
    RemoteOptions without_key = options;
    without_key.key.clear();  // it is OpenAI's and no business of this server
    return std::make_unique<OllamaEmbedder>(without_key, std::move(base_url));
}

}  // namespace reel
