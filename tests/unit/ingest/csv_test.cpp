#include "ingest/csv.h"

#include "support.h"

namespace reel {
namespace {

using Row = std::vector<std::string>;

Result<std::vector<Row>> rows_of(std::string_view text) {
    CsvReader reader(memory_input(text, "F.csv"));
    std::vector<Row> rows;
    Row row;
    while (true) {
        auto more = reader.next(row);
        if (!more) return fail(more.error());
        if (!*more) return rows;
        rows.push_back(row);
    }
}

Result<std::vector<NewRecord>> read(std::string_view text, const ImportOptions& options = {}) {
    auto source = CsvSource::open(memory_input(text, "F.csv"), options);
    if (!source) return fail(source.error());
    return read_records(**source);
}

TEST(CsvReader, SplitsAsRfc4180Says) {
    EXPECT_EQ(rows_of("a,b\r\n1,2\r\n").value(), (std::vector<Row>{{"a", "b"}, {"1", "2"}}));
    EXPECT_EQ(rows_of("a,,\n\"\",\"x\"\"y\",\"1,2\"").value(),
              (std::vector<Row>{{"a", "", ""}, {"", "x\"y", "1,2"}}));
    EXPECT_EQ(rows_of("\"a\"\r\n \n").value(), (std::vector<Row>{{"a"}, {" "}}));
    EXPECT_EQ(rows_of("\"a\",\r\n").value(), (std::vector<Row>{{"a", ""}}));
}

TEST(CsvReader, KeepsLineEndsInsideQuotes) {
    EXPECT_EQ(rows_of("\"a\r\nb\n\nc\",d\ne,f").value(),
              (std::vector<Row>{{"a\r\nb\n\nc", "d"}, {"e", "f"}}));
}

TEST(CsvReader, SkipsEmptyLines) {
    EXPECT_EQ(rows_of("\na\n\r\n\nb\n").value(), (std::vector<Row>{{"a"}, {"b"}}));
}

TEST(CsvReader, NamesWhereAnUnclosedQuoteOpened) {
    EXPECT_MESSAGE(rows_of("a,b\n1,\"x\ny\nz\n"),
                   "F.csv line 2 byte 2: the quote that opens here is never closed");
}

TEST(CsvReader, NamesAMisplacedQuote) {
    EXPECT_MESSAGE(rows_of("a,b\n1,x\"y"), "F.csv line 2: a quote inside the unquoted field 2");
    EXPECT_MESSAGE(rows_of("\"a\"b,c"), "F.csv line 1 byte 3: text after a closing quote");
}

TEST(CsvReader, LimitsARowThatNeverEnds) {
    std::string text = "\"";
    for (int i = 0; i < 100; ++i) text += "0123456789\n";
    CsvReader reader(memory_input(text, "F.csv"), 500);
    Row row;
    const auto read = reader.next(row);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::kLimit);
    EXPECT_MESSAGE(read, "F.csv line 1 byte 0: the row goes on for more than 500 bytes");
}

TEST(Csv, ReadsColumnsByName) {
    const auto records = read(
                             "lang,id,text,vector,metadata\n"
                             "de,a,Hallo,\"[1, 2.5]\",\"{\"\"n\"\": 1.10}\"\n"
                             "en,,Hello,3 4,\n"
                             "fr,c,,5;6,\n")
                             .value();
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].id, "a");
    EXPECT_EQ(records[0].text, "Hallo");
    EXPECT_EQ(records[0].vector, (std::vector<float>{1, 2.5F}));
    EXPECT_EQ(records[0].metadata, R"({"n": 1.10, "lang": "de"})");
    EXPECT_EQ(records[1].id, std::nullopt);
    EXPECT_EQ(records[1].vector, (std::vector<float>{3, 4}));
    EXPECT_EQ(records[1].metadata, R"({"lang": "en"})");
    EXPECT_EQ(records[2].vector, (std::vector<float>{5, 6}));
}

TEST(Csv, KeepsAMetadataColumnByteForByte) {
    EXPECT_EQ(
        read("text,metadata\nt,\"{ \"\"b\"\":1,\"\"a\"\":12345678901234567890123 }\"").value()[0].metadata,
        R"({ "b":1,"a":12345678901234567890123 })");
}

