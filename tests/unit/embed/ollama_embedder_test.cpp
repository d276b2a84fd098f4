#include "embed/http/ollama_embedder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "support/http_stub.h"

namespace reel {
namespace {

using namespace std::chrono_literals;
using test::HttpStub;
using test::StubAnswer;
using test::StubRequest;
using Texts = std::vector<std::string_view>;

const std::string kDigest(64, 'a');

// The "model" of these tests: a text's vector is {its bytes, its first byte}.
Json vector_of(const std::string& text) { return Json{text.size(), text.empty() ? 0 : text[0]}; }

StubAnswer flat_error(int status, const std::string& message) {
    return {status, dump_json(Json{{"error", message}})};
}

StubAnswer answer_embed(const Json& request) {
    Json vectors = Json::array();
    for (const auto& text : request["input"]) {
        if (text.get<std::string>().size() > 1000)
            return flat_error(400, "the input length exceeds the context length");
        vectors.push_back(vector_of(text.get<std::string>()));
    }
    return {200, dump_json(Json{{"model", request["model"]}, {"embeddings", vectors}})};
}

// A server with the model "mini", as recorded.
StubAnswer healthy(const StubRequest& request) {
    if (request.path == "/api/tags")
        return {200, R"({"models":[{"name":"mini:latest","digest":")" + kDigest + R"("}]})"};
    const Json body = Json::parse(request.body);
    if (body["model"] != "mini") return flat_error(404, "model \"nope\" not found, try pulling it first");
    if (request.path == "/api/show")
        return {200, R"({"model_info":{"general.architecture":"bert","bert.context_length":512}})"};
    if (request.path == "/api/embed") return answer_embed(body);
    return {404, "404 page not found"};
}

// A server from before /api/embed.
StubAnswer old_server(const StubRequest& request) {
    if (request.path != "/api/embeddings") return {404, "404 page not found"};
    const Json body = Json::parse(request.body);
    if (body["model"] != "mini") return flat_error(404, "model 'nope' not found, try pulling it first");
    const std::string prompt = body["prompt"];
    if (prompt.size() > 1000) return flat_error(500, "the input length exceeds the context length");
    return {200, dump_json(Json{{"embedding", vector_of(prompt)}})};
}

struct Ollama {
    explicit Ollama(HttpStub::Handler handler) : stub(std::move(handler)) {
        options.model = "mini";
        options.url = stub.url();
        options.sleep = [](std::chrono::milliseconds) {};
    }

    std::unique_ptr<Embedder> embedder() const { return make_ollama_embedder(options).value(); }
    Result<std::vector<float>> embed(const Texts& texts, TextRole role = TextRole::kDocument) const {
        return embedder()->embed(texts, role);
    }
    Error error_of(const Texts& texts) const {
        const auto vectors = embed(texts);
        return vectors ? Error{ErrorCode::kIo, "no error"} : vectors.error();
    }
    size_t requests_to(std::string_view path) const {
        const auto all = stub.requests();
        return static_cast<size_t>(std::ranges::count(all, path, &StubRequest::path));
    }

