#include "text/text_query.h"

#include <algorithm>

#include "text/query_parser.h"

namespace reel {

namespace {

std::vector<std::string> list_of(const TermTable& table) {
    std::vector<std::string> list;
    list.reserve(table.size());
    for (uint32_t i = 0; i < table.size(); ++i) list.emplace_back(table[i]);
    return list;
}

}  // namespace

Result<TextQuery> TextQuery::parse(std::string_view text, Analyzer& analyzer) {
    QueryParser parser(text, analyzer);
    REEL_ASSIGN(QueryClause clauses, parser.run());
    TextQuery query;
    query.root_ = simplify(std::move(clauses));
    const auto& children = query.root_.children;
    const bool has_word = std::any_of(children.begin(), children.end(), [](const QueryClause& clause) {
        return clause.occur != Occur::kMustNot;
    });
    if (!has_word) {
        return fail(ErrorCode::kInvalidArgument,
                    children.empty() ? "the query has no word to search for; name at least one"
                                     : "the query has no word to search for, only some to "
                                       "leave out; name at least one to find");
    }
    query.terms_ = list_of(parser.terms());
    query.prefixes_ = list_of(parser.prefixes());
    query.collect_wanted(query.root_);
    std::sort(query.wanted_terms_.begin(), query.wanted_terms_.end());
    return query;
}

void TextQuery::collect_wanted(const QueryClause& clause) {
    using Kind = QueryClause::Kind;
    if (clause.occur == Occur::kMustNot) return;
    if (clause.kind == Kind::kWord) wanted_terms_.emplace_back(terms_[clause.number], clause.number);
    if (clause.kind == Kind::kPrefix) wanted_prefixes_.push_back(clause.number);
    for (const uint32_t term : clause.phrase) wanted_terms_.emplace_back(terms_[term], term);
    for (const QueryClause& child : clause.children) collect_wanted(child);
}

size_t TextQuery::find_wanted(std::string_view term) const {
    const auto place =
        std::lower_bound(wanted_terms_.begin(), wanted_terms_.end(), term,
                         [](const auto& entry, std::string_view t) { return entry.first < t; });
    if (place != wanted_terms_.end() && place->first == term) return place->second;
    for (const size_t prefix : wanted_prefixes_) {
        if (term.starts_with(prefixes_[prefix])) return terms_.size() + prefix;
    }
    return SIZE_MAX;
}

}  // namespace reel
