#include "db/question.h"

#include <cmath>

#include "base/checksum.h"
#include "base/json.h"
#include "base/try.h"
#include "db/records.h"
#include "db/selection.h"
#include "db/word_search.h"
#include "vector/check_vector.h"

namespace reel {

namespace {

Error bad(std::string sentence) { return {ErrorCode::kInvalidArgument, std::move(sentence)}; }

bool is_share(double value) { return value >= 0 && value <= 1; }

}  // namespace

Status check_options(const SearchOptions& options) {
    if (options.k == 0) return fail(bad("k is 0; ask for at least one hit"));
    if (options.recall && !(*options.recall > 0 && *options.recall <= 1))
        return fail(bad("the recall asked for is not above 0 and at most 1"));
    if (!is_share(options.vector_weight)) return fail(bad("the weight of vectors is not between 0 and 1"));
    if (options.diversity_lambda && !is_share(*options.diversity_lambda))
        return fail(bad("lambda, the weight of nearness against diversity, is not between 0 and 1"));
    if (std::isnan(options.max_distance)) return fail(bad("the largest distance asked for is not a number"));
    if (!options.group_by.empty() && options.per_group == 0)
        return fail(bad("0 hits a group would be none; ask for at least one"));
    if (options.recall == 1.0 && (options.probes || options.rerank))
        return fail(bad("a recall of 1 is an exact search, which has no probes and no re-ranking to set"));
    return {};
}

namespace {

Status check_query(std::span<const float> query, const Snapshot& snapshot) {
    if (query.size() != snapshot.dimension()) {
        return fail(bad("the query has " + std::to_string(query.size()) +
                        " dimensions, the store's vectors " + std::to_string(snapshot.dimension())));
    }
    return check_vector(query, snapshot.config().metric);
}

class Examples {
public:
    Examples(const Snapshot& snapshot, const std::string& path) : snapshot_(snapshot), path_(path) {}

    /// The mean of the vectors of `ids`, as unit vectors under cosine. Zero for none.
    Result<std::vector<double>> mean(const std::vector<std::string>& ids) {
        std::vector<double> sum(snapshot_.dimension(), 0.0);
        for (const std::string& id : ids) {
            REEL_ASSIGN(const auto row, snapshot_.find(id));
            if (!row) return fail(ErrorCode::kNotFound, path_ + ": no record with id " + quote_json(id));
            rows_.push_back(*row);
            REEL_ASSIGN(const RecordView record, snapshot_.view(*row));
            std::vector<float> vector = to_floats(record.vector);
            if (ids.size() > 1 && snapshot_.config().metric == Metric::kCosine)
                normalize_rows(vector, vector.size());
            for (size_t i = 0; i < sum.size(); ++i)
                sum[i] += static_cast<double>(vector[i]) / static_cast<double>(ids.size());
        }
        return sum;
    }

    std::vector<uint64_t> take_rows() { return std::move(rows_); }

private:
    const Snapshot& snapshot_;
    const std::string& path_;
    std::vector<uint64_t> rows_;
};

/// Rocchio's way (The SMART Retrieval System, 1971) with equal weights: the mean of what is liked, moved away
/// from the mean of what is not by their difference.
Status take_examples(const Snapshot& snapshot, const std::string& path, const Question& question,
                     PreparedQuestion& prepared) {
    if (question.like.empty()) {
        return fail(bad("records to be unlike need at least one to be like"));
    }
    Examples examples(snapshot, path);
    REEL_ASSIGN(const auto liked, examples.mean(question.like));
    REEL_ASSIGN(const auto unliked, examples.mean(question.unlike));
    prepared.vector.resize(liked.size());
    for (size_t i = 0; i < liked.size(); ++i) {
        const double moved = question.unlike.empty() ? liked[i] : 2 * liked[i] - unliked[i];
        prepared.vector[i] = static_cast<float>(moved);
    }
    if (!question.keep_examples) prepared.known_rows = examples.take_rows();
    return {};
}

/// What the question and the store allow, where the caller leaves it open. A text of signs alone can still be
/// embedded.
Result<SearchMode> choose_mode(const Snapshot& snapshot, const std::string& text, bool finds_vectors,
                               SearchMode asked) {
    if (asked != SearchMode::kAuto) return asked;
    if (text.empty()) return SearchMode::kVector;
    if (!finds_vectors) return SearchMode::kText;
    REEL_ASSIGN(const bool is_hybrid, has_words(snapshot, text));
    return is_hybrid ? SearchMode::kHybrid : SearchMode::kVector;
}

}  // namespace

Result<PreparedQuestion> prepare_question(
    const Snapshot& snapshot, const std::string& path, const Question& question, const SearchOptions& options,
    const std::function<Result<std::vector<float>>(std::string_view)>& embed) {
    REEL_TRY(check_options(options));
    const bool has_examples = !question.like.empty() || !question.unlike.empty();
    if (has_examples && !question.vector.empty())
        return fail(bad("a vector and records to be like were given; give one of them"));
    PreparedQuestion prepared;
    const bool has_vector = has_examples || !question.vector.empty();
    if (!has_vector && question.text.empty()) return fail(bad("the query is empty; ask something"));
    REEL_ASSIGN(prepared.mode,
                choose_mode(snapshot, question.text, has_vector || embed != nullptr, options.mode));
    if (prepared.mode != SearchMode::kVector) {
        if (question.text.empty())
            return fail(bad("a search by words needs words; give a text or search by vectors alone"));
        prepared.text = question.text;
    }
    if (prepared.mode == SearchMode::kText) {
        if (has_vector || std::isfinite(options.max_distance)) {
            return fail(
                bad("a search by words alone has no distances; leave out vectors, examples and the "
                    "largest distance, or search by both"));
        }
        return prepared;
    }
    if (has_examples) {
        REEL_TRY(take_examples(snapshot, path, question, prepared));
    } else if (!question.vector.empty()) {
        prepared.vector = question.vector;
    } else if (embed) {
        REEL_ASSIGN(prepared.vector, embed(question.text));
    } else {
        return fail(ErrorCode::kUnsupported,
                    path +
                        ": the store has no embedder for the question's words; give a vector or search by "
                        "words alone");
    }
    REEL_TRY(check_query(prepared.vector, snapshot));
    return prepared;
}

uint32_t fingerprint(const Question& question, const SearchOptions& options) {
    uint32_t sum = 0;
    const auto put = [&sum](const auto& value) { sum = crc32c(std::as_bytes(std::span(&value, 1)), sum); };
    const auto put_text = [&](std::string_view text) {
        put(text.size());
        sum = crc32c(as_bytes(text), sum);
    };
    const auto put_ids = [&](const std::vector<std::string>& ids) {
        put(ids.size());
        for (const std::string& id : ids) put_text(id);
    };
    put_text(question.text);
    sum = crc32c(std::as_bytes(std::span(question.vector)), sum);
    put_ids(question.like);
    put_ids(question.unlike);
    put(question.keep_examples);
    put(options.k);
    put(options.mode);
    put_text(options.filter);
    put(options.max_distance);
    put(options.recall.value_or(-1));
    put(options.probes.value_or(0));
    put(options.rerank.value_or(0));
    put(options.fusion);
    put(options.vector_weight);
    put_text(options.group_by);
    put(options.per_group);
    put(options.diversity_lambda.value_or(-1));
    return sum;
}

}  // namespace reel
