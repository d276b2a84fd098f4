#include "embed/builtin/vocabulary.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "base/try.h"

namespace reel::builtin {

namespace {

// FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/): the hash of every
// prefix of a word falls out of one pass over it.
constexpr uint32_t kHashSeed = 2166136261U;
uint32_t extend_hash(uint32_t hash, char c) { return (hash ^ static_cast<unsigned char>(c)) * 16777619U; }

uint32_t hash_of(std::string_view piece) {
    uint32_t hash = kHashSeed;
    for (const char c : piece) hash = extend_hash(hash, c);
    return hash;
}

bool starts_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

std::string line_text(size_t line) { return "vocab.txt, line " + std::to_string(line + 1); }

}  // namespace

Result<Vocabulary> Vocabulary::parse(std::string_view text) {
    Vocabulary vocabulary;
    if (text.size() >= UINT32_MAX) return fail(ErrorCode::kLimit, "vocab.txt is 4 GiB or larger");
    vocabulary.text_ = text;
    vocabulary.pieces_.reserve(text.size() / 7);
    size_t at = 0;
    while (at < text.size()) {
        const size_t end = std::min(text.find('\n', at), text.size());
        REEL_TRY(vocabulary.add(static_cast<uint32_t>(at), text.substr(at, end - at)));
        at = end + 1;
    }
    REEL_TRY(vocabulary.index_all());
    for (const std::string_view special : {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}) {
        REEL_ASSIGN(const uint32_t id, vocabulary.find_required(special));
        vocabulary.specials_.emplace_back(special, id);
    }
    vocabulary.unknown_ = vocabulary.specials_[1].second;
    vocabulary.start_of_text_ = vocabulary.specials_[2].second;
    vocabulary.end_of_text_ = vocabulary.specials_[3].second;
    return vocabulary;
}

Status Vocabulary::add(uint32_t offset, std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    PiecePlace place = PiecePlace::kStart;
    // "##" alone is a piece of two hash signs, not an empty continuation.
    if (line.size() > 2 && line.starts_with("##")) {
        place = PiecePlace::kContinuation;
        line.remove_prefix(2);
        offset += 2;
    }
    if (line.empty() || line.size() > kMaxPieceBytes) {
        return fail(ErrorCode::kCorrupt, line_text(pieces_.size()) + ": a piece has 1 to 255 bytes, not " +
                                             std::to_string(line.size()));
    }
    pieces_.push_back({offset, static_cast<uint8_t>(line.size()), place});
    longest_ = std::max(longest_, line.size());
    return {};
}

Status Vocabulary::index_all() {
    slots_.assign(std::bit_ceil(pieces_.size() * 2 + 1), 0);
    const size_t mask = slots_.size() - 1;
    for (size_t id = 0; id < pieces_.size(); ++id) {
        const Piece& piece = pieces_[id];
        const std::string_view text = text_of(piece);
        size_t slot = (hash_of(text) + static_cast<uint32_t>(piece.place)) & mask;
        for (; slots_[slot] != 0; slot = (slot + 1) & mask) {
            const Piece& other = pieces_[slots_[slot] - 1];
            if (other.place == piece.place && text_of(other) == text) {
                return fail(ErrorCode::kCorrupt,
                            line_text(id) + ": the piece is also on line " + std::to_string(slots_[slot]));
            }
        }
        slots_[slot] = static_cast<uint32_t>(id) + 1;
    }
    return {};
}

uint32_t Vocabulary::find(std::string_view piece, PiecePlace place, uint32_t hash) const {
    const size_t mask = slots_.size() - 1;
    for (size_t slot = (hash + static_cast<uint32_t>(place)) & mask; slots_[slot] != 0;
         slot = (slot + 1) & mask) {
        const Piece& candidate = pieces_[slots_[slot] - 1];
        if (candidate.place == place && text_of(candidate) == piece) return slots_[slot];
    }
    return 0;
}

std::optional<Vocabulary::Match> Vocabulary::find_longest(std::string_view word, PiecePlace place) const {
    const size_t longest = std::min(word.size(), longest_);
    std::array<uint32_t, kMaxPieceBytes> hashes;
    uint32_t hash = kHashSeed;
    for (size_t i = 0; i < longest; ++i) hashes[i] = hash = extend_hash(hash, word[i]);
    for (size_t length = longest; length > 0; --length) {
        if (length < word.size() && !starts_code_point(word[length])) continue;
        if (const uint32_t found = find(word.substr(0, length), place, hashes[length - 1]); found != 0) {
            return Match{found - 1, static_cast<uint32_t>(length)};
        }
    }
    return std::nullopt;
}

std::optional<Vocabulary::Match> Vocabulary::find_special(std::string_view text) const {
    for (const auto& [special, id] : specials_) {
        if (text.starts_with(special)) return Match{id, static_cast<uint32_t>(special.size())};
    }
    return std::nullopt;
}

Result<uint32_t> Vocabulary::find_required(std::string_view special) const {
    const uint32_t found = find(special, PiecePlace::kStart, hash_of(special));
    if (found == 0) return fail(ErrorCode::kCorrupt, "vocab.txt has no line " + std::string(special));
    return found - 1;
}

}  // namespace reel::builtin
