#include "filter/key_statistics.h"

#include "filter_support.h"

namespace reel::filter_test {
namespace {

MetadataStatistics statistics_of(const Rows& rows, std::span<const FilterPart> parts,
                                 std::span<const uint64_t> excluded = {}) {
    auto result = key_statistics(parts, rows.live(excluded), rows.all(), 3);
    EXPECT_TRUE(result) << result.error().message;
    return *std::move(result);
}

const KeyStatistics& find(const MetadataStatistics& all, std::string_view key) {
    static const KeyStatistics none;
    for (const KeyStatistics& each : all.keys) {
        if (each.key == key) return each;
    }
    ADD_FAILURE() << "no key " << key;
    return none;
}

Rows mixed_rows() {
    Rows rows;
    rows.texts = {R"({"a": 5, "t": ["x", "y"], "o": {"p": true}})", R"({"a": -2.5, "t": ["x"]})",
                  R"({"a": "z", "t": "x"})", R"({"a": null, "w": [{"n": 1}]})", "{}"};
    return rows;
}

void expect_mixed(const MetadataStatistics& all) {
    const KeyStatistics& a = find(all, "a");
    EXPECT_EQ(a.rows, 4U);
    EXPECT_EQ(a.number_rows, 2U);
    EXPECT_EQ(a.string_rows + a.null_rows, 2U);
    EXPECT_EQ(print_number(*a.lowest) + " " + print_number(*a.highest), "-2.5 5");
    EXPECT_EQ(a.distinct, 4U);
    const KeyStatistics& t = find(all, "t");
    EXPECT_EQ(t.list_rows, 2U);
    EXPECT_EQ(t.string_rows, 1U);
    EXPECT_EQ(t.common.at(0).value, "\"x\"");
    EXPECT_EQ(t.common.at(0).count, 3U);
    EXPECT_EQ(find(all, "o").object_rows, 1U);
    EXPECT_EQ(find(all, "o.p").bool_rows, 1U);
    EXPECT_EQ(find(all, "w.n").other_rows, 1U);
}

TEST(KeyStatistics, SayTheSameOfColumnsAndOfMetadata) {
    const Rows rows = mixed_rows();
    expect_mixed(statistics_of(rows, {}));
    Built built;
    build(rows, 0, 5, built);
    expect_mixed(statistics_of(rows, {&built.part, 1}));
    Built part;
    build(rows, 1, 2, part);
    expect_mixed(statistics_of(rows, {&part.part, 1}));
}

TEST(KeyStatistics, LeaveDeletedAndUnreadableRowsOut) {
    Rows rows = mixed_rows();
    rows.texts[4].clear();
    const MetadataStatistics all = statistics_of(rows, {}, std::vector<uint64_t>{3});
    EXPECT_EQ(find(all, "a").rows, 2U);
    EXPECT_EQ(all.unreadable_rows, 1U);
    for (const KeyStatistics& each : all.keys) EXPECT_NE(each.key, "o.p");
}

TEST(KeyStatistics, EstimateManyValuesAndCountFewExactly) {
    Rows rows;
    for (int i = 0; i < 20'000; ++i)
        rows.texts.push_back("{\"id\": \"i" + std::to_string(i) + "\", \"few\": " + std::to_string(i % 50) +
                             "}");
    Built built;
    build(rows, 100, 15'000, built);
    const MetadataStatistics all = statistics_of(rows, {&built.part, 1});
    EXPECT_NEAR(static_cast<double>(find(all, "id").distinct), 20'000, 3'000);
    EXPECT_FALSE(find(all, "id").distinct_is_exact || find(all, "id").common_is_exact);
    EXPECT_EQ(find(all, "few").distinct, 50U);
    EXPECT_TRUE(find(all, "few").distinct_is_exact && find(all, "few").common_is_exact);
    EXPECT_EQ(find(all, "few").common.at(0).count, 400U);
}

}  // namespace
}  // namespace reel::filter_test
