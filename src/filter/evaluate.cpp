#include "filter/evaluate.h"

#include <algorithm>
#include <bit>
#include <string>

#include "base/try.h"
#include "filter/column_scan.h"

namespace reel {

namespace {

using Bits = std::vector<uint64_t>;

constexpr uint64_t kAll = ~uint64_t{0};

bool is_all(const Bits& bits, uint64_t value) {
    return std::all_of(bits.begin(), bits.end(), [&](uint64_t word) { return word == value; });
}

/// The tree over one part's columns, in Kleene's three values: a row of which a
/// column knows nothing may still be decided by another one.
class PartEvaluation {
public:
    PartEvaluation(const Columns& columns, FilterStats& stats)
        : columns_(columns), stats_(stats), rows_(columns.row_count()) {}

    RowAnswers run(const FilterNode& root) {
        RowAnswers answers = node(root);
        if (columns_.odd_rows().empty()) return answers;
        answers.unknown.resize(answers.yes.size());
        for (const uint32_t row : columns_.odd_rows()) {
            answers.yes[row / 64] &= ~(uint64_t{1} << (row % 64));
            answers.unknown[row / 64] |= uint64_t{1} << (row % 64);
        }
        return answers;
    }

private:
    RowAnswers node(const FilterNode& node) {
        switch (node.kind) {
            case FilterNode::Kind::kCondition: return condition(node.condition);
            case FilterNode::Kind::kNot: return negation(node.children.front());
            default: return group(node);
        }
    }

    RowAnswers condition(const FilterCondition& condition) {
        const auto place = columns_.find(condition.key);
        if (!place) {
            if (columns_.is_complete()) return constant(condition.matches_missing());
            return nothing_known();
        }
        const auto column = columns_.column(*place);
        if (!column) {
            ++stats_.damaged_columns;
            return nothing_known();
        }
        stats_.column_bytes += column->bytes();
        return scan_column(*column, condition, rows_);
    }

    RowAnswers negation(const FilterNode& inner) {
        RowAnswers answers = node(inner);
        for (size_t i = 0; i < answers.yes.size(); ++i)
            answers.yes[i] = ~answers.yes[i] & ~(answers.has_unknown() ? answers.unknown[i] : 0);
        return answers;
    }

    RowAnswers group(const FilterNode& group) {
        const bool is_and = group.kind == FilterNode::Kind::kAnd;
        RowAnswers all = constant(is_and);
        for (const FilterNode& child : group.children) {
            // No further condition can change anything.
            if (!all.has_unknown() && is_all(all.yes, is_and ? 0 : kAll)) break;
            join(all, node(child), is_and);
        }
        return all;
    }

    static void join(RowAnswers& all, const RowAnswers& next, bool is_and) {
        const bool any_unknown = all.has_unknown() || next.has_unknown();
        if (any_unknown) all.unknown.resize(all.yes.size());
        for (size_t i = 0; i < all.yes.size(); ++i) {
            const uint64_t yes = is_and ? all.yes[i] & next.yes[i] : all.yes[i] | next.yes[i];
            if (any_unknown) {
                const uint64_t other = next.has_unknown() ? next.unknown[i] : 0;
                const uint64_t open =
                    is_and ? (all.yes[i] | all.unknown[i]) & (next.yes[i] | other) : all.unknown[i] | other;
                all.unknown[i] = open & ~yes;
            }
            all.yes[i] = yes;
        }
    }

    [[nodiscard]] RowAnswers constant(bool value) const {
        return {Bits(word_count(rows_), value ? kAll : 0), {}};
    }
    [[nodiscard]] RowAnswers nothing_known() const {
        return {Bits(word_count(rows_)), Bits(word_count(rows_), kAll)};
    }

    const Columns& columns_;
    FilterStats& stats_;
    uint64_t rows_;
};

class Evaluation {
public:
    Evaluation(const Filter& filter, const RowSet& live, const MetadataOf& metadata_of, FilterStats& stats)
        : filter_(filter), live_(live), metadata_of_(metadata_of), stats_(stats) {
        result_.row_count = live.row_count;
        result_.words.resize(word_count(live.row_count));
        members_.reserve(16);
    }

