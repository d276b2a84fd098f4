// What the uncased BERT normaliser does to a single code point above U+007F.
// The one ICU include of the embedder.
#pragma once

#include <cstdint>

#include "reel/error.h"

namespace reel::builtin {

enum class CharacterKind : uint8_t { kLetter, kSpace, kIdeograph, kDropped };

/// How the cleaning step reads a code point, before any decomposition.
CharacterKind kind_before_decomposition(char32_t c);

/// For a code point after decomposition.
bool is_stripped_mark(char32_t c);
bool is_punctuation(char32_t c);
char32_t lower_case(char32_t c);
uint8_t combining_class(char32_t c);

/// Writes the canonical decomposition (NFD) of one code point to `out`, which
/// has room for kMaxDecomposition, and returns how many there are; order them by
/// combining_class() afterwards.
inline constexpr int kMaxDecomposition = 8;
int decompose(char32_t c, char32_t* out);

/// kUnsupported if ICU's data cannot be loaded.
Status check_unicode_data();

}  // namespace reel::builtin
