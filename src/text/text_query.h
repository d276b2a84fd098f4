// A question for words, read once and asked as often as wanted (docs/text-search.md has the language).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "text/analyzer.h"

namespace reel {

inline constexpr size_t kMaxQueryBytes = size_t{1} << 20U;
inline constexpr size_t kMaxQueryWords = 4096;  ///< with repetitions
inline constexpr unsigned kMaxQueryDepth = 64;  ///< parentheses inside each other

enum class Occur : uint8_t { kShould, kMust, kMustNot };

/// A word, a beginning of words, a phrase, or a group of such. A group matches a text that matches all
/// that must be, none that must not, and, if nothing must be, at least one that should.
struct QueryClause {
    enum class Kind : uint8_t { kWord, kPrefix, kPhrase, kGroup };

    Kind kind = Kind::kGroup;
    Occur occur = Occur::kShould;
    uint32_t weight = 1;                ///< how often it was asked for, of words
    uint32_t number = 0;                ///< of the word's term, or of the prefix
    std::vector<uint32_t> phrase;       ///< numbers of the terms
    std::vector<QueryClause> children;  ///< of a group
};

/// A query without what says nothing: empty groups, groups of one, groups of what must not be (their
/// clauses go to the group around), the same word twice (weight). See query_tree.cpp.
QueryClause simplify(QueryClause group);

class TextQuery {
public:
    /// Any text is a query; operators that make no sense are words or nothing. kInvalidArgument if there is
    /// no word to search for, kLimit beyond the limits above.
    static Result<TextQuery> parse(std::string_view text, Analyzer& analyzer);

    [[nodiscard]] const QueryClause& root() const { return root_; }
    /// All different; those of phrases too.
    [[nodiscard]] const std::vector<std::string>& terms() const { return terms_; }
    [[nodiscard]] const std::vector<std::string>& prefixes() const { return prefixes_; }
    /// Is this a term, or begins it like a prefix, that a text is to have (not one it is not to have)?
    /// Its number among terms(), or terms().size() + that of the prefix; else SIZE_MAX.
    [[nodiscard]] size_t find_wanted(std::string_view term) const;

private:
    void collect_wanted(const QueryClause& clause);

    QueryClause root_;
    std::vector<std::string> terms_;
    std::vector<std::string> prefixes_;
    std::vector<std::pair<std::string, size_t>> wanted_terms_;  ///< sorted
    std::vector<size_t> wanted_prefixes_;
};

}  // namespace reel
