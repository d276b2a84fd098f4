// The best rows of a snapshot by words.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "db/allowed.h"
#include "db/ranked.h"

namespace reel {

struct WordsFound {
    std::vector<ScoredRow> best;
    uint64_t postings = 0;  ///< read
    uint64_t bytes = 0;
};

/// BM25 over the whole store's statistics; hits are of `matching`. kInvalidArgument for a text without a
/// word.
Result<WordsFound> search_words(const View& view, const std::string& text, size_t k,
                                const AllowedRows& matching);

/// Fills in the snippets of hits.
Status add_snippets(const View& view, const std::string& text, size_t length, std::vector<Hit>& hits);

}  // namespace reel
