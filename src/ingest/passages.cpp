#include "ingest/passages.h"

#include <algorithm>

#include "base/try.h"
#include "base/utf8.h"

namespace reel {

namespace {

/// What stands at a token boundary; a larger value is a better place to cut.
enum class Boundary : uint8_t { kNone, kInside, kWord, kLine, kSentence, kParagraph };

/// How far a boundary looks to either side: long runs of blanks or quotes must not cost their square.
constexpr size_t kView = 200;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

size_t skip_space(std::string_view text, size_t at) {
    while (at < text.size() && is_space(text[at])) ++at;
    return at;
}

size_t skip_space_back(std::string_view text, size_t at) {
    while (at > 0 && is_space(text[at - 1])) --at;
    return at;
}

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> endings, size_t& length) {
    for (const std::string_view ending : endings) {
        if (text.ends_with(ending)) {
            length = ending.size();
            return true;
        }
    }
    return false;
}

/// Whether `text` ends with a full stop of some script, perhaps inside quotes or brackets.
bool ends_sentence(std::string_view text, bool& wide) {
    wide = false;
    size_t length = 0;
    while (ends_with_any(text, {"\"", "'", ")", "]", "\u201D", "\u2019", "\u00BB", "\u300D", "\u300F"},
                         length)) {
        text.remove_suffix(length);
    }
    if (ends_with_any(text, {"\u3002", "\uFF01", "\uFF1F"}, length)) return wide = true;
    return ends_with_any(text, {".", "!", "?", "\u2026", "\u0964", "\u061F"}, length);
}

/// A text with its tokens, and what stands between them. Boundary `c` lies
/// behind token c - 1, before token c.
class TokenText {
public:
    TokenText(std::string_view text, std::span<const size_t> ends) : text_(text), ends_(ends) {}

    [[nodiscard]] size_t tokens() const { return ends_.size(); }
    [[nodiscard]] size_t byte_at(size_t boundary) const { return boundary == 0 ? 0 : ends_[boundary - 1]; }

    [[nodiscard]] Boundary classify(size_t c) const {
        const size_t at = byte_at(c);
        if (c == 0 || c == tokens()) return Boundary::kParagraph;
        // Tokens that end at the same byte cannot be parted, nor can a code point.
        if (ends_[c] == at || code_point_floor(text_, at) != at) return Boundary::kNone;
        const size_t begin = at - std::min(at, kView);
        const std::string_view near = text_.substr(begin, at - begin + kView);
        const size_t left = skip_space_back(near, at - begin);
        const size_t right = skip_space(near, at - begin);
        const std::string_view gap = near.substr(left, right - left);
        const auto lines = std::count(gap.begin(), gap.end(), '\n');
        if (lines >= 2) return Boundary::kParagraph;
        bool wide = false;
        const bool sentence = ends_sentence(near.substr(0, left), wide);
        if (sentence && (wide || !gap.empty())) return Boundary::kSentence;
        if (lines == 1) return Boundary::kLine;
        return gap.empty() ? Boundary::kInside : Boundary::kWord;
    }

    /// The last boundary of the best kind in [low, high], at least `wanted`; 0: there is none.
    [[nodiscard]] size_t find_best(size_t low, size_t high, Boundary wanted) const {
        size_t best = 0;
        for (size_t c = high; c >= low && c > 0; --c) {
            const Boundary kind = classify(c);
            if (kind < wanted) continue;
            best = c;
            if (kind == Boundary::kParagraph) break;
            wanted = static_cast<Boundary>(static_cast<uint8_t>(kind) + 1);
        }
        return best;
    }

    /// The last boundary in [low, high] that parts tokens; 0: there is none.
    [[nodiscard]] size_t find_last(size_t low, size_t high) const {
        while (high >= low && classify(high) == Boundary::kNone) --high;
        return high >= low ? high : 0;
    }

    /// The first boundary in [low, high) of at least kind `wanted`; `high` if there is none.
    [[nodiscard]] size_t find_first(size_t low, size_t high, Boundary wanted) const {
        while (low < high && classify(low) < wanted) ++low;
        return low;
    }

    [[nodiscard]] Passage passage(size_t first, size_t last) const {
        const size_t begin = skip_space(text_, byte_at(first));
        const size_t end = skip_space_back(text_, last == tokens() ? text_.size() : byte_at(last));
        return {begin, std::max(begin, end), first, last - first};
    }

private:
    std::string_view text_;
    std::span<const size_t> ends_;
};

/// Where the passage that begins at token `first` ends.
size_t find_cut(const TokenText& text, size_t first, const PassageLimit& limit) {
    const size_t high = first + limit.size;
    if (high >= text.tokens()) return text.tokens();
    // The next passage begins up to `overlap` tokens earlier, and must begin later than this one.
    const size_t low = first + limit.overlap + 1;
    size_t cut = text.find_best(std::max(low, high - limit.size / 4), high, Boundary::kWord);
    if (cut == 0) cut = text.find_best(std::max(low, high - limit.size / 2), high, Boundary::kWord);
    if (cut == 0) cut = text.find_last(first + 1, high);
    if (cut == 0) cut = text.find_first(high + 1, text.tokens(), Boundary::kInside);
    return cut;
}

/// Where the passage behind the cut begins.
size_t find_start(const TokenText& text, size_t first, size_t cut, const PassageLimit& limit) {
    if (limit.overlap == 0) return cut;
    const size_t low = std::max(first + 1, cut - std::min(cut, limit.overlap));
    const size_t middle = low + (cut - low) / 2;
    const size_t sentence = text.find_first(low, middle, Boundary::kSentence);
    if (sentence < middle) return sentence;
    const size_t word = text.find_first(low, cut, Boundary::kWord);
    if (word < cut || text.classify(cut) > Boundary::kInside) return word;
    return text.find_first(low, cut, Boundary::kInside);
}

}  // namespace

Status check_passage_limit(const PassageLimit& limit) {
    if (limit.size > 0 && limit.overlap < limit.size) return {};
    return fail(ErrorCode::kInvalidArgument,
                "passages of " + std::to_string(limit.size) + " tokens cannot overlap by " +
                    std::to_string(limit.overlap) + "; the overlap must be smaller than the size");
}

std::vector<Passage> cut_passages(std::string_view text, std::span<const size_t> token_ends,
                                  const PassageLimit& limit) {
    if (token_ends.size() <= limit.size) return {{0, text.size(), 0, token_ends.size()}};
    const TokenText tokens(text, token_ends);
    std::vector<Passage> passages;
    size_t first = 0;
    while (true) {
        const size_t cut = find_cut(tokens, first, limit);
        const Passage passage = tokens.passage(first, cut);
        if (passage.end > passage.begin) passages.push_back(passage);
        if (cut == tokens.tokens()) return passages;
        first = find_start(tokens, first, cut, limit);
    }
}

}  // namespace reel
