#include "text/scan_words.h"

#include <algorithm>
#include <array>
#include <bit>

namespace reel {

namespace {

constexpr uint32_t kWindowRows = 2048;

class WordScan {
public:
    WordScan(const PartReader& part, std::vector<ScannedWord>& words,
             const std::vector<std::unique_ptr<ClauseNode>>& nots, const RowGate& gate, TopHits& hits)
        : part_(part), words_(words), nots_(nots), gate_(gate), hits_(hits) {
        order_.resize(words.size());
    }

    void run() {
        const uint32_t rows = part_.index->row_count();
        for (begin_ = 0; begin_ < rows; begin_ = end_) {
            end_ = begin_ + std::min(kWindowRows, rows - begin_);
            if (!choose_words()) continue;
            for (size_t i = lookups_; i < order_.size(); ++i) {
                add_scores(words_[order_[i].word], total_ - order_[i].bound);
            }
            take_candidates();
        }
    }

private:
    struct WindowWord {
        FixedScore bound;
        uint32_t word;
    };

    /// Orders the words of the window by their bounds: the first lookups_ of them are looked up only.
    /// False if no row of the window can be a hit.
    bool choose_words() {
        total_ = 0;
        order_.clear();
        for (uint32_t word = 0; word < words_.size(); ++word) {
            const double factor = words_[word].cursor.max_factor(begin_, end_);
            if (factor <= 0) continue;
            order_.push_back({LengthNorm::bound(words_[word].weight, factor), word});
            total_ += order_.back().bound;
        }
        if (order_.empty() || total_ <= hits_.threshold()) return false;
        std::sort(order_.begin(), order_.end(), [](const WindowWord& a, const WindowWord& b) {
            return a.bound != b.bound ? a.bound < b.bound : a.word < b.word;
        });
        lookups_ = 0;
        lookup_bound_ = 0;
        while (lookup_bound_ + order_[lookups_].bound <= hits_.threshold()) {
            lookup_bound_ += order_[lookups_++].bound;
        }
        return true;
    }

    /// Blocks that cannot make a hit together with `others` are passed over.
    void add_scores(ScannedWord& word, FixedScore others) {
        PostingsCursor& cursor = word.cursor;
        uint32_t target = begin_;
        while (target < end_ && cursor.seek_block(target)) {
            const uint32_t last = cursor.block_last_row();
            const bool can_hit =
                LengthNorm::bound(word.weight, cursor.block_factor()) + others > hits_.threshold();
            if (can_hit && cursor.advance(target) < end_) add_block(word);
            if (last >= end_) break;
            target = last + 1;
        }
    }

    void add_block(ScannedWord& word) {
        const auto rows = word.cursor.block_rows();
        const auto frequencies = word.cursor.frequencies();
        const size_t first = word.cursor.position();
        size_t last = rows.size();
        if (rows.back() >= end_) {
            last = static_cast<size_t>(
                std::lower_bound(rows.begin() + static_cast<ptrdiff_t>(first), rows.end(), end_) -
                rows.begin());
        }
        std::array<double, kBlockRows> factors;
        for (size_t i = first; i < last; ++i) factors[i] = part_.factor(rows[i], frequencies[i]);
        for (size_t i = first; i < last; ++i) {
            const uint32_t place = rows[i] - begin_;
            scores_[place] += LengthNorm::score(word.weight, factors[i]);
            touched_[place / 64] |= uint64_t{1} << (place % 64);
        }
    }

    void take_candidates() {
        for (uint32_t word = 0; word < touched_.size(); ++word) {
            for (uint64_t bits = touched_[word]; bits != 0; bits &= bits - 1) {
                const uint32_t place = word * 64 + static_cast<uint32_t>(std::countr_zero(bits));
                const FixedScore score = scores_[place];
                scores_[place] = 0;
                if (score + lookup_bound_ > hits_.threshold()) judge(begin_ + place, score);
            }
            touched_[word] = 0;
        }
    }

    void judge(uint32_t row, FixedScore score) {
        if (!gate_.allows(row)) return;
        FixedScore left = lookup_bound_;
        for (size_t i = lookups_; i-- > 0;) {
            ScannedWord& word = words_[order_[i].word];
            left -= order_[i].bound;
            if (word.cursor.advance(row) == row) {
                score += LengthNorm::score(word.weight, part_.factor(row, word.cursor.frequency()));
            }
            if (score + left <= hits_.threshold()) return;
        }
        if (score <= hits_.threshold() || any_matches(nots_, row)) return;
        hits_.add(gate_.first_row + row, score);
    }

    const PartReader& part_;
    std::vector<ScannedWord>& words_;
    const std::vector<std::unique_ptr<ClauseNode>>& nots_;
    const RowGate& gate_;
    TopHits& hits_;
    uint32_t begin_ = 0;
    uint32_t end_ = 0;
    std::vector<WindowWord> order_;
    size_t lookups_ = 0;
    FixedScore lookup_bound_ = 0;  ///< all that look-ups can add
    FixedScore total_ = 0;
    std::array<FixedScore, kWindowRows> scores_{};
    std::array<uint64_t, kWindowRows / 64> touched_{};
};

}  // namespace

void scan_words(const PartReader& part, std::vector<ScannedWord>& words,
                const std::vector<std::unique_ptr<ClauseNode>>& nots, const RowGate& gate, TopHits& hits) {
    WordScan(part, words, nots, gate, hits).run();
}

}  // namespace reel
