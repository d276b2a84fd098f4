#include "embed/builtin/wordpiece.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/try.h"
#include "base/utf8.h"
#include "embed/builtin/unicode_rules.h"

namespace reel::builtin {

namespace {

// Words of more characters than this are one unknown piece.
constexpr size_t kMaxWordCharacters = 100;

enum class AsciiKind : uint8_t { kLetter, kSpace, kPunctuation, kDropped };

AsciiKind ascii_kind(unsigned char c) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') return AsciiKind::kSpace;
    if (c < 0x20 || c == 0x7F) return AsciiKind::kDropped;
    const bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return is_alphanumeric ? AsciiKind::kLetter : AsciiKind::kPunctuation;
}

/// `at` is the start of a well-formed sequence; moves past it.
char32_t next_code_point(std::string_view text, size_t& at) {
    const auto byte = [&](size_t i) {
        return static_cast<char32_t>(static_cast<unsigned char>(text[at + i]));
    };
    const char32_t lead = byte(0);
    char32_t c;
    if (lead < 0xE0) {
        c = (lead & 0x1FU) << 6 | (byte(1) & 0x3FU);
        at += 2;
    } else if (lead < 0xF0) {
        c = (lead & 0x0FU) << 12 | (byte(1) & 0x3FU) << 6 | (byte(2) & 0x3FU);
        at += 3;
    } else {
        c = (lead & 0x07U) << 18 | (byte(1) & 0x3FU) << 12 | (byte(2) & 0x3FU) << 6 | (byte(3) & 0x3FU);
        at += 4;
    }
    return c;
}

/// One text on its way through cleaning, decomposition and word pieces.
class Tokenizer {
public:
    Tokenizer(const Vocabulary& vocabulary, Tokens& out) : vocabulary_(vocabulary), out_(out) {}

    void read(std::string_view text) {
        for (size_t at = 0; at < text.size();) {
            const auto c = static_cast<unsigned char>(text[at]);
            if (c == '[' && read_special(text, at)) continue;
            if (c < 0x80) {
                read_ascii(c, ++at);
            } else {
                const char32_t wide = next_code_point(text, at);
                read_wide(wide, at);
            }
        }
        end_sequence();
        end_word();
    }

private:
    /// A decomposed code point that waits for its place in canonical order.
    struct Pending {
        char32_t code_point;
        uint8_t combining_class;
        size_t end;
    };

    bool read_special(std::string_view text, size_t& at) {
        const auto match = vocabulary_.find_special(text.substr(at));
        if (!match) return false;
        end_sequence();
        end_word();
        at += match->bytes;
        emit(match->id, at);
        return true;
    }