TEST(Csv, ReadsNumpysWayOfPrintingAVector) {
    EXPECT_EQ(read("vector\n[1. 2.5]\n").value()[0].vector, (std::vector<float>{1, 2.5F}));
}

TEST(Csv, MakesStringsOfOtherColumns) {
    EXPECT_EQ(read("text,n,\"q\"\"\"\nt,1,\"a\"\"\nb\"").value()[0].metadata,
              R"({"n": "1", "q\"": "a\"\nb"})");
}

TEST(Csv, NamesARowWithTheWrongNumberOfFields) {
    EXPECT_MESSAGE(read("id,text\n1,a\n\n2\n"), "F.csv line 4: record 2 has 1 field, the header row 2");
    EXPECT_MESSAGE(read("id,text\n1,\"a\nb\"\n2,b,c\n"),
                   "F.csv line 4: record 2 has 3 fields, the header row 2");
}

TEST(Csv, SaysWhatIsWrongWithTheHeader) {
    EXPECT_MESSAGE(read(""), "is empty");
    EXPECT_MESSAGE(read("id;text\n1;a\n"), "separated by something else than commas");
    EXPECT_MESSAGE(read("id\ttext\n"), "separated by something else than commas");
    EXPECT_MESSAGE(read("id,body\n"), "no column \"text\"");
    EXPECT_MESSAGE(read("text,text\n"), "\"text\" occurs twice");
    EXPECT_MESSAGE(read(",text\n"), "column 1 has no name");
    EXPECT_TRUE(read("id\n", {.vectors_elsewhere = true}));
}

TEST(Csv, SaysWhatIsWrongWithAField) {
    EXPECT_MESSAGE(read("vector\nx\n"),
                   "F.csv line 2: column \"vector\": number 1 of the vector (x) is not a number");
    EXPECT_MESSAGE(read("vector\nnan\n"), "is not finite");
    EXPECT_MESSAGE(read("vector\n\"[1,,2]\"\n"), "not valid JSON");
    EXPECT_MESSAGE(read("vector\n1 2\n", {.dimension = 3}),
                   "F.csv line 2: \"vector\" has 2 numbers, the store 3");
    EXPECT_MESSAGE(read("text,metadata\nt,[1]\n"), "F.csv line 2: \"metadata\"");
    EXPECT_MESSAGE(read("text,k,metadata\nt,1,\"{\"\"k\"\":2}\"\n"), "\"k\" occurs twice");
    EXPECT_MESSAGE(read("id,text\n1,\n"), "has neither \"text\" nor \"vector\"");
    EXPECT_MESSAGE(read("text\nok\n\"a\n\xE9\"\n"), "F.csv line 4: not UTF-8 at byte 0");
}

TEST(Csv, CountsRecordsNotLines) {
    EXPECT_EQ(count_csv_records(memory_input("text\n\"a\nb\"\n\nc\n", "m")).value(), 2U);
    EXPECT_EQ(count_csv_records(memory_input("", "m")).value(), 0U);
}

TEST(Csv, NeverMisreadsATruncatedFile) {
    const std::string whole = "id,text\n1,\"a \"\"b\"\"\nc\"\n2,d\n";
    const auto all = read(whole).value();
    for (size_t length = 0; length < whole.size(); ++length) {
        const auto some = read(whole.substr(0, length));
        if (!some) continue;
        ASSERT_LE(some->size(), all.size());
        for (size_t i = 0; i < some->size(); ++i) {
            const bool is_last = i + 1 == some->size();  // which may have lost its end
            EXPECT_EQ((*some)[i].text, is_last ? all[i].text.substr(0, (*some)[i].text.size()) : all[i].text);
        }
    }
}

TEST(Csv, ReadsTheSameFromAPipeThatTrickles) {
    auto source = CsvSource::open(std::make_unique<TricklingInput>("text\n\"a\nb\"\nc"), {}).value();
    EXPECT_EQ(read_records(*source).value()[0].text, "a\nb");
}

}  // namespace
}  // namespace reel
