// The slow twin of the index: every text is read for every query, straight from the definitions.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "text/search_text.h"

namespace reel {

/// Words of each row; nullopt: unreadable.
using WordLists = std::vector<std::optional<std::vector<std::string>>>;

class PlainSearch {
public:
    PlainSearch(const WordLists& texts, const std::vector<bool>& is_live) : texts_(texts), is_live_(is_live) {
        double total = 0;
        for (size_t row = 0; row < texts.size(); ++row) {
            if (!counts(row)) continue;
            ++rows_;
            total += static_cast<double>(texts[row]->size());
        }
        average_ = rows_ > 0 ? total / rows_ : 0;
    }

    std::vector<TextHit> search(const TextQuery& query, const std::vector<bool>& is_wanted) const {
        std::map<uint32_t, double> idf;
        for (uint32_t i = 0; i < query.terms().size(); ++i) idf[i] = idf_of(query.terms()[i]);
        std::vector<TextHit> hits;
        for (size_t row = 0; row < texts_.size(); ++row) {
            if (!counts(row) || !is_wanted[row]) continue;
            if (const auto score = score_of(query.root(), query, idf, *texts_[row])) {
                hits.push_back({row, *score});
            }
        }
        std::sort(hits.begin(), hits.end(), [](const TextHit& a, const TextHit& b) {
            return a.score != b.score ? a.score > b.score : a.row < b.row;
        });
        return hits;
    }

private:
    using Words = std::vector<std::string>;

    bool counts(size_t row) const { return is_live_[row] && texts_[row].has_value(); }

    double idf_of(const std::string& term) const {
        double with = 0;
        for (size_t row = 0; row < texts_.size(); ++row) {
            if (counts(row) && std::count(texts_[row]->begin(), texts_[row]->end(), term) > 0) ++with;
        }
        return std::log(1 + (rows_ - with + 0.5) / (with + 0.5));
    }

    double bm25(double idf, double frequency, const Words& words) const {
        const auto length = static_cast<double>(words.size());
        return idf * frequency * 2.2 / (frequency + 1.2 * (1 - 0.75 + 0.75 * length / average_));
    }

    static size_t phrase_frequency(const QueryClause& clause, const TextQuery& query, const Words& words) {
        size_t count = 0;
        for (size_t i = 0; i + clause.phrase.size() <= words.size(); ++i) {
            bool is_here = true;
            for (size_t j = 0; j < clause.phrase.size(); ++j) {
                is_here = is_here && words[i + j] == query.terms()[clause.phrase[j]];
            }
            count += is_here ? 1 : 0;
        }
        return count;
    }

    /// nullopt: no match.
    std::optional<double> score_of(const QueryClause& clause, const TextQuery& query,
                                   const std::map<uint32_t, double>& idf, const Words& words) const {
        switch (clause.kind) {
            case QueryClause::Kind::kWord: {
                const auto n = std::count(words.begin(), words.end(), query.terms()[clause.number]);
                if (n == 0) return std::nullopt;
                return clause.weight * bm25(idf.at(clause.number), static_cast<double>(n), words);
            }
            case QueryClause::Kind::kPrefix: {
                const std::string& prefix = query.prefixes()[clause.number];
                const bool has = std::any_of(words.begin(), words.end(),
                                             [&](const std::string& w) { return w.starts_with(prefix); });
                return has ? std::optional(1.0) : std::nullopt;
            }
            case QueryClause::Kind::kPhrase: {
                const size_t n = phrase_frequency(clause, query, words);
                if (n == 0) return std::nullopt;
                double sum = 0;
                for (const uint32_t term : clause.phrase) sum += idf.at(term);
                return bm25(sum, static_cast<double>(n), words);
            }
            case QueryClause::Kind::kGroup: break;
        }
        double sum = 0;
        bool has_must = false;
        bool has_should = false;
        for (const QueryClause& child : clause.children) {
            const auto score = score_of(child, query, idf, words);
            if (child.occur == Occur::kMustNot && score) return std::nullopt;
            if (child.occur == Occur::kMustNot) continue;
            if (child.occur == Occur::kMust && !score) return std::nullopt;
            has_must = has_must || child.occur == Occur::kMust;
            has_should = has_should || score.has_value();
            sum += score.value_or(0);
        }
        return has_must || has_should ? std::optional(sum) : std::nullopt;
    }

    const WordLists& texts_;
    const std::vector<bool>& is_live_;
    double rows_ = 0;
    double average_ = 0;
};

}  // namespace reel