    void read_ascii(unsigned char c, size_t end) {
        const AsciiKind kind = ascii_kind(c);
        if (kind == AsciiKind::kDropped) return drop(end);
        end_sequence();
        switch (kind) {
            case AsciiKind::kSpace: read_space(); break;
            case AsciiKind::kPunctuation: add_alone(c, end); break;
            default:
                word_.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c));
                word_ends_.push_back(end);
                ++word_characters_;
        }
    }

    void read_wide(char32_t c, size_t end) {
        switch (kind_before_decomposition(c)) {
            case CharacterKind::kDropped: return drop(end);
            case CharacterKind::kSpace: end_sequence(); return read_space();
            case CharacterKind::kIdeograph:
                end_sequence();
                end_word();
                add_decomposed(c, end);
                end_sequence();
                end_word();
                return;
            case CharacterKind::kLetter: add_decomposed(c, end);
        }
    }

    void read_space() {
        end_word();
        joins_last_ = false;
    }

    void add_decomposed(char32_t c, size_t end) {
        char32_t parts[kMaxDecomposition];
        const int count = decompose(c, parts);
        for (int i = 0; i < count; ++i) {
            const uint8_t order = combining_class(parts[i]);
            if (order == 0) end_sequence();
            pending_.push_back({parts[i], order, end});
        }
    }

    /// Canonical ordering (UAX 15): what follows a starter is sorted by class, stably.
    void end_sequence() {
        if (pending_.empty()) return;
        std::swap(pending_, ordered_);
        std::stable_sort(ordered_.begin(), ordered_.end(), [](const Pending& a, const Pending& b) {
            return a.combining_class < b.combining_class;
        });
        for (const Pending& p : ordered_) add_normalized(p.code_point, p.end);
        ordered_.clear();
    }

    void add_normalized(char32_t c, size_t end) {
        if (is_stripped_mark(c)) return drop(end);
        c = lower_case(c);
        // Decomposition can give ASCII punctuation, such as U+037E's semicolon.
        const bool alone = c < 0x80 ? ascii_kind(static_cast<unsigned char>(c)) == AsciiKind::kPunctuation
                                    : is_punctuation(c);
        if (alone) return add_alone(c, end);
        append_code_point(c, end);
    }

    void append_code_point(char32_t c, size_t end) {
        const size_t before = word_.size();
        const auto put = [&](char32_t byte) { word_.push_back(static_cast<char>(byte)); };
        if (c < 0x80) {
            put(c);
        } else if (c < 0x800) {
            put(0xC0U | c >> 6);
            put(0x80U | (c & 0x3FU));
        } else if (c < 0x10000) {
            put(0xE0U | c >> 12);
            put(0x80U | (c >> 6 & 0x3FU));
            put(0x80U | (c & 0x3FU));
        } else {
            put(0xF0U | c >> 18);
            put(0x80U | (c >> 12 & 0x3FU));
            put(0x80U | (c >> 6 & 0x3FU));
            put(0x80U | (c & 0x3FU));
        }
        word_ends_.resize(word_ends_.size() + word_.size() - before, end);
        ++word_characters_;
    }

    void add_alone(char32_t c, size_t end) {
        end_word();
        append_code_point(c, end);
        end_word();
    }

    /// A character that leaves no trace belongs to the piece before it.
    void drop(size_t end) {
        if (!pending_.empty()) {
            pending_.back().end = end;
        } else if (!word_.empty()) {
            extend_word(end);
        } else if (joins_last_) {
            out_.ends.back() = std::max(out_.ends.back(), end);
        }
    }

    /// All bytes of the word's last code point share its end.
    void extend_word(size_t end) {
        const size_t old = word_ends_.back();
        for (size_t i = word_ends_.size(); i > 0 && word_ends_[i - 1] == old; --i) {
            word_ends_[i - 1] = std::max(old, end);
        }
    }

    void end_word() {
        if (word_.empty()) return;
        if (word_characters_ > kMaxWordCharacters || !split_word())
            emit(vocabulary_.unknown(), word_ends_.back());
        word_.clear();
        word_ends_.clear();
        word_characters_ = 0;
    }

    /// Greedy longest match; false, and nothing emitted, if a rest has no piece.
    bool split_word() {
        const size_t first = out_.ids.size();
        const std::string_view word = word_;
        for (size_t at = 0; at < word.size();) {
            const auto place = at == 0 ? PiecePlace::kStart : PiecePlace::kContinuation;
            const auto match = vocabulary_.find_longest(word.substr(at), place);
            if (!match) {
                out_.ids.resize(first);
                out_.ends.resize(first);
                return false;
            }
            at += match->bytes;
            emit(match->id, word_ends_[at - 1]);
        }
        return true;
    }

    void emit(uint32_t id, size_t end) {
        out_.ids.push_back(id);
        // Canonical reordering may move a later character forward.
        out_.ends.push_back(out_.ends.empty() ? end : std::max(out_.ends.back(), end));
        joins_last_ = true;
    }

    const Vocabulary& vocabulary_;
    Tokens& out_;
    std::string word_;               // normalised bytes of the word so far
    std::vector<size_t> word_ends_;  // for each of its bytes the end in the text
    size_t word_characters_ = 0;
    std::vector<Pending> pending_;  // a starter and what follows it, in the text's order
    std::vector<Pending> ordered_;
    bool joins_last_ = false;  // nothing but dropped characters since the last piece
};

}  // namespace

Result<Tokens> tokenize(std::string_view text, const Vocabulary& vocabulary) {
    REEL_TRY(check_utf8(text, "text"));
    REEL_TRY(check_unicode_data());
    Tokens tokens;
    tokens.ids.reserve(text.size() / 4 + 2);
    tokens.ends.reserve(text.size() / 4 + 2);
    Tokenizer(vocabulary, tokens).read(text);
    return tokens;
}

}  // namespace reel::builtin
