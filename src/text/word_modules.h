// What the text layer asks of ICU and Snowball: interfaces that modules fill when they are first needed
// (base/plugin.h), because loading ICU costs milliseconds and most questions do without.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "reel/error.h"

namespace reel {

/// Four numbers, the first in the highest byte: 72.1.0.0 is 0x48010000.
struct UnicodeVersion {
    uint32_t icu = 0;
    uint32_t unicode = 0;

    bool operator==(const UnicodeVersion&) const = default;
};

struct UnicodeWord {
    uint32_t begin, end;              ///< in the stretch
    uint32_t term_offset, term_size;  ///< in the folded bytes
};

/// Word boundaries and case folding by ICU. One thread at a time.
class UnicodeWords {
public:
    virtual ~UnicodeWords() = default;

    /// Replaces `words` and `folded` by the words of `stretch` and their terms, one after the other.
    virtual Status split(std::string_view stretch, std::vector<UnicodeWord>& words, std::string& folded) = 0;
    [[nodiscard]] virtual UnicodeVersion version() const = 0;
};

/// Stems of one language. One thread at a time.
class WordStemmer {
public:
    virtual ~WordStemmer() = default;

    /// Valid until the next call.
    virtual std::string_view stem(std::string_view term) = 0;
};

/// Loads reel_text.so; kUnsupported if this installation has none.
Result<std::unique_ptr<UnicodeWords>> make_unicode_words();

/// Loads reel_stem.so; kInvalidArgument if Snowball does not know the language, naming those it knows.
Result<std::unique_ptr<WordStemmer>> make_word_stemmer(const std::string& language);

/// The C-linkage functions of the modules, and their names.
using UnicodeWordsEntry = void(Result<std::unique_ptr<UnicodeWords>>& made);
inline constexpr const char* kUnicodeWordsEntryName = "reel_make_unicode_words";
using WordStemmerEntry = void(const std::string& language, Result<std::unique_ptr<WordStemmer>>& made);
inline constexpr const char* kWordStemmerEntryName = "reel_make_word_stemmer";

}  // namespace reel
