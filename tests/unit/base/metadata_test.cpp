#include "base/metadata.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace reel {
namespace {

std::string added(std::string_view metadata, std::string_view id = "x") {
    const auto stored = add_doc_id(metadata, id);
    EXPECT_TRUE(stored) << stored.error().message;
    return stored.value_or("");
}

std::string removed(std::string_view stored) {
    const auto metadata = remove_doc_id(stored);
    EXPECT_TRUE(metadata) << metadata.error().message;
    return metadata.value_or("");
}

void expect_error(const auto& result, ErrorCode code, const std::string& part) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, code);
    EXPECT_NE(result.error().message.find(part), std::string::npos) << result.error().message;
}

std::string nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(Metadata, IsStoredAsThePrototypeStoredIt) {
    EXPECT_EQ(added(R"({"source": "mock"})", "0"), R"({"doc_id": "0", "source": "mock"})");
    EXPECT_EQ(removed(R"({"doc_id": "0", "source": "mock"})"), R"({"source": "mock"})");
}

TEST(Metadata, OfNothingIsTheIdAlone) {
    EXPECT_EQ(added(""), R"({"doc_id": "x"})");
    EXPECT_EQ(added("{}"), R"({"doc_id": "x"})");
    EXPECT_EQ(added(" { } "), R"({"doc_id": "x"})");
    EXPECT_EQ(removed(R"({"doc_id": "x"})"), "{}");
}

// Numbers beyond what a double holds, order, white space, escapes, duplicates, nesting.
TEST(Metadata, ComesBackAsItWasWritten) {
    for (const std::string metadata :
         {R"({"a": 1})", R"({"a":1,"b":2})", R"({"b":1.0,"a":12345678901234567890123,"c":1E+2})",
          R"({ "a" : 1 })", "{\n  \"a\": [1, 2,3],\n  \"b\":\t{\"doc_id\": 5}\n}",
          R"({"a":"\u00e9\/\n","\u0061":true})", R"({"a":1 ,"a" :2,  "a":null})",
          R"({"x doc_id":"","":{}})"}) {
        const std::string stored = added(metadata);
        EXPECT_TRUE(stored.starts_with(R"({"doc_id": "x", )")) << stored;
        EXPECT_EQ(removed(stored), metadata);
        EXPECT_TRUE(check_json_object(stored));
    }
}

TEST(Metadata, LosesTheDocIdWhereverItStands) {
    EXPECT_EQ(removed(R"({"a":1,"doc_id":"x","b":2})"), R"({"a":1,"b":2})");
    EXPECT_EQ(removed(R"({"a":1,"doc_id":"x"})"), R"({"a":1})");
    EXPECT_EQ(removed(R"({"doc_id":"x","a":1,"doc_id":"x"})"), R"({"a":1})");
    EXPECT_EQ(removed(R"({"a":1, "b":2})"), R"({"a":1, "b":2})");
    EXPECT_EQ(removed(R"({"doc_id":5})"), "{}");
}

TEST(Metadata, WithTheSameDocIdIsKeptAsItIs) {
    EXPECT_EQ(added(R"({"a":1,"doc_id":"x"})"), R"({"a":1,"doc_id":"x"})");
    EXPECT_EQ(added(R"({"doc_id":"\u0078"})"), R"({"doc_id":"\u0078"})");
    EXPECT_EQ(added(R"({"doc\u005fid":"x"})"), R"({"doc\u005fid":"x"})");
}

TEST(Metadata, WithAnotherDocIdIsRefused) {
    for (const auto* metadata :
         {R"({"doc_id":"y"})", R"({"doc_id":5})", R"({"doc_id":null})", R"({"doc_id":["x"]})",
          R"({"doc_id":""})", R"({"\u0064oc_id":"y"})", R"({"doc_id":"x","doc_id":"y"})"}) {
        expect_error(add_doc_id(metadata, "x"), ErrorCode::kInvalidArgument,
                     R"(differs from the record's id "x")");
    }
    EXPECT_TRUE(add_doc_id(R"({"doc_ids":"y","DOC_ID":"y"})", "x"));
}

