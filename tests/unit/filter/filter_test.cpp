// The language: both spellings, what they mean, and what is said of wrong ones.
#include "filter/parse.h"
#include "filter_support.h"

namespace reel::filter_test {
namespace {

TEST(FilterLanguage, GivesTheSameForBothSpellings) {
    const std::vector<std::pair<std::string, std::string>> same{
        {R"({"year": {"$gte": 2008}})", "year >= 2008"},
        {R"({"year": 2008, "category": "x"})", "year == 2008 AND category = 'x'"},
        {R"({"year": {"$gte": 2000, "$lt": 2010}})", "year >= 2000 and year < 2010"},
        {R"({"year": {"$between": [2000, 2010]}})", "year between 2000 and 2010"},
        {R"({"$or": [{"a": 1}, {"b": {"$ne": true}}]})", "a = 1 or b <> true"},
        {R"({"$nor": [{"a": 1}, {"b": null}]})", "not (a = 1 or b is null)"},
        {R"({"$not": {"a": {"$gt": 1.50}}})", "not a > 1.5"},
        {R"({"a": {"$not": {"$like": "x%"}}})", "a not like \"x%\""},
        {R"({"a": {"$in": [3, 1, 1]}})", "a in (1, 3)"},
        {R"({"a": {"$nin": ["x"]}})", "a not in ('x')"},
        {R"({"a": {"$all": ["x", "y"]}})", "a = 'x' and a = 'y'"},
        {R"({"author.name": {"$exists": true}})", "exists(author.name)"},
        {R"({"a": {"$exists": false}})", "a not exists"},
        {R"({"a": {"$ne": null}})", "a is not null"},
        {R"({"tags": {"$contains": "x", "$not_contains": "y"}})",
         "tags contains 'x' and not tags contains 'y'"},
        {R"({"`dc.title`.in": "it's"})", "`dc.title`.in = 'it''s'"},
        {R"({"a": {"$in": []}})", "a in ()"},
        {"{}", "true"},
    };
    for (const auto& [json, text] : same) EXPECT_EQ(filter_of(json).describe(), filter_of(text).describe());
}

TEST(FilterLanguage, PrintsWhatReadsAsTheSame) {
    for (const std::string text :
         {"a = 1 and (b = 2 or c = 3) and not (d = 4 or e = \"\")", "not a < 1",
          "`not`.`a b` = \"say \"\"x\"\"\"", "not true", "a = 1 or b = 2 and c = 3",
          "a = -1.5e-7 or a = 18446744073709551615", "false", "``.`x``y` is not null"}) {
        const std::string printed = filter_of(text).describe();
        EXPECT_EQ(filter_of(printed).describe(), printed);
    }
    EXPECT_EQ(filter_of("A.b-c = 1 And x IN (true,null)").describe(), "A.b-c = 1 and x in (null, true)");
    EXPECT_EQ(filter_of("not not (a = 1)").describe(), "a = 1");
}

TEST(FilterLanguage, FollowsPrecedence) {
    EXPECT_TRUE(matches("a = 1 or b = 2 and c = 3", R"({"a": 1})"));
    EXPECT_FALSE(matches("(a = 1 or b = 2) and c = 3", R"({"a": 1})"));
    EXPECT_FALSE(matches("not a = 1 and b = 2", R"({"a": 1, "b": 2})"));
}

/// One line a record, one digit a filter: the table of docs/filters.md.
TEST(FilterMeaning, IsTheTableOfTheDocument) {
    const std::vector<std::string> filters{"a = 1",     "a != 1",         "a > 0",
                                           "not a > 0", "a in (1, 2)",    "a is null",
                                           "exists(a)", "a contains 'b'", "a like '%c'"};
    const std::vector<std::pair<std::string, std::string>> table{
        {"{}", "010101000"},
        {R"({"a": null})", "010101100"},
        {R"({"a": 1})", "101010100"},
        {R"({"a": 1.0})", "101010100"},
        {R"({"a": "1"})", "010100100"},
        {R"({"a": true})", "010100100"},
        {R"({"a": "abc"})", "010100111"},
        {R"({"a": []})", "010100100"},
        {R"({"a": [1, 5]})", "101010100"},
        {R"({"a": ["b", null, "abc"]})", "010101111"},
        {R"({"a": {"x": 1}})", "010100100"},
        {R"({"a": [[1], {"x": 1}]})", "010100100"},
    };
    Rows rows;
    for (const auto& [record, line] : table) rows.texts.push_back(record);
    Built built;
    build(rows, 0, rows.texts.size(), built);
    for (size_t i = 0; i < filters.size(); ++i) {
        std::vector<uint64_t> expected;
        for (uint64_t row = 0; row < table.size(); ++row) {
            if (table[row].second[i] == '1') expected.push_back(row);
        }
        EXPECT_EQ(evaluate(filter_of(filters[i]), rows, {}), expected) << filters[i];
        EXPECT_EQ(evaluate(filter_of(filters[i]), rows, {&built.part, 1}), expected) << filters[i];
    }
}

TEST(FilterMeaning, ComparesNumbersByValue) {
    EXPECT_TRUE(matches("a = 9007199254740993", R"({"a": 9007199254740993})"));
    EXPECT_FALSE(matches("a = 9007199254740992.0", R"({"a": 9007199254740993})"));
    EXPECT_TRUE(matches("a > 9007199254740992.0", R"({"a": 9007199254740993})"));
    EXPECT_TRUE(matches("a = 18446744073709551615", R"({"a": 18446744073709551615})"));
    EXPECT_FALSE(matches("a = 18446744073709551616", R"({"a": 18446744073709551615})"));
    EXPECT_TRUE(matches("a = 18446744073709551616", R"({"a": 1.8446744073709551616e19})"));
    EXPECT_TRUE(matches("a > 1.5 and a < 2.5 and a = 2.0", R"({"a": 2})"));
    EXPECT_TRUE(matches("a = 0 and a <= -0.0", R"({"a": -0.0})"));
    EXPECT_TRUE(matches("a > 1e308", R"({"a": 1e400})"));
    EXPECT_TRUE(matches("a = 0", R"({"a": 1e-400})"));
    EXPECT_TRUE(matches("a < -1e308 and a = -1e999", R"({"a": -12345e99999999999999999999})"));
    EXPECT_TRUE(matches("a > -1.5 and a < -0.5", R"({"a": -1})"));
}

TEST(FilterMeaning, FollowsPathsThroughObjectsAndTheirArrays) {
    const std::string record =
        R"({"a": {"b": {"c": 5}}, "w": [{"n": "x"}, 7, {"n": ["y", "z"]}, [{"n": "q"}]]})";
    EXPECT_TRUE(matches("a.b.c = 5 and exists(a.b) and not exists(a.c)", record));
    EXPECT_TRUE(matches("w.n = 'x' and w.n = 'z' and w = 7", record));
    EXPECT_FALSE(matches("w.n = 'q' or w.n is null or exists(w.m)", record));
}

TEST(FilterMeaning, TakesTheLastOfEqualKeys) {
    EXPECT_TRUE(matches("a = 2", R"({"a": 1, "a": 2})"));
    EXPECT_FALSE(matches("a = 1 or exists(a.b)", R"({"a": {"b": 1}, "a": 2})"));
    EXPECT_TRUE(matches("a.b = 4", R"({"a": {"b": 3, "\u0062": 4}})"));
}

TEST(FilterMeaning, ComparesStringsByBytesAndDatesAsStrings) {
    EXPECT_TRUE(matches("d >= '2024-01-31' and d < '2024-02'", R"({"d": "2024-01-31T10:00:00Z"})"));
    EXPECT_TRUE(matches("s = 'ä\n'", R"({"s": "\u00e4\n"})"));
    EXPECT_TRUE(matches("s > 'z'", R"({"s": "ä"})"));
    EXPECT_FALSE(matches("s = 'a'", R"({"s": "A"})"));
}

TEST(FilterMeaning, MatchesPatterns) {
    EXPECT_TRUE(matches("s like '%b_d%'", R"({"s": "abcdef"})"));
    EXPECT_TRUE(matches("s like '__'", R"({"s": "日本"})"));
    EXPECT_TRUE(matches(R"(s like '100\%')", R"({"s": "100%"})"));
    EXPECT_FALSE(matches(R"(s like '100\%')", R"({"s": "1000"})"));
    EXPECT_TRUE(matches("s ilike 'REEL%' and s not like 'REEL%'", R"({"s": ["other", "reel.mp4"]})"));
    EXPECT_TRUE(matches("s like '' and s like '%'", R"({"s": ""})"));
    EXPECT_FALSE(matches("s like '_'", R"({"s": ""})"));
}

TEST(FilterMeaning, HoldsForOneElementWithEachOperator) {
    // As MongoDB: no element lies between, but one is above and one below.
    EXPECT_TRUE(matches(R"({"a": {"$gt": 3, "$lt": 5}})", R"({"a": [1, 9]})"));
    EXPECT_FALSE(matches("a > 3 and a < 5", R"({"a": [1, 2]})"));
    EXPECT_FALSE(matches("a != 1", R"({"a": [1, 2]})"));
}

TEST(FilterMeaning, SeesTheIdAsDocId) {
    EXPECT_TRUE(matches("doc_id in ('x', 'y') and n = 1", R"({"doc_id": "x", "n": 1})"));
}

TEST(FilterErrors, PointAtThePlaceAndSayWhatIsExpected) {
    const std::vector<std::pair<std::string, std::string>> errors{
        {"year => 3",
         "filter, byte 5, at \"=> 3\": an operator is expected behind the key: = != < <= > >= in, contains, "
         "like, ilike, between, is null or exists; did you mean >=?"},
        {"year >= ",
         "filter, byte 8, at its end: a value is expected: a number, a string in quotes, true, false or "
         "null"},
        {"a = 1 adn b = 2",
         "filter, byte 6, at \"adn b = 2\": \"and\", \"or\" or the end is expected; did you mean and?"},
        {"a = 1 && b = 2",
         "filter, byte 6, at \"&& b = 2\": \"and\", \"or\" or the end is expected; did you mean and?"},
        {"(a = 1", "filter, byte 6, at its end: \")\", \"and\" or \"or\" is expected"},
        {"a = 'x", "filter, byte 4, at \"'x\": the string does not end; close it with '"},
        {"a = 2024-01-31",
         "filter, byte 4, at \"2024-01-31\": a number is written as -1, 2.5 or 1e6; strings and dates "
         "stand in quotes, a key that begins with a digit in backquotes"},
        {"a > true",
         "filter, byte 4, at \"true\": a number or a string is expected: only these have an order"},
        {"a like 5", "filter, byte 7, at \"5\": a string with % and _ in it is expected"},
        {"a contain 'x'", "did you mean contains?"},
        {"in = 3", "one that is called as a word of the language stands in backquotes: `in`"},
        {"a in 1", "\"(\" is expected: key in (1, 2, 3)"},
        {"a. = 1", "the rest of a key is expected behind '.'"},
        {"a = 1 #", "this character means nothing here"},
        {"  ", "the filter is empty"},
        {R"({"year": {"$gtt": 3}})",
         "filter, byte 10, at \"\\\"$gtt\\\": 3}}\": there is no operator $gtt; did you mean $gt?"},
        {R"({"$adn": []})",
         "there is no operator $adn between conditions, only $and, $or, $nor and $not; did you mean $and?"},
        {R"({"$gt": 3})", "$gt stands behind a key"},
        {R"({"a": [1]})", "for one of several values write {\"$in\": [...]}"},
        {R"({"a": {"b": 1}})", "a member of an object is named by a dotted path, as \"a.b\""},
        {R"({"a": {}})", "an operator is expected"},
        {R"({"a": {"$in": 3}})", "$in takes a list"},
        {R"({"$and": []})", "$and takes a list of at least one object"},
        {R"({"a": {"$exists": 1}})", "$exists takes true or false"},
        {R"({"a..b": 1})", "a key has an empty part"},
        {R"({"a": 1)", "filter: not valid JSON at byte 7"},
        {"a = \xFF", "filter, byte 4"},
    };
    for (const auto& [filter, message] : errors) {
        EXPECT_NE(error_of(filter).find(message), std::string::npos) << filter << "\n" << error_of(filter);
    }
}

TEST(FilterErrors, NameWhatIsTooMuch) {
    const auto code = [](const std::string& text) {
        const auto filter = Filter::parse(text);
        return filter ? "none" : std::string(to_string(filter.error().code));
    };
    const std::string many(kMaxFilterDepth - 1, '(');
    EXPECT_EQ(code(many + "a = 1" + std::string(many.size(), ')')), "none");
    EXPECT_EQ(code("(" + many + "a = 1" + std::string(many.size() + 1, ')')), "limit");
    std::string nots;
    for (int i = 0; i < 100'000; ++i) nots += "not ";
    EXPECT_EQ(code(nots + "a = 1"), "none");
    std::string ors = "a = 1";
    for (int i = 0; i < 5000; ++i) ors += " or a = 1";
    EXPECT_EQ(code(ors), "limit");
    EXPECT_EQ(code("a = '" + std::string(1'048'576, 'x') + "'"), "limit");
    EXPECT_EQ(code("a = '" + std::string(1'000'000, 'x') + "'"), "none");
    EXPECT_EQ(code("a like '" + std::string(1025, 'x') + "'"), "invalid_argument");
    EXPECT_EQ(code(std::string(1025, 'k') + " = 1"), "invalid_argument");
    std::string negations = R"({"b": 1})";
    for (int i = 0; i < 62; ++i) negations = R"({"a": 1, "$not": )" + negations + "}";
    EXPECT_EQ(filter_of(filter_of(negations).describe()).describe(), filter_of(negations).describe());
    std::string deep = "{\"a\": 1}";
    for (int i = 0; i < 40; ++i) deep = R"({"$and": [)" + deep + "]}";
    EXPECT_EQ(code(deep), "limit");
}

TEST(Filters, RefuseMetadataThatIsNoObject) {
    const Filter filter = filter_of("a = 1");
    for (const std::string text : {"", "[]", "{\"a\": 1", "{\"a\": 1} x", "1"})
        EXPECT_FALSE(filter.matches(text)) << text;
    EXPECT_TRUE(filter.matches(" {\"a\" : 1 } "));
}

TEST(Filters, NameTheirKeys) {
    const std::vector<std::string> keys = filter_of("b = 1 or not (a.x = 2 and b = 3)").keys();
    EXPECT_EQ(keys, (std::vector<std::string>{"a.x", "b"}));
}

}  // namespace
}  // namespace reel::filter_test
