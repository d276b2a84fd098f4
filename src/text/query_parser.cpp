#include "text/query_parser.h"

#include <optional>

namespace reel {

namespace {

using Kind = QueryClause::Kind;

constexpr std::string_view kIdeographicSpace = "\xE3\x80\x80";
constexpr std::string_view kNoBreakSpace = "\xC2\xA0";
constexpr std::string_view kLeftQuote = "\xE2\x80\x9C";
constexpr std::string_view kRightQuote = "\xE2\x80\x9D";
constexpr std::string_view kOperators = "+-\"()*\\";

QueryClause leaf(Kind kind, uint32_t number, Occur occur) {
    QueryClause clause;
    clause.kind = kind;
    clause.number = number;
    clause.occur = occur;
    return clause;
}

}  // namespace

Result<QueryClause> QueryParser::run() {
    if (text_.size() > kMaxQueryBytes) {
        return fail(ErrorCode::kLimit, "the query has " + std::to_string(text_.size()) + " bytes, at most " +
                                           std::to_string(kMaxQueryBytes) +
                                           " are read; ask with fewer words");
    }
    QueryClause root;
    REEL_TRY(parse_group(0, root));
    return root;
}

Status QueryParser::parse_group(unsigned depth, QueryClause& group) {
    std::vector<Operand> operands;
    bool is_and = false;
    bool is_not = false;
    for (at_ = skip_spaces(at_); at_ < text_.size(); at_ = skip_spaces(at_)) {
        if (text_[at_] == ')') {
            ++at_;
            if (depth > 0) break;
            continue;  // closes nothing
        }
        const Keyword keyword = read_keyword(!operands.empty());
        is_and = is_and || keyword == Keyword::kAnd;
        is_not = is_not != (keyword == Keyword::kNot);
        if (keyword != Keyword::kNone) continue;
        Operand operand;
        REEL_TRY(parse_operand(depth, operand));
        const bool is_empty = operand.words.empty() && !operand.has_prefix && operand.group.children.empty();
        if (is_empty) continue;
        if (is_not) operand.occur = operand.occur == Occur::kMustNot ? Occur::kMust : Occur::kMustNot;
        operand.has_sign = operand.has_sign || is_not;
        operand.is_and = is_and;
        is_and = is_not = false;
        operands.push_back(std::move(operand));
    }
    append(group, std::move(operands));
    return {};
}

Status QueryParser::parse_operand(unsigned depth, Operand& operand) {
    const char c = text_[at_];
    const bool has_next = at_ + 1 < text_.size() && space_at(at_ + 1) == 0;
    if ((c == '+' || c == '-') && has_next && text_[at_ + 1] != '+' && text_[at_ + 1] != '-' &&
        text_[at_ + 1] != ')') {
        operand.occur = c == '+' ? Occur::kMust : Occur::kMustNot;
        operand.has_sign = true;
        ++at_;
    }
    if (text_[at_] == '(') {
        if (depth + 1 > kMaxQueryDepth) {
            return fail(ErrorCode::kLimit, "the query has more than " + std::to_string(kMaxQueryDepth) +
                                               " parentheses inside each other; ask with fewer");
        }
        ++at_;
        operand.is_group = true;
        return parse_group(depth + 1, operand.group);
    }
    std::string_view inside;
    if (read_phrase(inside)) {
        operand.is_phrase = true;
        return read_words(inside, false, operand);
    }
    return read_piece(operand);
}

size_t QueryParser::space_at(size_t at) const {
    const std::string_view rest = text_.substr(at);
    if (rest.starts_with(' ') || (!rest.empty() && rest[0] >= '\t' && rest[0] <= '\r')) return 1;
    if (rest.starts_with(kIdeographicSpace)) return kIdeographicSpace.size();
    if (rest.starts_with(kNoBreakSpace)) return kNoBreakSpace.size();
    return 0;
}

size_t QueryParser::skip_spaces(size_t at) const {
    for (size_t size = space_at(at); size > 0; size = space_at(at)) at += size;
    return at;
}

bool QueryParser::ends_piece(size_t at) const {
    return at == text_.size() || text_[at] == '(' || text_[at] == ')' || space_at(at) > 0;
}

size_t QueryParser::quote_at(size_t at) const {
    const std::string_view rest = text_.substr(at);
    if (rest.starts_with('"')) return 1;
    if (rest.starts_with(kLeftQuote) || rest.starts_with(kRightQuote)) return kLeftQuote.size();
    return 0;
}

QueryParser::Keyword QueryParser::keyword_at(size_t at) const {
    const std::string_view rest = text_.substr(at);
    if (rest.starts_with("AND") && ends_piece(at + 3)) return Keyword::kAnd;
    if (rest.starts_with("OR") && ends_piece(at + 2)) return Keyword::kOr;
    if (rest.starts_with("NOT") && ends_piece(at + 3)) return Keyword::kNot;
    return Keyword::kNone;
}

bool QueryParser::starts_operand(size_t at) const {
    at = skip_spaces(at);
    if (at == text_.size() || text_[at] == ')') return false;
    const Keyword next = keyword_at(at);
    return next == Keyword::kNone || next == Keyword::kNot;
}

QueryParser::Keyword QueryParser::read_keyword(bool has_operand_before) {
    const Keyword keyword = keyword_at(at_);
    if (keyword == Keyword::kNone) return keyword;
    const size_t end = at_ + (keyword == Keyword::kOr ? 2 : 3);
    const bool makes_sense = starts_operand(end) && (keyword == Keyword::kNot || has_operand_before);
    if (!makes_sense) return Keyword::kNone;  // a word in capitals
    at_ = end;
    return keyword;
}

/// A quote that is never closed opens nothing.
bool QueryParser::read_phrase(std::string_view& inside) {
    const size_t open = quote_at(at_);
    if (open == 0) return false;
    const size_t begin = at_ + open;
    for (size_t end = begin; end < text_.size(); ++end) {
        const size_t close = quote_at(end);
        if (close == 0) continue;
        inside = text_.substr(begin, end - begin);
        at_ = end + close;
        return true;
    }
    return false;
}

/// Up to white space or a parenthesis.
Status QueryParser::read_piece(Operand& operand) {
    std::string piece;
    size_t stars = 0;
    for (; !ends_piece(at_); ++at_) {
        const char c = text_[at_];
        if (c == '\\' && at_ + 1 < text_.size() &&
            kOperators.find(text_[at_ + 1]) != std::string_view::npos) {
            piece += text_[++at_];
            stars = 0;
        } else {
            piece += c;
            stars = c == '*' ? stars + 1 : 0;
        }
    }
    return read_words(std::string_view(piece).substr(0, piece.size() - stars), stars > 0, operand);
}

Status QueryParser::count_word() {
    if (++word_count_ <= kMaxQueryWords) return {};
    return fail(ErrorCode::kLimit,
                "the query has more than " + std::to_string(kMaxQueryWords) + " words; ask with fewer");
}

Status QueryParser::read_words(std::string_view text, bool is_prefix, Operand& operand) {
    Status status;
    std::optional<std::string> last;  // not a word yet: it may be the beginning of one
    size_t last_end = 0;
    const auto add_last = [&] {
        if (last) operand.words.push_back(terms_.find_or_add(analyzer_.stem(*last)));
    };
    REEL_TRY(analyzer_.unstemmed(text, [&](std::string_view term, size_t, size_t end) {
        if (status) status = count_word();
        if (!status) return;
        add_last();
        last = term;
        last_end = end;
    }));
    REEL_TRY(status);
    operand.has_prefix = is_prefix && last && last_end == text.size();
    if (operand.has_prefix) {
        operand.prefix = prefixes_.find_or_add(*last);
    } else {
        add_last();
    }
    return {};
}

/// Chains of AND become groups of their own: AND binds closer than the OR between words.
void QueryParser::append(QueryClause& group, std::vector<Operand> operands) {
    for (size_t first = 0; first < operands.size();) {
        size_t last = first + 1;
        while (last < operands.size() && operands[last].is_and) ++last;
        append_chain(group, operands, first, last);
        first = last;
    }
}

void QueryParser::append_chain(QueryClause& group, std::vector<Operand>& operands, size_t first,
                               size_t last) {
    if (last - first == 1) {
        Operand& only = operands[first];
        const bool is_words = !only.is_group && !only.is_phrase && !only.has_sign;
        if (is_words) return append_words(group, only);
        group.children.push_back(as_one(only));
        return;
    }
    QueryClause chain;
    for (size_t i = first; i < last; ++i) {
        if (operands[i].occur == Occur::kShould) operands[i].occur = Occur::kMust;
        chain.children.push_back(as_one(operands[i]));
    }
    group.children.push_back(std::move(chain));
}

void QueryParser::append_words(QueryClause& group, const Operand& operand) {
    for (const uint32_t word : operand.words) {
        group.children.push_back(leaf(Kind::kWord, word, Occur::kShould));
    }
    if (operand.has_prefix) group.children.push_back(leaf(Kind::kPrefix, operand.prefix, Occur::kShould));
}

/// "+well-known" means the phrase, "+well-kno*" both.
QueryClause QueryParser::as_one(Operand& operand) {
    QueryClause clause;
    clause.occur = operand.occur;
    if (operand.is_group) {
        clause.children = std::move(operand.group.children);
        return clause;
    }
    if (operand.has_prefix) {
        for (const uint32_t word : operand.words) {
            clause.children.push_back(leaf(Kind::kWord, word, Occur::kMust));
        }
        clause.children.push_back(leaf(Kind::kPrefix, operand.prefix, Occur::kMust));
        return clause;
    }
    if (operand.words.size() == 1) return leaf(Kind::kWord, operand.words[0], operand.occur);
    clause.kind = Kind::kPhrase;
    clause.phrase = std::move(operand.words);
    return clause;
}

}  // namespace reel
