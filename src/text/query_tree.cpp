#include <algorithm>
#include <map>
#include <tuple>

#include "text/text_query.h"

namespace reel {

namespace {

using Kind = QueryClause::Kind;

bool all_occur(const QueryClause& group, Occur occur) {
    return std::all_of(group.children.begin(), group.children.end(),
                       [&](const QueryClause& child) { return child.occur == occur; });
}

/// Puts clauses into a group, each in its simplest form.
class GroupBuilder {
public:
    explicit GroupBuilder(Occur occur) { group_.occur = occur; }

    void add(QueryClause clause) {
        if (clause.kind == Kind::kGroup) return add_group(std::move(clause));
        if (clause.kind == Kind::kPhrase) return keep(std::move(clause));
        const auto [place, is_new] =
            places_.try_emplace({clause.kind, clause.occur, clause.number}, group_.children.size());
        if (is_new) return keep(std::move(clause));
        // Asked for twice counts twice, but a beginning of words is there or not.
        if (clause.kind == Kind::kWord) group_.children[place->second].weight += clause.weight;
    }

    QueryClause finish() {
        if (group_.children.size() != 1 || group_.children[0].occur == Occur::kMustNot)
            return std::move(group_);
        QueryClause only = std::move(group_.children[0]);
        only.occur = group_.occur;
        return only;
    }

private:
    void keep(QueryClause clause) { group_.children.push_back(std::move(clause)); }

    void add_all(QueryClause& group) {
        for (QueryClause& child : group.children) add(std::move(child));
    }

    void add_group(QueryClause group) {
        if (group.children.empty()) return;
        if (group.occur == Occur::kMustNot) return exclude_group(std::move(group));
        const bool is_negative = all_occur(group, Occur::kMustNot);
        const bool is_same_or = group.occur == Occur::kShould && all_occur(group, Occur::kShould);
        const bool is_same_and =
            group.occur == Occur::kMust &&
            std::none_of(group.children.begin(), group.children.end(),
                         [](const QueryClause& child) { return child.occur == Occur::kShould; });
        if (is_negative || is_same_or || is_same_and) return add_all(group);
        keep(std::move(group));
    }

    void exclude_group(QueryClause group) {
        if (all_occur(group, Occur::kShould)) {
            for (QueryClause& child : group.children) child.occur = Occur::kMustNot;
            return add_all(group);
        }
        if (!all_occur(group, Occur::kMustNot)) return keep(std::move(group));
        // Not without any of them: with at least one.
        GroupBuilder some(Occur::kMust);
        for (QueryClause& child : group.children) {
            child.occur = Occur::kShould;
            some.add(std::move(child));
        }
        add(some.finish());
    }

    QueryClause group_;
    std::map<std::tuple<Kind, Occur, uint32_t>, size_t> places_;
};

QueryClause simplify_clause(QueryClause clause) {
    if (clause.kind != Kind::kGroup) return clause;
    GroupBuilder builder(clause.occur);
    for (QueryClause& child : clause.children) builder.add(simplify_clause(std::move(child)));
    return builder.finish();
}

}  // namespace

QueryClause simplify(QueryClause group) {
    QueryClause root = simplify_clause(std::move(group));
    root.occur = Occur::kShould;
    if (root.kind == Kind::kGroup) return root;
    QueryClause around;
    around.children.push_back(std::move(root));
    return around;
}

}  // namespace reel
