#include "reel/embedder_registry.h"

#include <cstdlib>

#include "base/try.h"
#include "embed/builtin_embedder.h"
#include "embed/remote_embedder.h"

namespace reel {
namespace {

constexpr std::string_view kForms =
    "builtin, builtin:f32, builtin:bf16, ollama, ollama:MODEL, ollama:MODEL@URL, openai:MODEL, "
    "openai:MODEL@URL, none";

struct Prefixes {
    std::string_view document;
    std::string_view query;
};

// What the makers of a model on Ollama ask to be put before texts and questions.
Prefixes documented_prefixes(std::string_view ollama_model) {
    std::string_view name = ollama_model.substr(ollama_model.rfind('/') + 1);  // npos + 1 is 0
    name = name.substr(0, name.find(':'));
    if (name == "nomic-embed-text" || name == "nomic-embed-text-v2-moe")
        return {"search_document: ", "search_query: "};
    if (name == "mxbai-embed-large") return {"", "Represent this sentence for searching relevant passages: "};
    return {};
}

// Stands for the vectors that came with their texts.
class GivenVectors final : public Embedder {
public:
    explicit GivenVectors(uint32_t dimension) : dimension_(dimension) {}

    Result<EmbedderDescription> describe() override {
        EmbedderDescription description;
        description.kind = "none";
        description.dimension = dimension_;
        return description;
    }
    Result<std::vector<float>> embed(std::span<const std::string_view>, TextRole) override {
        return refuse();
    }
    Result<std::vector<size_t>> token_ends(std::string_view) override { return refuse(); }

private:
    static tl::unexpected<Error> refuse() {
        return fail(
            ErrorCode::kInvalidArgument,
            "this store holds given vectors: it has no model to make one from a text, so give a vector "
            "with each text and with each question");
    }

