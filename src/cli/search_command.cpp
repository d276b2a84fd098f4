#include <cstdio>

#include "base/try.h"
#include "cli/command.h"
#include "cli/moment.h"
#include "cli/store_request.h"
#include "ingest/vector_file.h"

namespace reel::cli {

namespace {

constexpr size_t kExcerptCodePoints = 180;
constexpr uint64_t kMostHits = 1'000'000;

struct Question {
    std::optional<std::string> text;
    std::optional<std::string> vector_file;
    std::optional<std::string> like;
};

Result<Question> read_question(const Arguments& arguments) {
    Question question;
    if (arguments.positionals().size() > 1) question.text = arguments.positionals()[1];
    question.vector_file = arguments.find("--vector-file");
    question.like = arguments.find("--like");
    const int given = static_cast<int>(question.text.has_value()) +
                      static_cast<int>(question.vector_file.has_value()) +
                      static_cast<int>(question.like.has_value());
    if (given != 1) {
        return fail(ErrorCode::kInvalidArgument,
                    "search needs exactly one of QUERY, --vector-file FILE and --like ID; 'reel search "
                    "--help' explains");
    }
    return question;
}

Result<std::vector<Hit>> ask(Database& database, const Question& question, const StoreRequest& request,
                             const SearchOptions& options) {
    if (question.like) return database.search_like(*question.like, options);
    if (question.vector_file) {
        REEL_ASSIGN(const auto query,
                    read_vector_file(*question.vector_file, database.config().embedder.dimension));
        return database.search(query, options);
    }
    REEL_TRY(attach_embedder(database, request));
    return database.search(std::string_view(*question.text), options);
}

void print_json(Output& output, const Hit& hit) {
    output.json(JsonLine()
                    .text("id", hit.id)
                    .number("record", hit.record_number)
                    .number("distance", hit.distance)
                    .text("text", hit.text)
                    .raw("metadata", hit.metadata));
}

void print_text(Output& output, const Hit& hit, size_t rank, bool verbose) {
    char head[48];
    std::snprintf(head, sizeof head, "%3zu  %-10.4f ", rank, static_cast<double>(hit.distance));
    output.line(head + output.shown(hit.id));
    output.line("     " + output.shown(excerpt(hit.text, kExcerptCodePoints)));
    if (verbose) output.line("     " + output.shown(hit.metadata));
}

Result<ExitCode> run_search(Context& context) {
    const Arguments& arguments = context.arguments;
    REEL_ASSIGN(const Question question, read_question(arguments));
    REEL_ASSIGN(const StoreRequest request, read_store_request(arguments));
    REEL_ASSIGN(const auto k, arguments.find_number("--top", 1, kMostHits));
    REEL_ASSIGN(const OpenOptions open_options, read_open_options(arguments));
    REEL_ASSIGN(Database database, Database::open(arguments.positionals().front(), open_options));
    if (const auto index = arguments.find("--faiss")) {
        REEL_TRY(database.use_faiss(*index, arguments.has("--trust")));
    }
    SearchOptions options;
    options.k = k.value_or(options.k);
    REEL_ASSIGN(const auto hits, ask(database, question, request, options));
    size_t rank = 0;
    for (const Hit& hit : hits) {
        if (!context.output.is_open()) break;
        if (context.output.is_json()) {
            print_json(context.output, hit);
        } else {
            print_text(context.output, hit, ++rank, arguments.has("--verbose"));
        }
    }
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {
    {"STORE", Arity::kOne, "the store"},
    {"QUERY", Arity::kOptional, "a question in words, in quotes"},
};

constexpr OptionSpec kSearchSpecs[] = {
    {"--top", "N", "how many hits (default 10)", 'k'},
    {"--like", "ID", "search with the vector of a stored record, which is itself among the hits"},
    {"--vector-file", "FILE",
     "search with a given vector: .npy, raw float32, or decimals as JSON or text (- for standard input)"},
    {"--verbose", "", "metadata too", 'v'},
    {"--faiss", "INDEX", "search through this FAISS index (STORE.faiss is used by itself if it matches)"},
    {"--trust", "", "let FAISS read INDEX whatever its type: only for files you made yourself"},
};

constexpr OptionGroup kSearchOptions{"Options", kSearchSpecs};
constexpr const OptionGroup* kGroups[] = {&kSearchOptions, &kHistoryOptions, &kServerOptions};

constexpr Example kExamples[] = {
    {"reel search notes.mp4 \"how do cells make energy\" -k 3", "The three nearest records, nearest first."},
    {"reel search notes.mp4 --like notes/cells.md --json",
     "Records like a stored one, as lines of {\"id\",\"record\",\"distance\",\"text\",\"metadata\"}."},
};

}  // namespace

constinit const Command kSearchCommand{"search",
                                       "find the records nearest to a question",
                                       "Embeds the question with the store's own model, or takes a vector as "
                                       "given, and prints the nearest records with "
                                       "their distance in the store's metric; smaller is nearer. The store "
                                       "is only read, so searching works while "
                                       "another process writes, and on read-only media.",
                                       kPositionals,
                                       kGroups,
                                       kExamples,
                                       run_search};

}  // namespace reel::cli
