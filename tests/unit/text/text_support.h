// Corpora, indexes and queries for the tests of the text layer.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "text/build_text_index.h"
#include "text/search_text.h"

namespace reel {

using Texts = std::vector<std::string>;

inline Analyzer make_analyzer(const std::string& stemmer = "") {
    auto analyzer = Analyzer::create({stemmer});
    EXPECT_TRUE(analyzer) << (analyzer ? "" : analyzer.error().message);
    return std::move(*analyzer);
}

inline std::vector<std::string> terms_of(std::string_view text, const std::string& stemmer = "") {
    Analyzer analyzer = make_analyzer(stemmer);
    std::vector<std::string> terms;
    EXPECT_TRUE(analyzer.analyze(text, [&](std::string_view t, size_t, size_t) { terms.emplace_back(t); }));
    return terms;
}

inline TextOfRow texts_from(const Texts& texts, uint64_t first = 0) {
    return [&texts, first](uint64_t row) -> Result<std::string_view> { return texts[first + row]; };
}

inline OwnedTextIndex index_of(const Texts& texts, const AnalyzerConfig& config = {}) {
    auto index = index_in_memory(texts.size(), texts_from(texts), config, {.threads = 1});
    EXPECT_TRUE(index) << (index ? "" : index.error().message);
    return std::move(*index);
}

inline Result<TextQuery> parse_query(std::string_view text, const std::string& stemmer = "") {
    Analyzer analyzer = make_analyzer(stemmer);
    return TextQuery::parse(text, analyzer);
}

/// Word i is drawn with a probability of about 1 / (i + 2).
inline std::string zipf_word(std::mt19937_64& random, size_t vocabulary) {
    const double u = std::uniform_real_distribution<>(0, 1)(random);
    const auto rank = static_cast<size_t>(std::pow(static_cast<double>(vocabulary) + 1, u)) - 1;
    std::string word;
    for (size_t left = rank + 1; left > 0; left /= 5) word += "aeiou"[left % 5];
    return "w" + word;
}

inline std::string random_text(std::mt19937_64& random, size_t words, size_t vocabulary) {
    std::string text;
    for (size_t i = 0; i < words; ++i) text += (i == 0 ? "" : " ") + zipf_word(random, vocabulary);
    return text;
}

}  // namespace reel
