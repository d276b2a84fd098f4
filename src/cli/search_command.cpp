#include "base/json.h"
#include "base/try.h"
#include "cli/batch_search.h"
#include "cli/command.h"
#include "cli/hit_lines.h"
#include "cli/moment.h"
#include "cli/search_request.h"
#include "cli/store_request.h"
#include "ingest/vector_file.h"
#include "vector/check_vector.h"

namespace reel::cli {

namespace {

/// A key that no record has is a slip of the pen: the answer would not be grouped at all.
Status check_group_key(const Database& database, const Arguments& arguments) {
    const auto key = arguments.find("--group-by");
    if (!key || database.live_count() == 0) return {};
    REEL_ASSIGN(const uint64_t records, database.count("exists(" + *key + ")"));
    if (records > 0) return {};
    return fail(ErrorCode::kInvalidArgument, "--group-by: no record has the key " + quote_json(*key) +
                                                 "; 'reel keys " + database.path() + "' lists the keys");
}

/// The vector of --vector-file, and the store's own embedder if it is needed for the words.
Status complete_question(Database& database, SearchRequest& request, const StoreRequest& server) {
    const StoreConfig& config = database.config();
    if (request.vector_file) {
        REEL_ASSIGN(request.question.vector,
                    read_vector_file(*request.vector_file, config.embedder.dimension));
        const auto status = check_vector(request.question.vector, config.metric);
        if (!status) {
            return fail(
                status.error().at(*request.vector_file == "-" ? "standard input" : *request.vector_file));
        }
        return {};
    }
    const bool embeds = request.question.like.empty() && request.question.unlike.empty() &&
                        request.options.mode != SearchMode::kText;
    return embeds ? attach_embedder(database, server) : Status();
}

void print_hits(Output& output, const SearchAnswer& answer, const SearchRequest& request, SearchMode mode) {
    size_t rank = 0;
    for (const Hit& hit : answer.hits) {
        if (!output.is_open()) return;
        if (output.is_json()) {
            output.json(hit_line(hit, request.wants_snippets));
            continue;
        }
        output.line(hit_head(output, hit, ++rank, mode));
        output.line("     " + (request.options.snippet_length > 0
                                   ? shown_snippet(output, hit)
                                   : output.shown(excerpt(hit.text, kExcerptCodePoints))));
        if (request.wants_metadata) output.line("     " + output.shown(hit.metadata));
    }
}

void print_answer(Context& context, const SearchAnswer& answer, const SearchRequest& request,
                  SearchMode mode) {
    Output& output = context.output;
    print_hits(output, answer, request, mode);
    for (const std::string& warning : answer.report.warnings) context.messages.warning(warning);
    if (request.wants_report && output.is_json()) {
        output.json(JsonLine().raw("explain", report_line(answer.report, mode).str()));
    } else if (request.wants_report) {
        print_report(output, answer.report, mode);
    }
    if (!request.wants_page) return;
    if (output.is_json()) {
        output.json(JsonLine().raw("next", answer.next.empty() ? "null" : quote_json(answer.next)));
    } else {
        context.messages.summary(
            answer.next.empty() ? "this is the last page" : "next page: --after " + answer.next, JsonLine());
    }
}

/// A question of signs alone has no words to search for, and is then asked by vectors.
SearchMode answered_mode(SearchMode mode, const SearchAnswer& answer) {
    if (mode != SearchMode::kHybrid || answer.hits.empty()) return mode;
    const Hit& best = answer.hits.front();
    return best.score == -static_cast<double>(best.distance) ? SearchMode::kVector : mode;
}

Result<ExitCode> run_search(Context& context) {
    const Arguments& arguments = context.arguments;
    REEL_ASSIGN(SearchRequest request, read_search_request(arguments));
    REEL_ASSIGN(const StoreRequest server, read_store_request(arguments));
    REEL_ASSIGN(const OpenOptions open_options, read_open_options(arguments));
    REEL_ASSIGN(Database database, Database::open(arguments.positionals().front(), open_options));
    if (const auto index = arguments.find("--faiss")) {
        REEL_TRY(database.use_faiss(*index, arguments.has("--trust")));
    }
    if (request.batch) {
        REEL_TRY(check_group_key(database, arguments));
        REEL_TRY(search_batch(database, request, server, context));
        return ExitCode::kOk;
    }
    const bool has_vector =
        request.vector_file || !request.question.like.empty() || !request.question.unlike.empty();
    const SearchMode mode =
        resolve_mode(request.options.mode, request.has_words, has_vector, database.config());
    const bool shows_words = request.has_words && mode != SearchMode::kVector && !context.output.is_json();
    if (request.wants_snippets || shows_words) request.options.snippet_length = kExcerptCodePoints;
    REEL_TRY(complete_question(database, request, server));
    REEL_ASSIGN(const SearchAnswer answer, database.search(request.question, request.options));
    REEL_TRY(check_group_key(database, arguments));
    print_answer(context, answer, request, answered_mode(mode, answer));
    return ExitCode::kOk;
}

constexpr PositionalSpec kPositionals[] = {
    {"STORE", Arity::kOne, "the store"},
    {"QUERY", Arity::kOptional, "a question in words, in quotes; - for standard input"},
};

constexpr const OptionGroup* kGroups[] = {&kAnswerOptions, &kQuestionOptions, &kSelectionOptions,
                                          &kMethodOptions, &kHistoryOptions,  &kServerOptions};

constexpr Example kExamples[] = {
    {"reel search notes.mp4 \"how do cells make energy\" -k 3",
     "The three best records, by meaning and by words."},
    {"reel search notes.mp4 'mitochondri* +ATP' --mode text --filter 'year >= 2020'",
     "Words alone (docs/text-search.md), among the records that fit a filter (docs/filters.md)."},
    {"reel search notes.mp4 --like notes/cells.md --unlike notes/prisons.md --json",
     "Records like a stored one and unlike another, one JSON object a line."},
};

}  // namespace

constinit const Command kSearchCommand{
    "search",
    "find records by meaning, by words, or both",
    "Prints the best records for a question: by the nearness of vectors (the question is embedded with the "
    "store's own model, or a vector is given), by words (BM25), or by both. Behind the rank stands what the "
    "order is by: the distance in the store's metric (smaller is nearer), the BM25 score, or the fused score "
    "and then the distance. The store is only read, so searching works while another process writes, and on "
    "read-only media.",
    kPositionals,
    kGroups,
    kExamples,
    run_search};

}  // namespace reel::cli
