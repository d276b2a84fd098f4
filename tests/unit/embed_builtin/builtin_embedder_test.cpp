#include "embed/builtin_embedder.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "test_model.h"

// The module's entry, linked into this test.
extern "C" void reel_make_builtin_embedder(const reel::BuiltinOptions& options,
                                           reel::Result<std::unique_ptr<reel::Embedder>>& made);

namespace reel::builtin {
namespace {

constexpr size_t kDimension = 384;

Result<std::unique_ptr<Embedder>> make(const BuiltinOptions& options) {
    Result<std::unique_ptr<Embedder>> made;
    reel_make_builtin_embedder(options, made);
    return made;
}

Embedder& shared(const std::string& precision) {
    static std::map<std::string, std::unique_ptr<Embedder>> made;
    auto& embedder = made[precision];
    if (!embedder) {
        auto result = make({model_folder(), precision, 2});
        EXPECT_TRUE(result) << result.error().message;
        if (!result) std::abort();
        embedder = std::move(*result);
    }
    return *embedder;
}

double cosine(std::span<const float> a, const std::vector<double>& b) {
    double dot = 0, aa = 0, bb = 0;
    for (size_t i = 0; i < b.size(); ++i) {
        const double x = static_cast<double>(a[i]);
        dot += x * b[i];
        aa += x * x;
        bb += b[i] * b[i];
    }
    return dot / std::sqrt(aa * bb);
}

struct Reference {
    std::vector<std::string> texts;
    std::vector<std::vector<double>> vectors;
    [[nodiscard]] std::vector<std::string_view> views() const { return {texts.begin(), texts.end()}; }
};

const Reference& reference() {
    static const Reference read = [] {
        Reference found;
        for (const Json& line : read_json_lines("minilm_reference.jsonl")) {
            found.texts.push_back(line["text"].get<std::string>());
            found.vectors.push_back(line["vector"].get<std::vector<double>>());
        }
        return found;
    }();
    return read;
}

std::vector<float> embed(Embedder& embedder, std::span<const std::string_view> texts) {
    auto vectors = embedder.embed(texts, TextRole::kDocument);
    EXPECT_TRUE(vectors) << vectors.error().message;
    return vectors ? std::move(*vectors) : std::vector<float>(texts.size() * kDimension);
}

struct Accuracy {
    const char* precision;
    double lowest_cosine;
};

class BuiltinEmbedder : public testing::TestWithParam<Accuracy> {
protected:
    Embedder& embedder_ = shared(GetParam().precision);
};

TEST_P(BuiltinEmbedder, AgreesWithTheReferenceIn64Bits) {
    const auto texts = reference().views();
    const auto vectors = embed(embedder_, texts);
    for (size_t i = 0; i < texts.size(); ++i) {
        const auto vector = std::span(vectors).subspan(i * kDimension, kDimension);
        EXPECT_GE(cosine(vector, reference().vectors[i]), GetParam().lowest_cosine) << texts[i];
    }
}

TEST_P(BuiltinEmbedder, GivesVectorsOfUnitLength) {
    for (const std::string_view text : reference().views()) {
        double squares = 0;
        for (const float x : embed(embedder_, std::span(&text, 1))) squares += static_cast<double>(x) * x;
        EXPECT_NEAR(squares, 1, 1e-5);
    }
}

TEST_P(BuiltinEmbedder, GivesATextTheSameVectorAloneAndInALargeBatch) {
    std::vector<std::string_view> texts;
    while (texts.size() < 200) {
        for (const std::string_view text : reference().views()) texts.push_back(text);
    }
    const auto vectors = embed(embedder_, texts);
    for (size_t i = 0; i < texts.size(); i += 13) {
        const auto alone = embed(embedder_, std::span(&texts[i], 1));
        for (size_t j = 0; j < kDimension; ++j) ASSERT_NEAR(vectors[i * kDimension + j], alone[j], 1e-6) << i;
    }
}

TEST_P(BuiltinEmbedder, MayBeUsedBySeveralThreads) {
    const auto expected = embed(embedder_, reference().views());
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] { EXPECT_EQ(embed(embedder_, reference().views()), expected); });
    }
    for (std::thread& thread : threads) thread.join();
}

TEST_P(BuiltinEmbedder, DescribesItself) {
    const auto description = embedder_.describe();
    ASSERT_TRUE(description);
    EXPECT_EQ(description->kind, "builtin");
    EXPECT_EQ(description->model, "all-MiniLM-L6-v2");
    EXPECT_EQ(description->digest, "sha256:53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db");
    EXPECT_EQ(description->dimension, kDimension);
    EXPECT_EQ(description->max_tokens, 254U);
    // bf16 is what was asked for only where the CPU has it.
    EXPECT_TRUE(description->precision == "f32" || description->precision == GetParam().precision);
}

