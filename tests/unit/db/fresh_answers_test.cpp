// A search sees each commit at once: by vector, words and filter, in the writer's object and in others.
#include "search_support.h"

namespace reel {
namespace {

std::vector<std::string> found_by_words(Database& database, const std::string& word) {
    SearchOptions options = with_k(100);
    options.mode = SearchMode::kText;
    auto ids = ids_of(must(database.search(of_words(word), options)).hits);
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::vector<std::string> found_by_vector(Database& database, float x) {
    SearchOptions options;
    options.max_distance = 0.25F;
    auto ids = ids_of(must(database.search(of_vector({x, 0}), options)).hits);
    std::sort(ids.begin(), ids.end());
    return ids;
}

std::vector<std::string> found_by_filter(Database& database, int n) {
    SearchOptions options;
    options.filter = "n = " + std::to_string(n);
    auto ids = ids_of(must(database.search(of_vector({0, 0}), options)).hits);
    std::sort(ids.begin(), ids.end());
    return ids;
}

using Ids = std::vector<std::string>;
void expect_only(Database& database, int n, const Ids& ids) {
    EXPECT_EQ(found_by_words(database, "number" + std::to_string(n)), ids);
    EXPECT_EQ(found_by_vector(database, static_cast<float>(n)), ids);
    EXPECT_EQ(found_by_filter(database, n), ids);
    EXPECT_EQ(must(database.count("n = " + std::to_string(n))), ids.size());
}

NewRecord numbered(const std::string& id, int n) {
    return new_record(id, "number" + std::to_string(n) + " word", {static_cast<float>(n), 0},
                      "{\"n\": " + std::to_string(n) + "}");
}

class FreshOnLine : public WithDatabase {
protected:
    /// Expects it of the writer's object at once and of the reader after a refresh.
    void expect_of_both(int n, const Ids& ids) {
        expect_only(writer_, n, ids);
        must(reader_.refresh());
        expect_only(reader_, n, ids);
    }
    void put(const std::string& id, int n) {
        const NewRecord record = numbered(id, n);
        must(writer_.add(std::span(&record, 1), OnDuplicate::kReplace));
    }
    Database writer_ = must(Database::create(path(), test_config(2)));
    Database reader_ = open();
};

TEST_F(FreshOnLine, AddedRecordsAreThereAfterTheCommitAndNotBefore) {
    for (int n = 0; n < 40; ++n) {
        put("a", 1000);
        put("id" + std::to_string(n), n);
        expect_of_both(n, {});
        must(writer_.commit());
        expect_only(reader_, n, {});
        expect_of_both(n, {"id" + std::to_string(n)});
        if (n == 20) must(writer_.seal());
    }
}

TEST_F(FreshOnLine, DeletedAndReplacedRecordsAreGone) {
    for (int n = 0; n < 40; ++n) put("id" + std::to_string(n), n);
    must(writer_.commit());
    for (int n = 0; n < 40; n += 2) {
        if (n == 20) must(writer_.seal());
        const std::vector<std::string> gone{"id" + std::to_string(n)};
        must(writer_.remove(gone));
        put("id" + std::to_string(n + 1), n + 100);
        expect_of_both(n, gone);
        must(writer_.commit());
        expect_of_both(n, {});
        expect_of_both(n + 1, {});
        expect_of_both(n + 100, {"id" + std::to_string(n + 1)});
    }
    must(writer_.compact());
    expect_of_both(1, {});
    expect_of_both(100, {"id1"});
}

TEST_F(FreshOnLine, WriteIsSeenAsWellAndRollbackUndoes) {
    must(writer_.write({{numbered("a", 1), numbered("b", 2)}, OnDuplicate::kReplace, {}}));
    expect_of_both(1, {"a"});
    must(writer_.write({{numbered("c", 3)}, OnDuplicate::kReplace, {"a"}, Durability::kDeferred}));
    expect_of_both(1, {});
    expect_of_both(3, {"c"});
    put("b", 9);
    must(writer_.rollback());
    expect_of_both(9, {});
    expect_of_both(2, {"b"});
    must(writer_.restore(Moment::commit(1)));
    expect_of_both(1, {"a"});
    expect_of_both(3, {});
}

TEST_F(FreshOnLine, TheLastRowsOfAStoreCanGo) {
    for (int n = 0; n < 130; ++n) put("id" + std::to_string(n), n);
    must(writer_.commit());
    must(writer_.seal());
    for (int n = 129; n >= 60; --n) {
        const std::vector<std::string> gone{"id" + std::to_string(n)};
        must(writer_.remove(gone));
        must(writer_.commit());
        expect_only(writer_, n, {});
        expect_only(writer_, n - 1, {"id" + std::to_string(n - 1)});
    }
    must(writer_.seal());
    expect_of_both(59, {"id59"});
    expect_of_both(60, {});
}

/// Random writing; every answer of both objects is judged by the plain list.
class RandomlyFresh : public WithTwin, public testing::WithParamInterface<unsigned> {
protected:
    void write() {
        switch (twin_.below(12)) {
            case 0:
            case 1: twin_.put(twin_.some_ids(twin_.below(8))); break;
            case 2: twin_.remove(twin_.some_ids(twin_.below(20))); break;
            case 3: twin_.seal(); break;
            case 4:
                if (twin_.below(4) == 0) twin_.compact();
                break;
            default: twin_.add(twin_.below(60));
        }
        twin_.commit();
    }

    void check_vectors(Database& database) {
        const auto query = twin_.some_vector();
        const Allows allows = [](const PlainRow& row) { return row.n % 100 < 30; };
        SearchOptions options = with_k(20);
        options.recall = 1;
        EXPECT_EQ(plain_hits(must(database.search(of_vector(query), options)).hits),
                  first_of(twin_.nearest(query), 20));
        options.filter = "g < 30";
        EXPECT_EQ(plain_hits(must(database.search(of_vector(query), options)).hits),
                  first_of(twin_.nearest(query, allows), 20));
    }

    void check_words(Database& database) {
        const std::vector<std::string> words{std::string("word") + static_cast<char>('a' + twin_.below(20)),
                                             std::string("word") + static_cast<char>('a' + twin_.below(4))};
        const auto scores = plain_scores(twin_.rows, words);
        SearchOptions options = with_k(100'000);
        const auto hits = must(database.search(of_words(words[0] + " " + words[1]), options)).hits;
        ASSERT_EQ(hits.size(), scores.size());
        for (size_t i = 0; i < hits.size(); ++i) {
            const auto found = scores.find(hits[i].record_number);
            ASSERT_TRUE(found != scores.end());
            EXPECT_NEAR(static_cast<double>(hits[i].text_score), found->second, 1e-4);
            EXPECT_EQ(hits[i].text_rank, i + 1);
            if (i > 0) {
                EXPECT_GE(hits[i - 1].score, hits[i].score);
            }
        }
    }

    void check_counts(Database& database) {
        const auto matching = std::count_if(twin_.rows.begin(), twin_.rows.end(), [](const PlainRow& row) {
            return row.is_live && row.n % 100 >= 90;
        });
        EXPECT_EQ(must(database.count("g >= 90")), static_cast<uint64_t>(matching));
        EXPECT_EQ(must(database.count()), twin_.live());
    }

    Twin twin_ = twin({4, Metric::kL2, true, GetParam()});
    Database reader_ = must(Database::open(path()));
};

TEST_P(RandomlyFresh, AnswersAreThoseOfThePlainList) {
    twin_.add(1);
    for (int step = 0; step < 60 && !HasFatalFailure(); ++step) {
        write();
        must(reader_.refresh());
        for (Database* database : {&twin_.database, &reader_}) {
            check_vectors(*database);
            check_words(*database);
            check_counts(*database);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomlyFresh, testing::Range(1U, 9U));

}  // namespace
}  // namespace reel
