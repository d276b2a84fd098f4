// The best rows of a snapshot by words.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "db/allowed.h"
#include "db/ranked.h"
#include "text/text_statistics.h"

namespace reel {

struct WordsFound {
    std::vector<ScoredRow> best;
    double greatest_score = 1;  ///< more than any text could have; above 0
    uint64_t postings = 0;      ///< blocks of them that were read
    uint64_t bytes = 0;         ///< of these
    uint64_t unreadable = 0;    ///< texts that could not be read: for the index, or to look for a phrase
};

/// What searches by words in one snapshot share: its parts and their statistics.
class WordCache {
public:
    /// Made at the first call, and anew once a part has turned out to be damaged; keeps its parts alive.
    Result<std::shared_ptr<const TextCollection>> collection(const View& view);

private:
    std::mutex mutex_;
    std::shared_ptr<const TextCollection> collection_;
};

/// BM25 over the whole store's statistics; hits are of `matching`. kInvalidArgument for a text without a
/// word.
Result<WordsFound> search_words(const View& view, const std::string& text, size_t k,
                                const AllowedRows& matching);

/// Whether there is something to search for in `text`.
Result<bool> has_words(const Snapshot& snapshot, const std::string& text);

/// Fills in the snippets of hits.
Status add_snippets(const View& view, const std::string& text, size_t length, std::vector<Hit>& hits);

}  // namespace reel
