// Text to the terms that are indexed and searched for (docs/text-search.md says it for users).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/try.h"
#include "text/ascii_words.h"
#include "text/word_modules.h"

namespace reel {

/// Raised whenever the same text gives other terms than before.
inline constexpr uint32_t kAnalysisVersion = 1;

struct AnalyzerConfig {
    std::string stemmer = {};  ///< a language of Snowball ("english"), lower case; empty: words as they are

    bool operator==(const AnalyzerConfig&) const = default;
};

/// What the terms of an index depend on.
struct AnalyzerIdentity {
    uint32_t analysis_version = kAnalysisVersion;
    UnicodeVersion unicode = {};  ///< zeros if every text was ASCII: then ICU had no say
    std::string stemmer = {};

    bool operator==(const AnalyzerIdentity&) const = default;
};

/// Splits texts into words. Has buffers of its own: one thread at a time.
///
/// A word is what stands between two word boundaries of UAX 29 as ICU finds them (dictionaries for
/// Chinese, Japanese, Thai and others), if it has a letter, a digit or an emoji in it. Its term is its
/// NFKC_Casefold with U+2019 as an apostrophe, cut to kMaxTermBytes, then its stem.
class Analyzer {
public:
    /// kInvalidArgument if Snowball has no such language, kUnsupported without the module.
    static Result<Analyzer> create(const AnalyzerConfig& config);

    /// Calls sink(std::string_view term, size_t begin, size_t end) for each word in order;
    /// [begin, end) are its bytes in `text`. kUnsupported if ICU is needed and missing.
    template <class Sink>
    Status analyze(std::string_view text, Sink&& sink) {
        return unstemmed(
            text, [&](std::string_view term, size_t begin, size_t end) { sink(stem(term), begin, end); });
    }

    /// As analyze(), without stems.
    template <class Sink>
    Status unstemmed(std::string_view text, Sink&& sink);

    /// The stem of a term of unstemmed(); valid until the next call.
    std::string_view stem(std::string_view term) { return stemmer_ ? stemmer_->stem(term) : term; }
    [[nodiscard]] bool has_stemmer() const { return stemmer_ != nullptr; }

    /// Of all texts so far.
    [[nodiscard]] AnalyzerIdentity identity() const;

private:
    /// The next stretch of `text` from `at`: ASCII up to ascii_end, then other up to end.
    struct Stretch {
        size_t ascii_end, end;
    };
    static Stretch next_stretch(std::string_view text, size_t at);
    Status split_unicode(std::string_view stretch);

    AnalyzerConfig config_;
    std::unique_ptr<WordStemmer> stemmer_;
    std::unique_ptr<UnicodeWords> unicode_;  ///< made at the first text that needs it
    std::vector<UnicodeWord> words_;
    std::string folded_;
};

/// Would the analyzer of `config` give the terms of an index with this identity? Loads ICU only if
/// the index has seen other than ASCII text.
Result<bool> is_current(const AnalyzerIdentity& identity, const AnalyzerConfig& config);

template <class Sink>
Status Analyzer::unstemmed(std::string_view text, Sink&& sink) {
    for (size_t at = 0; at < text.size();) {
        const Stretch stretch = next_stretch(text, at);
        for_each_ascii_word(text, at, stretch.ascii_end, sink);
        if (stretch.end > stretch.ascii_end) {
            REEL_TRY(split_unicode(text.substr(stretch.ascii_end, stretch.end - stretch.ascii_end)));
            for (const UnicodeWord& word : words_) {
                sink(std::string_view(folded_).substr(word.term_offset, word.term_size),
                     stretch.ascii_end + word.begin, stretch.ascii_end + word.end);
            }
        }
        at = stretch.end;
    }
    return {};
}

}  // namespace reel
