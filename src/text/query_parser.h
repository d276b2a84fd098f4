// The query language to clauses.
#pragma once

#include <string_view>
#include <vector>

#include "text/term_table.h"
#include "text/text_query.h"

namespace reel {

/// Reads a query once, without ever finding it wrong: only its size is limited.
class QueryParser {
public:
    QueryParser(std::string_view text, Analyzer& analyzer) : text_(text), analyzer_(analyzer) {}

    Result<QueryClause> run();
    [[nodiscard]] const TermTable& terms() const { return terms_; }
    [[nodiscard]] const TermTable& prefixes() const { return prefixes_; }

private:
    /// What stands between two operators.
    struct Operand {
        Occur occur = Occur::kShould;
        bool has_sign = false;
        bool is_and = false;  ///< joined to the one before it by AND
        std::vector<uint32_t> words;
        bool has_prefix = false;  ///< behind the words
        uint32_t prefix = 0;
        bool is_phrase = false;
        bool is_group = false;
        QueryClause group;
    };
    enum class Keyword : uint8_t { kNone, kAnd, kOr, kNot };

    Status parse_group(unsigned depth, QueryClause& group);
    Status parse_operand(unsigned depth, Operand& operand);
    Status read_piece(Operand& operand);
    Status read_words(std::string_view text, bool is_prefix, Operand& operand);
    bool read_phrase(std::string_view& inside);
    /// The keyword at the position, if it makes sense there; moves past it.
    Keyword read_keyword(bool has_operand_before);
    [[nodiscard]] Keyword keyword_at(size_t at) const;
    [[nodiscard]] bool starts_operand(size_t at) const;
    [[nodiscard]] size_t skip_spaces(size_t at) const;
    [[nodiscard]] size_t space_at(size_t at) const;
    [[nodiscard]] bool ends_piece(size_t at) const;
    [[nodiscard]] size_t quote_at(size_t at) const;
    Status count_word();

    static void append(QueryClause& group, std::vector<Operand> operands);
    static void append_chain(QueryClause& group, std::vector<Operand>& operands, size_t first, size_t last);
    static void append_words(QueryClause& group, const Operand& operand);
    static QueryClause as_one(Operand& operand);

    std::string_view text_;
    Analyzer& analyzer_;
    size_t at_ = 0;
    size_t word_count_ = 0;
    TermTable terms_;
    TermTable prefixes_;
};

}  // namespace reel
