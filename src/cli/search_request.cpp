#include "cli/search_request.h"

#include "base/try.h"
#include "base/utf8.h"
#include "cli/filter_option.h"
#include "ingest/input.h"
#include "ingest/read_all.h"

namespace reel::cli {

namespace {

constexpr uint64_t kMostHits = 1'000'000;
constexpr uint64_t kMostQuestionBytes = uint64_t{16} << 20U;
constexpr double kAny = std::numeric_limits<double>::infinity();

constexpr OptionSpec kQuestionSpecs[] = {
    {"--like", "ID", "near the vector of a stored record, which is no hit itself; several: near their mean",
     '\0', true},
    {"--unlike", "ID", "with --like: away from this record; may be given several times", '\0', true},
    {"--vector-file", "FILE",
     "near a given vector: .npy, raw float32, or decimals as JSON or text (- for standard input)"},
    {"--batch", "FILE",
     "many questions: a .npy matrix of one vector a row, or text with a question a line (- for standard "
     "input)"},
    {"--batch-out", "PREFIX",
     "with --batch: write PREFIX.distances.npy and PREFIX.records.npy, a row a question, in place of lines"},
};

constexpr OptionSpec kSelectionSpecs[] = {
    kFilterSpec,
    {"--max-distance", "D", "only hits whose vector is at most this far, in the store's metric"},
    {"--per-source", "N", "at most N passages of a text"},
    {"--group-by", "KEY", "at most one hit with the same value of this metadata key"},
    {"--per-group", "N", "with --group-by: at most N (default 1)"},
    {"--diversity", "LAMBDA",
     "hits that differ (maximal marginal relevance): 1 weighs nearness alone, 0 difference alone"},
};

constexpr OptionSpec kMethodSpecs[] = {
    {"--mode", "NAME",
     "vector, text (words, by BM25), hybrid (both), or auto (default: hybrid for words that the store can "
     "embed, else what is possible)"},
    {"--recall", "R",
     "share of the true nearest to find by vectors, up to 1 (default: 1 where that costs little, else 0.99)"},
    {"--exact", "", "the same as --recall 1: proven to be the nearest"},
    {"--probes", "N", "look into N partitions, whatever recall calls for"},
    {"--rerank", "N", "read N vectors exactly, whatever recall calls for"},
    {"--fusion", "NAME", "of hybrid: rank (default: reciprocal rank fusion) or weighted (scaled scores)"},
    {"--vector-weight", "W", "of hybrid: weight of the vectors from 0 to 1 (default 0.7)"},
    {"--faiss", "INDEX", "search through this FAISS index (STORE.faiss is used by itself if it matches)"},
    {"--trust", "", "let FAISS read INDEX whatever its type: only for files you made yourself"},
};

constexpr OptionSpec kAnswerSpecs[] = {
    {"--top", "N", "how many hits (default 10)", 'k'},
    {"--page", "", "tell the cursor of the next page"},
    {"--after", "CURSOR",
     "the page behind a cursor, with the same question and options; tells the next one, too"},
    {"--snippets", "",
     "the part of each text that fits best, under --json with the places of the words; for people this is "
     "the "
     "default where words are searched for"},
    {"--verbose", "", "metadata too", 'v'},
    {"--explain", "", "how the answer was found, what was read and how long it took"},
};

constexpr OptionPair kApart[] = {
    {"--exact", "--recall"},  {"--exact", "--probes"},        {"--exact", "--rerank"},
    {"--batch", "--like"},    {"--batch", "--unlike"},        {"--batch", "--vector-file"},
    {"--batch", "--page"},    {"--batch", "--after"},         {"--batch", "--snippets"},
    {"--batch", "--explain"}, {"--per-source", "--group-by"},
};
constexpr OptionPair kNeeded[] = {{"--per-group", "--group-by"}, {"--batch-out", "--batch"}};

Status bad(std::string sentence) { return fail(ErrorCode::kInvalidArgument, std::move(sentence)); }

template <class Number>
Status take_number(const Arguments& arguments, std::string_view option, uint64_t least, uint64_t most,
                   Number& out) {
    REEL_ASSIGN(const auto value, arguments.find_number(option, least, most));
    if (value) out = *value;
    return {};
}

template <class Number>
Status take_real(const Arguments& arguments, std::string_view option, double least, double most,
                 Number& out) {
    REEL_ASSIGN(const auto value, arguments.find_real(option, least, most));
    if (value) out = *value;
    return {};
}

Status read_method(const Arguments& arguments, SearchOptions& options) {
    if (const auto name = arguments.find("--mode")) {
        const auto mode = find_search_mode(*name);
        if (!mode) return bad("--mode must be vector, text, hybrid or auto, not \"" + *name + "\"");
        options.mode = *mode;
    }
    if (const auto name = arguments.find("--fusion")) {
        if (*name != "rank" && *name != "weighted")
            return bad("--fusion must be rank or weighted, not \"" + *name + "\"");
        options.fusion = *name == "rank" ? Fusion::kRank : Fusion::kWeighted;
    }
    REEL_TRY(take_real(arguments, "--vector-weight", 0, 1, options.vector_weight));
    REEL_TRY(take_real(arguments, "--recall", 0, 1, options.recall));
    if (options.recall == 0.0) return bad("--recall must be above 0: it is a share of the nearest to find");
    if (arguments.has("--exact")) options.recall = 1;
    REEL_TRY(take_number(arguments, "--probes", 1, UINT32_MAX, options.probes));
    return take_number(arguments, "--rerank", 1, UINT32_MAX, options.rerank);
}

Status read_selection(const Arguments& arguments, SearchOptions& options) {
    REEL_ASSIGN(options.filter, read_filter(arguments));
    double max_distance = kAny;
    REEL_TRY(take_real(arguments, "--max-distance", -kAny, kAny, max_distance));
    options.max_distance = static_cast<float>(max_distance);
    if (arguments.has("--per-source")) options.group_by = "source";
    REEL_TRY(take_number(arguments, "--per-source", 1, kMostHits, options.per_group));
    if (const auto key = arguments.find("--group-by")) {
        if (key->empty()) return bad("--group-by needs a metadata key; 'reel keys STORE' lists them");
        REEL_TRY(check_utf8(*key, "--group-by"));
        options.group_by = *key;
    }
    REEL_TRY(take_number(arguments, "--per-group", 1, kMostHits, options.per_group));
    return take_real(arguments, "--diversity", 0, 1, options.diversity_lambda);
}

Result<std::string> read_words(const std::string& word) {
    if (word != "-") {
        REEL_TRY(check_utf8(word, "the question"));
        return word;
    }
    REEL_ASSIGN(const auto input, open_input("-"));
    REEL_ASSIGN(std::string text, read_all(*input, kMostQuestionBytes));
    const size_t last = text.find_last_not_of("\r\n");
    text.resize(last == std::string::npos ? 0 : last + 1);
    REEL_TRY(check_utf8(text, "standard input"));
    return text;
}

Status read_question(const Arguments& arguments, SearchRequest& request) {
    request.question.like = arguments.find_all("--like");
    request.question.unlike = arguments.find_all("--unlike");
    request.vector_file = arguments.find("--vector-file");
    request.batch = arguments.find("--batch");
    request.batch_out = arguments.find("--batch-out");
    const auto& words = arguments.positionals();
    request.has_words = words.size() > 1;
    const bool has_examples = !request.question.like.empty() || !request.question.unlike.empty();
    if (request.batch && request.has_words) return bad("QUERY and --batch do not go together");
    if (!request.batch && !request.has_words && !request.vector_file && !has_examples) {
        return bad(
            "search needs a question: QUERY, --like ID, --vector-file FILE or --batch FILE; 'reel search "
            "--help' explains");
    }
    if (!request.has_words) return {};
    if (words[1] == "-" && request.vector_file == "-")
        return bad("standard input cannot be both the QUERY and the --vector-file");
    REEL_ASSIGN(request.question.text, read_words(words[1]));
    if (request.question.text.empty()) return bad("the QUERY is empty; ask something");
    return {};
}

}  // namespace

const OptionGroup kQuestionOptions{"The question", kQuestionSpecs};
const OptionGroup kSelectionOptions{"Which records", kSelectionSpecs};
const OptionGroup kMethodOptions{"How to search", kMethodSpecs};
const OptionGroup kAnswerOptions{"The answer", kAnswerSpecs};

Result<SearchRequest> read_search_request(const Arguments& arguments) {
    REEL_TRY(check_apart(arguments, kApart));
    REEL_TRY(check_needed(arguments, kNeeded));
    SearchRequest request;
    REEL_TRY(take_number(arguments, "--top", 1, kMostHits, request.options.k));
    REEL_TRY(read_method(arguments, request.options));
    REEL_TRY(read_selection(arguments, request.options));
    request.options.cursor = arguments.find("--after").value_or("");
    if (arguments.has("--after") && request.options.cursor.empty())
        return fail(ErrorCode::kInvalidArgument, "--after is empty; the first page is the one without it");
    request.wants_page = arguments.has("--page") || arguments.has("--after");
    request.wants_snippets = arguments.has("--snippets");
    request.wants_report = arguments.has("--explain");
    request.wants_metadata = arguments.has("--verbose");
    REEL_TRY(read_question(arguments, request));
    return request;
}

SearchMode resolve_mode(SearchMode asked, bool has_words, bool has_vector, const StoreConfig& config) {
    if (asked != SearchMode::kAuto) return asked;
    if (!has_words) return SearchMode::kVector;
    return has_vector || config.embedder.kind != "none" ? SearchMode::kHybrid : SearchMode::kText;
}

}  // namespace reel::cli