INSTANTIATE_TEST_SUITE_P(Precisions, BuiltinEmbedder,
                         testing::Values(Accuracy{"f32", 0.99999}, Accuracy{"bf16", 0.9999}),
                         [](const auto& test) { return std::string(test.param.precision); });

Error error_of(std::span<const std::string_view> texts) {
    const auto vectors = shared("f32").embed(texts, TextRole::kDocument);
    EXPECT_FALSE(vectors);
    return vectors ? Error{} : vectors.error();
}

TEST(BuiltinEmbedderInput, NamesAnEmptyText) {
    const Error error = error_of(std::vector<std::string_view>{"a", "b", ""});
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
    EXPECT_NE(error.message.find("text 2"), std::string::npos) << error.message;
}

TEST(BuiltinEmbedderInput, NamesATextThatIsNotUtf8) {
    const Error error = error_of(std::vector<std::string_view>{"a", "b\xFF"});
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
    EXPECT_NE(error.message.find("text 1"), std::string::npos) << error.message;
}

TEST(BuiltinEmbedderInput, TakesAsManyTokensAsTheModelReadsAndNoMore) {
    std::string text;
    for (int i = 0; i < 254; ++i) text += "cat ";
    const std::string longer = text + "cat";
    EXPECT_TRUE(shared("f32").embed(std::vector<std::string_view>{text}, TextRole::kQuery));
    const Error error = error_of(std::vector<std::string_view>{text, longer});
    EXPECT_EQ(error.code, ErrorCode::kLimit);
    EXPECT_NE(error.message.find("text 1 (from 0) has 255 tokens"), std::string::npos) << error.message;
}

TEST(BuiltinEmbedderInput, TakesNoTextsAndTextsWithoutTokens) {
    EXPECT_TRUE(shared("f32").embed({}, TextRole::kDocument)->empty());
    EXPECT_EQ(shared("f32").embed(std::vector<std::string_view>{" "}, TextRole::kDocument)->size(),
              kDimension);
}

TEST(BuiltinEmbedderInput, TellsWhereTokensEnd) {
    EXPECT_EQ(*shared("f32").token_ends("one, two"), (std::vector<size_t>{3, 4, 8}));
}

TEST(BuiltinModel, RefusesAnUnknownPrecision) {
    const auto made = make({model_folder(), "f16", 0});
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
}

/// A folder with parts of the model.
class ModelFolder : public testing::Test {
protected:
    ModelFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "reel-model-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    ~ModelFolder() override { std::filesystem::remove_all(folder_); }

    void link(const std::string& name) {
        std::filesystem::create_symlink(model_folder() + "/" + name, folder_ + "/" + name);
    }
    [[nodiscard]] Error error() const {
        const auto made = make({folder_, "auto", 0});
        EXPECT_FALSE(made);
        return made ? Error{} : made.error();
    }
    void expect_advice(const Error& error, const std::string& file) const {
        EXPECT_NE(error.message.find(folder_ + "/" + file), std::string::npos) << error.message;
        EXPECT_NE(error.message.find("scripts/fetch_model.sh"), std::string::npos) << error.message;
    }

    std::string folder_;
};

TEST_F(ModelFolder, WithBothFilesIsEnough) {
    link("model.safetensors");
    link("vocab.txt");
    EXPECT_TRUE(make({folder_, "auto", 0}));
}

TEST_F(ModelFolder, WithoutWeightsIsAnErrorThatSaysHowToFetchThem) {
    EXPECT_EQ(error().code, ErrorCode::kNotFound);
    expect_advice(error(), "model.safetensors");
}

TEST_F(ModelFolder, WithOtherWeightsIsRefused) {
    std::ofstream(folder_ + "/model.safetensors") << "not the model";
    link("vocab.txt");
    EXPECT_EQ(error().code, ErrorCode::kCorrupt);
    expect_advice(error(), "model.safetensors");
}

TEST_F(ModelFolder, WithOtherWordPiecesIsRefused) {
    link("model.safetensors");
    std::ofstream(folder_ + "/vocab.txt") << "[UNK]\n";
    EXPECT_EQ(error().code, ErrorCode::kCorrupt);
    expect_advice(error(), "vocab.txt");
}

}  // namespace
}  // namespace reel::builtin
