#include "text/analyzer.h"

#include <algorithm>
#include <cstring>

#include "base/utf8.h"

namespace reel {

namespace {

/// A stretch is cut here, so that ICU's tables for one stay small.
constexpr size_t kMaxStretchBytes = 65'536;

size_t find_non_ascii(std::string_view text, size_t at) {
    constexpr uint64_t kHighBits = 0x8080808080808080;
    for (; at + 8 <= text.size(); at += 8) {
        uint64_t word;
        std::memcpy(&word, text.data() + at, 8);
        if ((word & kHighBits) != 0) break;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
    return at;
}

/// No word goes across one of these, and none changes what is a word beside it.
bool is_white_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// Just past the white-space-delimited piece at `at`, at most `limit`, and whether it is all ASCII.
struct Piece {
    size_t end;
    bool is_ascii;
};

Piece piece_at(std::string_view text, size_t at, size_t limit) {
    Piece piece{at, true};
    while (piece.end < limit && is_white_space(text[piece.end])) ++piece.end;
    for (; piece.end < limit && !is_white_space(text[piece.end]); ++piece.end) {
        piece.is_ascii = piece.is_ascii && static_cast<unsigned char>(text[piece.end]) < 0x80;
    }
    return piece;
}

}  // namespace

Result<Analyzer> Analyzer::create(const AnalyzerConfig& config) {
    Analyzer analyzer;
    analyzer.config_ = config;
    if (!config.stemmer.empty()) {
        REEL_ASSIGN(analyzer.stemmer_, make_word_stemmer(config.stemmer));
    }
    return analyzer;
}

Analyzer::Stretch Analyzer::next_stretch(std::string_view text, size_t at) {
    const size_t other = find_non_ascii(text, at);
    if (other == text.size()) return {other, other};
    size_t begin = other;
    while (begin > at && other - begin < kMaxStretchBytes / 2 && !is_white_space(text[begin - 1])) --begin;
    const size_t limit = std::min(text.size(), begin + kMaxStretchBytes);
    size_t end = piece_at(text, begin, limit).end;
    while (end < limit) {
        const Piece piece = piece_at(text, end, limit);
        if (piece.is_ascii) break;
        end = piece.end;
    }
    // A cut is where a code point starts; in bytes that are no UTF-8 there may be none near.
    if (end == limit && limit < text.size()) end = std::max(code_point_floor(text, end), end - 4);
    return {begin, end};
}

Status Analyzer::split_unicode(std::string_view stretch) {
    if (!unicode_) {
        REEL_ASSIGN(unicode_, make_unicode_words());
    }
    return unicode_->split(stretch, words_, folded_);
}

AnalyzerIdentity Analyzer::identity() const {
    return {kAnalysisVersion, unicode_ ? unicode_->version() : UnicodeVersion{}, config_.stemmer};
}

Result<bool> is_current(const AnalyzerIdentity& identity, const AnalyzerConfig& config) {
    if (identity.analysis_version != kAnalysisVersion || identity.stemmer != config.stemmer) return false;
    if (identity.unicode == UnicodeVersion{}) return true;
    REEL_ASSIGN(const auto words, make_unicode_words());
    return words->version() == identity.unicode;
}

}  // namespace reel