    HttpStub stub;
    RemoteOptions options;
};

Ollama answering(int status, const std::string& body) {
    return Ollama([=](const StubRequest&) { return StubAnswer{status, body}; });
}

TEST(Ollama, EmbedsTextsInTheirOrder) {
    const Ollama ollama(healthy);
    const auto vectors = ollama.embed({"ab", "c"});
    ASSERT_TRUE(vectors) << vectors.error().message;
    EXPECT_EQ(*vectors, (std::vector<float>{2, 'a', 1, 'c'}));
}

TEST(Ollama, SendsBoundedRequests) {
    Ollama ollama(healthy);
    ollama.options.texts_per_request = 2;
    const auto vectors = ollama.embed({"a", "b", "c", "d", "e"});
    ASSERT_TRUE(vectors);
    EXPECT_EQ(*vectors, (std::vector<float>{1, 'a', 1, 'b', 1, 'c', 1, 'd', 1, 'e'}));
    EXPECT_EQ(ollama.requests_to("/api/embed"), 3U);
}

TEST(Ollama, SendsNothingForNoTexts) {
    const Ollama ollama(healthy);
    EXPECT_TRUE(ollama.embed({}).value().empty());
    EXPECT_TRUE(ollama.stub.requests().empty());
}

TEST(Ollama, PutsThePrefixOfTheRoleBeforeATextAndNoKeyBesideIt) {
    Ollama ollama(healthy);
    ollama.options.document_prefix = "doc: ";
    ollama.options.query_prefix = "q: ";
    ollama.options.key = "sk-1";
    ASSERT_TRUE(ollama.embed({"x"}));
    ASSERT_TRUE(ollama.embed({"x"}, TextRole::kQuery));
    EXPECT_EQ(Json::parse(ollama.stub.requests().at(0).body)["input"][0], "doc: x");
    EXPECT_EQ(Json::parse(ollama.stub.requests().at(1).body)["input"][0], "q: x");
    EXPECT_EQ(ollama.stub.requests().at(0).headers.count("authorization"), 0U);
}

TEST(Ollama, DescribesItsModelAndRemembersIt) {
    const Ollama ollama(healthy);
    const auto embedder = ollama.embedder();
    const auto description = embedder->describe();
    ASSERT_TRUE(description) << description.error().message;
    EXPECT_EQ(*description, (EmbedderDescription{"ollama", "mini", "sha256:" + kDigest, "", "", "", 2, 510}));
    EXPECT_EQ(embedder->describe().value(), *description);
    EXPECT_EQ(ollama.stub.requests().size(), 3U);
}

TEST(Ollama, AsksForNoDimensionThatIsGiven) {
    Ollama ollama(healthy);
    ollama.options.dimension = 2;
    EXPECT_EQ(ollama.embedder()->describe().value().dimension, 2U);
    EXPECT_EQ(ollama.requests_to("/api/embed"), 0U);
}

TEST(Ollama, DescribesAModelOfAnOldServer) {
    const Ollama ollama(old_server);
    EXPECT_EQ(ollama.embedder()->describe().value(),
              (EmbedderDescription{"ollama", "mini", "", "", "", "", 2, 0}));
}

TEST(Ollama, FallsBackToTheOldEndpointOnce) {
    const Ollama ollama(old_server);
    const auto embedder = ollama.embedder();
    const Texts texts{"ab", "c"};
    for (int i = 0; i < 2; ++i) {
        const auto vectors = embedder->embed(texts, TextRole::kDocument);
        ASSERT_TRUE(vectors) << vectors.error().message;
        EXPECT_EQ(*vectors, (std::vector<float>{2, 'a', 1, 'c'}));
    }
    EXPECT_EQ(ollama.requests_to("/api/embed"), 1U);
    EXPECT_EQ(ollama.requests_to("/api/embeddings"), 4U);
}

TEST(Ollama, NamesTheCommandThatPullsAnUnknownModel) {
    for (const auto& handler : {healthy, old_server}) {
        Ollama ollama(handler);
        ollama.options.model = "nope";
        const Error error = ollama.error_of({"x"});
        EXPECT_EQ(error.code, ErrorCode::kNotFound);
        EXPECT_NE(error.message.find("'ollama pull nope'"), std::string::npos) << error.message;
    }
}

TEST(Ollama, RefusesAnEmptyTextBeforeSendingAny) {
    const Ollama ollama(healthy);
    const Error error = ollama.error_of({"a", ""});
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
    EXPECT_NE(error.message.find("text 1 (counted from 0) of 2 is empty"), std::string::npos)
        << error.message;
    EXPECT_TRUE(ollama.stub.requests().empty());
}

TEST(Ollama, RefusesATextThatIsNotUtf8) {
    const Ollama ollama(healthy);
    EXPECT_EQ(ollama.error_of({"a\xFF"}).code, ErrorCode::kInvalidArgument);
    EXPECT_TRUE(ollama.stub.requests().empty());
}

TEST(Ollama, NamesTheTextThatIsTooLong) {
    const std::string huge(2000, 'x');
    for (const auto& handler : {healthy, old_server}) {
        for (size_t place = 0; place < 5; ++place) {
            Texts texts{"a", "b", "c", "d", "e"};
            texts[place] = huge;
            const Ollama ollama(handler);
            const Error error = ollama.error_of(texts);
            EXPECT_EQ(error.code, ErrorCode::kLimit);
            EXPECT_EQ(error.message.find("text " + std::to_string(place) + " "), 0U) << error.message;
        }
    }
}

TEST(Ollama, DoesNotRepeatATextThatIsTooLong) {
    const Ollama ollama(old_server);
    EXPECT_EQ(ollama.error_of({std::string(2000, 'x')}).code, ErrorCode::kLimit);
    EXPECT_EQ(ollama.requests_to("/api/embeddings"), 1U);
}

TEST(Ollama, RefusesAnswersOfTheWrongShape) {
    for (const char* body :
         {R"({"embeddings":[]})", R"({"embeddings":[[1,2],[3,4]]})", R"({"embeddings":[[]]})",
          R"({"embeddings":[[null]]})", R"({"embeddings":[[1e300]]})", "<html></html>", "", "[]"}) {
        const Ollama ollama = answering(200, body);
        const Error error = ollama.error_of({"x"});
        EXPECT_EQ(error.code, ErrorCode::kUnavailable) << body;
        EXPECT_EQ(error.message.find(ollama.options.url + "/api/embed sent "), 0U) << error.message;
    }
}

TEST(Ollama, HoldsAnswersToTheGivenDimension) {
    Ollama ollama(healthy);
    ollama.options.dimension = 768;
    const Error error = ollama.error_of({"x"});
    EXPECT_EQ(error.code, ErrorCode::kConflict);
    EXPECT_NE(error.message.find("2 dimensions, but the store's have 768"), std::string::npos)
        << error.message;
}

TEST(Ollama, NoticesADimensionThatChanges) {
    std::atomic<int> calls = 0;
    const Ollama ollama([&](const StubRequest&) {
        return StubAnswer{200, calls++ == 0 ? R"({"embeddings":[[1,2]]})" : R"({"embeddings":[[1,2,3]]})"};
    });
    const auto embedder = ollama.embedder();
    const Texts texts{"x"};
    ASSERT_TRUE(embedder->embed(texts, TextRole::kDocument));
    const auto second = embedder->embed(texts, TextRole::kDocument);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

TEST(Ollama, SurvivesAServerErrorThatPasses) {
    std::atomic<int> calls = 0;
    const Ollama ollama([&](const StubRequest& request) {
        return calls++ == 0 ? flat_error(500, "llama runner process has terminated") : healthy(request);
    });
    EXPECT_TRUE(ollama.embed({"x"}));
}

TEST(Ollama, QuotesAServerErrorThatStays) {
    const Ollama ollama = answering(500, R"({"error":"unqualified name: \u001b[31m"})");
    const Error error = ollama.error_of({"x"});
    EXPECT_EQ(error.code, ErrorCode::kUnavailable);
    EXPECT_NE(error.message.find("status 500 5 times: 'unqualified name:  [31m'"), std::string::npos)
        << error.message;
}

TEST(Ollama, SaysThatAServerHasNoOllamaApi) {
    const Error error = answering(404, "<html>not here</html>").error_of({"x"});
    EXPECT_EQ(error.code, ErrorCode::kUnavailable);
    EXPECT_NE(error.message.find("neither /api/embed nor /api/embeddings"), std::string::npos)
        << error.message;
}

TEST(Ollama, SaysWhereToLookWhenNobodyListens) {
    Ollama ollama(healthy);
    ollama.options.url = test::refused_url();
    ollama.options.retries = 1;
    const Error error = ollama.error_of({"x"});
    EXPECT_EQ(error.code, ErrorCode::kUnavailable);
    EXPECT_NE(error.message.find(ollama.options.url), std::string::npos) << error.message;
    EXPECT_NE(error.message.find("OLLAMA_HOST"), std::string::npos) << error.message;
}

TEST(Ollama, NeverShowsAPassword) {
    Ollama ollama(healthy);
    ollama.options.url = "http://me:secret@" + ollama.stub.url().substr(7);
    ollama.options.model = "nope";
    EXPECT_EQ(ollama.error_of({"x"}).message.find("secret"), std::string::npos);
    EXPECT_EQ(ollama.stub.requests().at(0).headers.count("authorization"), 1U);
}

TEST(Ollama, EstimatesTokensWithoutAServer) {
    const Ollama ollama(healthy);
    EXPECT_EQ(ollama.embedder()->token_ends("cats").value(), (std::vector<size_t>{3, 4}));
    EXPECT_TRUE(ollama.stub.requests().empty());
}

}  // namespace
}  // namespace reel
