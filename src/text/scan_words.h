// The commonest query: rows with any of some words, the best of them.
#pragma once

#include <memory>
#include <vector>

#include "text/clause_nodes.h"
#include "text/top_hits.h"

namespace reel {

struct ScannedWord {
    PostingsCursor cursor;
    double weight;
};

/// Adds the best rows of a part that have any of `words` and match none of `nots`.
///
/// Windows of rows are gone through one by one. The bounds of blocks (Ding and Suel, SIGIR 2011) tell
/// which words cannot lift a row of the window above the threshold by themselves (MaxScore: Turtle and
/// Flood, Information Processing & Management 31, 1995): these are only looked up for rows that the other
/// words, added up in an array, have made candidates.
void scan_words(const PartReader& part, std::vector<ScannedWord>& words,
                const std::vector<std::unique_ptr<ClauseNode>>& nots, const RowGate& gate, TopHits& hits);

}  // namespace reel
