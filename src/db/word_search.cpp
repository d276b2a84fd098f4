#include "db/word_search.h"

#include "base/try.h"
#include "db/indexes.h"
#include "text/bm25.h"
#include "text/search_text.h"
#include "text/snippet.h"

namespace reel {

namespace {

/// A text that has every word that is asked for endlessly often; beginnings of words score 1.
double greatest_score(const TextCollection& collection, const TextQuery& query, TextSearchStats& stats) {
    double sum = static_cast<double>(query.prefixes().size());
    for (const std::string& term : query.terms()) {
        if (query.find_wanted(term) == SIZE_MAX) continue;
        const uint64_t rows = collection.rows_with(term, stats);
        sum += (kBm25K1 + 1) * inverse_frequency(collection.row_count(), rows);
    }
    return std::max(sum, 1e-9);
}

uint64_t count_unreadable(const TextCollection& collection) {
    uint64_t count = 0;
    for (const TextPart& part : collection.parts()) count += part.index->unreadable_count();
    return count;
}

/// A damaged index is replaced by one in memory, and the question asked again.
Result<TextAnswer> ask_until_whole(const View& view, const TextQuery& query, const TextSearchOptions& options,
                                   TextSearchStats& stats, uint64_t& unreadable) {
    while (true) {
        REEL_ASSIGN(const auto collection, view.words->collection(view));
        REEL_ASSIGN(TextAnswer answer, search_text(*collection, query, options, stats));
        unreadable = count_unreadable(*collection) + stats.texts_unreadable;
        if (answer.damaged_parts.empty()) return answer;
    }
}

}  // namespace

Result<std::shared_ptr<const TextCollection>> WordCache::collection(const View& view) {
    const std::lock_guard lock(mutex_);
    while (!collection_ || !collection_->damaged_parts().empty()) {
        collection_.reset();
        REEL_ASSIGN(auto parts, view.indexes->text(*view.snapshot));
        std::vector<TextPart> indexes;
        indexes.reserve(parts.size());
        for (const WordPart& part : parts) indexes.push_back({part.first_row, part.index.get()});
        REEL_ASSIGN(TextCollection made, TextCollection::create(std::move(indexes), view.snapshot->live()));
        struct Kept {
            std::vector<WordPart> parts;
            TextCollection collection;
        };
        const auto kept = std::make_shared<const Kept>(Kept{std::move(parts), std::move(made)});
        collection_ = std::shared_ptr<const TextCollection>(kept, &kept->collection);
    }
    return collection_;
}

Result<WordsFound> search_words(const View& view, const std::string& text, size_t k,
                                const AllowedRows& allowed) {
    const Snapshot& snapshot = *view.snapshot;
    TextSearchOptions options;
    options.limit = k;
    options.config.stemmer = snapshot.config().text_index.stemmer;
    if (allowed.excluded) options.filter = allowed.rows();
    options.text_of = [&](uint64_t row) -> Result<std::string_view> {
        REEL_ASSIGN(const RecordView record, snapshot.view(row));
        return record.text;
    };
    REEL_ASSIGN(Analyzer analyzer, Analyzer::create(options.config));
    REEL_ASSIGN(const TextQuery query, TextQuery::parse(text, analyzer));
    TextSearchStats stats;
    WordsFound found;
    REEL_ASSIGN(const TextAnswer answer, ask_until_whole(view, query, options, stats, found.unreadable));
    REEL_ASSIGN(const auto collection, view.words->collection(view));
    found.greatest_score = greatest_score(*collection, query, stats);
    found.best.reserve(answer.hits.size());
    for (const TextHit& hit : answer.hits) found.best.push_back({hit.row, static_cast<float>(hit.score)});
    found.postings = stats.blocks_read;
    found.bytes = stats.bytes_read;
    return found;
}

Result<bool> has_words(const Snapshot& snapshot, const std::string& text) {
    REEL_ASSIGN(Analyzer analyzer, Analyzer::create({snapshot.config().text_index.stemmer}));
    const auto parsed = TextQuery::parse(text, analyzer);
    // Other errors are the search's to tell.
    return parsed || parsed.error().code != ErrorCode::kInvalidArgument;
}

Status add_snippets(const View& view, const std::string& text, size_t length, std::vector<Hit>& hits) {
    REEL_ASSIGN(Analyzer analyzer, Analyzer::create({view.snapshot->config().text_index.stemmer}));
    // A question that has no words marks none, so that every text shows its beginning.
    const TextQuery no_words;
    auto parsed = TextQuery::parse(text, analyzer);
    const TextQuery& query = parsed ? *parsed : no_words;
    for (Hit& hit : hits) {
        REEL_ASSIGN(Snippet snippet, make_snippet(hit.text, query, length, analyzer));
        hit.snippet = std::move(snippet.text);
        hit.marks = std::move(snippet.marks);
    }
    return {};
}

}  // namespace reel
