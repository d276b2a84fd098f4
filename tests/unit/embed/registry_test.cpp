#include "reel/embedder_registry.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/json.h"
#include "support/http_stub.h"

namespace reel {
namespace {

using test::HttpStub;
using test::StubAnswer;
using test::StubRequest;

EmbedderSpec spec_of(std::string_view text) { return parse_embedder_spec(text).value(); }

TEST(EmbedderSpec, TakesEveryDocumentedForm) {
    EXPECT_EQ(spec_of("builtin"), (EmbedderSpec{"builtin", "", "", "", 0}));
    EXPECT_EQ(spec_of("builtin:f32"), (EmbedderSpec{"builtin", "", "", "f32", 0}));
    EXPECT_EQ(spec_of("builtin:bf16"), (EmbedderSpec{"builtin", "", "", "bf16", 0}));
    EXPECT_EQ(spec_of("ollama"), (EmbedderSpec{"ollama", "nomic-embed-text", "", "", 0}));
    EXPECT_EQ(spec_of("ollama:a/b:v1"), (EmbedderSpec{"ollama", "a/b:v1", "", "", 0}));
    EXPECT_EQ(spec_of("ollama:m@http://u@h:1"), (EmbedderSpec{"ollama", "m", "http://u@h:1", "", 0}));
    EXPECT_EQ(spec_of("ollama:m@box:5000"), (EmbedderSpec{"ollama", "m", "box:5000", "", 0}));
    EXPECT_EQ(spec_of("openai:m"), (EmbedderSpec{"openai", "m", "", "", 0}));
    EXPECT_EQ(spec_of("openai:@cf/m@https://h/v1"), (EmbedderSpec{"openai", "@cf/m", "https://h/v1", "", 0}));
    EXPECT_EQ(spec_of("openai:@cf/m"), (EmbedderSpec{"openai", "@cf/m", "", "", 0}));
    EXPECT_EQ(spec_of("none"), (EmbedderSpec{"none", "", "", "", 0}));
}

TEST(EmbedderSpec, RefusesAnythingElseAndNamesTheForms) {
    for (const char* text : {"", "builtin:int8", "builtin:", "ollama:", "ollama:m@", "ollama:@h", "openai",
                             "openai:", "openai:@http://h", "none:3", "Ollama", "gguf:x", "all-minilm"}) {
        const auto spec = parse_embedder_spec(text);
        ASSERT_FALSE(spec) << text;
        EXPECT_EQ(spec.error().code, ErrorCode::kInvalidArgument);
        EXPECT_NE(spec.error().message.find("ollama:MODEL@URL"), std::string::npos);
    }
}

TEST(EmbedderRuntime, ReadsTheEnvironment) {
    setenv("OLLAMA_HOST", "box:1", 1);
    setenv("OPENAI_API_KEY", "k", 1);
    setenv("OPENAI_BASE_URL", "http://h/v1", 1);
    const EmbedderRuntime runtime = runtime_from_environment();
    for (const char* name : {"OLLAMA_HOST", "OPENAI_API_KEY", "OPENAI_BASE_URL"}) unsetenv(name);
    EXPECT_EQ(runtime.ollama_url, "box:1");
    EXPECT_EQ(runtime.openai_key, "k");
    EXPECT_EQ(runtime.openai_url, "http://h/v1");
    EXPECT_EQ(runtime_from_environment().ollama_url, "");
}

TEST(GivenVectors, DescribeThemselvesButEmbedNothing) {
    EmbedderSpec spec = spec_of("none");
    spec.dimension = 7;
    const auto embedder = make_embedder(spec, {}).value();
    EXPECT_EQ(embedder->describe().value(), (EmbedderDescription{"none", "", "", "", "", "", 7, 0}));
    const std::vector<std::string_view> texts{"x"};
    const auto vectors = embedder->embed(texts, TextRole::kQuery);
    ASSERT_FALSE(vectors);
    EXPECT_EQ(vectors.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(vectors.error().message.find("this store holds given vectors: "), 0U);
    EXPECT_FALSE(embedder->token_ends("x"));
}

// These go through the module reel_http.

struct Recorder {
    HttpStub stub{[](const StubRequest& request) {
        return request.path.ends_with("/embed")        ? StubAnswer{200, R"({"embeddings":[[1,2]]})"}
               : request.path.ends_with("/embeddings") ? StubAnswer{200, R"({"data":[{"embedding":[1,2]}]})"}
                                                       : StubAnswer{404, "404 page not found"};
    }};
    EmbedderRuntime runtime;

    Recorder() {
        runtime.ollama_url = stub.url();
        runtime.openai_url = stub.url();
        runtime.openai_key = "sk-1";
    }
    // What a server was sent for "x".
    template <class Source>
    StubRequest sent(const Source& source, TextRole role = TextRole::kDocument) {
        const auto embedder = make_embedder(source, runtime).value();
        const std::vector<std::string_view> texts{"x"};
        const auto vectors = embedder->embed(texts, role);
        EXPECT_TRUE(vectors) << vectors.error().message;
        return stub.requests().back();
    }
    std::string sent_text(const auto& source, TextRole role = TextRole::kDocument) {
        return Json::parse(sent(source, role).body)["input"][0];
    }
};

TEST(RemoteEmbedder, GivesANewStoreTheDocumentedPrefixes) {
    Recorder recorder;
    for (const char* name : {"ollama", "ollama:nomic-embed-text:v1.5"}) {
        EXPECT_EQ(recorder.sent_text(spec_of(name)), "search_document: x");
        EXPECT_EQ(recorder.sent_text(spec_of(name), TextRole::kQuery), "search_query: x");
    }
    EXPECT_EQ(recorder.sent_text(spec_of("ollama:all-minilm")), "x");
    const auto description = make_embedder(spec_of("ollama"), recorder.runtime).value()->describe().value();
    EXPECT_EQ(description.document_prefix, "search_document: ");
    EXPECT_EQ(description.query_prefix, "search_query: ");
}

TEST(RemoteEmbedder, PrefersPrefixesThatAreAskedFor) {
    Recorder recorder;
    recorder.runtime.document_prefix = "";
    recorder.runtime.query_prefix = "? ";
    EXPECT_EQ(recorder.sent_text(spec_of("ollama")), "x");
    EXPECT_EQ(recorder.sent_text(spec_of("ollama"), TextRole::kQuery), "? x");
}

TEST(RemoteEmbedder, UsesThePrefixesThatAStoreRemembers) {
    Recorder recorder;
    recorder.runtime.document_prefix = "ignored ";
    EmbedderDescription stored{"ollama", "nomic-embed-text", "", "", "", "", 2, 0};
    EXPECT_EQ(recorder.sent_text(stored), "x") << "the prototype's stores have none";
    stored.document_prefix = "d: ";
    EXPECT_EQ(recorder.sent_text(stored), "d: x");
}

TEST(RemoteEmbedder, HoldsAServerToTheDimensionOfTheStore) {
    Recorder recorder;
    const auto embedder =
        make_embedder(EmbedderDescription{"ollama", "m", "", "", "", "", 3, 0}, recorder.runtime);
    const std::vector<std::string_view> texts{"x"};
    EXPECT_EQ(embedder.value()->embed(texts, TextRole::kQuery).error().code, ErrorCode::kConflict);
}

TEST(RemoteEmbedder, SendsTheKeyToOpenAiAlone) {
    Recorder recorder;
    EXPECT_EQ(recorder.sent(spec_of("openai:m")).path, "/v1/embeddings");
    EXPECT_EQ(recorder.sent(spec_of("openai:m")).headers.count("authorization"), 1U);
    EXPECT_EQ(recorder.sent(spec_of("ollama:m")).headers.count("authorization"), 0U);
}

TEST(RemoteEmbedder, PrefersTheUrlOfTheSpec) {
    Recorder recorder;
    const std::string url = recorder.runtime.ollama_url;
    recorder.runtime.ollama_url = test::refused_url();
    EXPECT_EQ(recorder.sent(spec_of("ollama:m@" + url)).path, "/api/embed");
}

TEST(RemoteEmbedder, RefusesAnImpossibleUrl) {
    EXPECT_EQ(make_embedder(spec_of("ollama:m@box:port"), {}).error().code, ErrorCode::kInvalidArgument);
}

TEST(Embedder, OfAnUnknownKindIsUnsupported) {
    EXPECT_EQ(make_embedder(EmbedderDescription{"future", "m", "", "", "", "", 3, 0}, {}).error().code,
              ErrorCode::kUnsupported);
}

const EmbedderDescription kNomic{"ollama", "nomic-embed-text", "sha256:aa", "", "d: ", "q: ", 768, 2046};

EmbedderDescription changed(auto change) {
    EmbedderDescription description = kNomic;
    change(description);
    return description;
}

TEST(SameModel, IgnoresWhatDoesNotChangeVectorsOrIsUnknown) {
    EXPECT_TRUE(check_same_model(kNomic, kNomic));
    EXPECT_TRUE(check_same_model(kNomic, changed([](auto& d) { d.precision = "bf16"; })));
    EXPECT_TRUE(check_same_model(kNomic, changed([](auto& d) { d.digest = ""; })));
    EXPECT_TRUE(check_same_model(kNomic, changed([](auto& d) { d.dimension = 0; })));
    EXPECT_TRUE(check_same_model(kNomic, changed([](auto& d) { d.max_tokens = 5; })));
    EXPECT_TRUE(check_same_model(kNomic, changed([](auto& d) { d.model = "nomic-embed-text:latest"; })));
}

TEST(SameModel, RefusesAnyOtherNamingBoth) {
    for (const auto& other :
         {changed([](auto& d) { d.kind = "openai"; }), changed([](auto& d) { d.model = "mini"; }),
          changed([](auto& d) { d.digest = "sha256:bb"; }), changed([](auto& d) { d.dimension = 384; }),
          changed([](auto& d) { d.query_prefix = ""; }),
          EmbedderDescription{"none", "", "", "", "", "", 0, 0}}) {
        const Status status = check_same_model(kNomic, other);
        ASSERT_FALSE(status) << describe_embedder(other);
        EXPECT_EQ(status.error().code, ErrorCode::kConflict);
        EXPECT_NE(status.error().message.find(describe_embedder(kNomic)), std::string::npos);
        EXPECT_NE(status.error().message.find(describe_embedder(other)), std::string::npos);
    }
}

TEST(SameModel, NamesBothDigestsOfATagThatMoved) {
    const Status status = check_same_model(kNomic, changed([](auto& d) { d.digest = "sha256:bb"; }));
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().message.find("sha256:aa"), std::string::npos);
    EXPECT_NE(status.error().message.find("sha256:bb"), std::string::npos);
}

}  // namespace
}  // namespace reel
