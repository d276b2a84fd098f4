#include "text/word_modules.h"

#include "base/plugin.h"
#include "base/try.h"

namespace reel {

Result<std::unique_ptr<UnicodeWords>> make_unicode_words() {
    REEL_ASSIGN(UnicodeWordsEntry* const entry,
                load_plugin_as<UnicodeWordsEntry>("text", kUnicodeWordsEntryName));
    Result<std::unique_ptr<UnicodeWords>> made;
    entry(made);
    return made;
}

Result<std::unique_ptr<WordStemmer>> make_word_stemmer(const std::string& language) {
    REEL_ASSIGN(WordStemmerEntry* const entry,
                load_plugin_as<WordStemmerEntry>("stem", kWordStemmerEntryName));
    Result<std::unique_ptr<WordStemmer>> made;
    entry(language, made);
    return made;
}

}  // namespace reel
