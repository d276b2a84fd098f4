#include "embed/http/server_url.h"

#include <gtest/gtest.h>

namespace reel {
namespace {

std::string ollama(std::string_view text) {
    const auto url = ollama_base_url(text);
    return url ? *url : url.error().message;
}

std::string openai(std::string_view text) {
    const auto url = openai_base_url(text);
    return url ? *url : url.error().message;
}

TEST(OllamaUrl, TakesTheFormsOfOllamaHost) {
    EXPECT_EQ(ollama(""), "http://localhost:11434");
    EXPECT_EQ(ollama("  box.lan "), "http://box.lan:11434");
    EXPECT_EQ(ollama("\"box.lan:5000\""), "http://box.lan:5000");
    EXPECT_EQ(ollama(":5000"), "http://localhost:5000");
    EXPECT_EQ(ollama("http://box.lan"), "http://box.lan:80");
    EXPECT_EQ(ollama("HTTPS://box.lan/"), "https://box.lan:443");
    EXPECT_EQ(ollama("https://box.lan:8443/ollama/"), "https://box.lan:8443/ollama");
    EXPECT_EQ(ollama("http://box.lan:11434/api"), "http://box.lan:11434");
    EXPECT_EQ(ollama("::1"), "http://[::1]:11434");
    EXPECT_EQ(ollama("[::1]:5000"), "http://[::1]:5000");
    EXPECT_EQ(ollama("http://me:secret@box.lan:1"), "http://me:secret@box.lan:1");
}

TEST(OllamaUrl, AsksThisMachineWhereAServerListensOnAllAddresses) {
    EXPECT_EQ(ollama("0.0.0.0"), "http://localhost:11434");
    EXPECT_EQ(ollama("http://0.0.0.0:5000"), "http://localhost:5000");
    EXPECT_EQ(ollama("[::]:5000"), "http://localhost:5000");
}

TEST(OllamaUrl, RefusesWhatIsNoAddress) {
    for (const char* text : {"box:port", "box:0", "box:65536", "box:", "ftp://box", "[::1", "a b", "box?x=1",
                             "http://box/#x", "file:///etc/passwd"}) {
        const auto url = ollama_base_url(text);
        ASSERT_FALSE(url) << text << " gave " << *url;
        EXPECT_EQ(url.error().code, ErrorCode::kInvalidArgument);
    }
}

TEST(OpenAiUrl, AddsTheVersionOnlyWhereThereIsNoPath) {
    EXPECT_EQ(openai(""), "https://api.openai.com/v1");
    EXPECT_EQ(openai("http://box:8080"), "http://box:8080/v1");
    EXPECT_EQ(openai("http://box:8080/"), "http://box:8080/v1");
    EXPECT_EQ(openai("http://box:8080/v1/"), "http://box:8080/v1");
    EXPECT_EQ(openai("https://box/v1beta/openai/"), "https://box/v1beta/openai");
    EXPECT_EQ(openai("https://box/v1/embeddings"), "https://box/v1");
}

TEST(OpenAiUrl, NeedsASchemeAndAHost) {
    EXPECT_FALSE(openai_base_url("box:8080"));
    EXPECT_FALSE(openai_base_url("https:///v1"));
    EXPECT_FALSE(openai_base_url("https://box/v1?key=1"));
}

TEST(ShownUrl, HidesNameAndPassword) {
    EXPECT_EQ(shown_url("http://me:secret@box.lan:1/v1"), "http://box.lan:1/v1");
    EXPECT_EQ(shown_url("http://me:p@ss@box/"), "http://box/");
    EXPECT_EQ(shown_url("http://box/a@b"), "http://box/a@b");
    EXPECT_EQ(ollama("http://me:secret@box:port").find("secret"), std::string::npos);
}

TEST(LoopbackUrl, IsThisMachineAndNoOther) {
    for (const char* url : {"http://localhost:1", "http://127.0.0.1", "http://127.9.9.9:1/x",
                            "http://[::1]:5", "http://a@LOCALHOST"})
        EXPECT_TRUE(is_loopback_url(url)) << url;
    for (const char* url : {"http://localhost.example.org", "http://10.0.0.1", "http://box/localhost"})
        EXPECT_FALSE(is_loopback_url(url)) << url;
}

}  // namespace
}  // namespace reel
