#include "text/clause_nodes.h"

#include <algorithm>
#include <bit>

namespace reel {

namespace {

using Kind = QueryClause::Kind;
using Nodes = std::vector<std::unique_ptr<ClauseNode>>;

constexpr FixedScore kPrefixScore = FixedScore{1} << 40U;  // 1

class WordNode final : public ClauseNode {
public:
    WordNode(const QueryClause& clause, const NodeContext& context)
        : part_(context.part),
          rows_(part_.index->find(context.query.terms()[clause.number])),
          cursor_(part_, rows_),
          weight_(context.idf[clause.number] * clause.weight) {}

    uint32_t advance(uint32_t target) override { return cursor_.advance(target); }
    [[nodiscard]] uint32_t row() const override { return cursor_.row(); }
    bool matches() override { return true; }
    FixedScore potential() override { return score(); }
    FixedScore score() override {
        return LengthNorm::score(weight_, part_.factor(cursor_.row(), cursor_.frequency()));
    }
    FixedScore bound(uint32_t from, uint32_t to) override {
        const double factor = cursor_.max_factor(from, to);
        return factor > 0 ? LengthNorm::bound(weight_, factor) : -1;
    }
    [[nodiscard]] uint64_t cost() const override { return rows_.row_count; }

private:
    const PartReader& part_;
    TermRows rows_;
    PostingsCursor cursor_;
    double weight_;
};

/// All rows with a word that begins so, as a bit map. Each scores 1, as in Lucene.
class PrefixNode final : public ClauseNode {
public:
    PrefixNode(const std::string& prefix, const NodeContext& context)
        : bits_(context.part.index->row_count() / 64 + 1) {
        TermCursor terms(*context.part.index, prefix);
        while (terms.next() && terms.term().starts_with(prefix)) {
            PostingsCursor cursor(context.part, terms.rows());
            for (uint32_t row = cursor.advance(0); row != kEnd;
                 row = cursor.advance(cursor.block_last_row() + 1)) {
                for (const uint32_t each : cursor.block_rows())
                    bits_[each / 64] |= uint64_t{1} << (each % 64);
            }
        }
        for (const uint64_t word : bits_) count_ += static_cast<uint64_t>(std::popcount(word));
    }

    uint32_t advance(uint32_t target) override {
        if (row_ != kUnset && row_ >= target) return row_;
        return row_ = next_row(target);
    }
    [[nodiscard]] uint32_t row() const override { return row_ == kUnset ? 0 : row_; }
    bool matches() override { return true; }
    FixedScore potential() override { return kPrefixScore; }
    FixedScore score() override { return kPrefixScore; }
    FixedScore bound(uint32_t from, uint32_t to) override { return next_row(from) < to ? kPrefixScore : -1; }
    [[nodiscard]] uint64_t cost() const override { return count_; }

private:
    static constexpr uint32_t kUnset = kEnd - 1;  // an index has fewer rows

