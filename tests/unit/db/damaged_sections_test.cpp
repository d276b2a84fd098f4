// Damaged index sections: the same answers, a warning, a finding, and a seal that makes them anew.
#include <fstream>
#include <iostream>

#include "base/posix_file.h"
#include "search_support.h"
#include "store/reader.h"

namespace reel {
namespace {

/// Everything that an index could get wrong, as one text.
std::string answers_of(Database& database, const std::vector<std::vector<float>>& queries,
                       std::set<std::string>& warnings) {
    std::ostringstream all;
    const auto ask = [&](const Question& question, const SearchOptions& options) {
        const auto answer = database.search(question, options);
        if (!answer) {
            all << "error: " << answer.error().message << "\n";
            return;
        }
        for (const Hit& hit : answer->hits)
            all << hit.record_number << "/" << hit.distance << "/" << hit.text_score << " ";
        all << "of " << answer->report.matching << "\n";
        warnings.insert(answer->report.warnings.begin(), answer->report.warnings.end());
    };
    SearchOptions exact = with_k(40);
    exact.recall = 1;
    SearchOptions fast = with_k(5);
    fast.rerank = 200;
    SearchOptions words = with_k(1'000);
    words.mode = SearchMode::kText;
    for (const auto& query : queries) {
        exact.filter.clear();
        ask(of_vector(query), exact);
        const auto quick = must(database.search(of_vector(query), fast));
        all << quick.hits.size() << " quick ones\n";
        warnings.insert(quick.report.warnings.begin(), quick.report.warnings.end());
        for (const char* filter : {"g < 50", "n >= 300", "name = \"n7\"", "flag = true", "exists(odd)"}) {
            exact.filter = filter;
            ask(of_vector(query), exact);
        }
    }
    for (const char* text : {"worda", "wordb wordq", "\"worda wordb\"", "wor*", "+wordc -worda"})
        ask(of_words(text), words);
    all << must(database.keys()).size() << " keys";
    return all.str();
}

class DamagedSections : public WithTwin {
protected:
    DamagedSections() {
        Twin made = twin({40, Metric::kL2, false, 31});
        std::vector<NewRecord> records;
        for (size_t n = 0; n < 1'500; ++n) {
            std::string metadata = "{\"n\": " + std::to_string(n) + ", \"g\": " + std::to_string(n % 100) +
                                   ", \"name\": \"n" + std::to_string(n % 31) +
                                   "\", \"flag\": " + (n % 3 == 0 ? "true" : "false") +
                                   (n % 50 == 0 ? ", \"odd\": [1, \"x\"]}" : "}");
            records.push_back(new_record(std::to_string(n), made.some_text(), made.some_vector(), metadata));
        }
        must(made.database.add(std::span(records).first(1'100)));
        must(made.database.commit());
        must(made.database.seal());
        must(made.database.add(std::span(records).last(400)));
        must(made.database.remove(std::vector<std::string>{"3", "4", "1499"}));
        must(made.database.commit());
        must(made.database.seal());
        must(made.database.close());
        for (int i = 0; i < 3; ++i) queries_.push_back(made.some_vector());
        std::ifstream in(path(), std::ios::binary);
        whole_.assign((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        find_sections();
        std::set<std::string> warnings;
        Database database = must(Database::open(path()));
        expected_ = answers_of(database, queries_, warnings);
        EXPECT_TRUE(warnings.empty()) << *warnings.begin();
        EXPECT_TRUE(must(database.verify()).findings.empty());
    }

    void find_sections() {
        const auto file = must(PosixFile::open_read(path()));
        const auto opened = must(open_reader(*file));
        for (const SectionEntry& entry : opened.snapshot->sealed()->seal.sections) {
            const std::string kind = entry.kind.text();
            if (kind == "i8cl" || kind == "rbqc" || kind == "cols" || kind == "bm25")
                sections_.push_back(entry);
        }
    }

    void write(const std::string& bytes) const {
        std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
    }

    [[nodiscard]] std::string damaged(const std::vector<uint64_t>& places) {
        std::string bytes = whole_;
        for (const uint64_t place : places)
            bytes[place] =
                static_cast<char>(static_cast<unsigned char>(bytes[place]) ^ (1 + random_() % 255));
        return bytes;
    }

    std::vector<std::vector<float>> queries_;
    std::string whole_;
    std::vector<SectionEntry> sections_;
    std::string expected_;
    std::mt19937_64 random_{17};
};

TEST_F(DamagedSections, AnyByteMayBeWrong) {
    std::map<std::string, std::pair<int, int>> warned;
    for (const SectionEntry& entry : sections_) {
        for (int i = 0; i < 45; ++i) {
            const uint64_t place = i < 16 ? static_cast<uint64_t>(4 * i) : random_() % entry.size;
            write(damaged({entry.file_offset + place}));
            std::set<std::string> warnings;
            Database database = must(Database::open(path()));
            ASSERT_EQ(answers_of(database, queries_, warnings), expected_)
                << entry.kind.text() << " byte " << place << " of " << entry.size;
            auto& [with, all] = warned[entry.kind.text()];
            ++all;
            if (!warnings.empty()) ++with;
            if (i % 9 == 0) {
                EXPECT_FALSE(must(database.verify()).findings.empty());
            }
        }
    }
    ASSERT_EQ(warned.size(), 4U);
    int all = 0;
    for (const auto& [kind, counts] : warned) {
        std::cout << kind << ": " << counts.first << " of " << counts.second << " damages warned of\n";
        EXPECT_GT(counts.first, counts.second / 3) << kind;
        all += counts.second;
    }
    EXPECT_GE(all, 300);
}

TEST_F(DamagedSections, ASealMakesThemAnew) {
    for (const SectionEntry& entry : sections_) {
        for (const uint64_t place :
             std::initializer_list<uint64_t>{uint64_t{5}, entry.size / 2, entry.size - 1}) {
            write(damaged({entry.file_offset + place}));
            OpenOptions options;
            options.access = Access::kWrite;
            Database database = must(Database::open(path(), options));
            EXPECT_FALSE(must(database.verify()).findings.empty());
            std::set<std::string> before;
            EXPECT_EQ(answers_of(database, queries_, before), expected_);
            must(database.seal());
            std::set<std::string> warnings;
            EXPECT_EQ(answers_of(database, queries_, warnings), expected_);
            EXPECT_TRUE(warnings.empty())
                << entry.kind.text() << " at " << place << ": " << *warnings.begin();
            const auto findings = must(database.verify()).findings;
            EXPECT_TRUE(findings.empty()) << findings.front().sentence;
        }
    }
}

/// Many at once, in all sections; then the store grows as if nothing were.
TEST_F(DamagedSections, StoresGrowOnAllTheSame) {
    for (int round = 0; round < 10; ++round) {
        std::vector<uint64_t> places;
        for (const SectionEntry& entry : sections_) {
            for (int i = 0; i < 6; ++i) places.push_back(entry.file_offset + random_() % entry.size);
        }
        write(damaged(places));
        OpenOptions options;
        options.access = Access::kWrite;
        Database database = must(Database::open(path(), options));
        std::set<std::string> warnings;
        ASSERT_EQ(answers_of(database, queries_, warnings), expected_) << "round " << round;
        EXPECT_FALSE(warnings.empty());
        std::vector<NewRecord> more;
        for (int i = 0; i < 700; ++i)
            more.push_back(new_record("more" + std::to_string(i), "other", std::vector<float>(40, 100.0F)));
        must(database.add(more));
        must(database.commit());
        must(database.seal());
        warnings.clear();
        std::vector<std::string> gone;
        for (const auto& record : more) gone.push_back(*record.id);
        must(database.remove(gone));
        must(database.commit());
        ASSERT_EQ(answers_of(database, queries_, warnings), expected_) << "round " << round;
        EXPECT_TRUE(warnings.empty()) << *warnings.begin();
    }
}

}  // namespace
}  // namespace reel
