// How many tokens an unknown model would make of a text.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace reel {

/// Byte offsets, ascending, each at the end of a code point: where the tokens of
/// a model whose tokeniser is not at hand might end. Cautious: WordPiece and
/// byte-pair vocabularies of 30,000 entries and more commonly give fewer tokens.
/// ASCII letters count a token for every three of a run, and a capital after a
/// small letter starts a new run; every digit, sign, control character and code
/// point beyond ASCII is a token, but a syllable of Hangul is three and a code
/// point beyond U+FFFF two, which end at the same byte; a run of blanks is none
/// if it is one space, else one. Depends on the text alone.
std::vector<size_t> estimate_token_ends(std::string_view text);

}  // namespace reel
