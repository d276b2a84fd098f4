// Searching: a question's two halves, what becomes of their candidates, and the pages of an answer.
#include <chrono>
#include <cmath>

#include "base/json.h"
#include "base/try.h"
#include "db/allowed.h"
#include "db/cursor.h"
#include "db/group_key.h"
#include "db/indexes.h"
#include "db/question.h"
#include "db/records.h"
#include "db/selection.h"
#include "db/snapshot_vectors.h"
#include "db/vector_search.h"
#include "db/word_search.h"
#include "store/history.h"
#include "vector/check_vector.h"

namespace reel {

namespace {

/// Candidates of each half of a hybrid search, and of those that groups and diversity choose from.
constexpr size_t kLeastPool = 100;
constexpr size_t kPoolFactor = 10;

/// Each hit is compared with each one chosen before.
constexpr size_t kMostDiverse = 1000;

class Stopwatch {
public:
    explicit Stopwatch(double& milliseconds) : milliseconds_(milliseconds) {}
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch() {
        milliseconds_ += std::chrono::duration<double, std::milli>(Clock::now() - begin_).count();
    }

private:
    using Clock = std::chrono::steady_clock;
    double& milliseconds_;
    Clock::time_point begin_ = Clock::now();
};

bool is_before(const Ranked& a, float distance, uint64_t row) {
    return a.distance < distance || (a.distance == distance && a.row <= row);
}

class SearchRun {
public:
    SearchRun(const View& view, const PreparedQuestion& question, const SearchOptions& options,
              const std::optional<Cursor>& cursor, SearchReport& report)
        : view_(view),
          snapshot_(*view.snapshot),
          question_(question),
          options_(options),
          cursor_(cursor),
          report_(report),
          k_(std::min<uint64_t>(options.k, snapshot_.count())) {}

    Result<std::vector<Ranked>> run() {
        report_.records = snapshot_.live_count();
        {
            const Stopwatch watch(report_.filter_ms);
            REEL_ASSIGN(allowed_, find_allowed(view_, options_.filter));
        }
        report_.matching = allowed_.count;
        report_.column_bytes += allowed_.cost.column_bytes;
        if (allowed_.cost.damaged_columns > 0) warn_of_damage(allowed_.cost.damaged_columns, "columns");
        if (!question_.known_rows.empty()) allowed_ = without_rows(std::move(allowed_), question_.known_rows);
        REEL_ASSIGN(auto ranked, candidates());
        REEL_TRY(fill_distances(ranked));
        if (has_limit()) {
            std::erase_if(ranked,
                          [this](const Ranked& one) { return !(one.distance <= options_.max_distance); });
        }
        if (options_.diversity_lambda) {
            REEL_ASSIGN(ranked, diversified(ranked));
        }
        if (!options_.group_by.empty()) {
            REEL_ASSIGN(ranked, grouped(ranked));
        }
        return page_of(std::move(ranked));
    }

    [[nodiscard]] bool has_more() const { return has_more_; }

private:
    /// A cursor may be made up: no more than there are records.
    [[nodiscard]] uint64_t given() const {
        return cursor_ ? std::min<uint64_t>(cursor_->offset, snapshot_.count()) : 0;
    }
    /// One more than asked for, to know whether there are more.
    [[nodiscard]] size_t wanted() const { return given() + k_ + 1; }
    [[nodiscard]] size_t pool() const { return std::max(kLeastPool, kPoolFactor * k_); }
    [[nodiscard]] bool chooses() const {
        return options_.diversity_lambda.has_value() || !options_.group_by.empty();
    }
    [[nodiscard]] bool has_limit() const {
        return std::isfinite(options_.max_distance) && !question_.vector.empty();
    }

    /// How deep each half is searched. The pool does not depend on the page, so that pages fit together.
    [[nodiscard]] bool has_fixed_pool() const {
        return options_.diversity_lambda.has_value() || question_.mode == SearchMode::kHybrid;
    }
    [[nodiscard]] size_t depth() const { return has_fixed_pool() ? pool() : wanted(); }

    Result<std::vector<Ranked>> candidates() {
        if (options_.group_by.empty() || has_fixed_pool()) return candidates_to(depth());
        // As deep as it takes to fill the page with groups.
        for (size_t deep = std::max(pool(), 2 * wanted());; deep *= 4) {
            REEL_ASSIGN(auto ranked, candidates_to(deep));
            if (ranked.size() < deep) return ranked;
            REEL_ASSIGN(const auto kept, grouped(ranked));
            if (kept.size() >= wanted()) return ranked;
        }
    }

