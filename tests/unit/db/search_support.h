// A store and, beside it, the plain list of its records that searches are judged by.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>
#include <sstream>

#include "db_support.h"
#include "vector/query_vector.h"

namespace reel {

/// What the store holds as record `number`: its place in the list.
struct PlainRow {
    std::string id;
    std::string text;
    std::string metadata;
    std::vector<float> vector;
    uint64_t n = 0;  ///< in the metadata: {"n": n, "g": n % 100}
    bool is_live = true;
};

struct PlainHit {
    uint64_t row = 0;
    float distance = 0;
    bool operator==(const PlainHit&) const = default;
};

using Allows = std::function<bool(const PlainRow&)>;
inline bool allow_all(const PlainRow& /*row*/) { return true; }

inline std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

/// Squared length, negative product or 1 - cosine, in double.
inline double plain_distance(Metric metric, std::span<const float> a, std::span<const float> b) {
    double squares = 0;
    double product = 0;
    double norms[2] = {0, 0};
    for (size_t i = 0; i < a.size(); ++i) {
        const auto x = static_cast<double>(a[i]);
        const auto y = static_cast<double>(b[i]);
        squares += (x - y) * (x - y);
        product += x * y;
        norms[0] += x * x;
        norms[1] += y * y;
    }
    if (metric == Metric::kL2) return squares;
    return metric == Metric::kInnerProduct ? -product : 1 - product / std::sqrt(norms[0] * norms[1]);
}

/// Records as an earlier commit saw them.
using PlainRows = std::vector<PlainRow>;

/// Every live row that is allowed, nearest first, ties by row; distances are those of the query's scan, which
/// must agree with plain_distance().
inline std::vector<PlainHit> plain_nearest(const PlainRows& rows, Metric metric, std::span<const float> query,
                                           const Allows& allows = allow_all) {
    const QueryVector prepared = must(QueryVector::make(query, metric));
    std::vector<PlainHit> hits;
    for (uint64_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].is_live || !allows(rows[i])) continue;
        const auto* const bytes = reinterpret_cast<const std::byte*>(rows[i].vector.data());
        const float distance = prepared.distance_to_row(bytes, RowOrder::kHost);
        const double plain = plain_distance(metric, query, rows[i].vector);
        EXPECT_NEAR(static_cast<double>(distance), plain, 1e-4 * std::max(1.0, std::abs(plain)));
        hits.push_back({i, distance});
    }
    std::sort(hits.begin(), hits.end(), [](const PlainHit& a, const PlainHit& b) {
        return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
    });
    return hits;
}

/// BM25 of every live text with one of the words, straight from its definition; by row.
inline std::map<uint64_t, double> plain_scores(const PlainRows& rows, const std::vector<std::string>& query) {
    double total = 0;
    double live = 0;
    std::map<std::string, double> with;
    std::map<uint64_t, std::map<std::string, double>> frequency;
    std::map<uint64_t, double> length;
    for (uint64_t i = 0; i < rows.size(); ++i) {
        if (!rows[i].is_live) continue;
        ++live;
        const auto words = words_of(rows[i].text);
        total += static_cast<double>(words.size());
        length[i] = static_cast<double>(words.size());
        for (const auto& word : words) frequency[i][word] += 1;
        for (const auto& [word, count] : frequency[i]) with[word] += 1;
    }
    std::map<uint64_t, double> scores;
    for (const auto& [row, counts] : frequency) {
        for (const auto& word : query) {
            const auto found = counts.find(word);
            if (found == counts.end()) continue;
            const double idf = std::log(1 + (live - with[word] + 0.5) / (with[word] + 0.5));
            scores[row] += idf * found->second * 2.2 /
                           (found->second + 1.2 * (0.25 + 0.75 * length[row] / (total / live)));
        }
    }
    return scores;
}

inline std::vector<PlainHit> plain_hits(const std::vector<Hit>& hits) {
    std::vector<PlainHit> plain;
    for (const Hit& hit : hits) plain.push_back({hit.record_number, hit.distance});
    return plain;
}

inline std::vector<PlainHit> first_of(std::vector<PlainHit> hits, size_t k) {
    if (hits.size() > k) hits.resize(k);
    return hits;
}

/// What a twin is made of.
struct TwinShape {
    uint32_t dimension = 8;
    Metric metric = Metric::kL2;
    bool has_ties = true;  ///< small whole numbers as components
    unsigned seed = 1;
};