    Result<MatchingRows> run(std::span<const FilterPart> parts) {
        uint64_t row = 0;
        for (const FilterPart& part : parts) {
            const uint64_t first = std::max(row, part.first_row);
            const uint64_t end = std::min(part.first_row + part.columns->row_count(), live_.row_count);
            if (first >= end) continue;
            REEL_TRY(ask_rows(row, first));
            REEL_TRY(ask_part(part, first, end));
            row = end;
        }
        REEL_TRY(ask_rows(row, live_.row_count));
        for (const uint64_t word : result_.words) result_.count += static_cast<uint64_t>(std::popcount(word));
        return std::move(result_);
    }

private:
    Status ask_rows(uint64_t begin, uint64_t end) {
        for (uint64_t row = begin; row < end; ++row) {
            if (live_.contains(row)) REEL_TRY(ask_row(row));
        }
        return {};
    }

    Status ask_row(uint64_t row) {
        ++stats_.rows_from_json;
        const auto where = [&] { return "metadata of record " + std::to_string(row); };
        const auto metadata = metadata_of_(row);
        if (!metadata) return fail(metadata.error().at(where()));
        const auto matches = filter_.matches(*metadata, members_);
        if (!matches) return fail(ErrorCode::kCorrupt, matches.error().at(where()).message);
        if (*matches) result_.words[row / 64] |= uint64_t{1} << (row % 64);
        return {};
    }

    /// Rows [first, end) of the part.
    Status ask_part(const FilterPart& part, uint64_t first, uint64_t end) {
        RowAnswers answers = PartEvaluation(*part.columns, stats_).run(filter_.root());
        const uint64_t asked_before = stats_.rows_from_json;
        for (uint64_t row = first; row < end;) {
            // The next rows of one word of the result; in the part they may lie in two.
            const uint64_t size = std::min(64 - row % 64, end - row);
            const uint64_t mask = (size == 64 ? kAll : (uint64_t{1} << size) - 1) << (row % 64);
            const uint64_t alive = live_word(row / 64) & mask;
            const uint64_t local = row - part.first_row;
            result_.words[row / 64] |= (bits_at(answers.yes, local) << (row % 64)) & alive;
            uint64_t open =
                answers.has_unknown() ? (bits_at(answers.unknown, local) << (row % 64)) & alive : 0;
            for (; open != 0; open &= open - 1) {
                REEL_TRY(ask_row(row - row % 64 + static_cast<uint64_t>(std::countr_zero(open))));
            }
            row += size;
        }
        stats_.rows_from_columns += end - first - (stats_.rows_from_json - asked_before);
        return {};
    }

    /// 64 bits from bit `at` on; zero behind the end.
    static uint64_t bits_at(const Bits& bits, uint64_t at) {
        const uint64_t shift = at % 64;
        uint64_t word = bits[at / 64] >> shift;
        if (shift != 0 && at / 64 + 1 < bits.size()) word |= bits[at / 64 + 1] << (64 - shift);
        return word;
    }

    [[nodiscard]] uint64_t live_word(uint64_t word) const {
        return word < live_.excluded.size() ? ~live_.excluded[word] : kAll;
    }

    const Filter& filter_;
    const RowSet& live_;
    const MetadataOf& metadata_of_;
    FilterStats& stats_;
    MatchingRows result_;
    std::vector<JsonMember> members_;
};

}  // namespace

std::vector<uint64_t> MatchingRows::excluded() const {
    Bits bits(words);
    for (uint64_t& word : bits) word = ~word;
    return bits;
}

Result<MatchingRows> evaluate_filter(const Filter& filter, std::span<const FilterPart> parts,
                                     const RowSet& live, const MetadataOf& metadata_of, FilterStats* stats) {
    FilterStats ignored;
    return Evaluation(filter, live, metadata_of, stats == nullptr ? ignored : *stats).run(parts);
}

Result<uint64_t> count_matching_rows(const Filter& filter, std::span<const FilterPart> parts,
                                     const RowSet& live, const MetadataOf& metadata_of, FilterStats* stats) {
    REEL_ASSIGN(const MatchingRows rows, evaluate_filter(filter, parts, live, metadata_of, stats));
    return rows.count;
}

bool is_answered_by_columns(const Filter& filter, std::span<const FilterPart> parts, uint64_t row_count) {
    const std::vector<std::string> keys = filter.keys();
    uint64_t covered = 0;
    for (const FilterPart& part : parts) {
        if (part.first_row > covered || !part.columns->odd_rows().empty()) return false;
        covered = part.first_row + part.columns->row_count();
        if (part.columns->is_complete()) continue;
        const auto is_there = [&](const std::string& key) { return part.columns->find(key).has_value(); };
        if (!std::all_of(keys.begin(), keys.end(), is_there)) return false;
    }
    return covered >= row_count;
}

}  // namespace reel
