// Random filters asked of random metadata in three ways: by columns, from the
// JSON text, and by the slow filter over trees. All must agree.
#include <random>

#include "filter_support.h"
#include "slow_filter.h"

namespace reel::filter_test {
namespace {

class Random {
public:
    explicit Random(uint64_t seed) : engine_(seed) {}

    size_t below(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(engine_); }
    bool one_in(size_t n) { return below(n) == 0; }
    template <class T>
    T pick(const std::vector<T>& from) {
        return from[below(from.size())];
    }

    Json number() {
        switch (below(7)) {
            case 0: return static_cast<double>(below(9)) / 2;
            case 1:
                return pick<int64_t>(
                    {9007199254740992, 9007199254740993, -9007199254740993, INT64_MAX, INT64_MIN});
            case 2: return pick<uint64_t>({9223372036854775808U, UINT64_MAX, UINT64_MAX - 1});
            case 3:
                return pick<double>({9007199254740992.0, 9223372036854775808.0, 1e300, -1e300, 1e-300, -0.0});
            case 4: return 18446744073709551616.0;
            default: return static_cast<int64_t>(below(6)) - 2;
        }
    }
    Json scalar() {
        switch (below(6)) {
            case 0: return nullptr;
            case 1: return one_in(2);
            case 2:
            case 3: return number();
            default: return string();
        }
    }
    std::string string() {
        if (one_in(60)) return std::string(1500, 'x');
        return pick<std::string>(
            {"", "a", "ab", "b", "B", "abc", "äö", "日本", "a%b", "x_y", "\"q\"", "1", "true", "\n"});
    }
    Json value(size_t depth) {
        const size_t kind = below(10);
        if (kind == 0 && depth < 3) return object(depth + 1);
        if (kind > 2) return scalar();
        Json list = Json::array();
        const size_t size = below(4);
        for (size_t i = 0; i < size; ++i) {
            const bool nested = depth < 3 && one_in(6);
            list.push_back(nested ? (one_in(2) ? object(depth + 1) : value(depth + 1)) : scalar());
        }
        return list;
    }
    Json object(size_t depth) {
        Json out = Json::object();
        const size_t size = below(6);
        for (size_t i = 0; i < size; ++i) out[key()] = value(depth);
        return out;
    }

    std::string key() { return pick<std::string>({"a", "b", "c", "ü", "in"}); }
    std::string path() {
        std::string out = key();
        while (one_in(3)) out += "." + key();
        return out;
    }
    std::string pattern() {
        std::string out;
        const size_t parts = below(4);
        for (size_t i = 0; i < parts; ++i)
            out += pick<std::string>({"%", "_", "a", "B", "b", "\\%", "\\_", "ä", "日"});
        return out;
    }

    Json list() {
        Json out = Json::array();
        const size_t size = one_in(8) ? 12 : below(4);
        for (size_t i = 0; i < size; ++i) out.push_back(scalar());
        return out;
    }
    Json condition() {
        if (one_in(4)) return scalar();
        Json out = Json::object();
        do {
            add_operator(out);
        } while (one_in(4));
        return out;
    }
    void add_operator(Json& out) {
        const auto ordered = [&]() -> Json { return one_in(2) ? number() : Json(string()); };
        switch (below(9)) {
            case 0: out[pick<std::string>({"$eq", "$ne"})] = scalar(); break;
            case 1:
            case 2: out[pick<std::string>({"$gt", "$gte", "$lt", "$lte"})] = ordered(); break;
            case 3: out[pick<std::string>({"$in", "$nin", "$all"})] = list(); break;
            case 4: out["$exists"] = one_in(2); break;
            case 5: out[pick<std::string>({"$contains", "$not_contains"})] = scalar(); break;
            case 6: out[pick<std::string>({"$like", "$ilike"})] = pattern(); break;
            case 7: out["$between"] = Json::array({ordered(), ordered()}); break;
            default: out["$not"] = condition();
        }
    }
    Json filter(size_t depth) {
        Json out = Json::object();
        do {
            const size_t kind = depth < 3 ? below(6) : 5;
            if (kind < 3) {
                Json parts = Json::array();
                do {
                    parts.push_back(filter(depth + 1));
                } while (one_in(2));
                out[std::vector<std::string>{"$and", "$or", "$nor"}[kind]] = parts;
            } else if (kind == 3) {
                out["$not"] = filter(depth + 1);
            } else {
                out[path()] = condition();
            }
        } while (one_in(4));
        return out;
    }

private:
    std::mt19937_64 engine_;
};

Rows random_rows(Random& random, size_t count, std::vector<Json>& trees) {
    Rows rows;
    // A few shapes that return, so that columns with few values and with one come up as well.
    std::vector<Json> usual;
    for (size_t i = 0; i < 4; ++i) usual.push_back(random.object(0));
    const size_t variety = 1 + random.below(4);
    for (size_t i = 0; i < count; ++i) {
        trees.push_back(random.one_in(variety) ? random.object(0) : random.pick(usual));
        rows.texts.push_back(dump_json(trees.back()));
    }
    return rows;
}

/// Asks one filter in all ways; the number of pairs.
size_t compare(const Json& tree, const Rows& rows, const std::vector<Json>& trees,
               std::span<const FilterPart> parts, std::span<const uint64_t> excluded) {
    const Filter filter = filter_of(dump_json(tree));
    const Filter again = filter_of(filter.describe());
    EXPECT_EQ(again.describe(), filter.describe());
    const RowSet live = rows.live(excluded);
    std::vector<uint64_t> expected;
    for (uint64_t row = 0; row < trees.size(); ++row) {
        const bool slow = slow_matches(tree, trees[row]);
        EXPECT_EQ(*filter.matches(rows.texts[row]), slow) << dump_json(tree) << "\n" << rows.texts[row];
        EXPECT_EQ(*again.matches(rows.texts[row]), slow) << filter.describe() << "\n" << rows.texts[row];
        if (slow && live.contains(row)) expected.push_back(row);
    }
    EXPECT_EQ(evaluate(filter, rows, parts, nullptr, excluded), expected) << dump_json(tree);
    return trees.size();
}

TEST(Filters, AreAnsweredTheSameByColumnsByTextAndByASlowTwin) {
    Random random(20260712);
    size_t pairs = 0;
    for (size_t round = 0; round < 120 && !testing::Test::HasFailure(); ++round) {
        std::vector<Json> trees;
        const Rows rows = random_rows(random, 1 + random.below(200), trees);
        const uint64_t first = random.below(rows.texts.size());
        const uint64_t second = first + random.below(rows.texts.size() - first + 1);
        ColumnLimits limits;
        limits.within_metadata = false;
        if (random.one_in(3)) limits.section_bytes = 500 + random.below(3000);
        if (random.one_in(5)) limits.tracked_keys = 1 + random.below(8);
        Built low;
        Built high;
        build(rows, random.one_in(2) ? 0 : first / 2, first - first / 2, low, limits);
        build(rows, second, rows.texts.size() - second, high, limits);
        const std::vector<FilterPart> parts{low.part, high.part};
        const std::vector<uint64_t> excluded{0x8000'0000'0000'0001U, random.one_in(2) ? 0xFFU : 0U};
        for (size_t i = 0; i < 20; ++i) pairs += compare(random.filter(0), rows, trees, parts, excluded);
    }
    RecordProperty("pairs", static_cast<int>(pairs));
    std::printf("%zu pairs of a filter and a record\n", pairs);
    EXPECT_GE(pairs, 20'000U);
}

}  // namespace
}  // namespace reel::filter_test