/// A Database and the list of what it must hold.
class Twin {
public:
    Twin(std::string path, TwinShape shape)
        : shape_(shape),
          random_(shape.seed),
          path_(std::move(path)),
          database(must(Database::create(path_, test_config(shape.dimension, shape.metric)))) {}

    [[nodiscard]] uint64_t below(uint64_t bound) { return random_() % bound; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] Metric metric() const { return shape_.metric; }
    [[nodiscard]] uint64_t live() const {
        return static_cast<uint64_t>(
            std::count_if(rows.begin(), rows.end(), [](const PlainRow& row) { return row.is_live; }));
    }

    std::vector<float> some_vector() {
        std::normal_distribution<float> normal;
        std::vector<float> vector(shape_.dimension);
        for (float& value : vector) {
            value = shape_.has_ties ? static_cast<float>(below(9)) - 4 : normal(random_);
        }
        if (shape_.metric == Metric::kCosine && vector == std::vector<float>(shape_.dimension, 0.0F))
            vector[0] = 1;
        return vector;
    }

    /// Some of twenty words, some more often than others; every seventh text is empty.
    std::string some_text() {
        std::string text;
        for (uint64_t left = below(7) == 0 ? 0 : 1 + below(12); left > 0; --left) {
            text += (text.empty() ? "" : " ") + std::string("word") +
                    static_cast<char>('a' + below(1 + below(20)));
        }
        return text;
    }

    PlainRow some_row(std::string id) {
        const uint64_t n = next_n_++;
        return {std::move(id), some_text(),
                "{\"n\": " + std::to_string(n) + ", \"g\": " + std::to_string(n % 100) + "}", some_vector(),
                n};
    }

    /// Adds or replaces, uncommitted.
    void put(const std::vector<std::string>& ids) {
        std::vector<NewRecord> records;
        std::vector<PlainRow> made;
        for (const auto& id : ids) {
            made.push_back(some_row(id));
            records.push_back(new_record(id, made.back().text, made.back().vector, made.back().metadata));
        }
        must(database.add(records, OnDuplicate::kReplace));
        for (PlainRow& row : made) {
            forget(row.id);
            rows.push_back(std::move(row));
        }
    }

    void add(size_t count) {
        std::vector<std::string> ids;
        for (size_t i = 0; i < count; ++i) ids.push_back("id" + std::to_string(next_id_++));
        put(ids);
    }

    void remove(const std::vector<std::string>& ids) {
        must(database.remove(ids));
        for (const auto& id : ids) forget(id);
    }

    std::vector<std::string> some_ids(size_t count) {
        std::set<std::string> ids;
        for (size_t tries = 0; tries < 20 * count && ids.size() < count; ++tries) {
            const PlainRow& row = rows[below(rows.size())];
            if (row.is_live) ids.insert(row.id);
        }
        return {ids.begin(), ids.end()};
    }

    uint64_t commit() { return must(database.commit()).commit; }
    void seal() { must(database.seal()); }
    void compact() {
        must(database.compact());
        std::erase_if(rows, [](const PlainRow& row) { return !row.is_live; });
    }

    /// Rows of different ages: sealed once or twice, a few gone, some replaced, a tail.
    void grow_old(size_t records) {
        add(records / 2);
        commit();
        seal();
        add(records / 4);
        remove(some_ids(records / 20));
        commit();
        seal();
        put(some_ids(records / 20));
        add(records - records / 2 - records / 4);
        remove({rows.back().id});
        commit();
    }

    [[nodiscard]] std::vector<PlainHit> nearest(std::span<const float> query,
                                                const Allows& allows = allow_all) const {
        return plain_nearest(rows, shape_.metric, query, allows);
    }

private:
    void forget(const std::string& id) {
        for (PlainRow& row : rows) {
            if (row.id == id) row.is_live = false;
        }
    }

    TwinShape shape_;
    std::mt19937_64 random_;
    std::string path_;
    uint64_t next_id_ = 0;
    uint64_t next_n_ = 0;

public:
    Database database;
    PlainRows rows;
};

class WithTwin : public testing::Test {
protected:
    [[nodiscard]] std::string path() const { return folder_.path("store.mp4"); }
    [[nodiscard]] Twin twin(TwinShape shape = {}) const { return {path(), shape}; }
    TemporaryFolder folder_;
};

inline SearchOptions with_k(size_t k) {
    SearchOptions options;
    options.k = k;
    return options;
}

inline Question of_vector(std::vector<float> vector) {
    Question question;
    question.vector = std::move(vector);
    return question;
}

inline Question of_words(std::string text) {
    Question question;
    question.text = std::move(text);
    return question;
}

}  // namespace reel
