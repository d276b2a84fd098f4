#include "embed/http/openai_embedder.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "support/http_stub.h"

namespace reel {
namespace {

using test::HttpStub;
using test::StubAnswer;
using test::StubRequest;
using Texts = std::vector<std::string_view>;

constexpr std::string_view kKey = "sk-very-secret-1234567890";

// Vectors {bytes of the text}, in reverse order, with their indices.
StubAnswer healthy(const StubRequest& request) {
    if (request.path != "/v1/embeddings") return {404, "404 page not found"};
    const Json body = Json::parse(request.body);
    Json data = Json::array();
    for (size_t i = body["input"].size(); i-- > 0;)
        data.push_back(Json{{"object", "embedding"},
                            {"embedding", Json::array({body["input"][i].get<std::string>().size()})},
                            {"index", i}});
    return {200, dump_json(Json{{"object", "list"}, {"data", data}, {"model", body["model"]}})};
}

struct OpenAi {
    explicit OpenAi(HttpStub::Handler handler) : stub(std::move(handler)) {
        options.api = RemoteApi::kOpenAi;
        options.model = "small";
        options.url = stub.url();
        options.key = kKey;
        options.sleep = [](std::chrono::milliseconds) {};
    }

    Result<std::vector<float>> embed(const Texts& texts) const {
        return make_openai_embedder(options).value()->embed(texts, TextRole::kDocument);
    }
    Error error_of(const Texts& texts) const {
        const auto vectors = embed(texts);
        return vectors ? Error{ErrorCode::kIo, "no error"} : vectors.error();
    }

    HttpStub stub;
    RemoteOptions options;
};

Error error_after(int status, const std::string& body) {
    return OpenAi([=](const StubRequest&) { return StubAnswer{status, body}; }).error_of({"x"});
}

std::string nested_error(const std::string& message) {
    return dump_json(Json{
        {"error", {{"message", message}, {"type", "api_error"}, {"param", nullptr}, {"code", nullptr}}}});
}

TEST(OpenAi, EmbedsTextsInTheirOrder) {
    const OpenAi openai(healthy);
    const auto vectors = openai.embed({"a", "bcd", "ef"});
    ASSERT_TRUE(vectors) << vectors.error().message;
    EXPECT_EQ(*vectors, (std::vector<float>{1, 3, 2}));
}

TEST(OpenAi, SendsModelAndKey) {
    const OpenAi openai(healthy);
    ASSERT_TRUE(openai.embed({"a"}));
    const StubRequest request = openai.stub.requests().at(0);
    EXPECT_EQ(request.headers.at("authorization"), "Bearer " + std::string(kKey));
    EXPECT_EQ(Json::parse(request.body)["model"], "small");
    EXPECT_EQ(Json::parse(request.body)["encoding_format"], "float");
}

TEST(OpenAi, WorksWithoutAKey) {
    OpenAi openai(healthy);
    openai.options.key.clear();
    ASSERT_TRUE(openai.embed({"a"}));
    EXPECT_EQ(openai.stub.requests().at(0).headers.count("authorization"), 0U);
}

TEST(OpenAi, DescribesItsModel) {
    const OpenAi openai(healthy);
    EXPECT_EQ(make_openai_embedder(openai.options).value()->describe().value(),
              (EmbedderDescription{"openai", "small", "", "", "", "", 1, 0}));
}

TEST(OpenAi, NeverShowsTheKey) {
    const std::string key(kKey);
    for (const int status : {200, 307, 400, 401, 403, 404, 413, 429, 500, 501})
        for (const std::string& body :
             {"you sent " + key, nested_error("bad key " + key), R"({"data":[{"x":")" + key + R"("}]})",
              R"([")" + key, R"({"error":"model )" + key + R"("})"}) {
            const Error error = error_after(status, body);
            EXPECT_NE(error.message, "no error");
            EXPECT_EQ(error.message.find(key), std::string::npos) << error.message;
            EXPECT_EQ(error.message.find("very-secret"), std::string::npos) << error.message;
        }
}

TEST(OpenAi, SaysWhatToDoAboutTheKey) {
    EXPECT_NE(error_after(401, nested_error("Incorrect API key provided: sk-ve***890"))
                  .message.find("check OPENAI_API_KEY"),
              std::string::npos);
    EXPECT_EQ(error_after(401, nested_error("Incorrect API key provided: sk-ve***890")).message.find("sk-ve"),
              std::string::npos);
    EXPECT_NE(error_after(403, "{}").message.find("status 403"), std::string::npos);
    OpenAi openai([](const StubRequest&) { return StubAnswer{401, "{}"}; });
    openai.options.key.clear();
    EXPECT_NE(openai.error_of({"x"}).message.find("set OPENAI_API_KEY"), std::string::npos);
}

TEST(OpenAi, RefusesAKeyThatIsNoHeaderWithoutShowingIt) {
    OpenAi openai(healthy);
    openai.options.key = "secret\r\nHost: elsewhere";
    const auto made = make_openai_embedder(openai.options);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(made.error().message.find("secret"), std::string::npos);
}

TEST(OpenAi, TellsAnUnknownModelFromAWrongUrl) {
    EXPECT_EQ(error_after(404, nested_error("The model `small` does not exist")).code, ErrorCode::kNotFound);
    const Error error = error_after(404, "404 page not found");
    EXPECT_EQ(error.code, ErrorCode::kUnavailable);
    EXPECT_NE(error.message.find("usually ends in /v1"), std::string::npos) << error.message;
}

TEST(OpenAi, NamesTheTextThatIsTooLong) {
    const std::string huge(2000, 'x');
    for (const int status : {400, 413}) {
        const OpenAi openai([=](const StubRequest& request) {
            return request.body.size() > 1000
                       ? StubAnswer{status, nested_error("maximum context length is 512")}
                       : healthy(request);
        });
        const Error error = openai.error_of({"a", "b", huge, "c"});
        EXPECT_EQ(error.code, ErrorCode::kLimit);
        EXPECT_EQ(error.message.find("text 2 "), 0U) << error.message;
    }
}

TEST(OpenAi, ReadsErrorsNestedAndFlat) {
    EXPECT_NE(error_after(400, nested_error("invalid input")).message.find("'invalid input'"),
              std::string::npos);
    EXPECT_NE(error_after(400, R"({"error":"invalid input"})").message.find("'invalid input'"),
              std::string::npos);
    EXPECT_NE(error_after(400, "plain words").message.find("'plain words'"), std::string::npos);
}

TEST(OpenAi, SaysThatARedirectIsNotFollowed) {
    EXPECT_NE(error_after(301, "").message.find("redirect, which is not followed"), std::string::npos);
}

TEST(OpenAi, RefusesAUrlWithoutAScheme) {
    RemoteOptions options;
    options.model = "small";
    options.url = "box:8080";
    EXPECT_EQ(make_openai_embedder(options).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace reel
