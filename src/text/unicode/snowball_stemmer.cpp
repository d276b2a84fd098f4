// The module reel_stem.so: stems by Snowball (https://snowballstem.org).
#include <libstemmer.h>

#include <limits>

#include "text/word_modules.h"

namespace reel {

namespace {

class SnowballStemmer final : public WordStemmer {
public:
    explicit SnowballStemmer(sb_stemmer* stemmer) : stemmer_(stemmer) {}
    ~SnowballStemmer() override { sb_stemmer_delete(stemmer_); }
    SnowballStemmer(const SnowballStemmer&) = delete;
    SnowballStemmer& operator=(const SnowballStemmer&) = delete;

    std::string_view stem(std::string_view term) override {
        const sb_symbol* stem = sb_stemmer_stem(stemmer_, reinterpret_cast<const sb_symbol*>(term.data()),
                                                static_cast<int>(term.size()));
        const int size = sb_stemmer_length(stemmer_);
        // Out of memory, or nothing left of the word: the word itself.
        if (stem == nullptr || size <= 0) return term;
        return {reinterpret_cast<const char*>(stem), static_cast<size_t>(size)};
    }

private:
    sb_stemmer* stemmer_;
};

std::string known_languages() {
    std::string names;
    for (const char** name = sb_stemmer_list(); *name != nullptr; ++name) {
        names += names.empty() ? "" : ", ";
        names += *name;
    }
    return names;
}

/// Snowball also takes codes such as "en"; one language has one name here, as it is stored.
bool is_known(const std::string& language) {
    for (const char** name = sb_stemmer_list(); *name != nullptr; ++name) {
        if (language == *name) return true;
    }
    return false;
}

}  // namespace

}  // namespace reel

extern "C" __attribute__((visibility("default"))) void reel_make_word_stemmer(
    const std::string& language, reel::Result<std::unique_ptr<reel::WordStemmer>>& made) {
    sb_stemmer* stemmer = reel::is_known(language) ? sb_stemmer_new(language.c_str(), "UTF_8") : nullptr;
    if (stemmer == nullptr) {
        made = reel::fail(reel::ErrorCode::kInvalidArgument, "there is no stemmer for \"" + language +
                                                                 "\"; there are: " + reel::known_languages());
        return;
    }
    made = std::unique_ptr<reel::WordStemmer>(new reel::SnowballStemmer(stemmer));
}
