// The recorded answers of Ollama 0.17.4, and wrong ones.
#include "embed/http/answers.h"
#include "base/limits.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace reel {
namespace {

using Floats = std::vector<float>;

std::string embed_error(std::string_view body, size_t text_count) {
    const auto batch = parse_ollama_embed(body, text_count);
    return batch ? "no error" : batch.error().message;
}

TEST(OllamaAnswer, GivesTheVectorsInTheirOrder) {
    const auto batch = parse_ollama_embed(
        R"({"model":"m","embeddings":[[1,-2.5],[0.5,1e-3]],"total_duration":1,"load_duration":2,"prompt_eval_count":3})",
        2);
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->dimension, 2U);
    EXPECT_EQ(batch->values, (Floats{1.0F, -2.5F, 0.5F, 1e-3F}));
}

TEST(OllamaAnswer, IsRefusedWithAnotherNumberOfVectors) {
    EXPECT_EQ(embed_error(R"({"embeddings":[]})", 2), "sent 0 vectors for 2 texts");
    EXPECT_EQ(embed_error(R"({"embeddings":[[1],[2]]})", 1), "sent 2 vectors for 1 texts");
}

TEST(OllamaAnswer, IsRefusedInAnotherShape) {
    EXPECT_EQ(embed_error(R"({"embedding":[1]})", 1), "sent no list of \"embeddings\"");
    EXPECT_EQ(embed_error(R"({"embeddings":[1]})", 1), "sent a number for vector 0");
    EXPECT_EQ(embed_error(R"({"embeddings":[[1],[]]})", 2), "sent an empty vector 1");
    EXPECT_EQ(embed_error(R"({"embeddings":[[1,2],[1]]})", 2),
              "sent vectors of 2 and of 1 dimensions in one answer");
    EXPECT_EQ(embed_error(R"([[1]])", 1), "sent JSON that is not an object");
}

TEST(OllamaAnswer, IsRefusedWithWhatIsNoFiniteNumber) {
    EXPECT_EQ(embed_error(R"({"embeddings":[[1,null]]})", 1), "sent a null for a number of vector 0");
    EXPECT_EQ(embed_error(R"({"embeddings":[["1"]]})", 1), "sent a string for a number of vector 0");
    EXPECT_EQ(embed_error(R"({"embeddings":[[1e39]]})", 1), "sent a number beyond 32-bit floats in vector 0");
    EXPECT_NE(embed_error(R"({"embeddings":[[NaN]]})", 1).find("not JSON"), std::string::npos);
    EXPECT_NE(embed_error(R"({"embeddings":[[1e999]]})", 1), "no error");
}

