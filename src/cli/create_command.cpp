#include "base/try.h"
#include "cli/command.h"
#include "cli/store_request.h"

namespace reel::cli {

namespace {

Result<ExitCode> run_create(Context& context) {
    const std::string& path = context.arguments.positionals().front();
    REEL_ASSIGN(const StoreRequest request, read_store_request(context.arguments));
    REEL_ASSIGN(Database database, create_store(path, request));
    const StoreConfig config = database.config();
    REEL_TRY(database.close());
    if (context.output.is_json()) {
        context.output.json(JsonLine()
                                .text("created", path)
                                .text("embedder", config.embedder.kind)
                                .text("model", config.embedder.model)
                                .number("dimension", uint64_t{config.embedder.dimension})
                                .text("metric", to_string(config.metric))
                                .text("stemmer", config.text_index.stemmer)
                                .boolean("text_index", config.text_index.enabled));
    } else {
        context.output.line(
            "created " + context.output.shown(path) + ": " +
            context.output.shown(describe_embedder(config.embedder)) + ", " +
            std::string(to_string(config.metric)) +
            (config.text_index.stemmer.empty() ? "" : ", words stemmed as " + config.text_index.stemmer));
    }
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {{"STORE", Arity::kOne, "the file to make, for example notes.mp4"}};

constexpr const OptionGroup* kGroups[] = {&kNewStoreOptions, &kServerOptions};

constexpr Example kExamples[] = {
    {"reel create notes.mp4",
     "A store whose texts the built-in embedder turns into vectors, compared by cosine."},
    {"reel create photos.mp4 --embedder none --dim 512 --metric l2",
     "A store of given vectors; 'reel import' brings them."},
};

}  // namespace

constinit const Command kCreateCommand{
    "create",
    "make an empty store",
    "Makes an empty store and fixes what it will remember: the embedder "
    "and its model, the dimension, the metric, the "
    "prefixes, the length of passages and how words are indexed. An existing file is never "
    "replaced; add and import make a missing store "
    "themselves.",
    kPositionals,
    kGroups,
    kExamples,
    run_create};

}  // namespace reel::cli