TEST(Metadata, QuotesTheId) {
    const std::string id = "a\"b\\c\n\u20ac";
    const std::string stored = added("{}", id);
    EXPECT_EQ(stored, "{\"doc_id\": \"a\\\"b\\\\c\\n\u20ac\"}");
    EXPECT_EQ(find_doc_id(stored), id);
}

TEST(Metadata, IsAskedForItsDocId) {
    EXPECT_EQ(find_doc_id(R"({"a":1,"doc_id":"x"})"), "x");
    EXPECT_EQ(find_doc_id(R"({"doc_\u0069d":"\ud83d\ude00"})"), "\U0001F600");
    EXPECT_EQ(find_doc_id(R"({"doc_id":"x","doc_id":"y"})"), "y");
    for (const auto* none :
         {"", "{}", "[]", R"({"doc_id":5})", R"({"doc_id":"x")", R"({"a":{"doc_id":"x"}})"}) {
        EXPECT_FALSE(find_doc_id(none)) << none;
    }
}

TEST(Metadata, MustBeAnObject) {
    for (const auto* other : {"[]", "5", "null", R"("{}")", " true"}) {
        expect_error(add_doc_id(other, "x"), ErrorCode::kInvalidArgument, "not a JSON object");
        expect_error(check_json_object(other), ErrorCode::kInvalidArgument, "not a JSON object");
    }
    EXPECT_TRUE(check_json("5"));
}

TEST(Metadata, MustBeJsonAndTheErrorNamesTheByte) {
    expect_error(check_json(R"({"a":1 x})"), ErrorCode::kInvalidArgument, "not valid JSON at byte 8: ");
    for (const auto* text : {"{", "{\"a\"}", "{\"a\":1,}", "{a:1}", "{\"a\":01}", "{} {}", "{\"a\":\"\x01\"}",
                             "{\"a\":\"\xff\"}", "{\"a\":\"\\ud800\"}", "{\"a\":NaN}", " "}) {
        expect_error(add_doc_id(text, "x"), ErrorCode::kInvalidArgument, "not valid JSON");
        expect_error(remove_doc_id(text), ErrorCode::kInvalidArgument, "not valid JSON");
    }
}

TEST(Metadata, NestsNoDeeperThanTheLimit) {
    EXPECT_TRUE(check_json(nested(kMaxJsonDepth)));
    expect_error(check_json(nested(kMaxJsonDepth + 1)), ErrorCode::kLimit, "deeper than 64 levels");
    EXPECT_TRUE(add_doc_id("{\"a\":" + nested(kMaxJsonDepth - 1) + "}", "x"));
    expect_error(add_doc_id("{\"a\":" + nested(kMaxJsonDepth) + "}", "x"), ErrorCode::kLimit, "deeper");
    expect_error(check_json(std::string(1'000'000, '[')), ErrorCode::kLimit, "deeper");
}

TEST(Json, IsWrittenInTheOrderOfAddingAndReadInAlphabeticalOrder) {
    OrderedJson written;
    written["b"] = 1;
    written["a"] = 2;
    EXPECT_EQ(dump_json(written), R"({"b":1,"a":2})");
    EXPECT_EQ(dump_json(*parse_json(R"({"b":1,"a":2})")), R"({"a":2,"b":1})");
}

TEST(Json, CountsTheLastOfTwoKeysAndHasTheLimitOfMetadata) {
    EXPECT_EQ(parse_json(R"({"a":1,"a":2})")->at("a"), 2);
    expect_error(parse_json(std::string(2000, '[')), ErrorCode::kLimit, "deeper");
    expect_error(parse_json("{"), ErrorCode::kInvalidArgument, "at byte 2");
}

TEST(Json, QuotesAnyBytesWithoutFailing) {
    EXPECT_EQ(quote_json("a\"\n"), R"("a\"\n")");
    EXPECT_EQ(quote_json("a\xFFz"), "\"a\uFFFDz\"");
}

}  // namespace
}  // namespace reel
