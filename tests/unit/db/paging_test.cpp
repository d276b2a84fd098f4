// Pages of an answer fit together, whatever is written between them.
#include "db/cursor.h"
#include "search_support.h"

namespace reel {
namespace {

struct Way {
    const char* name;
    std::function<void(Question&, SearchOptions&)> ask;
    bool is_long_answer = true;  ///< whether one long answer has the same hits in the same order
};
void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

std::vector<Way> ways() {
    const auto none = [](Question&, SearchOptions&) {};
    const auto by_words = [](Question& question, SearchOptions& options) {
        question = of_words("worda wordb wordc");
        options.mode = SearchMode::kText;
    };
    const auto by_both = [](Question& question, SearchOptions& options) {
        question.text = "worda wordb wordc";
        options.mode = SearchMode::kHybrid;
    };
    return {
        {"vector", none},
        {"exact", [](Question&, SearchOptions& options) { options.recall = 1; }},
        {"filter", [](Question&, SearchOptions& options) { options.filter = "g < 30"; }},
        {"limit", [](Question&, SearchOptions& options) { options.max_distance = 20; }},
        {"text", by_words},
        {"text_filter",
         [=](Question& question, SearchOptions& options) {
             by_words(question, options);
             options.filter = "g < 30";
         }},
        {"groups", [](Question&, SearchOptions& options) { options.group_by = "g"; }},
        {"groups_of_two",
         [](Question&, SearchOptions& options) {
             options.group_by = "g";
             options.per_group = 2;
         }},
        {"text_groups",
         [=](Question& question, SearchOptions& options) {
             by_words(question, options);
             options.group_by = "g";
         }},
        {"hybrid", by_both, false},
        {"weighted",
         [=](Question& question, SearchOptions& options) {
             by_both(question, options);
             options.fusion = Fusion::kWeighted;
         },
         false},
        {"diverse", [](Question&, SearchOptions& options) { options.diversity_lambda = 0.5; }, false},
        {"diverse_groups",
         [](Question&, SearchOptions& options) {
             options.diversity_lambda = 0.5;
             options.group_by = "g";
         },
         false},
        {"hybrid_groups",
         [=](Question& question, SearchOptions& options) {
             by_both(question, options);
             options.group_by = "g";
         },
         false},
        {"recall", [](Question&, SearchOptions& options) { options.recall = 0.9; }, false},
    };
}

class Pages : public WithTwin, public testing::WithParamInterface<Way> {
protected:
    Pages() {
        twin_.grow_old(1'200);
        question_ = of_vector(twin_.some_vector());
        GetParam().ask(question_, options_);
    }

    SearchAnswer page(const std::string& cursor, size_t k) {
        options_.cursor = cursor;
        options_.k = k;
        SearchAnswer answer = must(twin_.database.search(question_, options_));
        options_.cursor.clear();
        return answer;
    }

    std::vector<uint64_t> pages(size_t k, const std::function<void()>& between) {
        std::vector<uint64_t> rows;
        std::string cursor;
        do {
            const SearchAnswer answer = page(cursor, k);
            EXPECT_TRUE(answer.next.empty() || answer.hits.size() == k) << "page at " << rows.size();
            for (const Hit& hit : answer.hits) rows.push_back(hit.record_number);
            cursor = answer.next;
            between();
        } while (!cursor.empty() && rows.size() < 5'000);
        return rows;
    }

    std::vector<uint64_t> long_answer() {
        std::vector<uint64_t> rows;
        const size_t most = options_.diversity_lambda ? 1'000 : 10'000;
        for (const Hit& hit : page("", most).hits) rows.push_back(hit.record_number);
        return rows;
    }

    void expect_no_hit_twice(const std::vector<uint64_t>& rows) {
        const std::set<uint64_t> different(rows.begin(), rows.end());
        EXPECT_EQ(different.size(), rows.size());
    }

    /// A commit, now and then a seal.
    void write() {
        twin_.add(3);
        twin_.remove(twin_.some_ids(4));
        twin_.put(twin_.some_ids(2));
        twin_.commit();
        if (++written_ % 4 == 0) twin_.seal();
    }

    Twin twin_ = twin({4, Metric::kL2, true, 11});
    Question question_;
    SearchOptions options_;
    int written_ = 0;
};

TEST_P(Pages, JoinedAreTheLongAnswer) {
    const auto expected = long_answer();
    for (const size_t k : std::initializer_list<size_t>{size_t{1}, size_t{3}, size_t{9}, size_t{64}}) {
        if (k == 1 && expected.size() > 600) continue;
        const auto rows = pages(k, [] {});
        expect_no_hit_twice(rows);
        EXPECT_GE(rows.size(), std::min<size_t>(k, expected.size()));
        if (GetParam().is_long_answer) {
            EXPECT_EQ(rows, expected) << "pages of " << k;
        }
    }
}

TEST_P(Pages, AreOfTheStateOfTheFirstOne) {
    const auto calm = pages(17, [] {});
    const auto busy = pages(17, [this] { write(); });
    EXPECT_EQ(busy, calm);
}

INSTANTIATE_TEST_SUITE_P(Ways, Pages, testing::ValuesIn(ways()),
                         [](const auto& way) { return std::string(way.param.name); });

class CursorErrors : public WithTwin {
protected:
    CursorErrors() {
        twin_.grow_old(100);
        question_ = of_vector(twin_.some_vector());
        cursor_ = must(twin_.database.search(question_, {})).next;
    }
    ErrorCode error_of(const Question& question, SearchOptions options, const std::string& cursor) {
        options.cursor = cursor;
        const auto answer = twin_.database.search(question, options);
        EXPECT_FALSE(answer);
        return answer ? ErrorCode::kIo : answer.error().code;
    }
    Twin twin_ = twin();
    Question question_;
    std::string cursor_;
};

TEST_F(CursorErrors, OfAnotherQuestion) {
    SearchOptions options;
    EXPECT_EQ(error_of(of_vector(twin_.some_vector()), options, cursor_), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error_of(question_, with_k(11), cursor_), ErrorCode::kInvalidArgument);
    options.filter = "g < 5";
    EXPECT_EQ(error_of(question_, options, cursor_), ErrorCode::kInvalidArgument);
    options.cursor = cursor_;
    options.filter.clear();
    EXPECT_TRUE(twin_.database.search(question_, options));
}

TEST_F(CursorErrors, OfGarbage) {
    for (const std::string& garbage :
         {std::string("x"), std::string("r1"), std::string("r1-"), cursor_ + "0", cursor_.substr(1),
          cursor_.substr(0, cursor_.size() - 1), std::string(1'000'000, '-'), std::string("r1-\0", 4)}) {
        EXPECT_EQ(error_of(question_, {}, garbage), ErrorCode::kInvalidArgument) << garbage.substr(0, 80);
    }
    for (size_t i = 0; i < cursor_.size(); ++i) {
        std::string flipped = cursor_;
        flipped[i] = flipped[i] == '1' ? '2' : '1';
        if (flipped != cursor_) {
            EXPECT_EQ(error_of(question_, {}, flipped), ErrorCode::kInvalidArgument);
        }
    }
}

TEST_F(CursorErrors, AfterACompact) {
    twin_.compact();
    EXPECT_EQ(error_of(question_, {}, cursor_), ErrorCode::kNotFound);
}

/// Whoever makes up a cursor gets no hits, not the machine's whole memory.
TEST_F(CursorErrors, OfOneThatWasMadeUp) {
    for (SearchOptions options : {SearchOptions(), with_k(3)}) {
        for (const char* group : {"", "g"}) {
            options.group_by = group;
            options.cursor.clear();
            options.cursor = must(twin_.database.search(question_, options)).next;
            for (const uint64_t offset : std::initializer_list<uint64_t>{uint64_t{1'000}, uint64_t{1} << 40U,
                                                                         uint64_t{1} << 62U, ~uint64_t{0}}) {
                Cursor cursor = must(read_cursor(options.cursor));
                cursor.offset = offset;
                cursor.last_distance = std::bit_cast<uint32_t>(std::numeric_limits<float>::infinity());
                SearchOptions forged = options;
                forged.cursor = write_cursor(cursor);
                EXPECT_TRUE(must(twin_.database.search(question_, forged)).hits.empty()) << offset;
            }
        }
    }
}

}  // namespace
}  // namespace reel