    Result<std::vector<Ranked>> candidates_to(size_t deep) {
        const bool by_vector = question_.mode != SearchMode::kText;
        const bool by_words = question_.mode != SearchMode::kVector;
        std::vector<Neighbor> nearest;
        WordsFound words;
        if (by_vector) {
            REEL_ASSIGN(nearest, nearest_to(deep));
        }
        if (by_words) {
            const Stopwatch watch(report_.text_ms);
            REEL_ASSIGN(words, search_words(view_, question_.text, deep, allowed_));
            report_.postings += words.postings;
            if (words.unreadable > 0) {
                report_.warnings.push_back(std::to_string(words.unreadable) +
                                           " texts are damaged and were not searched for words; `reel "
                                           "verify` lists what is damaged");
            }
            report_.column_bytes += words.bytes;
        }
        if (!by_words) return rank_by_vector(nearest);
        if (!by_vector) return rank_by_text(words.best);
        return fuse(nearest, words.best, words.greatest_score, options_.fusion, options_.vector_weight);
    }

    Result<std::vector<Neighbor>> nearest_to(size_t deep) {
        const Stopwatch watch(report_.vector_ms);
        const VectorAsk ask{question_.vector, deep, allowed_.rows(), allowed_.count};
        REEL_ASSIGN(VectorFound found, search_vectors(view_, ask, options_));
        take_report(found);
        return std::move(found.nearest.front());
    }

    void take_report(const VectorFound& found) {
        static constexpr std::string_view kNames[] = {"none", "rows", "scan", "exact", "codes"};
        report_.plan = kNames[static_cast<size_t>(found.plan.kind)];
        if (found.plan.kind == PlanKind::kCodes && found.stats.lists > 1) report_.plan = "partitions";
        if (found.used_faiss) report_.plan = "faiss";
        report_.reason = found.plan.reason;
        report_.column_bytes += found.stats.column_bytes;
        report_.exact_vectors += found.stats.exact_vectors;
        report_.exact_bytes += found.stats.exact_vectors * 4 * snapshot_.dimension();
        report_.lists = found.stats.lists;
        report_.lists_probed = found.stats.lists_probed;
        report_.rows_without_index = found.uncovered;
        if (found.stats.damaged_blocks > 0) warn_of_damage(found.stats.damaged_blocks, "blocks");
    }

    void warn_of_damage(uint64_t count, const std::string& what) {
        report_.warnings.push_back(std::to_string(count) + " " + what +
                                   " of an index are damaged and were gone around; `reel seal` makes the "
                                   "index anew");
    }

    /// Of candidates that words alone have found.
    Status fill_distances(std::vector<Ranked>& ranked) const {
        if (question_.vector.empty()) return {};
        std::vector<uint64_t> rows;
        for (const Ranked& one : ranked) {
            if (one.vector_rank == 0) rows.push_back(one.row);
        }
        REEL_ASSIGN(const auto distances, distances_of(snapshot_, question_.vector, rows));
        auto next = distances.begin();
        for (Ranked& one : ranked) {
            if (one.vector_rank == 0) one.distance = *next++;
        }
        return {};
    }

    Result<std::vector<Ranked>> diversified(const std::vector<Ranked>& ranked) const {
        if (k_ > kMostDiverse) {
            return fail(ErrorCode::kLimit, "diversity is for at most " + std::to_string(kMostDiverse) +
                                               " hits, pages together; ask for fewer");
        }
        std::vector<float> vectors;
        vectors.reserve(ranked.size() * snapshot_.dimension());
        for (const Ranked& one : ranked) {
            REEL_ASSIGN(const RecordView record, snapshot_.view(one.row));
            const auto values = to_floats(record.vector);
            vectors.insert(vectors.end(), values.begin(), values.end());
        }
        const size_t picks = std::min(options_.group_by.empty() ? wanted() : ranked.size(), kMostDiverse);
        return diversify(ranked, relevance(ranked, vectors), vectors, snapshot_.dimension(),
                         *options_.diversity_lambda, picks);
    }

    /// By vectors the cosine to the question; else the score over the best one's.
    [[nodiscard]] std::vector<double> relevance(const std::vector<Ranked>& ranked,
                                                const std::vector<float>& vectors) const {
        std::vector<double> values;
        values.reserve(ranked.size());
        if (question_.mode == SearchMode::kVector) return cosines(question_.vector, vectors);
        for (const Ranked& one : ranked) values.push_back(one.score / std::max(ranked.front().score, 1e-30));
        return values;
    }

    Result<std::vector<Ranked>> grouped(const std::vector<Ranked>& ranked) const {
        REEL_ASSIGN(const GroupKey key, GroupKey::parse(options_.group_by));
        return limit_groups(ranked, options_.per_group, wanted(),
                            [&](uint64_t row) -> Result<std::optional<std::string>> {
                                REEL_ASSIGN(const RecordView record, snapshot_.view(row));
                                return key.value_in(record.metadata);
                            });
    }

