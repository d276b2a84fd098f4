// The parts that are searched, and what BM25 has to know of all their rows together.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/row_set.h"
#include "text/postings.h"
#include "text/text_index.h"

namespace reel {

/// An index of the rows [first_row, first_row + index->row_count()).
struct TextPart {
    uint64_t first_row = 0;
    const TextIndex* index = nullptr;
};

/// Parts and the rows of them that live. Made once for a state of the store, it serves any number of
/// searches and threads; the indexes and the bits of `live` outlive it.
class TextCollection {
public:
    /// `parts` in the order of their rows, without overlaps: else kInvalidArgument.
    static Result<TextCollection> create(std::vector<TextPart> parts, RowSet live);

    [[nodiscard]] std::span<const TextPart> parts() const { return parts_; }
    [[nodiscard]] const RowSet& live() const { return live_; }
    /// Live rows whose text could be read.
    [[nodiscard]] uint64_t row_count() const { return row_count_; }
    [[nodiscard]] double average_length() const;
    /// Live rows that have the term.
    [[nodiscard]] uint64_t rows_with(const std::string& term, TextSearchStats& stats) const;
    /// For reading postings of part i; its index has no damaged lengths (else nullptr inside).
    [[nodiscard]] PartReader reader(size_t part, TextSearchStats& stats) const;
    /// Parts whose index is damaged.
    [[nodiscard]] std::vector<size_t> damaged_parts() const;

private:
    void count_rows(const TextPart& part);
    [[nodiscard]] std::vector<uint32_t> find_dead(const TextPart& part) const;
    [[nodiscard]] uint64_t count_dead(size_t part, const TermRows& rows, TextSearchStats& stats) const;

    std::vector<TextPart> parts_;
    std::vector<std::vector<uint32_t>> dead_;  ///< of each part, ascending
    RowSet live_;
    uint64_t row_count_ = 0;
    uint64_t total_length_ = 0;
    std::unique_ptr<const FactorTable> table_;
};

}  // namespace reel
