// The word pieces of a BERT vocabulary and their numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reel/error.h"

namespace reel::builtin {

/// Whether a piece starts a word or continues one ("##ing" in vocab.txt).
enum class PiecePlace : uint8_t { kStart, kContinuation };

/// A hash table from pieces to ids that is built in one pass, because every
/// question on the command line waits for it.
class Vocabulary {
public:
    /// `text` is vocab.txt: one piece a line, its number is the line's, from 0.
    /// kCorrupt if [PAD], [UNK], [CLS], [SEP] or [MASK] is missing, or a piece
    /// is empty, there twice or longer than kMaxPieceBytes.
    static Result<Vocabulary> parse(std::string_view text);

    static constexpr size_t kMaxPieceBytes = 255;

    /// The longest piece that is a prefix of `word` and ends where a code
    /// point ends: its id, and its length in `bytes`. Nothing if there is none.
    struct Match {
        uint32_t id;
        uint32_t bytes;
    };
    [[nodiscard]] std::optional<Match> find_longest(std::string_view word, PiecePlace place) const;

    [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(pieces_.size()); }
    [[nodiscard]] uint32_t unknown() const { return unknown_; }
    [[nodiscard]] uint32_t start_of_text() const { return start_of_text_; }
    [[nodiscard]] uint32_t end_of_text() const { return end_of_text_; }

    /// The id of the special token, such as "[SEP]", that `text` starts with.
    [[nodiscard]] std::optional<Match> find_special(std::string_view text) const;

private:
    struct Piece {
        uint32_t offset;  ///< in text_, past any "##"
        uint8_t length;
        PiecePlace place;
    };
    Status add(uint32_t offset, std::string_view line);
    Status index_all();
    [[nodiscard]] std::string_view text_of(const Piece& piece) const {
        return {text_.data() + piece.offset, piece.length};
    }
    [[nodiscard]] uint32_t find(std::string_view piece, PiecePlace place, uint32_t hash) const;
    Result<uint32_t> find_required(std::string_view special) const;

    std::string text_;
    std::vector<Piece> pieces_;
    std::vector<uint32_t> slots_;  ///< id + 1, 0: free; open addressing
    size_t longest_ = 0;
    std::vector<std::pair<std::string, uint32_t>> specials_;
    uint32_t unknown_ = 0;
    uint32_t start_of_text_ = 0;
    uint32_t end_of_text_ = 0;
};

}  // namespace reel::builtin
