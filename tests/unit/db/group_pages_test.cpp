// Pages of groups go on to the last group, whatever the size of a page.
#include <set>

#include "db_support.h"

namespace reel {
namespace {

class GroupPages : public WithDatabase {
protected:
    GroupPages() {
        std::vector<NewRecord> records;
        records.reserve(600);
        for (int i = 0; i < 600; ++i) {
            records.push_back(new_record(std::to_string(i), "", {static_cast<float>(i), 1},
                                         "{\"group\": " + std::to_string(i % 200) + "}"));
        }
        must(database_.add(records));
        must(database_.commit());
    }
    /// The ids of all pages.
    std::set<std::string> all_pages(size_t k) {
        Question question;
        question.vector = {0, 1};
        SearchOptions options;
        options.k = k;
        options.group_by = "group";
        std::set<std::string> ids;
        do {
            const SearchAnswer answer = must(database_.search(question, options));
            for (const Hit& hit : answer.hits) EXPECT_TRUE(ids.insert(hit.id).second) << hit.id;
            options.cursor = answer.next;
        } while (!options.cursor.empty());
        return ids;
    }

    Database database_ = create();
};

TEST_F(GroupPages, OfAnySizeShowEveryGroupOnce) {
    for (const size_t k : std::initializer_list<size_t>{1, 2, 3, 5, 9, 10, 19, 33, 99, 100, 200, 1000})
        EXPECT_EQ(all_pages(k).size(), 200U) << k;
}

}  // namespace
}  // namespace reel
