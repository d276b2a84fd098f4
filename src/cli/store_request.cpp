#include "cli/store_request.h"

#include <limits>

#include "base/limits.h"
#include "base/posix_file.h"
#include "base/try.h"
#include "cli/signals.h"
#include "text/analyzer.h"

namespace reel::cli {

namespace {

constexpr uint32_t kMaxPassageTokens = 1'000'000;

constexpr OptionSpec kNewStoreSpecs[] = {
    {"--embedder", "WHICH",
     "builtin (default), builtin:f32, builtin:bf16, ollama:MODEL[@URL], openai:MODEL[@URL], or none: every "
     "vector "
     "is given"},
    {"--dim", "N", "dimension of given vectors; other embedders know theirs"},
    {"--metric", "NAME", "cosine (default), l2 (squared) or ip (inner product)"},
    {"--precision", "NAME", "of the built-in embedder: auto (default), f32 or bf16"},
    {"--passage-size", "TOKENS", "longest passage of a text (default: what the model reads)"},
    {"--passage-overlap", "TOKENS", "what a passage repeats of the one before (default 32)"},
    {"--document-prefix", "TEXT",
     "put before every stored text (default: what the model asks for, if known)"},
    {"--query-prefix", "TEXT", "put before every question"},
    {"--stem", "LANGUAGE",
     "searches by words take words with the same stem for one, by the rules of english, german, ... "
     "(default: "
     "none)"},
    {"--no-text-index", "",
     "seals make no index of the words: for stores that are searched by vectors alone"},
};

constexpr OptionSpec kServerSpecs[] = {
    {"--url", "URL",
     "address of the embedding server for this run, never stored (default: OLLAMA_HOST or OPENAI_BASE_URL)"},
};

constexpr OptionSpec kWriterSpecs[] = {
    {"--wait", "SECONDS", "wait for another writer to finish (default 0: give up at once)"},
};

template <class Number>
Status read_number(const Arguments& arguments, std::string_view option, Number least, Number most,
                   std::optional<Number>& out) {
    REEL_ASSIGN(const auto value, arguments.find_number(option, least, most));
    if (value) out = static_cast<Number>(*value);
    return {};
}

tl::unexpected<Error> contradiction(std::string_view option, std::string_view wanted,
                                    std::string_view stored) {
    return fail(ErrorCode::kConflict, std::string(option) + " says \"" + std::string(wanted) +
                                          "\", but the store was made with \"" + std::string(stored) +
                                          "\"; leave the option out, or make another store");
}

Status check_same(std::string_view option, const std::optional<std::string>& wanted,
                  std::string_view stored) {
    if (wanted && *wanted != stored) return contradiction(option, *wanted, stored);
    return {};
}

Status check_same(std::string_view option, const std::optional<uint32_t>& wanted, uint32_t stored) {
    if (wanted && *wanted != stored)
        return contradiction(option, std::to_string(*wanted), std::to_string(stored));
    return {};
}

std::string or_none(const std::string& stemmer) { return stemmer.empty() ? "none" : stemmer; }

/// Checked here: what a store remembers is fixed when it is made.
Result<std::optional<std::string>> read_stemmer(const Arguments& arguments) {
    const auto language = arguments.find("--stem");
    if (!language) return std::optional<std::string>();
    if (*language == "none") return std::optional<std::string>("");
    if (language->empty()) return fail(ErrorCode::kInvalidArgument, "--stem needs a language, or none");
    const auto analyzer = Analyzer::create({*language});
    if (!analyzer) return fail(analyzer.error().at("--stem"));
    return language;
}

std::string spec_text(std::string_view kind, std::string_view model) {
    return std::string(kind) + (model.empty() ? "" : ":" + std::string(model));
}

Status check_same_embedder(const EmbedderSpec& wanted, const EmbedderDescription& stored) {
    // The built-in embedder has one model; Ollama's "name" is "name:latest".
    const bool same_model = wanted.model.empty() || wanted.model == stored.model ||
                            (wanted.kind == "ollama" && (wanted.model + ":latest" == stored.model ||
                                                         wanted.model == stored.model + ":latest"));
    if (wanted.kind == stored.kind && same_model) return {};
    return contradiction("--embedder", spec_text(wanted.kind, wanted.model),
                         spec_text(stored.kind, stored.model));
}

EmbedderRuntime make_runtime(const StoreRequest& request) {
    EmbedderRuntime runtime = runtime_from_environment();
    runtime.cancel = &interrupted();
    std::string url = request.url;
    if (url.empty() && request.embedder) url = request.embedder->url;
    if (!url.empty()) runtime.ollama_url = runtime.openai_url = url;
    if (request.precision) runtime.precision = *request.precision;
    runtime.document_prefix = request.document_prefix;
    runtime.query_prefix = request.query_prefix;
    return runtime;
}

Status check_fits_kind(const StoreRequest& request, const std::string& kind) {
    const bool has_prefixes = request.document_prefix || request.query_prefix;
    if (has_prefixes && (kind == "builtin" || kind == "none")) {
        return fail(ErrorCode::kInvalidArgument,
                    "--document-prefix and --query-prefix are for ollama and openai models, not for " + kind);
    }
    if (request.precision && kind != "builtin") {
        return fail(ErrorCode::kInvalidArgument, "--precision is for the built-in embedder, not for " + kind);
    }
    if (kind == "none" && !request.dimension) {
        return fail(ErrorCode::kInvalidArgument,
                    "--embedder none needs --dim N, the dimension of the vectors");
    }
    return {};
}

}  // namespace

const OptionGroup kNewStoreOptions{"For a new store", kNewStoreSpecs};
const OptionGroup kServerOptions{"Embedding server", kServerSpecs};
const OptionGroup kWriterOptions{"Writing", kWriterSpecs};

Result<StoreRequest> read_store_request(const Arguments& arguments) {
    StoreRequest request;
    if (const auto text = arguments.find("--embedder")) {
        REEL_ASSIGN(request.embedder, parse_embedder_spec(*text));
    }
    if (const auto name = arguments.find("--metric")) {
        request.metric = find_metric(*name);
        if (!request.metric) {
            return fail(ErrorCode::kInvalidArgument,
                        "--metric must be cosine, l2 or ip, not \"" + *name + "\"");
        }
    }
    REEL_TRY(read_number(arguments, "--dim", 1U, kMaxDimension, request.dimension));
    REEL_TRY(read_number(arguments, "--passage-size", 1U, kMaxPassageTokens, request.passage_size));
    REEL_TRY(read_number(arguments, "--passage-overlap", 0U, kMaxPassageTokens, request.passage_overlap));
    request.precision = arguments.find("--precision");
    if (request.precision && *request.precision != "auto" && *request.precision != "f32" &&
        *request.precision != "bf16") {
        return fail(ErrorCode::kInvalidArgument,
                    "--precision must be auto, f32 or bf16, not \"" + *request.precision + "\"");
    }
    request.document_prefix = arguments.find("--document-prefix");
    request.query_prefix = arguments.find("--query-prefix");
    REEL_ASSIGN(request.stemmer, read_stemmer(arguments));
    request.no_text_index = arguments.has("--no-text-index");
    request.url = arguments.find("--url").value_or("");
    return request;
}

Status check_agrees(const StoreRequest& request, const StoreConfig& config) {
    if (request.embedder) {
        REEL_TRY(check_same_embedder(*request.embedder, config.embedder));
        if (!request.embedder->precision.empty()) {
            REEL_TRY(check_same("--embedder", request.embedder->precision, config.embedder.precision));
        }
    }
    if (request.metric && *request.metric != config.metric) {
        return contradiction("--metric", to_string(*request.metric), to_string(config.metric));
    }
    REEL_TRY(check_same("--dim", request.dimension, config.embedder.dimension));
    REEL_TRY(check_same("--passage-size", request.passage_size, config.passages.size));
    REEL_TRY(check_same("--passage-overlap", request.passage_overlap, config.passages.overlap));
    REEL_TRY(check_same("--document-prefix", request.document_prefix, config.embedder.document_prefix));
    REEL_TRY(check_same("--query-prefix", request.query_prefix, config.embedder.query_prefix));
    if (request.stemmer && *request.stemmer != config.text_index.stemmer) {
        return contradiction("--stem", or_none(*request.stemmer), or_none(config.text_index.stemmer));
    }
    if (request.no_text_index && config.text_index.enabled) {
        return fail(ErrorCode::kConflict,
                    "--no-text-index is given, but the store was made with an index of words; leave the "
                    "option out, or make another store");
    }
    if (request.precision != "auto") {
        REEL_TRY(check_same("--precision", request.precision, config.embedder.precision));
    }
    return {};
}

Result<Database> create_store(const std::string& path, const StoreRequest& request) {
    // A server is not asked, and a model not loaded, for a path that is taken.
    if (file_exists(path))
        return fail(ErrorCode::kAlreadyExists, path + ": exists already; nothing was changed");
    EmbedderSpec spec = request.embedder.value_or(EmbedderSpec());
    REEL_TRY(check_fits_kind(request, spec.kind));
    if (spec.kind != "builtin") spec.dimension = request.dimension.value_or(0);
    REEL_ASSIGN(std::shared_ptr<Embedder> embedder, make_embedder(spec, make_runtime(request)));
    StoreConfig config;
    REEL_ASSIGN(config.embedder, embedder->describe());
    if (request.dimension && *request.dimension != config.embedder.dimension) {
        return fail(ErrorCode::kConflict, "--dim says " + std::to_string(*request.dimension) + ", but " +
                                              describe_embedder(config.embedder) +
                                              " is what --embedder names");
    }
    config.metric = request.metric.value_or(config.metric);
    config.passages.size = request.passage_size.value_or(config.passages.size);
    config.passages.overlap = request.passage_overlap.value_or(config.passages.overlap);
    config.text_index.stemmer = request.stemmer.value_or("");
    config.text_index.enabled = !request.no_text_index;
    if (config.passages.size != 0 && config.passages.overlap >= config.passages.size) {
        return fail(ErrorCode::kInvalidArgument, "--passage-overlap (" +
                                                     std::to_string(config.passages.overlap) +
                                                     ") must be smaller than --passage-size (" +
                                                     std::to_string(config.passages.size) + ")");
    }
    REEL_ASSIGN(Database database, Database::create(path, config));
    if (spec.kind != "none") REEL_TRY(database.use_embedder(std::move(embedder)));
    return database;
}

Result<WritableStore> open_or_create(const std::string& path, const StoreRequest& request,
                                     std::chrono::milliseconds lock_wait) {
    if (!file_exists(path)) {
        REEL_ASSIGN(Database database, create_store(path, request));
        return WritableStore{std::move(database), true};
    }
    OpenOptions options;
    options.access = Access::kWrite;
    options.lock_wait = lock_wait;
    REEL_ASSIGN(Database database, Database::open(path, options));
    auto agrees = check_agrees(request, database.config());
    if (!agrees) return fail(std::move(agrees).error().at(path));
    return WritableStore{std::move(database), false};
}

Result<std::shared_ptr<Embedder>> make_store_embedder(const StoreConfig& config,
                                                      const StoreRequest& request) {
    REEL_ASSIGN(std::shared_ptr<Embedder> embedder, make_embedder(config.embedder, make_runtime(request)));
    return embedder;
}

Status attach_embedder(Database& database, const StoreRequest& request) {
    if (database.config().embedder.kind == "none") return {};
    REEL_ASSIGN(auto embedder, make_store_embedder(database.config(), request));
    return database.use_embedder(std::move(embedder));
}

Result<std::chrono::milliseconds> read_lock_wait(const Arguments& arguments) {
    REEL_ASSIGN(const auto seconds, arguments.find_number("--wait", 0, 86'400));
    return std::chrono::seconds(seconds.value_or(0));
}

}  // namespace reel::cli
