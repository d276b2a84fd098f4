#include "ingest/jsonl.h"

#include <cmath>
#include <limits>

#include "support.h"

namespace reel {
namespace {

Result<NewRecord> parse(std::string_view line, const ImportOptions& options = {}) {
    NewRecord record;
    const Status parsed = parse_record_line(line, options, record);
    if (!parsed) return fail(parsed.error());
    return record;
}

Result<std::vector<NewRecord>> read(std::string_view text, const ImportOptions& options = {}) {
    JsonlSource source(memory_input(text, "F.jsonl"), options);
    return read_records(source);
}

TEST(Jsonl, ReadsTheFourNames) {
    const auto record = parse(R"({"id":"a","text":"T\n","metadata":{"k":1},"vector":[1,-0.5,2e-1]})").value();
    EXPECT_EQ(record.id, "a");
    EXPECT_EQ(record.text, "T\n");
    EXPECT_EQ(record.metadata, R"({"k":1})");
    EXPECT_EQ(record.vector, (std::vector<float>{1, -0.5F, 0.2F}));
}

TEST(Jsonl, LeavesOutWhatIsNotThere) {
    const auto record = parse(R"({"text":"T"})").value();
    EXPECT_EQ(record.id, std::nullopt);
    EXPECT_EQ(record.metadata, "");
    EXPECT_TRUE(record.vector.empty());
    EXPECT_EQ(parse(R"({"vector":[1]})").value().text, "");
}

TEST(Jsonl, KeepsTheBytesOfMetadata) {
    for (const std::string metadata : {R"({"big":12345678901234567890123,"price":1.10,"e":1E+2,"z":1,"a":2})",
                                       R"({ "spaced" : [ 1 , 2 ] })", "{}",
                                       R"({"esc":"\u00e9\/","é":null,"deep":{"id":1,"vector":[1.0]}})"}) {
        EXPECT_EQ(parse("{\"text\":\"t\",\"metadata\":" + metadata + "}").value().metadata, metadata);
    }
}

TEST(Jsonl, PutsOtherKeysBehindTheMetadata) {
    EXPECT_EQ(parse(R"({"text":"t","x":1.10,"metadata":{"m":0},"y":{"z":[]}})").value().metadata,
              R"({"m": 0, "x": 1.10, "y": {"z":[]}})");
    EXPECT_EQ(parse(R"({"lang":"de","text":"t"})").value().metadata, R"({"lang": "de"})");
}

TEST(Jsonl, NamesAKeyThatOccursTwice) {
    EXPECT_MESSAGE(parse(R"({"text":"t","x":1,"metadata":{"x":2}})"), "\"x\" occurs twice");
    EXPECT_MESSAGE(parse(R"({"text":"t","x":1,"\u0078":2})"), "\"x\" occurs twice");
    EXPECT_MESSAGE(parse(R"({"text":"t","text":"u"})"), "\"text\" occurs twice");
    EXPECT_MESSAGE(parse(R"({"text":"t","metadata":{"m":1,"m":2}})"), "\"m\" occurs twice");
}

TEST(Jsonl, TakesIntegersAsIds) {
    EXPECT_EQ(parse(R"({"id":42,"text":"t"})").value().id, "42");
    EXPECT_EQ(parse(R"({"id":-7,"text":"t"})").value().id, "-7");
    EXPECT_EQ(parse(R"({"id":12345678901234567890123,"text":"t"})").value().id, "12345678901234567890123");
    for (const std::string id : {"1.5", "1e3", "null", "true", "[]", "{}"}) {
        EXPECT_MESSAGE(parse("{\"id\":" + id + ",\"text\":\"t\"}"),
                       "\"id\" is neither a string nor an integer");
    }
}

TEST(Jsonl, RefusesValuesOfTheWrongKind) {
    EXPECT_MESSAGE(parse(R"({"text":1})"), "\"text\" is not a string");
    EXPECT_MESSAGE(parse(R"({"text":"t","metadata":[1]})"), "\"metadata\" is not a JSON object");
    EXPECT_MESSAGE(parse(R"({"text":"t","metadata":"{}"})"), "\"metadata\" is not a JSON object");
    EXPECT_MESSAGE(parse(R"({"vector":"x"})"), "\"vector\": is not an array");
    EXPECT_MESSAGE(parse(R"({"vector":[]})"), "\"vector\" is empty");
    EXPECT_MESSAGE(parse(R"({"vector":[1,null]})"), "number 2 of the vector (null) is not a number");
    EXPECT_MESSAGE(parse(R"({"vector":[[1,2]]})"), "is not a number");
    EXPECT_MESSAGE(parse(R"({"vector":["1"]})"), "is not a number");
    EXPECT_MESSAGE(parse(R"([1])"), "an object is expected");
    EXPECT_MESSAGE(parse(R"({"vector":[NaN]})"), "not valid JSON at byte 11");
    EXPECT_MESSAGE(parse("{}"), "has neither \"text\" nor \"vector\"");
}

TEST(Jsonl, ReadsFloatsToTheNearest) {
    const auto vector =
        parse(R"({"vector":[0.1,16777217,3.4028235e38,1e-45,1.17549435e-38,-0,0.30000001192092896]})")
            .value()
            .vector;
    EXPECT_EQ(vector, (std::vector<float>{0.1F, 16777216.0F, std::numeric_limits<float>::max(),
                                          std::numeric_limits<float>::denorm_min(),
                                          std::numeric_limits<float>::min(), -0.0F, 0.3F}));
    EXPECT_TRUE(std::signbit(vector[5]));
}

TEST(Jsonl, RefusesNumbersBeyondAFloatAndRoundsTinyOnesToZero) {
    for (const std::string number :
         {"1e39", "-1e39", "3.5e38", "1e400", "1e99999999999999999999", "12345e35", "0.001e45"}) {
        EXPECT_MESSAGE(parse("{\"vector\":[" + number + "]}"), "is too large for a 32-bit float");
    }
    EXPECT_MESSAGE(parse("{\"vector\":[1" + std::string(50, '0') + "]}"), "is too large");
    for (const std::string number : {"1e-60", "1e-400", "-1e-99999999999999999999", "0e999", "123e-70",
                                     "0.00000000000000000000000000000000000000000000000000000001"}) {
        const auto record = parse("{\"vector\":[" + number + "]}");
        ASSERT_TRUE(record) << number << message_of(record);
        EXPECT_EQ(record->vector[0], 0.0F) << number;
    }
}

TEST(Jsonl, NamesTheLineOfAnError) {
    EXPECT_MESSAGE(read("{\"text\":\"a\"}\n\n{\"text\":\"\xE9\"}\n"),
                   "F.jsonl line 3: not UTF-8 at byte 9; convert the file to UTF-8 first");
    EXPECT_MESSAGE(read("{\"vector\":[1,2,3]}\n{\"vector\":[1,2]}\n", {.dimension = 3}),
                   "F.jsonl line 2: \"vector\" has 2 numbers, the store 3");
}

TEST(Jsonl, SkipsBlankLinesAndAByteOrderMark) {
    const auto records = read("\xEF\xBB\xBF{\"text\":\"a\"}\r\n\n  \r\n{\"text\":\"b\"}").value();
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[1].text, "b");
    EXPECT_TRUE(read("").value().empty());
    EXPECT_EQ(count_jsonl_records(memory_input("{}\n\n{}", "m")).value(), 2U);
}

TEST(Jsonl, RefusesAVectorWhereAnotherFileHasThem) {
    EXPECT_MESSAGE(parse(R"({"vector":[1]})", {.vectors_elsewhere = true}), "has a \"vector\" although");
    EXPECT_TRUE(parse("{}", {.vectors_elsewhere = true}));
}

TEST(Jsonl, CopesWithHostileLines) {
    EXPECT_MESSAGE(parse("{\"text\":\"t\",\"x\":" + std::string(100'000, '[')), "nests deeper than 64");
    const std::string id(1'000'000, 'i');
    EXPECT_EQ(parse("{\"text\":\"t\",\"id\":\"" + id + "\"}").value().id, id);
    std::string keys = "{\"text\":\"t\"";
    for (int i = 0; i < 100'000; ++i) keys += ",\"k" + std::to_string(i) + "\":0";
    EXPECT_TRUE(parse(keys + "}"));
}

TEST(Jsonl, RefusesEveryTruncationOfALine) {
    const std::string line =
        R"({"id":"é","text":"a\u00e9","metadata":{"k":[1.5,{"x":null}]},"vector":[1.5,-2e3]})";
    ASSERT_TRUE(parse(line));
    for (size_t length = 0; length < line.size(); ++length)
        EXPECT_FALSE(parse(line.substr(0, length))) << length;
}

TEST(Jsonl, CountsRecordsAndBytes) {
    const std::string text = "{\"text\":\"a\"}\n{\"text\":\"b\"}\n";
    JsonlSource source(memory_input(text, "F.jsonl"), {});
    NewRecord record;
    ASSERT_TRUE(source.next(record).value());
    EXPECT_EQ(source.records_read(), 1U);
    EXPECT_EQ(source.bytes_read(), text.size() / 2);
    EXPECT_EQ(source.bytes_total(), text.size());
    EXPECT_EQ(source.place(), "F.jsonl line 1");
}

}  // namespace
}  // namespace reel