    [[nodiscard]] uint32_t next_row(uint32_t target) const {
        size_t word = target / 64;
        if (word >= bits_.size()) return kEnd;
        uint64_t bits = bits_[word] >> (target % 64) << (target % 64);
        while (bits == 0) {
            if (++word == bits_.size()) return kEnd;
            bits = bits_[word];
        }
        return static_cast<uint32_t>(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
    }

    std::vector<uint64_t> bits_;
    uint64_t count_ = 0;
    uint32_t row_ = kUnset;
};

/// Advances all to the first row >= target that they share.
uint32_t advance_together(const Nodes& nodes, uint32_t target) {
    uint32_t row = nodes.front()->advance(target);
    for (size_t i = 1; i < nodes.size() && row != ClauseNode::kEnd;) {
        const uint32_t next = nodes[i]->advance(row);
        if (next == row) {
            ++i;
        } else {
            row = next == ClauseNode::kEnd ? next : nodes.front()->advance(next);
            i = 1;
        }
    }
    return row;
}

void sort_by_cost(Nodes& nodes) {
    std::stable_sort(nodes.begin(), nodes.end(),
                     [](const auto& a, const auto& b) { return a->cost() < b->cost(); });
}

/// Rows that have all words, and in whose texts these stand one after the other. Scores like a word
/// that stands as often as the phrase does, with the sum of the words' idf, as in Lucene.
class PhraseNode final : public ClauseNode {
public:
    PhraseNode(const QueryClause& clause, const NodeContext& context) : context_(context) {
        std::vector<uint32_t> different = clause.phrase;
        std::sort(different.begin(), different.end());
        different.erase(std::unique(different.begin(), different.end()), different.end());
        for (const uint32_t term : different) {
            rows_.push_back(context.part.index->find(context.query.terms()[term]));
            numbers_.push_back(term);
        }
        for (const TermRows& rows : rows_) cursors_.emplace_back(context.part, rows);
        for (const uint32_t term : clause.phrase) {
            weight_ += context.idf[term];
            phrase_.push_back(term);
        }
        order_.resize(cursors_.size());
        for (size_t i = 0; i < order_.size(); ++i) order_[i] = i;
        std::sort(order_.begin(), order_.end(),
                  [&](size_t a, size_t b) { return rows_[a].row_count < rows_[b].row_count; });
    }

    uint32_t advance(uint32_t target) override {
        if (is_placed_ && row_ >= target) return row_;
        is_placed_ = true;
        uint32_t row = cursors_[order_[0]].advance(target);
        for (size_t i = 1; i < order_.size() && row != kEnd;) {
            const uint32_t next = cursors_[order_[i]].advance(row);
            if (next == row) {
                ++i;
            } else {
                row = next == kEnd ? next : cursors_[order_[0]].advance(next);
                i = 1;
            }
        }
        is_verified_ = false;
        return row_ = row;
    }
    [[nodiscard]] uint32_t row() const override { return row_; }
    bool matches() override {
        if (!is_verified_) frequency_ = count_in_text();
        is_verified_ = true;
        return frequency_ > 0;
    }
    FixedScore potential() override {
        uint32_t least = UINT32_MAX;
        for (PostingsCursor& cursor : cursors_) least = std::min(least, cursor.frequency());
        return LengthNorm::bound(weight_, context_.part.factor(row_, least));
    }
    FixedScore score() override { return LengthNorm::score(weight_, context_.part.factor(row_, frequency_)); }
    FixedScore bound(uint32_t from, uint32_t to) override {
        double least = kBm25K1 + 1;
        for (PostingsCursor& cursor : cursors_) least = std::min(least, cursor.max_factor(from, to));
        return least > 0 ? LengthNorm::bound(weight_, least) : -1;
    }
    [[nodiscard]] uint64_t cost() const override { return rows_[order_[0]].row_count; }

private:
    uint32_t count_in_text();

    NodeContext context_;
    std::vector<TermRows> rows_;     ///< of the different terms
    std::vector<uint32_t> numbers_;  ///< likewise
    std::vector<PostingsCursor> cursors_;
    std::vector<size_t> order_;  ///< of the cursors, the rarest first
    std::vector<uint32_t> phrase_;
    double weight_ = 0;
    bool is_placed_ = false;
    bool is_verified_ = false;
    uint32_t row_ = 0;
    uint32_t frequency_ = 0;
};

/// How often the phrase stands in the text of row_; overlapping ones count.
uint32_t PhraseNode::count_in_text() {
    PhraseReader& phrases = context_.phrases;
    if (!phrases.status) return 0;
    if (!phrases.analyzer) {
        auto analyzer = Analyzer::create(phrases.config);
        if (!analyzer) {
            phrases.status = fail(std::move(analyzer).error());
            return 0;
        }
        phrases.analyzer = std::make_unique<Analyzer>(std::move(*analyzer));
    }
    ++context_.part.stats->texts_verified;
    const auto text = phrases.text_of(context_.first_row + row_);
    if (!text) {
        if (text.error().code == ErrorCode::kInterrupted) phrases.status = fail(text.error());
        ++context_.part.stats->texts_unreadable;
        return 0;
    }
    std::vector<uint32_t> words;
    const auto number_of = [&](std::string_view term) {
        for (const uint32_t number : numbers_) {
            if (context_.query.terms()[number] == term) return number;
        }
        return UINT32_MAX;
    };
    auto status = phrases.analyzer->analyze(
        *text, [&](std::string_view term, size_t, size_t) { words.push_back(number_of(term)); });
    if (!status) {
        phrases.status = std::move(status);
        return 0;
    }
    uint32_t count = 0;
    for (size_t i = 0; i + phrase_.size() <= words.size(); ++i) {
        if (std::equal(phrase_.begin(), phrase_.end(), words.begin() + static_cast<ptrdiff_t>(i))) ++count;
    }
    return count;
}

class GroupNode final : public ClauseNode {
public:
    GroupNode(const QueryClause& clause, const NodeContext& context) {
        for (const QueryClause& child : clause.children) {
            Nodes& nodes = child.occur == Occur::kMust      ? musts_
                           : child.occur == Occur::kMustNot ? nots_
                                                            : shoulds_;
            nodes.push_back(make_node(child, context));
        }
        sort_by_cost(musts_);
    }