TEST(OllamaAnswer, IsRefusedIfItIsNoJson) {
    EXPECT_EQ(embed_error(" <html>502</html>", 1), "sent a page of HTML or XML, not JSON");
    EXPECT_NE(embed_error("", 1).find("not JSON"), std::string::npos);
    EXPECT_NE(embed_error("Ollama is running", 1).find("not JSON"), std::string::npos);
    EXPECT_NE(embed_error(std::string(100'000, '['), 1), "no error");
}

TEST(OllamaAnswer, IsRefusedWithMoreDimensionsThanTheLimit) {
    std::string body = R"({"embeddings":[[0)";
    for (size_t i = 0; i < kMaxDimension; ++i) body += ",0";
    EXPECT_EQ(embed_error(body + "]]}", 1), "sent 65537 numbers for vector 0");
}

TEST(OldOllamaAnswer, GivesOneVector) {
    const auto batch = parse_ollama_old(R"({"embedding":[3,4]})");
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->values, (Floats{3.0F, 4.0F}));
}

TEST(OldOllamaAnswer, IsRefusedIfEmpty) {
    EXPECT_FALSE(parse_ollama_old(R"({"embedding":[]})"));
    EXPECT_FALSE(parse_ollama_old(R"({"error":"x"})"));
}

TEST(OpenAiAnswer, IsOrderedByIndex) {
    const auto batch = parse_openai(
        R"({"object":"list","data":[{"embedding":[2],"index":1},{"embedding":[1],"index":0}]})", 2);
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->values, (Floats{1.0F, 2.0F}));
}

TEST(OpenAiAnswer, IsTakenAsItStandsWithoutIndices) {
    const auto batch = parse_openai(R"({"data":[{"embedding":[2]},{"embedding":[1]}]})", 2);
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->values, (Floats{2.0F, 1.0F}));
}

TEST(OpenAiAnswer, IsRefusedWithAnIndexTwiceOrBeyond) {
    EXPECT_FALSE(parse_openai(R"({"data":[{"embedding":[2],"index":0},{"embedding":[1],"index":0}]})", 2));
    EXPECT_FALSE(parse_openai(R"({"data":[{"embedding":[2],"index":5}]})", 1));
    EXPECT_FALSE(parse_openai(R"({"data":[{"index":0}]})", 1));
    EXPECT_FALSE(parse_openai(R"({"data":[7]})", 1));
    EXPECT_FALSE(parse_openai(R"({"data":{}})", 0));
}

TEST(OllamaRequest, AsksForNoSilentCut) {
    const std::vector<std::string> texts{"a \"b\"", "\u4E2D"};
    const auto request = parse_json(ollama_embed_request("m", texts));
    ASSERT_TRUE(request);
    EXPECT_EQ((*request)["truncate"], false);
    EXPECT_EQ((*request)["model"], "m");
    EXPECT_EQ((*request)["input"], (Json{"a \"b\"", "\u4E2D"}));
}

constexpr std::string_view kDigest = "0a109f422b47e3a30ba2b10eca18548e944e8a23073ee3f3e947efcf3c45e59f";

TEST(OllamaTags, NameTheDigestOfATag) {
    const std::string tags =
        R"({"models":[{"name":"other:latest","digest":"x"},{"name":"nomic-embed-text:latest","digest":")" +
        std::string(kDigest) + R"("}]})";
    EXPECT_EQ(find_ollama_digest(tags, "nomic-embed-text"), "sha256:" + std::string(kDigest));
    EXPECT_EQ(find_ollama_digest(tags, "Nomic-Embed-Text:latest"), "sha256:" + std::string(kDigest));
    EXPECT_EQ(find_ollama_digest(tags, "nomic-embed-text:v1"), "");
    EXPECT_EQ(find_ollama_digest(tags, "other"), "") << "a digest that is none";
    EXPECT_EQ(find_ollama_digest("rubbish", "other"), "");
    EXPECT_EQ(find_ollama_digest(R"({"models":[1,{"name":2}]})", "other"), "");
}

TEST(OllamaShow, LimitsTheTextToContextAndNumCtx) {
    const auto show = [](const std::string& context, const std::string& parameters) {
        return find_ollama_max_tokens(
            R"({"parameters":")" + parameters +
            R"(","model_info":{"general.architecture":"bert","bert.context_length":)" + context + "}}");
    };
    EXPECT_EQ(show("512", ""), 510U);
    EXPECT_EQ(show("8192", ""), 2046U);
    EXPECT_EQ(show("8192", "num_ctx      4096\\nstop \\\"x\\\""), 4094U);
    EXPECT_EQ(show("2048", "stop \\\"num_ctx\\\"\\nnum_ctx 8192"), 2046U);
    EXPECT_EQ(show("-5", ""), 0U);
    EXPECT_EQ(find_ollama_max_tokens("{}"), 0U);
    EXPECT_EQ(find_ollama_max_tokens("<html>"), 0U);
}

TEST(ErrorAnswer, IsReadNestedAndFlat) {
    EXPECT_EQ(find_error_message(R"({"error":"model \"nope\" not found, try pulling it first"})"),
              "model \"nope\" not found, try pulling it first");
    EXPECT_EQ(find_error_message(
                  R"({"error":{"message":"invalid input","type":"api_error","param":null,"code":null}})"),
              "invalid input");
    EXPECT_EQ(find_error_message(R"({"object":"error","message":"too long"})"), "too long");
    EXPECT_EQ(find_error_message("404 page not found"), "");
    EXPECT_EQ(find_error_message(R"({"error":7})"), "");
}

TEST(ErrorAnswer, TellsATextThatIsTooLong) {
    EXPECT_TRUE(says_too_long("the input length exceeds the context length"));
    EXPECT_TRUE(
        says_too_long("This model's maximum context length is 8192 tokens, however you requested 9000"));
    EXPECT_TRUE(says_too_long("Input validation error: `inputs` must have less than 512 tokens. Given: 600"));
    EXPECT_FALSE(says_too_long("model not found"));
}

TEST(QuotedWords, HideTheKeyAndControlCharacters) {
    EXPECT_EQ(quoted("bad key sk-1 \x1B[31m, again sk-1", "sk-1"), "bad key [key]  [31m, again [key]");
    EXPECT_EQ(quoted("\xFFx", ""), "?x");
    EXPECT_EQ(quoted(std::string(1000, 'a'), "").size(), 303U);
}

}  // namespace
}  // namespace reel
