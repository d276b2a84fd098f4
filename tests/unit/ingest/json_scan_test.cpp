#include "base/json_scan.h"

#include <random>

#include "base/json.h"
#include "base/metadata.h"
#include "support.h"

namespace reel {
namespace {

TEST(JsonScan, SlicesMembersWithoutChangingAByte) {
    std::vector<JsonMember> members;
    ASSERT_TRUE(
        scan_json_object(" { \"a\" : 1.10 ,\"b\\u0063\":[ {\"x\":\"]}\"} , 2], \"d\":\"\\\"\" } ", members));
    ASSERT_EQ(members.size(), 3U);
    EXPECT_EQ(members[0].key, "\"a\"");
    EXPECT_EQ(members[0].value, "1.10");
    EXPECT_EQ(members[1].key, "\"b\\u0063\"");
    EXPECT_EQ(members[1].value, "[ {\"x\":\"]}\"} , 2]");
    EXPECT_EQ(members[2].value, "\"\\\"\"");
}

TEST(JsonScan, AgreesWithTheLibraryOnHandPickedTexts) {
    for (const std::string text : {"{}",
                                   "[]",
                                   "{\"a\":}",
                                   "{\"a\" 1}",
                                   "{a:1}",
                                   "[1,]",
                                   "[,1]",
                                   "{,}",
                                   "{\"a\":1,}",
                                   "[1 2]",
                                   "01",
                                   "-",
                                   "-0",
                                   "1.",
                                   ".5",
                                   "1e",
                                   "1e+",
                                   "1e+5",
                                   "+1",
                                   "true",
                                   "tru",
                                   "nulll",
                                   "\"",
                                   "\"\\",
                                   "\"\\u12\"",
                                   "\"\\u12g4\"",
                                   "\"\\ud800\"",
                                   "\"\\udc00\"",
                                   "\"\\ud83d\\ude00\"",
                                   "\"\\ud83d\\u0041\"",
                                   "\"\\x\"",
                                   "\"\t\"",
                                   "[[]]",
                                   "[}",
                                   "{]",
                                   "[{}]",
                                   "",
                                   " ",
                                   "1 1",
                                   "[\"a\",{\"b\":[null,false]}]",
                                   "{\"a\":[],\"b\":{}}",
                                   "[[],[]]",
                                   "]",
                                   "{{}}",
                                   "NaN",
                                   "Infinity",
                                   "[1e5]",
                                   "\"\x7f\"",
                                   "{\"a\":1 \"b\":2}",
                                   "[\"\\u0000\"]",
                                   "[tru]",
                                   "{\"a\"",
                                   "{\"a\":"}) {
        EXPECT_EQ(scan_json(text).has_value(), check_json(text).has_value()) << text;
    }
}

TEST(JsonScan, TakesANulForAnErrorNotForTheEnd) {
    for (const std::string& text : {std::string("{}\0", 3), std::string("\0", 1), std::string("[1\0]", 4)}) {
        EXPECT_FALSE(scan_json(text));
        EXPECT_FALSE(check_json(text));
    }
}

TEST(JsonScan, AgreesWithTheLibraryOnDamagedTexts) {
    const std::string whole = R"({"id":"a\u00e9\n","n":[-1.5e-3,0,{"k":null}],"t":true,"o":{"x":"","y":[]}})";
    const std::string alphabet = "{}[]\",:\\u0e-+.1tn ";
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
        std::string text = whole;
        for (auto edits = 1 + random() % 3; edits > 0; --edits) {
            const size_t at = random() % text.size();
            const char c = alphabet[random() % alphabet.size()];
            if (random() % 3 == 0)
                text.erase(at, 1);
            else if (random() % 2 == 0)
                text.insert(at, 1, c);
            else
                text[at] = c;
        }
        const auto ours = scan_json(text);
        const auto theirs = check_json(text);
        ASSERT_EQ(ours.has_value(), theirs.has_value()) << text << "\n"
                                                        << message_of(ours) << message_of(theirs);
    }
}

TEST(JsonScan, RefusesEveryTruncation) {
    const std::string whole = R"({"a":[1,{"b":"\u00e9"}],"c":true})";
    ASSERT_TRUE(scan_json(whole));
    for (size_t length = 0; length < whole.size(); ++length) {
        EXPECT_FALSE(scan_json(whole.substr(0, length))) << length;
    }
}

TEST(JsonScan, AllowsTheDepthThatTheLibraryAllows) {
    for (const size_t depth : {kMaxJsonDepth, kMaxJsonDepth + 1}) {
        const std::string arrays = std::string(depth, '[') + std::string(depth, ']');
        EXPECT_EQ(scan_json(arrays).has_value(), depth <= kMaxJsonDepth);
        const std::string inside =
            "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
        std::vector<JsonMember> members;
        EXPECT_EQ(scan_json_object(inside, members).has_value(), depth <= kMaxJsonDepth);
        EXPECT_EQ(check_json(inside).has_value(), depth <= kMaxJsonDepth);
    }
    const auto hostile = scan_json(std::string(10'000'000, '['));
    ASSERT_FALSE(hostile);
    EXPECT_EQ(hostile.error().code, ErrorCode::kLimit);
}

TEST(JsonScan, NamesTheByteOfTheError) {
    EXPECT_MESSAGE(scan_json("{\"a\":1 x}"), "not valid JSON at byte 7: ");
}

TEST(JsonScan, ReadsStringsAsTheLibraryDoes) {
    for (const std::string literal :
         {R"("")", R"("plain é")", R"("\"\\\/\b\f\n\r\t")", R"("\u0041\u00e9\u20ac")",
          R"("\ud83d\ude00x\u0000y")", R"("\uDBFF\uDFFF")"}) {
        EXPECT_EQ(read_json_string(literal), Json::parse(literal).get<std::string>()) << literal;
    }
}

TEST(JsonScan, KnowsANameSpeltWithEscapes) {
    EXPECT_TRUE(is_json_string("\"id\"", "id"));
    EXPECT_TRUE(is_json_string("\"\\u0069d\"", "id"));
    EXPECT_FALSE(is_json_string("\"ids\"", "id"));
    EXPECT_FALSE(is_json_string("7", "7"));
}

}  // namespace
}  // namespace reel
