// Several threads: readers of one Database, and readers beside a writer. The thread sanitizer judges.
#include <array>
#include <atomic>
#include <thread>

#include "db_support.h"

namespace reel {
namespace {

using Threads = WithDatabase;

std::vector<NewRecord> numbered(uint64_t first, uint64_t count, size_t text_bytes = 10) {
    std::vector<NewRecord> records;
    for (uint64_t n = first; n < first + count; ++n) {
        records.push_back(
            new_record("id" + std::to_string(n), std::string(text_bytes, 'x'), {static_cast<float>(n), 1}));
    }
    return records;
}

/// Reads all that can be read; the number of records seen.
uint64_t read_everything(Database& database) {
    const std::vector<float> query = {3, 1};
    const auto hits = must(database.search(std::span<const float>(query)));
    EXPECT_EQ(hits.at(0).id, "id3");
    EXPECT_EQ(must(database.search_like("id3")).at(0).id, "id3");
    EXPECT_TRUE(must(database.find("id1")));
    EXPECT_FALSE(must(database.find("nobody")));
    EXPECT_FALSE(must(database.search(std::string_view("text"))).empty());
    (void)database.info();
    return all_records(database).size();
}

void in_threads(unsigned count, const std::function<void()>& work) {
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < count; ++i) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();
}

TEST_F(Threads, ReadOneReaderAtOnce) {
    {
        Database database = create();
        add_and_commit(database, numbered(0, 50));
        must(database.seal());
        add_and_commit(database, numbered(50, 20));
    }
    Database reader = open();
    must(reader.use_embedder(std::make_shared<StubEmbedder>(2)));
    in_threads(4, [&] {
        for (int i = 0; i < 5; ++i) EXPECT_EQ(read_everything(reader), 70U);
    });
}

TEST_F(Threads, ReadAWriterAtOnceBetweenItsCommits) {
    Database database = create();
    for (uint64_t round = 0; round < 3; ++round) {
        add_and_commit(database, numbered(10 * round, 10));
        in_threads(3, [&] { EXPECT_EQ(read_everything(database), 10 * (round + 1)); });
    }
}

TEST_F(Threads, SearchAndReadOneStoreWhileItIsWrittenTo) {
    Database database = create();
    add_and_commit(database, numbered(0, 10));
    std::atomic<bool> done = false;
    const auto read = [&] {
        uint64_t last = 0;
        while (!done) {
            const uint64_t seen = read_everything(database);
            EXPECT_EQ(seen % 10, 0U);
            EXPECT_GE(seen, last);
            const auto report = must(database.verify());
            EXPECT_TRUE(report.findings.empty()) << report.findings[0].sentence;
            last = seen;
        }
    };
    std::thread first(read);
    std::thread second(read);
    for (uint64_t round = 1; round <= 30; ++round) {
        add_and_commit(database, numbered(10 * round, 10, round % 7 == 0 ? 150'000 : 20));
        if (round % 10 == 0) must(database.compact(round == 20 ? KeepHistory::kYes : KeepHistory::kNo));
    }
    done = true;
    first.join();
    second.join();
    EXPECT_EQ(read_everything(database), 310U);
}

TEST_F(Threads, WriteAtOnceAndEachHasItsOwnCommit) {
    Database database = create();
    constexpr uint64_t kThreads = 6;
    constexpr uint64_t kWrites = 20;
    std::atomic<uint64_t> next = 0;
    std::array<std::atomic<int>, kThreads * kWrites + 1> commits{};
    in_threads(kThreads, [&] {
        for (uint64_t i = 0; i < kWrites; ++i) {
            Changes changes;
            changes.records = numbered(next++, 1);
            const CommitInfo info = must(database.write(changes));
            ++commits.at(info.commit);
            EXPECT_TRUE(must(database.find(*changes.records[0].id)));
            EXPECT_GE(database.info().durable_through, info.commit);
        }
    });
    for (size_t commit = 1; commit < commits.size(); ++commit) EXPECT_EQ(commits[commit], 1) << commit;
    EXPECT_TRUE(must(database.verify()).findings.empty());
}

TEST_F(Threads, WriteAtOnceAndAnErrorOfOneIsNotThatOfAnother) {
    Database database = create();
    std::atomic<uint64_t> next = 0;
    in_threads(4, [&] {
        for (int i = 0; i < 10; ++i) {
            Changes changes;
            const uint64_t n = next++;
            changes.records = numbered(n, 1);
            if (n % 3 == 0) changes.records[0].vector.push_back(1);
            EXPECT_EQ(database.write(changes).has_value(), n % 3 != 0);
        }
    });
    EXPECT_EQ(database.live_count(), 26U);
}

TEST_F(Threads, WriteTextsAtOnceWithoutWaitingForEachOthersEmbeddings) {
    Database database = create();
    std::atomic<uint64_t> next = 0;
    in_threads(4, [&] {
        for (int i = 0; i < 10; ++i) {
            Changes changes;
            changes.records = {
                new_record("t" + std::to_string(next++ % 8), "some text " + std::to_string(i))};
            must(database.write(changes));
        }
    });
    EXPECT_EQ(database.live_count(), 8U);
    EXPECT_TRUE(must(database.verify()).findings.empty());
}

TEST_F(Threads, AReaderOfItsOwnSeesWholeCommitsWhileAWriterCommitsAndSeals) {
    Database writer = create();
    add_and_commit(writer, numbered(0, 10));
    std::atomic<bool> done = false;
    std::thread beside([&] {
        Database reader = open();
        must(reader.use_embedder(std::make_shared<StubEmbedder>(2)));
        uint64_t last = 0;
        while (!done) {
            must(reader.refresh());
            const uint64_t seen = read_everything(reader);
            EXPECT_EQ(seen % 10, 0U);
            EXPECT_GE(seen, last);
            EXPECT_TRUE(reader.info().warnings.empty()) << reader.info().warnings[0];
            last = seen;
        }
        must(reader.refresh());
        EXPECT_EQ(reader.live_count(), 310U);
    });
    for (uint64_t commit = 1; commit <= 30; ++commit) {
        add_and_commit(writer, numbered(10 * commit, 10, commit % 7 == 0 ? 150'000 : 20));
        if (commit % 5 == 0) must(writer.seal({SealTrailer::kAlways}));
    }
    done = true;
    beside.join();
}

/// Closing writes a trailer and opening cuts it: what readers find behind the last commit changes all the
/// time.
TEST_F(Threads, AReaderOpensWhileWritersOpenAndClose) {
    { add_and_commit(*std::make_unique<Database>(create()), numbered(0, 10)); }
    std::atomic<bool> done = false;
    std::thread beside([&] {
        while (!done) {
            const auto reader = Database::open(path());
            ASSERT_TRUE(reader) << reader.error().message;
            EXPECT_EQ(reader->live_count() % 10, 0U);
            EXPECT_TRUE(reader->info().warnings.empty()) << reader->info().warnings[0];
        }
    });
    for (uint64_t n = 1; n <= 25; ++n) {
        Database writer = open(Access::kWrite);
        add_and_commit(writer, numbered(10 * n, 10));
        add_and_commit(writer, {});
        must(writer.close());
    }
    done = true;
    beside.join();
}

}  // namespace
}  // namespace reel
