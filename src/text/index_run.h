// Texts, one after the other, to the bytes of an index.
#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "text/analyzer.h"
#include "text/term_table.h"

namespace reel {

/// Holds the words of the texts added so far: 8 bytes for each different word of each text, twice that in
/// finish(), and the different words.
class IndexRun {
public:
    explicit IndexRun(Analyzer analyzer) : analyzer_(std::move(analyzer)) {}

    Status add(std::string_view text);
    void add_unreadable();

    [[nodiscard]] uint32_t row_count() const { return static_cast<uint32_t>(lengths_.size()); }
    [[nodiscard]] size_t posting_count() const { return postings_.size(); }

    /// The section of the rows that were added; begins anew.
    Result<ByteBuffer> finish();

private:
    struct Posting {
        uint32_t term;
        uint32_t frequency;
    };
    struct Term {
        uint32_t last_row;
        uint32_t row_count;
        size_t last_posting;
    };
    /// Rows and frequencies of all terms, term by term.
    struct Columns {
        std::vector<size_t> begins;
        std::vector<uint32_t> rows;
        std::vector<uint32_t> frequencies;
    };

    void count(std::string_view term);
    uint32_t number_of(std::string_view term);
    [[nodiscard]] std::vector<uint32_t> sorted_terms() const;
    [[nodiscard]] Columns sort_postings(std::span<const uint32_t> order) const;
    void clear();

    Analyzer analyzer_;
    TermTable words_;              ///< before stemming, if there is a stemmer
    std::vector<uint32_t> stems_;  ///< of word i, its number in terms_
    TermTable terms_;
    std::vector<Term> states_;  ///< of terms_
    std::vector<Posting> postings_;
    std::vector<size_t> row_ends_;  ///< in postings_
    std::vector<uint32_t> lengths_;
    std::vector<uint32_t> unreadable_;
};

}  // namespace reel