    /// What comes behind the page before.
    std::vector<Ranked> page_of(std::vector<Ranked> ranked) {
        size_t skipped = std::min<uint64_t>(given(), ranked.size());
        if (cursor_ && question_.mode == SearchMode::kVector && !chooses()) {
            // By place and not by number: a fast search may find this time what it missed before.
            const float distance = std::bit_cast<float>(cursor_->last_distance);
            skipped =
                static_cast<size_t>(std::find_if(ranked.begin(), ranked.end(),
                                                 [&](const Ranked& one) {
                                                     return !is_before(one, distance, cursor_->last_row);
                                                 }) -
                                    ranked.begin());
        }
        ranked.erase(ranked.begin(), ranked.begin() + static_cast<ptrdiff_t>(skipped));
        has_more_ = ranked.size() > k_;
        if (has_more_) ranked.resize(k_);
        return ranked;
    }

    const View& view_;
    const Snapshot& snapshot_;
    const PreparedQuestion& question_;
    const SearchOptions& options_;
    const std::optional<Cursor>& cursor_;
    SearchReport& report_;
    const size_t k_;  ///< no more than there are records
    AllowedRows allowed_;
    bool has_more_ = false;
};

Result<std::vector<Hit>> read_hits(const Snapshot& snapshot, const std::vector<Ranked>& ranked) {
    std::vector<Hit> hits;
    hits.reserve(ranked.size());
    for (const Ranked& one : ranked) {
        REEL_ASSIGN(Hit hit, read_hit(snapshot, one.row, one.distance));
        hit.text_score = one.text_score;
        hit.vector_rank = one.vector_rank;
        hit.text_rank = one.text_rank;
        hit.score = one.score;
        hits.push_back(std::move(hit));
    }
    return hits;
}

Cursor cursor_behind(const Snapshot& snapshot, uint32_t asked, uint64_t given, const Ranked& last) {
    return {snapshot.state().commit_number,
            load_be<uint64_t>(snapshot.state().hash.data()),
            asked,
            given,
            last.row,
            std::bit_cast<uint32_t>(last.distance)};
}

Result<SearchAnswer> answer_at(const View& view, const PreparedQuestion& prepared, uint32_t asked,
                               const SearchOptions& options, const std::optional<Cursor>& cursor) {
    SearchAnswer answer;
    SearchRun run(view, prepared, options, cursor, answer.report);
    REEL_ASSIGN(const auto ranked, run.run());
    {
        const Stopwatch watch(answer.report.fetch_ms);
        REEL_ASSIGN(answer.hits, read_hits(*view.snapshot, ranked));
        if (options.snippet_length > 0)
            REEL_TRY(add_snippets(view, prepared.text, options.snippet_length, answer.hits));
    }
    for (const std::string& warning : view.indexes->warnings()) answer.report.warnings.push_back(warning);
    if (run.has_more()) {
        const uint64_t given = (cursor ? cursor->offset : 0) + ranked.size();
        answer.next = write_cursor(cursor_behind(*view.snapshot, asked, given, ranked.back()));
    }
    return answer;
}

/// What all pages of a question are of.
Result<View> view_at(const View& newest, const Cursor& cursor, uint32_t asked, const std::string& path) {
    if (cursor.fingerprint != asked) {
        return fail(ErrorCode::kInvalidArgument,
                    "the cursor is of another question; a next page needs the same question and options");
    }
    View view = newest;
    view.words = std::make_shared<WordCache>();
    const auto head = [&] { return load_be<uint64_t>(view.snapshot->state().hash.data()); };
    if (view.snapshot->state().commit_number == cursor.commit && head() == cursor.head) return view;
    if (view.snapshot->kind() == FileKind::kReel) {
        const auto state = find_moment(*newest.snapshot, newest.identity, Moment::commit(cursor.commit));
        if (state) {
            view.snapshot = newest.snapshot->as_of(*state);
            if (head() == cursor.head) return view;
        }
    }
    return fail(ErrorCode::kNotFound,
                path +
                    ": the state that the cursor is of is no longer in the store (it was "
                    "compacted or replaced); ask for the first page again");
}

Status check_batch(const Snapshot& snapshot, std::span<const float> queries, const SearchOptions& options) {
    REEL_TRY(check_options(options));
    const bool is_plain = options.mode != SearchMode::kText && options.mode != SearchMode::kHybrid &&
                          options.group_by.empty() && !options.diversity_lambda && options.cursor.empty();
    if (!is_plain) {
        return fail(ErrorCode::kInvalidArgument,
                    "a batch is searched by vectors alone, without words, groups, diversity and pages");
    }
    const size_t dimension = snapshot.dimension();
    if (queries.empty() || queries.size() % dimension != 0) {
        return fail(ErrorCode::kInvalidArgument, "a batch of " + std::to_string(queries.size()) +
                                                     " numbers is no matrix of the store's " +
                                                     std::to_string(dimension) + " dimensions a row");
    }
    for (size_t i = 0; i < queries.size() / dimension; ++i) {
        auto status = check_vector(queries.subspan(i * dimension, dimension), snapshot.config().metric);
        if (!status) return fail(std::move(status).error().at("query " + std::to_string(i)));
    }
    return {};
}

using EmbedQuery = std::function<Result<std::vector<float>>(std::string_view)>;

Result<SearchAnswer> answer_question(const View& newest, const std::string& path, const Question& question,
                                     const SearchOptions& options, const EmbedQuery& embed) {
    std::optional<Cursor> cursor;
    std::optional<View> earlier;
    const uint32_t asked = fingerprint(question, options);
    if (!options.cursor.empty()) {
        REEL_ASSIGN(cursor, read_cursor(options.cursor));
        REEL_ASSIGN(earlier, unless_cut(*newest.snapshot, path, view_at(newest, *cursor, asked, path)));
    }
    const View& view = earlier ? *earlier : newest;
    double embed_ms = 0;
    const EmbedQuery timed_embed = [&](std::string_view text) {
        const Stopwatch watch(embed_ms);
        return embed(text);
    };
    const auto run = [&]() -> Result<SearchAnswer> {
        REEL_ASSIGN(const PreparedQuestion prepared, prepare_question(*view.snapshot, path, question, options,
                                                                      embed ? timed_embed : EmbedQuery()));
        return answer_at(view, prepared, asked, options, cursor);
    };
    auto answer = unless_cut(*view.snapshot, path, run());
    if (answer) answer->report.embed_ms = embed_ms;
    return answer;
}

Result<std::vector<Hit>> hits_of(Result<SearchAnswer> answer) {
    if (!answer) return fail(std::move(answer).error());
    return std::move(answer->hits);
}

}  // namespace

Result<SearchAnswer> Database::search(const Question& question, const SearchOptions& options) {
    const auto view = state_->view();
    const EmbedQuery embed = [this](std::string_view text) -> Result<std::vector<float>> {
        REEL_ASSIGN(Embedder* const made, embedder());
        return made->embed(std::span(&text, 1), TextRole::kQuery);
    };
    // Words alone are searched for as words where nothing embeds them, unless vectors were asked for.
    const bool tries = state_->can_embed() || options.mode == SearchMode::kVector;
    return answer_question(*view, path(), question, options, tries ? embed : EmbedQuery());
}

Result<std::vector<Hit>> Database::search(std::span<const float> query, const SearchOptions& options) const {
    Question question;
    question.vector.assign(query.begin(), query.end());
    if (query.empty()) {
        return fail(ErrorCode::kInvalidArgument, "the query has 0 dimensions, the store's vectors " +
                                                     std::to_string(config().embedder.dimension));
    }
    return hits_of(answer_question(*state_->view(), path(), question, options, EmbedQuery()));
}

Result<std::vector<Hit>> Database::search(std::string_view query, const SearchOptions& options) {
    Question question;
    question.text = query;
    return hits_of(search(question, options));
}

Result<std::vector<Hit>> Database::search_like(std::string_view id, const SearchOptions& options) const {
    Question question;
    question.like.emplace_back(id);
    question.keep_examples = true;
    return hits_of(answer_question(*state_->view(), path(), question, options, EmbedQuery()));
}

Result<std::vector<std::vector<Hit>>> Database::search_batch(std::span<const float> queries,
                                                             const SearchOptions& options) const {
    const auto view = state_->view();
    const Snapshot& snapshot = *view->snapshot;
    REEL_TRY(check_batch(snapshot, queries, options));
    const auto run = [&]() -> Result<std::vector<std::vector<Hit>>> {
        REEL_ASSIGN(const AllowedRows allowed, find_allowed(*view, options.filter));
        const VectorAsk ask{queries, options.k, allowed.rows(), allowed.count};
        REEL_ASSIGN(const VectorFound found, search_vectors(*view, ask, options));
        std::vector<std::vector<Hit>> answers;
        answers.reserve(found.nearest.size());
        for (const auto& nearest : found.nearest) {
            REEL_ASSIGN(auto hits, read_hits(snapshot, rank_by_vector(nearest)));
            answers.push_back(std::move(hits));
        }
        return answers;
    };
    return unless_cut(snapshot, path(), run());
}

}  // namespace reel
