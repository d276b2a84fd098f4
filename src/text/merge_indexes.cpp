#include "text/merge_indexes.h"

#include <algorithm>
#include <vector>

#include "text/index_writer.h"
#include "text/postings.h"

namespace reel {

namespace {

class Merger {
    /// Orders the heap: the first term on top, of the first part that has it.
    [[nodiscard]] auto is_later() const {
        return [this](size_t a, size_t b) {
            const int order = cursors_[a].term().compare(cursors_[b].term());
            return order != 0 ? order > 0 : a > b;
        };
    }

public:
    explicit Merger(std::span<const TextIndex* const> parts) : parts_(parts) {}

    Result<ByteBuffer> run() {
        REEL_TRY(collect_rows());
        IndexWriter writer(lengths_, unreadable_, identity_);
        for (size_t i = 0; i < parts_.size(); ++i) {
            cursors_.emplace_back(*parts_[i]);
            if (cursors_.back().next()) heap_.push_back(i);
        }
        std::make_heap(heap_.begin(), heap_.end(), is_later());
        while (!heap_.empty()) {
            const std::string term = cursors_[heap_.front()].term();
            rows_.clear();
            frequencies_.clear();
            while (!heap_.empty() && cursors_[heap_.front()].term() == term) take_rows();
            REEL_TRY(writer.add(term, rows_, frequencies_));
        }
        for (const TextIndex* part : parts_) {
            if (part->is_damaged()) return fail(damage());
        }
        return writer.finish();
    }

private:
    static Error damage() {
        return {ErrorCode::kCorrupt, "an index of words is damaged; build it again from the records"};
    }

    Status collect_rows() {
        cursors_.reserve(parts_.size());
        size_t row_count = 0;
        for (const TextIndex* part : parts_) row_count += part->row_count();
        if (row_count > kMaxSectionRows) {
            return fail(ErrorCode::kLimit,
                        std::to_string(row_count) + " texts are more than one index takes; divide them");
        }
        lengths_.reserve(row_count);
        for (const TextIndex* part : parts_) {
            const std::byte* lengths = part->find_lengths();
            if (lengths == nullptr) return fail(damage());
            const auto first = static_cast<uint32_t>(lengths_.size());
            first_rows_.push_back(first);
            const LengthReader reader(lengths, part->length_bytes());
            for (uint32_t row = 0; row < part->row_count(); ++row) {
                lengths_.push_back(reader[row]);
                if (part->is_unreadable(row)) unreadable_.push_back(first + row);
            }
            const AnalyzerIdentity& identity = part->identity();
            if (identity_.unicode == UnicodeVersion{}) identity_ = identity;
        }
        return {};
    }

    /// Appends the rows of the heap's first term.
    void take_rows() {
        std::pop_heap(heap_.begin(), heap_.end(), is_later());
        const size_t part = heap_.back();
        TextSearchStats stats;
        const PartReader reader{parts_[part],
                                LengthReader(parts_[part]->find_lengths(), parts_[part]->length_bytes()),
                                LengthNorm(), &stats};
        PostingsCursor cursor(reader, cursors_[part].rows());
        for (uint32_t row = cursor.advance(0); row != PostingsCursor::kEnd;
             row = cursor.advance(cursor.block_last_row() + 1)) {
            for (const uint32_t each : cursor.block_rows()) rows_.push_back(first_rows_[part] + each);
            const auto frequencies = cursor.frequencies();
            frequencies_.insert(frequencies_.end(), frequencies.begin(), frequencies.end());
        }
        if (cursors_[part].next()) {
            std::push_heap(heap_.begin(), heap_.end(), is_later());
        } else {
            heap_.pop_back();
        }
    }

    std::span<const TextIndex* const> parts_;
    std::vector<TermCursor> cursors_;
    std::vector<size_t> heap_;  ///< numbers of the parts that have terms left
    std::vector<uint32_t> first_rows_;
    std::vector<uint32_t> lengths_;
    std::vector<uint32_t> unreadable_;
    std::vector<uint32_t> rows_;
    std::vector<uint32_t> frequencies_;
    AnalyzerIdentity identity_;
};

}  // namespace

Result<ByteBuffer> merge_indexes(std::span<const TextIndex* const> parts) { return Merger(parts).run(); }

}  // namespace reel