    uint32_t dimension_;
};

// Where "@URL" starts, if there is one. A URL with its scheme is recognised
// anywhere; without one, only Ollama's host:port after the last '@'.
size_t find_url(std::string_view kind, std::string_view model) {
    for (const std::string_view scheme : {"@http://", "@https://"})
        if (const size_t at = model.find(scheme); at != model.npos) return at;
    return kind == "ollama" ? model.rfind('@') : model.npos;
}

tl::unexpected<Error> bad_spec(std::string_view text, std::string_view why) {
    return fail(ErrorCode::kInvalidArgument, "the embedder '" + std::string(text) + "' " + std::string(why) +
                                                 ": write one of " + std::string(kForms));
}

Result<EmbedderSpec> parse_builtin(std::string_view text, std::string_view rest) {
    EmbedderSpec spec;
    if (!rest.empty() && rest != "f32" && rest != "bf16") return bad_spec(text, "has no such precision");
    spec.precision = rest;
    return spec;
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

RemoteOptions remote_options(std::string_view kind, const EmbedderRuntime& runtime) {
    RemoteOptions options;
    options.api = kind == "ollama" ? RemoteApi::kOllama : RemoteApi::kOpenAi;
    options.url = kind == "ollama" ? runtime.ollama_url : runtime.openai_url;
    if (kind == "openai") options.key = runtime.openai_key;
    options.connect_timeout = runtime.connect_timeout;
    options.request_timeout = runtime.request_timeout;
    options.retries = runtime.retries;
    options.texts_per_request = runtime.texts_per_request;
    options.cancel = runtime.cancel;
    return options;
}

Result<std::unique_ptr<Embedder>> make_builtin(const std::string& wanted, const EmbedderRuntime& runtime) {
    const bool open = runtime.precision.empty() || runtime.precision == "auto";
    BuiltinOptions options;
    options.model_dir = runtime.model_dir;
    options.precision = !open ? runtime.precision : !wanted.empty() ? wanted : "auto";
    options.threads = runtime.threads;
    return make_builtin_embedder(options);
}

bool is_remote(std::string_view kind) { return kind == "ollama" || kind == "openai"; }

// Ollama's "name" is "name:latest".
std::string_view plain_model(const EmbedderDescription& description) {
    constexpr std::string_view kLatest = ":latest";
    std::string_view model = description.model;
    if (description.kind == "ollama" && model.ends_with(kLatest)) model.remove_suffix(kLatest.size());
    return model;
}

bool agree_where_known(const std::string& a, const std::string& b) {
    return a.empty() || b.empty() || a == b;
}

tl::unexpected<Error> conflict(const EmbedderDescription& stored, const EmbedderDescription& actual) {
    return fail(ErrorCode::kConflict, "the store's vectors come from " + describe_embedder(stored) +
                                          ", but this embedder is " + describe_embedder(actual) +
                                          ": vectors of the two cannot be compared");
}

}  // namespace

Result<EmbedderSpec> parse_embedder_spec(std::string_view text) {
    const size_t colon = text.find(':');
    const std::string_view kind = text.substr(0, colon);
    const std::string_view rest = colon == text.npos ? std::string_view() : text.substr(colon + 1);
    if (colon != text.npos && rest.empty()) return bad_spec(text, "ends after its ':'");
    if (kind == "builtin") return parse_builtin(text, rest);
    if (kind != "none" && !is_remote(kind)) return bad_spec(text, "is of no known kind");
    EmbedderSpec spec;
    spec.kind = kind;
    if (kind == "none") return rest.empty() ? Result<EmbedderSpec>(spec) : bad_spec(text, "takes no model");
    const size_t at = find_url(kind, rest);
    spec.model = rest.substr(0, at);
    if (at != rest.npos) spec.url = rest.substr(at + 1);
    if (at != rest.npos && spec.url.empty()) return bad_spec(text, "has no URL after its '@'");
    if (spec.model.empty() && kind == "ollama" && rest.empty()) spec.model = kDefaultOllamaModel;
    if (spec.model.empty()) return bad_spec(text, "names no model");
    return spec;
}

EmbedderRuntime runtime_from_environment() {
    EmbedderRuntime runtime;
    runtime.ollama_url = environment("OLLAMA_HOST");
    runtime.openai_url = environment("OPENAI_BASE_URL");
    runtime.openai_key = environment("OPENAI_API_KEY");
    return runtime;
}

Result<std::unique_ptr<Embedder>> make_embedder(const EmbedderSpec& spec, const EmbedderRuntime& runtime) {
    if (spec.kind == "none") return std::make_unique<GivenVectors>(spec.dimension);
    if (spec.kind == "builtin") return make_builtin(spec.precision, runtime);
    if (!is_remote(spec.kind)) return bad_spec(spec.kind, "is of no known kind");
    RemoteOptions options = remote_options(spec.kind, runtime);
    options.model = spec.model;
    options.dimension = spec.dimension;
    if (!spec.url.empty()) options.url = spec.url;
    const Prefixes known = spec.kind == "ollama" ? documented_prefixes(spec.model) : Prefixes{};
    options.document_prefix = runtime.document_prefix.value_or(std::string(known.document));
    options.query_prefix = runtime.query_prefix.value_or(std::string(known.query));
    return make_remote_embedder(options);
}

Result<std::unique_ptr<Embedder>> make_embedder(const EmbedderDescription& stored,
                                                const EmbedderRuntime& runtime) {
    if (stored.kind == "none") return std::make_unique<GivenVectors>(stored.dimension);
    // A store made in bf16 is searched in whatever is fastest here, one made in f32 in f32.
    if (stored.kind == "builtin") return make_builtin(stored.precision == "f32" ? "f32" : "auto", runtime);
    if (!is_remote(stored.kind))
        return fail(ErrorCode::kUnsupported, "the store's vectors come from an embedder of kind '" +
                                                 stored.kind +
                                                 "', which this version does not know: give vectors instead");
    RemoteOptions options = remote_options(stored.kind, runtime);
    options.model = stored.model;
    options.dimension = stored.dimension;
    options.document_prefix = stored.document_prefix;
    options.query_prefix = stored.query_prefix;
    return make_remote_embedder(options);
}

std::string describe_embedder(const EmbedderDescription& description) {
    std::string text = description.kind == "none" ? "given vectors" : description.kind;
    if (!description.model.empty()) text += " " + description.model;
    if (description.dimension != 0) text += ", " + std::to_string(description.dimension) + " dimensions";
    if (!description.document_prefix.empty() || !description.query_prefix.empty())
        text += ", prefixes '" + description.document_prefix + "' and '" + description.query_prefix + "'";
    if (!description.digest.empty()) text += ", " + description.digest;
    return text;
}

Status check_same_model(const EmbedderDescription& stored, const EmbedderDescription& actual) {
    const bool same =
        stored.kind == actual.kind && plain_model(stored) == plain_model(actual) &&
        stored.document_prefix == actual.document_prefix && stored.query_prefix == actual.query_prefix &&
        agree_where_known(stored.digest, actual.digest) &&
        (stored.dimension == 0 || actual.dimension == 0 || stored.dimension == actual.dimension);
    if (same) return {};
    return conflict(stored, actual);
}

}  // namespace reel
