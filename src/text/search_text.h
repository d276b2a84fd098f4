// The best texts for a query, by BM25.
#pragma once

#include <optional>
#include <vector>

#include "text/build_text_index.h"
#include "text/text_query.h"
#include "text/text_statistics.h"

namespace reel {

struct TextHit {
    uint64_t row = 0;
    double score = 0;

    bool operator==(const TextHit&) const = default;
};

struct TextSearchOptions {
    size_t limit = 10;  ///< most hits
    std::optional<RowSet>
        filter;             ///< rows that may be hits, if not all live ones; scores do not depend on it
    AnalyzerConfig config;  ///< of the parts and the query: phrases are looked for with it
    TextOfRow text_of;      ///< for phrases; a text that cannot be read has none
};

struct TextAnswer {
    std::vector<TextHit> hits;  ///< best first, equal ones by row
    /// Numbers of parts whose index turned out to be damaged. There are no hits then: put
    /// index_in_memory() of the same rows in their place and ask again.
    std::vector<size_t> damaged_parts;
};

/// The same answer and the same scores, to the last bit, however the rows are divided into parts: all live
/// rows of all parts are one collection.
///
/// Errors: kInterrupted if text_of says so, kUnsupported if a phrase needs a module that is missing.
Result<TextAnswer> search_text(const TextCollection& collection, const TextQuery& query,
                               const TextSearchOptions& options, TextSearchStats& stats);

}  // namespace reel
