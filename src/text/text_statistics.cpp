#include "text/text_statistics.h"

#include <algorithm>

namespace reel {

Result<TextCollection> TextCollection::create(std::vector<TextPart> parts, RowSet live) {
    TextCollection collection;
    collection.live_ = live;
    uint64_t next = 0;
    for (const TextPart& part : parts) {
        if (part.first_row < next) {
            return fail(ErrorCode::kInvalidArgument, "the index of words that begins at row " +
                                                         std::to_string(part.first_row) +
                                                         " overlaps the one before it");
        }
        next = part.first_row + part.index->row_count();
    }
    collection.parts_ = std::move(parts);
    collection.dead_.reserve(collection.parts_.size());
    for (const TextPart& part : collection.parts_) {
        collection.dead_.push_back(collection.find_dead(part));
        collection.count_rows(part);
    }
    collection.table_ = std::make_unique<FactorTable>(LengthNorm(collection.average_length()));
    return collection;
}

std::vector<uint32_t> TextCollection::find_dead(const TextPart& part) const {
    std::vector<uint32_t> dead;
    const uint64_t end = part.first_row + part.index->row_count();
    const uint64_t counted = std::min(end, live_.row_count);
    for (uint64_t row = part.first_row; row < counted;) {
        const uint64_t word = row / 64;
        if (word >= live_.excluded.size()) break;
        uint64_t bits = live_.excluded[word] >> (row % 64);
        for (; bits != 0; bits &= bits - 1) {
            const uint64_t found = row + static_cast<uint64_t>(std::countr_zero(bits));
            if (found < counted) dead.push_back(static_cast<uint32_t>(found - part.first_row));
        }
        row = (word + 1) * 64;
    }
    for (uint64_t row = std::max(part.first_row, live_.row_count); row < end; ++row) {
        dead.push_back(static_cast<uint32_t>(row - part.first_row));
    }
    return dead;
}

void TextCollection::count_rows(const TextPart& part) {
    const std::byte* bytes = part.index->find_lengths();
    if (bytes == nullptr) return;  // damaged_parts() names it
    const LengthReader lengths(bytes, part.index->length_bytes());
    uint64_t lost = part.index->unreadable_count();
    uint64_t lost_length = 0;
    for (const uint32_t row : dead_.back()) {
        if (!part.index->is_unreadable(row)) ++lost;
        lost_length += lengths[row];
    }
    row_count_ += part.index->row_count() - std::min<uint64_t>(lost, part.index->row_count());
    total_length_ += part.index->total_length() - std::min(lost_length, part.index->total_length());
}

double TextCollection::average_length() const {
    // Where all texts are empty no length is ever asked for.
    if (total_length_ == 0 || row_count_ == 0) return 1;
    return static_cast<double>(total_length_) / static_cast<double>(row_count_);
}

PartReader TextCollection::reader(size_t part, TextSearchStats& stats) const {
    const TextIndex& index = *parts_[part].index;
    return {&index, LengthReader(index.find_lengths(), index.length_bytes()), LengthNorm(average_length()),
            &stats, table_.get()};
}

uint64_t TextCollection::count_dead(size_t part, const TermRows& rows, TextSearchStats& stats) const {
    const std::vector<uint32_t>& dead = dead_[part];
    if (dead.empty() || rows.row_count == 0 || parts_[part].index->is_damaged()) return 0;
    const PartReader part_reader = reader(part, stats);
    PostingsCursor cursor(part_reader, rows);
    uint64_t count = 0;
    constexpr size_t kFewer = 4;  // how much dearer a look-up is than looking at a row
    if (dead.size() < rows.row_count / kFewer) {
        for (const uint32_t row : dead) {
            if (cursor.advance(row) == row) ++count;
        }
        return count;
    }
    for (uint32_t row = cursor.advance(dead.front()); row != PostingsCursor::kEnd;
         row = cursor.advance(cursor.block_last_row() + 1)) {
        for (const uint32_t each : cursor.block_rows()) {
            if (!live_.contains(parts_[part].first_row + each)) ++count;
        }
    }
    return count;
}

uint64_t TextCollection::rows_with(const std::string& term, TextSearchStats& stats) const {
    uint64_t count = 0;
    for (size_t part = 0; part < parts_.size(); ++part) {
        const TermRows rows = parts_[part].index->find(term);
        const uint64_t dead = count_dead(part, rows, stats);
        count += rows.row_count - std::min<uint64_t>(dead, rows.row_count);
    }
    // Only of an index that contradicts itself.
    return std::min(count, row_count_);
}

std::vector<size_t> TextCollection::damaged_parts() const {
    std::vector<size_t> damaged;
    for (size_t part = 0; part < parts_.size(); ++part) {
        if (parts_[part].index->is_damaged()) damaged.push_back(part);
    }
    return damaged;
}

}  // namespace reel
