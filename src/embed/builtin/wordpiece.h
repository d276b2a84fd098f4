// Text to the numbers a BERT model reads: the uncased BERT normaliser and
// WordPiece, id for id what Hugging Face's `tokenizers` gives.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "embed/builtin/vocabulary.h"
#include "reel/error.h"

namespace reel::builtin {

/// The pieces of one text, without [CLS] and [SEP].
struct Tokens {
    std::vector<uint32_t> ids;
    /// For each id the offset in the text just past what it stands for,
    /// ascending; pieces of one character (a Hangul syllable) share theirs.
    /// Dropped characters (accents, controls) belong to the piece before them,
    /// so that cutting there parts no letter from its accent.
    std::vector<size_t> ends;
};

/// Splits `text`; kInvalidArgument with the byte's offset if it is not UTF-8.
/// Special tokens written out in the text, such as "[SEP]", are read as such.
Result<Tokens> tokenize(std::string_view text, const Vocabulary& vocabulary);

}  // namespace reel::builtin
