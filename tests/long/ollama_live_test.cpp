// Against a real Ollama server with all-minilm at $REEL_OLLAMA_URL (ollama_test.sh starts one).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <numeric>

#include "reel/embedder_registry.h"

namespace reel {
namespace {

using Texts = std::vector<std::string_view>;

class OllamaServer : public testing::Test {
protected:
    void SetUp() override {
        const char* url = std::getenv("REEL_OLLAMA_URL");
        ASSERT_NE(url, nullptr) << "REEL_OLLAMA_URL names no server; run tests/long/ollama_test.sh";
        runtime_.ollama_url = url;
        runtime_.openai_url = url;
    }

    std::unique_ptr<Embedder> embedder(std::string_view spec = "ollama:all-minilm") const {
        return make_embedder(parse_embedder_spec(spec).value(), runtime_).value();
    }
    Result<std::vector<float>> embed(const Texts& texts, std::string_view spec = "ollama:all-minilm") const {
        return embedder(spec)->embed(texts, TextRole::kDocument);
    }

    EmbedderRuntime runtime_;
};

double cosine(const float* a, const float* b, size_t dimension) {
    const double product = std::inner_product(a, a + dimension, b, 0.0);
    const double squares =
        std::inner_product(a, a + dimension, a, 0.0) * std::inner_product(b, b + dimension, b, 0.0);
    return product / std::sqrt(squares);
}

TEST_F(OllamaServer, DescribesAllMiniLm) {
    const auto description = embedder()->describe();
    ASSERT_TRUE(description) << description.error().message;
    EXPECT_EQ(description->kind, "ollama");
    EXPECT_EQ(description->dimension, 384U);
    EXPECT_EQ(description->max_tokens, 510U);
    EXPECT_EQ(description->digest.substr(0, 7), "sha256:");
    EXPECT_EQ(description->digest.size(), 7U + 64U);
}

TEST_F(OllamaServer, GivesTheModelsVectors) {
    const auto vectors = embed({"This is an example sentence"});
    ASSERT_TRUE(vectors) << vectors.error().message;
    ASSERT_EQ(vectors->size(), 384U);
    EXPECT_NEAR((*vectors)[0], 0.0676569, 2e-3);
    EXPECT_NEAR((*vectors)[1], 0.0634959, 2e-3);
    EXPECT_NEAR((*vectors)[2], 0.0487131, 2e-3);
}

TEST_F(OllamaServer, EmbedsManyTextsInTheirOrder) {
    std::vector<std::string> texts;
    for (int i = 0; i < 150; ++i)
        texts.push_back("Sentence number " + std::to_string(i) + " speaks of something.");
    const auto all = embed(Texts(texts.begin(), texts.end()));
    ASSERT_TRUE(all) << all.error().message;
    ASSERT_EQ(all->size(), 150U * 384U);
    for (const size_t i : {size_t{0}, size_t{63}, size_t{64}, size_t{149}}) {
        const auto one = embed({texts[i]});
        ASSERT_TRUE(one);
        EXPECT_GT(cosine(all->data() + i * 384, one->data(), 384), 0.9999) << i;
    }
}

TEST_F(OllamaServer, FindsTheMeaningOfAQuestion) {
    const auto vectors = embed({"Cats purr when they are content.", "The moon's gravity moves the tides.",
                                "Why does the sea rise and fall?"});
    ASSERT_TRUE(vectors) << vectors.error().message;
    const float* question = vectors->data() + 2 * 384;
    EXPECT_GT(cosine(vectors->data() + 384, question, 384), cosine(vectors->data(), question, 384));
}

TEST_F(OllamaServer, NamesTheCommandThatPullsAnUnknownModel) {
    const auto vectors = embed({"x"}, "ollama:no-such-model");
    ASSERT_FALSE(vectors);
    EXPECT_EQ(vectors.error().code, ErrorCode::kNotFound);
    EXPECT_NE(vectors.error().message.find("ollama pull no-such-model"), std::string::npos);
}

TEST_F(OllamaServer, NamesTheTextThatIsTooLong) {
    std::string huge;
    for (int i = 0; i < 700; ++i) huge += "water ";
    const auto vectors = embed({"short", "also short", huge, "short again"});
    ASSERT_FALSE(vectors);
    EXPECT_EQ(vectors.error().code, ErrorCode::kLimit) << vectors.error().message;
    EXPECT_EQ(vectors.error().message.find("text 2 "), 0U) << vectors.error().message;
}

TEST_F(OllamaServer, ReadsATextAsLongAsItsEstimateAllows) {
    std::string text;
    for (int i = 0; i < 1000; ++i)
        text += i % 3 == 0 ? "Les \u00E9l\u00E8ves, 3.14! " : "Water xkcd-17 boils; ";
    const auto model = embedder();
    const auto ends = model->token_ends(text).value();
    const auto limit = model->describe().value().max_tokens;
    ASSERT_GT(ends.size(), limit);
    text.resize(ends[limit - 1]);
    const auto vectors = embed({text});
    EXPECT_TRUE(vectors) << vectors.error().message;
}

TEST_F(OllamaServer, AnswersAsOpenAiToo) {
    const auto ollama = embed({"a cat", "the sea"});
    const auto openai = embed({"a cat", "the sea"}, "openai:all-minilm");
    ASSERT_TRUE(ollama && openai);
    EXPECT_GT(cosine(ollama->data() + 384, openai->data() + 384, 384), 0.9999);
    EXPECT_EQ(embed({"x"}, "openai:no-such-model").error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reel