    uint32_t advance(uint32_t target) override {
        if (is_placed_ && row_ >= target) return row_;
        is_placed_ = true;
        if (!musts_.empty()) return row_ = advance_together(musts_, target);
        row_ = kEnd;
        for (const auto& node : shoulds_) row_ = std::min(row_, node->advance(target));
        return row_;
    }
    [[nodiscard]] uint32_t row() const override { return row_; }
    bool matches() override {
        const auto matches_row = [](const auto& node) { return node->matches(); };
        if (!std::all_of(musts_.begin(), musts_.end(), matches_row)) return false;
        if (musts_.empty() && !any_matches(shoulds_, row_)) return false;
        return !any_matches(nots_, row_);
    }
    FixedScore potential() override {
        FixedScore sum = 0;
        for (const auto& node : musts_) sum += node->potential();
        for (const auto& node : shoulds_) {
            if (node->advance(row_) == row_) sum += node->potential();
        }
        return sum;
    }
    FixedScore score() override {
        FixedScore sum = 0;
        for (const auto& node : musts_) sum += node->score();
        for (const auto& node : shoulds_) {
            if (node->advance(row_) == row_ && node->matches()) sum += node->score();
        }
        return sum;
    }
    FixedScore bound(uint32_t from, uint32_t to) override {
        FixedScore sum = 0;
        bool can_match = !musts_.empty();
        for (const auto& node : musts_) {
            const FixedScore bound = node->bound(from, to);
            if (bound < 0) return -1;
            sum += bound;
        }
        for (const auto& node : shoulds_) {
            const FixedScore bound = node->bound(from, to);
            can_match = can_match || bound >= 0;
            sum += std::max<FixedScore>(bound, 0);
        }
        return can_match ? sum : -1;
    }
    [[nodiscard]] uint64_t cost() const override {
        if (!musts_.empty()) return musts_.front()->cost();
        uint64_t sum = 0;
        for (const auto& node : shoulds_) sum += node->cost();
        return sum;
    }

private:
    Nodes musts_;
    Nodes shoulds_;
    Nodes nots_;
    bool is_placed_ = false;
    uint32_t row_ = 0;
};

}  // namespace

std::unique_ptr<ClauseNode> make_node(const QueryClause& clause, const NodeContext& context) {
    switch (clause.kind) {
        case Kind::kWord: return std::make_unique<WordNode>(clause, context);
        case Kind::kPrefix:
            return std::make_unique<PrefixNode>(context.query.prefixes()[clause.number], context);
        case Kind::kPhrase: return std::make_unique<PhraseNode>(clause, context);
        case Kind::kGroup: break;
    }
    return std::make_unique<GroupNode>(clause, context);
}

bool any_matches(const Nodes& nodes, uint32_t row) {
    return std::any_of(nodes.begin(), nodes.end(),
                       [&](const auto& node) { return node->advance(row) == row && node->matches(); });
}

}  // namespace reel
