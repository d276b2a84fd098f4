// The clauses of a query over the rows of one part: each goes forward through the rows that match.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "text/build_text_index.h"
#include "text/postings.h"
#include "text/text_query.h"

namespace reel {

/// What a phrase needs to look into texts; one search's.
struct PhraseReader {
    const TextOfRow& text_of;
    const AnalyzerConfig& config;
    std::unique_ptr<Analyzer> analyzer = {};  ///< made when the first text is read
    Status status = {};                       ///< an error that ends the search
};

/// What clauses are turned into nodes with.
struct NodeContext {
    const PartReader& part;
    const TextQuery& query;
    const std::vector<double>& idf;  ///< of the query's terms
    PhraseReader& phrases;
    uint64_t first_row;
};

class ClauseNode {
public:
    static constexpr uint32_t kEnd = PostingsCursor::kEnd;

    virtual ~ClauseNode() = default;
    /// The first row >= target that may match, or kEnd. `target` never falls.
    virtual uint32_t advance(uint32_t target) = 0;
    [[nodiscard]] virtual uint32_t row() const = 0;
    /// Does row() match? Only phrases, and groups with some, have to look.
    virtual bool matches() = 0;
    /// At least the score of row(), without looking.
    virtual FixedScore potential() = 0;
    /// Of row(), which matches.
    virtual FixedScore score() = 0;
    /// At least the score of each of the rows [from, to); below 0 if none can match. `from` never falls.
    virtual FixedScore bound(uint32_t from, uint32_t to) = 0;
    /// About how many rows it goes through.
    [[nodiscard]] virtual uint64_t cost() const = 0;
};

std::unique_ptr<ClauseNode> make_node(const QueryClause& clause, const NodeContext& context);

/// Is `row` one that any of the nodes matches? Rows never fall.
bool any_matches(const std::vector<std::unique_ptr<ClauseNode>>& nodes, uint32_t row);

}  // namespace reel
