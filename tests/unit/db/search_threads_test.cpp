// Many threads search in every way while another one writes, and each answer is of one state.
#include <atomic>
#include <thread>

#include "search_support.h"

namespace reel {
namespace {

#if defined(__SANITIZE_THREAD__)
constexpr int kCommits = 60;
#else
constexpr int kCommits = 150;
#endif
constexpr size_t kRecords = 700;  ///< live at every commit

/// The store holds kRecords records at every commit: "n" from c to c + kRecords - 1, where c grows by ten.
class SearchThreads : public WithDatabase {
protected:
    SearchThreads() { add_and_commit(database_, some(0, kRecords)); }

    static std::vector<NewRecord> some(size_t first, size_t count) {
        std::vector<NewRecord> records;
        for (size_t n = first; n < first + count; ++n) {
            records.push_back(new_record(
                "id" + std::to_string(n), "common word" + std::to_string(n % 7), {static_cast<float>(n), 1},
                "{\"n\": " + std::to_string(n) + ", \"half\": " + std::to_string(n % 2) + "}"));
        }
        return records;
    }

    void write() {
        for (int i = 0; i < kCommits; ++i) {
            Changes changes;
            changes.records = some(kRecords + 10 * first_, 10);
            for (size_t n = 10 * first_; n < 10 * first_ + 10; ++n)
                changes.deletions.push_back("id" + std::to_string(n));
            must(database_.write(changes));
            ++first_;
            if (i % 25 == 24) must(database_.seal());
            if (i % 70 == 69) must(database_.compact());
        }
        done_ = true;
    }

    /// n of the hits, which are all of one commit: c, c + 1, ..., step by step.
    static void expect_one_state(const std::vector<Hit>& hits, size_t step) {
        std::set<size_t> numbers;
        for (const Hit& hit : hits) numbers.insert(std::stoul(hit.id.substr(2)));
        ASSERT_EQ(numbers.size(), hits.size());
        ASSERT_EQ(numbers.size(), kRecords / step);
        ASSERT_EQ(*numbers.begin() % 10, 0U);
        ASSERT_EQ(*numbers.rbegin() - *numbers.begin(), kRecords - step);
    }

    void search(Database& database, unsigned seed) {
        std::mt19937 random(seed);
        while (!done_) {
            SearchOptions options = with_k(2 * kRecords);
            options.threads = static_cast<unsigned>(random() % 3);
            Question question = of_vector({static_cast<float>(random() % 3'000), 1});
            const bool half = random() % 2 == 0;
            if (half) options.filter = "half = 0";
            switch (random() % 6) {
                case 0: options.recall = 1; break;
                case 1: options.recall = 0.9; break;
                case 2: question = of_words("common"); break;
                case 3: question.text = "common word3"; break;
                case 4: options.group_by = "n"; break;
                default: break;
            }
            ASSERT_NO_FATAL_FAILURE(
                expect_one_state(must(database.search(question, options)).hits, half ? 2 : 1));
            if (random() % 8 == 0) search_further(database, random, options.filter, half ? 2 : 1);
        }
    }

    static void search_further(Database& database, std::mt19937& random, const std::string& filter,
                               size_t step) {
        const std::vector<float> queries{static_cast<float>(random() % 900), 1, 3, 4};
        SearchOptions options = with_k(2 * kRecords);
        options.filter = filter;
        for (const auto& hits : must(database.search_batch(queries, options)))
            ASSERT_NO_FATAL_FAILURE(expect_one_state(hits, step));
        EXPECT_EQ(must(database.count(filter)), kRecords / step);
        EXPECT_EQ(must(database.keys()).size(), 2U);
        options.k = 20;
        options.diversity_lambda = 0.5;
        options.snippet_length = 10;
        options.recall = 0.9;
        const auto answer = must(database.search(of_vector({5, 5}), options));
        EXPECT_EQ(answer.hits.size(), 20U);
        options.cursor = answer.next;
        const auto next = database.search(of_vector({5, 5}), options);
        if (!next) {
            EXPECT_EQ(next.error().code, ErrorCode::kNotFound);
        }
    }

    Database database_ = must(Database::create(path(), test_config(2)));
    size_t first_ = 0;
    std::atomic<bool> done_ = false;
};

TEST_F(SearchThreads, EachAnswerIsOfOneCommit) {
    Database reader = open();
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 2; ++i) threads.emplace_back([this, i] { search(database_, i); });
    threads.emplace_back([&] { search(reader, 7); });
    threads.emplace_back([&] {
        while (!done_) {
            must(reader.refresh());
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    });
    write();
    for (std::thread& thread : threads) thread.join();
    expect_one_state(must(database_.search(of_words("common"), with_k(2 * kRecords))).hits, 1);
}

}  // namespace
}  // namespace reel
