#include "text/search_text.h"

#include <algorithm>
#include <limits>

#include "text/clause_nodes.h"
#include "text/scan_words.h"
#include "text/top_hits.h"

namespace reel {

namespace {

using Nodes = std::vector<std::unique_ptr<ClauseNode>>;

constexpr uint32_t kWindowRows = 1024;

/// Words that should be there, and anything that must not.
bool is_list_of_words(const QueryClause& root) {
    return std::all_of(root.children.begin(), root.children.end(), [](const QueryClause& clause) {
        return clause.occur == Occur::kMustNot ||
               (clause.occur == Occur::kShould && clause.kind == QueryClause::Kind::kWord);
    });
}

void search_list(const NodeContext& context, const RowGate& gate, TopHits& hits) {
    const auto& clauses = context.query.root().children;
    std::vector<ScannedWord> words;
    Nodes nots;
    words.reserve(clauses.size());
    for (const QueryClause& clause : clauses) {
        if (clause.occur == Occur::kMustNot) {
            nots.push_back(make_node(clause, context));
            continue;
        }
        const TermRows rows = context.part.index->find(context.query.terms()[clause.number]);
        if (rows.row_count == 0) continue;
        words.push_back({PostingsCursor(context.part, rows), context.idf[clause.number] * clause.weight});
    }
    if (!words.empty()) scan_words(context.part, words, nots, gate, hits);
}

/// Any query: row by row, over windows that may have a hit.
void search_tree(const NodeContext& context, const RowGate& gate, TopHits& hits) {
    const auto root = make_node(context.query.root(), context);
    const uint32_t rows = context.part.index->row_count();
    uint32_t end = 0;
    for (uint32_t begin = 0; begin < rows && context.phrases.status; begin = end) {
        end = begin + std::min(kWindowRows, rows - begin);
        const FixedScore bound = root->bound(begin, end);
        if (bound < 0 || bound <= hits.threshold()) continue;
        for (uint32_t row = root->advance(begin); row < end; row = root->advance(row + 1)) {
            if (!gate.allows(row) || root->potential() <= hits.threshold() || !root->matches()) continue;
            const FixedScore score = root->score();
            if (score > hits.threshold()) hits.add(gate.first_row + row, score);
        }
    }
}

std::vector<double> find_idf(const TextCollection& collection, const TextQuery& query,
                             TextSearchStats& stats) {
    std::vector<double> idf;
    idf.reserve(query.terms().size());
    for (const std::string& term : query.terms()) {
        idf.push_back(inverse_frequency(collection.row_count(), collection.rows_with(term, stats)));
    }
    return idf;
}

std::vector<TextHit> to_hits(const std::vector<FixedHit>& best) {
    std::vector<TextHit> hits;
    hits.reserve(best.size());
    for (const FixedHit& hit : best) hits.push_back({hit.row, to_score(hit.score)});
    return hits;
}

}  // namespace

Result<TextAnswer> search_text(const TextCollection& collection, const TextQuery& query,
                               const TextSearchOptions& options, TextSearchStats& stats) {
    stats.terms += query.terms().size() + query.prefixes().size();
    TextAnswer answer;
    answer.damaged_parts = collection.damaged_parts();
    if (answer.damaged_parts.empty() && options.limit > 0 && collection.row_count() > 0) {
        const std::vector<double> idf = find_idf(collection, query, stats);
        constexpr RowSet kAllRows{std::numeric_limits<uint64_t>::max(), {}};
        TopHits hits(options.limit);
        PhraseReader phrases{options.text_of, options.config};
        for (size_t part = 0; part < collection.parts().size(); ++part) {
            const uint64_t first_row = collection.parts()[part].first_row;
            const PartReader reader = collection.reader(part, stats);
            const NodeContext context{reader, query, idf, phrases, first_row};
            const RowGate gate{collection.live(), options.filter.value_or(kAllRows), first_row};
            (is_list_of_words(query.root()) ? search_list : search_tree)(context, gate, hits);
            REEL_TRY(phrases.status);
        }
        answer.hits = to_hits(hits.take());
        answer.damaged_parts = collection.damaged_parts();
    }
    stats.damaged_parts += answer.damaged_parts.size();
    if (!answer.damaged_parts.empty()) answer.hits.clear();
    return answer;
}

}  // namespace reel
