#include "text/text_query.h"

#include "text_support.h"

namespace reel {
namespace {

/// Clauses as text: +must, -not, words with their weight if it is not 1.
std::string describe(const QueryClause& clause, const TextQuery& query) {
    std::string out = clause.occur == Occur::kMust ? "+" : clause.occur == Occur::kMustNot ? "-" : "";
    switch (clause.kind) {
        case QueryClause::Kind::kWord:
            out += query.terms()[clause.number];
            return clause.weight == 1 ? out : out + "^" + std::to_string(clause.weight);
        case QueryClause::Kind::kPrefix: return out + query.prefixes()[clause.number] + "*";
        case QueryClause::Kind::kPhrase:
            for (const uint32_t term : clause.phrase)
                out += (out.ends_with('"') || out.find('"') != std::string::npos ? " " : "\"") +
                       query.terms()[term];
            return out + "\"";
        case QueryClause::Kind::kGroup: break;
    }
    out += "(";
    for (const QueryClause& child : clause.children) {
        out += (out.ends_with("(") ? "" : " ") + describe(child, query);
    }
    return out + ")";
}

std::string parsed(std::string_view text, const std::string& stemmer = "") {
    const auto query = parse_query(text, stemmer);
    return query ? describe(query->root(), *query) : "error";
}

TEST(Query, WordsAreJoinedByOr) {
    EXPECT_EQ(parsed("red apple"), "(red apple)");
    EXPECT_EQ(parsed("red OR apple"), "(red apple)");
    EXPECT_EQ(parsed("Red red APPLE"), "(red^2 apple)");
    EXPECT_EQ(parsed("rock-n-roll"), "(rock n roll)");
}

TEST(Query, AndBindsCloserThanOr) {
    EXPECT_EQ(parsed("a AND b"), "(+a +b)");
    EXPECT_EQ(parsed("a b AND c"), "(a (+b +c))");
    EXPECT_EQ(parsed("a AND b OR c AND d"), "((+a +b) (+c +d))");
    EXPECT_EQ(parsed("a AND (b c)"), "(+a +(b c))");
    EXPECT_EQ(parsed("a AND NOT b"), "(+a -b)");
    EXPECT_EQ(parsed("a NOT b"), "(a -b)");
}

TEST(Query, SignsAreForWhatFollowsThem) {
    EXPECT_EQ(parsed("+a -b c"), "(+a -b c)");
    EXPECT_EQ(parsed("+(a b) -(c d)"), "(+(a b) -c -d)");
    EXPECT_EQ(parsed("+well-known a"), "(+\"well known\" a)");
    EXPECT_EQ(parsed("- a + b -"), "(a b)");
    EXPECT_EQ(parsed("--verbose ++i"), "(verbose i)");
    EXPECT_EQ(parsed("a -(-b)"), "(a +b)");
}

TEST(Query, QuotesMakePhrases) {
    EXPECT_EQ(parsed("\"new york\" city"), "(\"new york\" city)");
    EXPECT_EQ(parsed("“new york” city"), "(\"new york\" city)");
    EXPECT_EQ(parsed("\"word\""), "(word)");
    EXPECT_EQ(parsed("a 5\" disk and 7\" disk"), "(a 5 disk^2 and 7)");
    EXPECT_EQ(parsed("\"never closed"), "(never closed)");
    EXPECT_EQ(parsed("\"\" a"), "(a)");
}

TEST(Query, AStarMakesABeginning) {
    EXPECT_EQ(parsed("wor*"), "(wor*)");
    EXPECT_EQ(parsed("+Foo-ba*"), "(+foo +ba*)");
    EXPECT_EQ(parsed("foo-ba* * 2*3"), "(foo ba* 2 3)");
    EXPECT_EQ(parsed("running* running", "english"), "(running* run)");
}

TEST(Query, ABackslashTakesTheMeaningFromAnOperator) {
    EXPECT_EQ(parsed("\\-a \\+b c\\* \\\"d e\\\" \\(f\\)"), "(a b c d e f)");
    EXPECT_EQ(parsed("C:\\temp\\new"), "(c temp new)");
    EXPECT_EQ(parsed("\\AND a"), "(and a)");
}

TEST(Query, WhatPeopleTypeIsNeverWrong) {
    EXPECT_EQ(parsed("what's the price of C++ in 2024?"), "(what's the price of c in 2024)");
    EXPECT_EQ(parsed(":) ((( hello ) )) world )"), "(hello world)");
    EXPECT_EQ(parsed("AND a OR"), "(and a or)");
    EXPECT_EQ(parsed("a AND AND b"), "(a (+and +b))");
    EXPECT_EQ(parsed("NOT"), "(not)");
    EXPECT_EQ(parsed("f(x) = y & z | ~w ^ 2 ! {} []"), "(f x y z w 2)");
    EXPECT_EQ(parsed("東京　-大阪"), "(東京 -大阪)");
}

TEST(Query, RefusesAQueryWithoutAWordToSearchFor) {
    for (const char* text :
         {"", "   ", "+ - \" * ( ) AND", "?!", "()", "\"\"", "-a", "-(a b)", "NOT a", "(-a) -b"}) {
        const auto query = parse_query(text);
        const std::string trimmed = text;
        if (trimmed.find("AND") != std::string::npos) {
            EXPECT_TRUE(query) << text;  // a word in capitals: nothing stands beside it
            continue;
        }
        ASSERT_FALSE(query) << text;
        EXPECT_EQ(query.error().code, ErrorCode::kInvalidArgument);
        EXPECT_NE(query.error().message.find("no word to search for"), std::string::npos);
    }
}

TEST(Query, IsLimitedInSizeAndDepth) {
    std::string words;
    for (size_t i = 0; i < kMaxQueryWords; ++i) words += "w ";
    EXPECT_TRUE(parse_query(words));
    EXPECT_EQ(parse_query(words + "w").error().code, ErrorCode::kLimit);
    EXPECT_EQ(parse_query(std::string(1'000'000, '(') + "a").error().code, ErrorCode::kLimit);
    EXPECT_EQ(parse_query(std::string(kMaxQueryDepth, '(') + "a").has_value(), true);
    EXPECT_TRUE(parse_query(std::string(1'000'000, 'a')));
    EXPECT_TRUE(parse_query(std::string(500'000, ')') + "a" + std::string(500'000, '"')));
    EXPECT_EQ(parse_query(std::string(kMaxQueryBytes + 1, ' ')).error().code, ErrorCode::kLimit);
    std::string megabyte;
    while (megabyte.size() < 1'000'000) megabyte += "word and ";
    EXPECT_EQ(parse_query(megabyte).error().code, ErrorCode::kLimit);
}

TEST(Query, KnowsWhichTermsItWants) {
    const auto query = *parse_query("cat \"new york\" dog* -bird");
    for (const char* term : {"cat", "new", "york", "dog", "dogs"})
        EXPECT_NE(query.find_wanted(term), SIZE_MAX);
    for (const char* term : {"bird", "ca", "cats", ""}) EXPECT_EQ(query.find_wanted(term), SIZE_MAX);
}

}  // namespace
}  // namespace reel
