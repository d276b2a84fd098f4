#include "embed/http/http_client.h"

#include <gtest/gtest.h>

#include <atomic>

#include "support/http_stub.h"

namespace reel {
namespace {

using namespace std::chrono_literals;
using test::HttpStub;
using test::StubAnswer;
using test::StubRequest;

// Options whose waits end at once and are written down.
struct Waits {
    std::vector<std::chrono::milliseconds> delays;

    HttpOptions options() {
        HttpOptions options;
        options.hint = "start it";
        options.sleep = [this](std::chrono::milliseconds delay) { delays.push_back(delay); };
        return options;
    }
};

TEST(HttpClient, SendsABodyAndTheKey) {
    HttpStub stub([](const StubRequest& request) { return StubAnswer{200, "got " + request.body}; });
    HttpOptions options;
    options.key = "sk-1";
    const auto answer = HttpClient(options).send({stub.url() + "/x", "{}"});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "got {}");
    const StubRequest request = stub.requests().at(0);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.path, "/x");
    EXPECT_EQ(request.headers.at("authorization"), "Bearer sk-1");
    EXPECT_EQ(request.headers.at("content-type"), "application/json");
}

TEST(HttpClient, SendsNoKeyThatItHasNot) {
    HttpStub stub([](const StubRequest&) { return StubAnswer{}; });
    ASSERT_TRUE(HttpClient({}).send({stub.url(), ""}));
    EXPECT_EQ(stub.requests().at(0).headers.count("authorization"), 0U);
    EXPECT_EQ(stub.requests().at(0).method, "GET");
}

TEST(HttpClient, KeepsItsConnection) {
    HttpStub stub([](const StubRequest&) { return StubAnswer{}; });
    HttpClient client({});
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(client.send({stub.url(), "{}"}));
    EXPECT_EQ(stub.connection_count(), 1U);
}

TEST(HttpClient, RepeatsAfterAServerError) {
    std::atomic<int> calls = 0;
    HttpStub stub([&](const StubRequest&) {
        return calls++ < 2 ? StubAnswer{500, "no"} : StubAnswer{200, "yes"};
    });
    Waits waits;
    const auto answer = HttpClient(waits.options()).send({stub.url(), "{}"});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "yes");
    EXPECT_EQ(answer->attempts, 3U);
    EXPECT_EQ(waits.delays.size(), 2U);
}

TEST(HttpClient, GivesTheLastAnswerWhenRepeatsAreUsedUp) {
    HttpStub stub([](const StubRequest&) { return StubAnswer{503, "busy"}; });
    Waits waits;
    const auto answer = HttpClient(waits.options()).send({stub.url(), "{}"});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(stub.requests().size(), 5U);
}

TEST(HttpClient, DoesNotRepeatWhatIsFinal) {
    HttpStub stub([](const StubRequest&) { return StubAnswer{500, "never"}; });
    Waits waits;
    const auto answer = HttpClient(waits.options()).send({stub.url(), "{}", [](const HttpAnswer& got) {
                                                              return got.body == "never";
                                                          }});
    ASSERT_TRUE(answer);
    EXPECT_EQ(stub.requests().size(), 1U);
}

TEST(HttpClient, HonoursRetryAfter) {
    std::atomic<int> calls = 0;
    HttpStub stub([&](const StubRequest&) {
        return calls++ == 0 ? StubAnswer{429, "slower", {"Retry-After: 7"}} : StubAnswer{};
    });
    Waits waits;
    ASSERT_TRUE(HttpClient(waits.options()).send({stub.url(), "{}"}));
    ASSERT_EQ(waits.delays.size(), 1U);
    EXPECT_EQ(waits.delays[0], 7000ms);
}

TEST(HttpClient, RepeatsAfterALostConnection) {
    std::atomic<int> calls = 0;
    HttpStub stub([&](const StubRequest&) {
        StubAnswer answer;
        answer.hang_up = calls++ == 0;
        return answer;
    });
    Waits waits;
    EXPECT_TRUE(HttpClient(waits.options()).send({stub.url(), "{}"}));
}

TEST(HttpClient, NamesTheUrlThatRefuses) {
    const std::string url = test::refused_url();
    Waits waits;
    const auto answer = HttpClient(waits.options()).send({url, "{}"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(answer.error().message, url + " refuses the connection (tried 5 times): start it");
    EXPECT_EQ(waits.delays.size(), 4U);
}

TEST(HttpClient, GivesUpOnASlowServer) {
    HttpStub stub([](const StubRequest&) { return StubAnswer{200, "late", {}, 60s}; });
    Waits waits;
    HttpOptions options = waits.options();
    options.request_timeout = 200ms;
    const auto answer = HttpClient(options).send({stub.url(), "{}"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
    EXPECT_NE(answer.error().message.find("no answer within 0.2 s"), std::string::npos)
        << answer.error().message;
    EXPECT_TRUE(waits.delays.empty()) << "a slow server is not asked again";
}

TEST(HttpClient, StopsAtAnAnswerThatIsTooLarge) {
    HttpStub stub([](const StubRequest&) { return StubAnswer{200, std::string(100'001, 'x')}; });
    HttpOptions options;
    options.max_answer_bytes = 100'000;
    const auto answer = HttpClient(options).send({stub.url(), "{}"});
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().message.find("more than 100000 bytes"), std::string::npos);
    options.max_answer_bytes = 100'001;
    EXPECT_TRUE(HttpClient(options).send({stub.url(), "{}"}));
}

TEST(HttpClient, FollowsNoRedirect) {
    HttpStub other([](const StubRequest&) { return StubAnswer{}; });
    HttpStub stub([&](const StubRequest&) { return StubAnswer{307, "", {"Location: " + other.url()}}; });
    const auto answer = HttpClient({}).send({stub.url(), "{}"});
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 307);
    EXPECT_TRUE(other.requests().empty());
}

TEST(HttpClient, IsInterruptedDuringARequest) {
    std::atomic<bool> cancel = false;
    HttpStub stub([&](const StubRequest&) {
        cancel = true;
        return StubAnswer{200, "late", {}, 60s};
    });
    HttpOptions options;
    options.cancel = &cancel;
    const auto answer = HttpClient(options).send({stub.url(), "{}"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kInterrupted);
}

TEST(HttpClient, IsInterruptedBetweenRepeats) {
    std::atomic<bool> cancel = false;
    HttpStub stub([&](const StubRequest&) { return StubAnswer{503, "", {"Retry-After: 60"}}; });
    HttpOptions options;
    options.cancel = &cancel;
    options.sleep = [&](std::chrono::milliseconds) { cancel = true; };
    const auto answer = HttpClient(options).send({stub.url(), "{}"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kInterrupted);
}

TEST(HttpClient, ServesSeveralThreads) {
    HttpStub stub([](const StubRequest& request) { return StubAnswer{200, request.body}; });
    HttpClient client({});
    std::atomic<int> right = 0;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&, thread] {
            for (int i = 0; i < 10; ++i) {
                const std::string body = std::to_string(thread * 100 + i);
                const auto answer = client.send({stub.url(), body});
                if (answer && answer->body == body) ++right;
            }
        });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(right, 40);
}

}  // namespace
}  // namespace reel
