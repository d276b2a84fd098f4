#include "base/json.h"
#include "ingest/passages.h"
#include "support.h"

namespace reel {
namespace {

/// Counts a token for every byte that is not a space; a word that is not
/// read from its beginning costs `extra` tokens more.
class ByteEmbedder final : public Embedder {
public:
    explicit ByteEmbedder(size_t extra = 0) : extra_(extra) {}

    Result<EmbedderDescription> describe() override { return EmbedderDescription{}; }
    Result<std::vector<float>> embed(std::span<const std::string_view>, TextRole) override {
        return fail(ErrorCode::kUnsupported, "this one only counts");
    }
    Result<std::vector<size_t>> token_ends(std::string_view text) override {
        ++calls;
        std::vector<size_t> ends;
        if (text.starts_with('+')) ends.assign(extra_, 1);
        for (size_t i = 0; i < text.size(); ++i) {
            if (text[i] != ' ') ends.push_back(i + 1);
        }
        return ends;
    }

    size_t calls = 0;

private:
    size_t extra_;
};

NewRecord record_of(std::string text, std::string metadata = "", std::optional<std::string> id = "doc") {
    return {std::move(id), std::move(text), std::move(metadata), {}};
}

TEST(SourceRecords, LeavesAShortTextAlone) {
    ByteEmbedder embedder;
    const auto records = source_records(record_of("ab cd", R"({"k":1})"), "", {4, 0}, embedder).value();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].id, "doc");
    EXPECT_EQ(records[0].text, "ab cd");
    EXPECT_EQ(records[0].metadata, R"({"k":1})");
}

TEST(SourceRecords, DoesNotCountWhatIsSurelyShort) {
    ByteEmbedder embedder;
    ASSERT_TRUE(source_records(record_of("ab"), "", {4, 0}, embedder));
    EXPECT_EQ(embedder.calls, 0U);
}

TEST(SourceRecords, LeavesAGivenVectorWithItsText) {
    ByteEmbedder embedder;
    NewRecord record = record_of("a long text");
    record.vector = {1};
    EXPECT_EQ(source_records(record, "", {4, 0}, embedder).value().size(), 1U);
}

TEST(SourceRecords, TellsEachPassageItsSourceAndPlace) {
    ByteEmbedder embedder;
    const auto records =
        source_records(record_of("abc def ghi", R"({"n":1.10})"), "", {6, 0}, embedder).value();
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].id, "doc#1");
    EXPECT_EQ(records[0].text, "abc def");
    EXPECT_EQ(records[1].id, "doc#2");
    EXPECT_EQ(records[1].text, "ghi");
    EXPECT_EQ(records[1].metadata,
              R"({"n": 1.10, "source": "doc", "passage": 2, "passages": 2, "offset": 8, "length": 3})");
}

TEST(SourceRecords, NamesThePlaceWhereThereIsNoId) {
    ByteEmbedder embedder;
    const auto records =
        source_records(record_of("abc def", "", std::nullopt), "F.jsonl line 3", {4, 0}, embedder).value();
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].id, std::nullopt);
    EXPECT_EQ(parse_json(records[0].metadata).value()["source"], "F.jsonl line 3");
}

TEST(SourceRecords, KeepsAUsersSourceAndRefusesAUsersPassage) {
    ByteEmbedder embedder;
    const auto records =
        source_records(record_of("abc def", R"({"source":"book"})"), "", {4, 0}, embedder).value();
    EXPECT_EQ(parse_json(records[0].metadata).value()["source"], "book");
    for (const std::string key : {"passage", "passages", "offset", "length"}) {
        const auto refused =
            source_records(record_of("abc def", "{\"" + key + "\":1}"), "", {4, 0}, embedder);
        EXPECT_MESSAGE(refused, "\"" + key + "\" is also one of the user's");
        EXPECT_TRUE(source_records(record_of("abc", "{\"" + key + "\":1}"), "", {4, 0}, embedder));
    }
}

TEST(SourceRecords, CutsShorterWhereAPartOfAWordHasMoreTokens) {
    const std::string word = std::string("x") + std::string(30, '+');
    ByteEmbedder embedder(2);
    const auto records = source_records(record_of(word), "", {10, 0}, embedder).value();
    std::string joined;
    for (const NewRecord& record : records) {
        EXPECT_LE(embedder.token_ends(record.text).value().size(), 10U);
        joined += record.text;
    }
    EXPECT_EQ(joined, word);
}

TEST(SourceRecords, SaysWhenNoCutIsShortEnough) {
    ByteEmbedder embedder(20);
    EXPECT_MESSAGE(source_records(record_of(std::string(30, '+')), "", {10, 0}, embedder), "cannot be cut");
}

EmbedderDescription model(uint32_t max_tokens, std::string prefix = "") {
    EmbedderDescription description;
    description.model = "m";
    description.max_tokens = max_tokens;
    description.document_prefix = std::move(prefix);
    return description;
}

TEST(PassageLimit, LeavesRoomForThePrefix) {
    ByteEmbedder embedder;
    EXPECT_EQ(passage_limit({0, 32}, model(256), embedder).value().size, 256U);
    EXPECT_EQ(passage_limit({256, 32}, model(256), embedder).value().size, 256U);
    EXPECT_EQ(passage_limit({100, 32}, model(256), embedder).value().size, 100U);
    EXPECT_EQ(passage_limit({0, 32}, model(256, "doc: "), embedder).value().size, 252U);
    EXPECT_EQ(passage_limit({0, 32}, model(0), embedder).value().size, 256U);
}

TEST(PassageLimit, RefusesMoreThanTheModelReads) {
    ByteEmbedder embedder;
    EXPECT_MESSAGE(passage_limit({300, 32}, model(256), embedder),
                   "passages of 300 tokens are longer than the 256");
    EXPECT_FALSE(passage_limit({32, 32}, model(256), embedder));
}

}  // namespace
}  // namespace reel
