// Columns: what they hold, what they leave to the JSON, and what a scan of them costs.
#include <atomic>
#include <cstring>
#include <thread>

#include "base/checksum.h"
#include "filter_support.h"

namespace reel::filter_test {
namespace {

Rows hundred_rows() {
    Rows rows;
    for (int i = 0; i < 100; ++i) {
        rows.texts.push_back("{\"n\": " + std::to_string(i) + ", \"word\": \"w" + std::to_string(i % 7) +
                             "\"" + (i % 10 == 0 ? ", \"rare\": [1, \"x\"]" : "") + "}");
    }
    return rows;
}

/// Puts bytes together by hand, so that the format is not judged by its own code.
struct Bytes {
    ByteBuffer out;

    template <class T>
    Bytes& put(T value) {
        const size_t at = out.size();
        out.resize(at + sizeof value);
        std::memcpy(out.data() + at, &value, sizeof value);
        return *this;
    }
    Bytes& put_text(std::string_view text) {
        append(out, as_bytes(text));
        return *this;
    }
};

TEST(Columns, HaveTheBytesOfTheFormat) {
    const Rows rows{{R"({"a": 1})", R"({"a": "x"})"}};
    Bytes block;
    block.put(uint8_t{6}).put(uint8_t{7}).put(0U).put(1U).put_text("x");
    Bytes tables;
    tables.put(1U).put(uint64_t{2}).put(1U).put(0U).put(uint64_t{1});
    tables.put(0U).put(1U).put(uint64_t{113}).put(uint64_t{11}).put(crc32c(block.out));
    tables.put(uint8_t{1}).put(uint8_t{1}).put(uint8_t{0}).put(uint8_t{0});
    tables.put(2U).put(2U).put(0U).put(1U);
    tables.put(int64_t{1}).put(uint64_t{0}).put(uint64_t{6}).put(uint64_t{7}).put_text("a");
    Bytes expected;
    expected.put(crc32c(tables.out));
    append(expected.out, tables.out);
    append(expected.out, block.out);
    Built built;
    build(rows, 0, 2, built);
    EXPECT_EQ(built.data, expected.out);
}

TEST(Columns, AnswerWithoutReadingMetadata) {
    const Rows rows = hundred_rows();
    Built built;
    build(rows, 0, 100, built);
    FilterStats stats;
    EXPECT_EQ(
        evaluate(filter_of("n >= 40 and word = 'w3' and not exists(rare)"), rows, {&built.part, 1}, &stats),
        (std::vector<uint64_t>{45, 52, 59, 66, 73, 87, 94}));
    EXPECT_EQ(stats.rows_from_json, 0U);
    EXPECT_EQ(stats.rows_from_columns, 100U);
    EXPECT_GT(stats.column_bytes, 0U);
    EXPECT_TRUE(is_answered_by_columns(filter_of("n = 1 or nothing = 2"), {&built.part, 1}, 100));
    EXPECT_FALSE(is_answered_by_columns(filter_of("n = 1"), {&built.part, 1}, 101));
}

TEST(Columns, AreAskedForRowsTheyCoverAndMetadataForTheRest) {
    const Rows rows = hundred_rows();
    Built built;
    build(rows, 30, 33, built);
    FilterStats stats;
    const std::vector<uint64_t> all = evaluate(filter_of("word in ('w1', 'w2')"), rows, {});
    EXPECT_EQ(evaluate(filter_of("word in ('w1', 'w2')"), rows, {&built.part, 1}, &stats), all);
    EXPECT_EQ(stats.rows_from_json, 67U);
    EXPECT_EQ(stats.rows_from_columns, 33U);
}

TEST(Columns, KeepDeletedRowsOut) {
    const Rows rows = hundred_rows();
    Built built;
    build(rows, 0, 100, built);
    const std::vector<uint64_t> excluded{~uint64_t{1}, ~uint64_t{0} << 1U};
    EXPECT_EQ(evaluate(filter_of("true"), rows, {&built.part, 1}, nullptr, excluded),
              (std::vector<uint64_t>{0, 64}));
    EXPECT_EQ(evaluate(filter_of("true"), rows, {}, nullptr, excluded), (std::vector<uint64_t>{0, 64}));
    const auto count =
        count_matching_rows(filter_of("n < 70"), {&built.part, 1}, rows.live(excluded), rows.all(), nullptr);
    EXPECT_EQ(*count, 2U);
}

TEST(Columns, GiveWhatARowSetTakes) {
    const Rows rows = hundred_rows();
    const auto matching = evaluate_filter(filter_of("n < 3"), {}, rows.live(), rows.all());
    const std::vector<uint64_t> excluded = matching->excluded();
    const RowSet set{100, excluded};
    EXPECT_TRUE(set.contains(2));
    EXPECT_FALSE(set.contains(3) || set.contains(99) || set.contains(100));
}

TEST(Columns, LeaveLongStringsAndObjectsInArraysToTheJson) {
    Rows rows;
    rows.texts = {R"({"s": ")" + std::string(2000, 'x') + R"(", "a": [{"b": 1}, {"b": 2}]})",
                  R"({"s": "x", "a": {"b": 1}})"};
    Built built;
    build(rows, 0, 2, built);
    FilterStats stats;
    EXPECT_EQ(evaluate(filter_of("s like 'xx%' and a.b = 2"), rows, {&built.part, 1}, &stats),
              (std::vector<uint64_t>{0}));
    EXPECT_EQ(stats.rows_from_json, 1U);
    EXPECT_EQ(evaluate(filter_of("exists(s) and exists(a.b)"), rows, {&built.part, 1}, &stats),
              (std::vector<uint64_t>{0, 1}));
    EXPECT_EQ(stats.rows_from_json, 1U);
}

TEST(Columns, AskTheJsonOnlyWhereOtherConditionsLeaveItOpen) {
    Rows rows;
    for (int i = 0; i < 50; ++i)
        rows.texts.push_back("{\"n\": " + std::to_string(i) + ", \"s\": \"" + std::string(2000, 'x') + "\"}");
    Built built;
    build(rows, 0, 50, built);
    FilterStats stats;
    EXPECT_EQ(evaluate(filter_of("n < 5 and s like 'x%'"), rows, {&built.part, 1}, &stats).size(), 5U);
    EXPECT_EQ(stats.rows_from_json, 5U);
    EXPECT_EQ(evaluate(filter_of("n < 5 or s like 'x%'"), rows, {&built.part, 1}, &stats).size(), 50U);
    EXPECT_EQ(stats.rows_from_json, 50U);
}

TEST(Columns, StayWithinTheBytesOfTheMetadata) {
    Rows rows;
    for (int i = 0; i < 2000; ++i)
        rows.texts.push_back("{\"a" + std::to_string(i % 900) + "\":" + std::to_string(i) + "}");
    uint64_t metadata = 0;
    for (const std::string& text : rows.texts) metadata += text.size();
    Built built;
    build(rows, 0, 2000, built);
    EXPECT_LE(built.data.size(), std::max(metadata, kSmallColumns));
    EXPECT_FALSE(built.part.columns->is_complete());
    EXPECT_EQ(evaluate(filter_of("a3 = 903 or a850 = 1750"), rows, {&built.part, 1}),
              (std::vector<uint64_t>{903, 1750}));
}

TEST(Columns, KeepTheThousandMostPresentKeys) {
    Rows rows;
    for (int i = 0; i < 3000; ++i)
        rows.texts.push_back("{\"all\": 1, \"k" + std::to_string(i % 1500) + "\": 2}");
    ColumnLimits limits;
    limits.within_metadata = false;
    Built built;
    build(rows, 0, 3000, built, limits);
    EXPECT_EQ(built.part.columns->key_count(), 1000U);
    EXPECT_TRUE(built.part.columns->find("all"));
    EXPECT_EQ(evaluate(filter_of("k1499 = 2"), rows, {&built.part, 1}), (std::vector<uint64_t>{1499, 2999}));
    EXPECT_EQ(evaluate(filter_of("k7 = 2"), rows, {&built.part, 1}), (std::vector<uint64_t>{7, 1507}));
}

TEST(Columns, NoteRowsThatCannotBeReadAndNameThemWhenAsked) {
    Rows rows = hundred_rows();
    rows.texts[17].clear();
    rows.texts[18] = "[1]";
    Built built;
    build(rows, 0, 100, built);
    EXPECT_EQ(built.part.columns->odd_rows(), (std::vector<uint32_t>{17, 18}));
    EXPECT_FALSE(is_answered_by_columns(filter_of("n = 1"), {&built.part, 1}, 100));
    for (const std::span<const FilterPart> parts :
         {std::span<const FilterPart>{&built.part, 1}, std::span<const FilterPart>{}}) {
        const auto result = evaluate_filter(filter_of("n = 1"), parts, rows.live(), rows.all());
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code, ErrorCode::kCorrupt);
        EXPECT_NE(result.error().message.find("record 17"), std::string::npos) << result.error().message;
    }
    const std::vector<uint64_t> excluded{uint64_t{3} << 17U};
    EXPECT_EQ(evaluate(filter_of("n = 1"), rows, {&built.part, 1}, nullptr, excluded),
              (std::vector<uint64_t>{1}));
    rows.texts[17] = "{\"n\": 1}";
    EXPECT_EQ(evaluate(filter_of("n = 1"), rows, {&built.part, 1}, nullptr,
                       std::vector<uint64_t>{uint64_t{1} << 18U}),
              (std::vector<uint64_t>{1, 17}));
}

TEST(Columns, CanBeStoppedWhileTheyAreBuilt) {
    const Rows rows = hundred_rows();
    const std::atomic<bool> cancel = true;
    BuildControl control;
    control.cancel = &cancel;
    const auto data = build_columns(100, rows.all(), control);
    ASSERT_FALSE(data);
    EXPECT_EQ(data.error().code, ErrorCode::kInterrupted);
    uint64_t last = 0;
    control.cancel = nullptr;
    control.progress = [&](uint64_t done, uint64_t) { last = done; };
    EXPECT_TRUE(build_columns(100, rows.all(), control));
    EXPECT_EQ(last, 100U);
}

TEST(Columns, OfNoRowsAreReadAsWell) {
    const Rows rows;
    Built built;
    build(rows, 0, 0, built);
    EXPECT_TRUE(evaluate(filter_of("a = 1"), rows, {&built.part, 1}).empty());
}

TEST(Columns, AnswerThreadsThatComeAtTheSameTime) {
    const Rows rows = hundred_rows();
    Built built;
    build(rows, 0, 100, built);
    const Filter filter = filter_of("n >= 50 and word != 'w1'");
    const std::vector<uint64_t> expected = evaluate(filter, rows, {});
    std::vector<std::thread> threads;
    std::atomic<int> good = 0;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            if (evaluate(filter, rows, {&built.part, 1}) == expected) ++good;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(good, 4);
}

}  // namespace
}  // namespace reel::filter_test
