// Questions that are none, stores that hold nothing, and other ends of what may be asked.
#include "search_support.h"

namespace reel {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

class BadQuestion : public WithDatabase {
protected:
    BadQuestion() {
        add_and_commit(database_,
                       {new_record("a", "apple tree", {1, 0}, R"({"n":1})"),
                        new_record("b", "banana", {0, 1}, R"({"n":2})"), new_record("c", "", {1, 1})});
    }
    ErrorCode refused(const Question& question, const SearchOptions& options = {}) {
        const auto answer = database_.search(question, options);
        EXPECT_FALSE(answer);
        if (answer) return ErrorCode::kIo;
        EXPECT_GT(answer.error().message.size(), 10U);
        return answer.error().code;
    }
    ErrorCode refused(const std::function<void(SearchOptions&)>& change) {
        SearchOptions options;
        change(options);
        return refused(of_vector({1, 0}), options);
    }
    static constexpr ErrorCode kInvalid = ErrorCode::kInvalidArgument;
    Database database_ = create();
};

TEST_F(BadQuestion, Vectors) {
    for (const std::vector<float>& vector : std::vector<std::vector<float>>{
             {1}, {1, 2, 3}, {kNaN, 0}, {0, kInfinity}, {-kInfinity, 1}, std::vector<float>(100'000, 1)}) {
        EXPECT_EQ(refused(of_vector(vector)), kInvalid);
        Question both = of_words("apple");
        both.vector = vector;
        EXPECT_EQ(refused(both), kInvalid);
    }
    EXPECT_EQ(refused(Question{}), kInvalid);
    EXPECT_FALSE(database_.search(std::span<const float>()));
}

TEST_F(BadQuestion, Options) {
    EXPECT_EQ(refused([](auto& options) { options.k = 0; }), kInvalid);
    for (const double recall : {0.0, -0.5, 1.5, std::nan("")})
        EXPECT_EQ(refused([&](auto& options) { options.recall = recall; }), kInvalid) << recall;
    for (const double share : {-0.01, 1.01, std::nan(""), HUGE_VAL}) {
        EXPECT_EQ(refused([&](auto& options) { options.diversity_lambda = share; }), kInvalid) << share;
        EXPECT_EQ(refused([&](auto& options) { options.vector_weight = share; }), kInvalid) << share;
    }
    EXPECT_EQ(refused([](auto& options) { options.max_distance = kNaN; }), kInvalid);
    EXPECT_EQ(refused([](auto& options) {
                  options.group_by = "n";
                  options.per_group = 0;
              }),
              kInvalid);
    for (const char* path : {".", "a.", "a..b", ".a", "`a"})
        EXPECT_EQ(refused([&](auto& options) { options.group_by = path; }), kInvalid) << path;
}

TEST_F(BadQuestion, Filters) {
    for (const std::string& filter :
         {std::string("n <"), std::string("{"), std::string("n = = 1"), std::string("(n = 1"),
          std::string("{\"n\": {\"$nope\": 1}}"), std::string("\0", 1)}) {
        EXPECT_EQ(refused([&](auto& options) { options.filter = filter; }), kInvalid) << filter.substr(0, 30);
        EXPECT_FALSE(database_.count(filter));
        EXPECT_FALSE(database_.remove_matching(filter));
        EXPECT_FALSE(database_.search_batch(std::vector<float>{1, 0}, {.filter = filter}));
    }
}

TEST_F(BadQuestion, Words) {
    SearchOptions options;
    options.mode = SearchMode::kText;
    for (const char* text : {"", " ", "+", "-apple", "\"\"", "...", "()", "*"})
        EXPECT_EQ(refused(of_words(text), options), kInvalid) << text;
    EXPECT_EQ(refused(of_words(std::string(1'100'000, 'a')), options), ErrorCode::kLimit);
    EXPECT_EQ(refused(of_words(std::string(100'000, '(') + "apple"), options), ErrorCode::kLimit);
    const std::string long_word(1'000'000, 'a');
    EXPECT_TRUE(must(database_.search(of_words(long_word), options)).hits.empty());
    EXPECT_EQ(ids_of(must(database_.search(of_words("apple \xff\xfe"), options)).hits),
              std::vector<std::string>{"a"});
}

TEST_F(BadQuestion, Examples) {
    Question question;
    question.like = {"nobody"};
    EXPECT_EQ(refused(question), ErrorCode::kNotFound);
    question.like = {"a", ""};
    EXPECT_EQ(refused(question), ErrorCode::kNotFound);
    question.like.clear();
    question.unlike = {"a"};
    EXPECT_EQ(refused(question), kInvalid);
    question.like = {"b"};
    question.vector = {1, 0};
    EXPECT_EQ(refused(question), kInvalid);
    must(database_.remove(std::vector<std::string>{"a"}));
    must(database_.commit());
    question = {};
    question.like = {"a"};
    EXPECT_EQ(refused(question), ErrorCode::kNotFound);
}

TEST_F(BadQuestion, TheZeroVectorUnderCosineAndExamplesThatCancelOut) {
    TemporaryFolder folder;
    Database database = must(Database::create(folder.path("x.mp4"), test_config(2, Metric::kCosine)));
    add_and_commit(database, {new_record("a", "apple", {1, 0}), new_record("b", "banana", {-1, 0})});
    EXPECT_EQ(database.search(of_vector({0, 0})).error().code, kInvalid);
    EXPECT_EQ(database.search_batch(std::vector<float>{1, 0, 0, 0}).error().code, kInvalid);
    Question question;
    question.like = {"a", "b"};
    EXPECT_EQ(database.search(question).error().code, kInvalid);
}

/// Distances that overflow put no order out of joint.
TEST_F(BadQuestion, HugeVectors) {
    const float huge = 3e38F;
    for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
        TemporaryFolder folder;
        Database database = must(Database::create(folder.path("x.mp4"), test_config(2, metric)));
        std::vector<NewRecord> records;
        for (int i = 0; i < 30; ++i)
            records.push_back(new_record(std::to_string(i), i % 2 == 0 ? "apple" : "banana",
                                         {i % 3 == 0 ? huge : 1.0F, i % 5 == 0 ? -huge : 1.0F}));
        if (!database.add(records)) continue;
        must(database.commit());
        Question question = of_words("apple");
        question.vector = {-huge, huge};
        for (const Fusion fusion : {Fusion::kRank, Fusion::kWeighted}) {
            SearchOptions options = with_k(40);
            options.fusion = fusion;
            const auto answer = database.search(question, options);
            if (!answer) continue;
            for (const Hit& hit : answer->hits) EXPECT_FALSE(std::isnan(hit.score));
        }
    }
}

TEST_F(BadQuestion, FiltersBeyondTheLimits) {
    EXPECT_EQ(refused([](auto& options) { options.filter = std::string(100'000, '('); }), ErrorCode::kLimit);
}

class Empty : public WithDatabase {
protected:
    /// Every way of asking, which finds nothing and fails nowhere.
    static void ask_all(Database& database) {
        Question both = of_words("apple");
        both.vector = {1, 0};
        for (const SearchMode mode :
             {SearchMode::kAuto, SearchMode::kVector, SearchMode::kText, SearchMode::kHybrid}) {
            for (const char* group : {"", "n"}) {
                for (const auto lambda : {std::optional<double>(), std::optional<double>(0.5)}) {
                    for (const char* filter : {"", "n = 1", "not n = 1"}) {
                        for (const auto recall :
                             {std::optional<double>(), std::optional(1.0), std::optional(0.9)}) {
                            SearchOptions options;
                            options.mode = mode;
                            options.group_by = group;
                            options.diversity_lambda = lambda;
                            options.filter = filter;
                            options.recall = recall;
                            options.snippet_length = 20;
                            const auto answer = must(database.search(
                                mode == SearchMode::kText ? of_words("apple") : both, options));
                            EXPECT_TRUE(answer.hits.empty() && answer.next.empty());
                        }
                    }
                }
            }
        }
        EXPECT_TRUE(must(database.keys()).empty());
        EXPECT_EQ(must(database.count("n = 1")), 0U);
        EXPECT_TRUE(must(database.search_batch(std::vector<float>{1, 0})).at(0).empty());
    }
};

TEST_F(Empty, StoresAnswerNothing) {
    Database database = must(Database::create(path(), test_config(2)));
    ask_all(database);
    must(database.seal());
    ask_all(database);
    Database reader = open();
    ask_all(reader);
}

TEST_F(Empty, StoresWhoseRecordsAreAllDeletedAnswerNothing) {
    Database database = must(Database::create(path(), test_config(2)));
    for (const size_t count : std::initializer_list<size_t>{1, 63, 64, 65, 300}) {
        std::vector<NewRecord> records;
        std::vector<std::string> ids;
        for (size_t i = 0; i < count; ++i) {
            ids.push_back("r" + std::to_string(i));
            records.push_back(new_record(ids.back(), "apple", {1, 0}, R"({"n":1})"));
        }
        must(database.add(records));
        must(database.commit());
        must(database.remove(ids));
        must(database.commit());
        ask_all(database);
        must(database.seal());
        ask_all(database);
    }
    must(database.compact());
    ask_all(database);
}

TEST_F(Empty, TextsAreFoundByVectorAlone) {
    Database database = must(Database::create(path(), test_config(2)));
    std::vector<NewRecord> records;
    for (int i = 0; i < 100; ++i)
        records.push_back(new_record(std::to_string(i), "", {1, static_cast<float>(i)}));
    must(database.add(records));
    must(database.commit());
    for (int round = 0; round < 2; ++round) {
        SearchOptions options;
        options.snippet_length = 10;
        EXPECT_TRUE(must(database.search(of_words("apple"), options)).hits.empty());
        EXPECT_EQ(must(database.search(of_vector({1, 0}), options)).hits.size(), 10U);
        must(database.seal());
    }
}

}  // namespace
}  // namespace reel
