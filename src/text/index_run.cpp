#include "text/index_run.h"

#include <algorithm>
#include <numeric>

#include "text/index_writer.h"

namespace reel {

Status IndexRun::add(std::string_view text) {
    uint32_t length = 0;
    auto status = analyzer_.unstemmed(text, [&](std::string_view term, size_t, size_t) {
        count(term);
        ++length;
    });
    row_ends_.push_back(postings_.size());
    lengths_.push_back(length);
    return status;
}

void IndexRun::add_unreadable() {
    unreadable_.push_back(row_count());
    row_ends_.push_back(postings_.size());
    lengths_.push_back(0);
}

/// A word is stemmed when it is first met.
uint32_t IndexRun::number_of(std::string_view term) {
    if (!analyzer_.has_stemmer()) return terms_.find_or_add(term);
    const uint32_t word = words_.find_or_add(term);
    if (word == stems_.size()) stems_.push_back(terms_.find_or_add(analyzer_.stem(term)));
    return stems_[word];
}

void IndexRun::count(std::string_view term) {
    const uint32_t row = row_count();
    const uint32_t number = number_of(term);
    if (number == states_.size()) states_.push_back({UINT32_MAX, 0, 0});
    Term& state = states_[number];
    if (state.last_row == row) {
        ++postings_[state.last_posting].frequency;
        return;
    }
    state = {row, state.row_count + 1, postings_.size()};
    postings_.push_back({number, 1});
}

std::vector<uint32_t> IndexRun::sorted_terms() const {
    std::vector<uint32_t> order(terms_.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return terms_[a] < terms_[b]; });
    return order;
}

IndexRun::Columns IndexRun::sort_postings(std::span<const uint32_t> order) const {
    Columns columns;
    columns.begins.resize(order.size());
    size_t begin = 0;
    for (const uint32_t term : order) {
        columns.begins[term] = begin;
        begin += states_[term].row_count;
    }
    columns.rows.resize(postings_.size());
    columns.frequencies.resize(postings_.size());
    std::vector<size_t> next = columns.begins;
    size_t posting = 0;
    for (uint32_t row = 0; row < row_count(); ++row) {
        for (; posting < row_ends_[row]; ++posting) {
            const size_t at = next[postings_[posting].term]++;
            columns.rows[at] = row;
            columns.frequencies[at] = postings_[posting].frequency;
        }
    }
    return columns;
}

Result<ByteBuffer> IndexRun::finish() {
    const std::vector<uint32_t> order = sorted_terms();
    const Columns columns = sort_postings(order);
    IndexWriter writer(lengths_, unreadable_, analyzer_.identity());
    for (const uint32_t term : order) {
        const size_t begin = columns.begins[term];
        const size_t size = states_[term].row_count;
        REEL_TRY(writer.add(terms_[term], std::span(columns.rows).subspan(begin, size),
                            std::span(columns.frequencies).subspan(begin, size)));
    }
    auto section = writer.finish();
    clear();
    return section;
}

void IndexRun::clear() {
    words_.clear();
    stems_.clear();
    terms_.clear();
    states_.clear();
    postings_.clear();
    row_ends_.clear();
    lengths_.clear();
    unreadable_.clear();
}

}  // namespace reel
