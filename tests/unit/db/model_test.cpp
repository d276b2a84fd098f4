// Random operations on a store against a map, with reopening, looking back, restoring and compacting between.
// REEL_MODEL_OPERATIONS sets how many, REEL_MODEL_SEED where they begin.
#include <cstdlib>
#include <iostream>
#include <map>
#include <random>

#include "db_support.h"

namespace reel {
namespace {

uint64_t setting(const char* name, uint64_t otherwise) {
    const char* const wanted = std::getenv(name);
    return wanted ? std::strtoull(wanted, nullptr, 10) : otherwise;
}

struct Content {
    std::string text;
    std::string metadata;
    std::vector<float> vector;
    bool operator==(const Content&) const = default;
};
using Model = std::map<std::string, Content>;

Model model_of(const Database& database) {
    Model model;
    for (const Record& record : all_records(database))
        model.emplace(record.id, Content{record.text, record.metadata, record.vector});
    return model;
}

class AgainstAMap : public WithDatabase {
protected:
    AgainstAMap() : seed_(setting("REEL_MODEL_SEED", 20'261'122)), random_(seed_), database_(create()) {}

    [[nodiscard]] uint64_t below(uint64_t bound) { return random_() % bound; }
    [[nodiscard]] std::string some_id() { return "id" + std::to_string(below(60)); }

    NewRecord some_record() {
        const auto x = static_cast<float>(below(100));
        const size_t length = below(200) == 0 ? 120'000 : below(80);
        NewRecord record = new_record(some_id(), std::string(length, static_cast<char>('a' + below(26))),
                                      {x, 1}, "{\"n\":" + std::to_string(below(9)) + "}");
        return record;
    }

    void add() {
        std::vector<NewRecord> records(1 + below(4));
        for (NewRecord& record : records) record = some_record();
        const auto outcomes = database_.add(records, OnDuplicate::kReplace);
        ASSERT_TRUE(outcomes) << outcomes.error().message;
        for (const NewRecord& record : records)
            pending_[*record.id] = Content{record.text, record.metadata, record.vector};
    }

    void add_only_new() {
        const NewRecord record = some_record();
        const auto outcomes = database_.add(std::span(&record, 1));
        const auto there = pending_.find(*record.id);
        const Content content{record.text, record.metadata, record.vector};
        const bool conflict = there != pending_.end() && there->second != content;
        ASSERT_EQ(outcomes.has_value(), !conflict);
        if (conflict) {
            ASSERT_EQ(outcomes.error().code, ErrorCode::kAlreadyExists);
            return;
        }
        ASSERT_EQ(outcomes->at(0), there == pending_.end() ? AddOutcome::kAdded : AddOutcome::kSkipped);
        pending_.emplace(*record.id, content);
    }

    void remove() {
        const std::string id = some_id();
        const auto outcome = must(database_.remove(std::span(&id, 1))).at(0);
        const bool was_there = pending_.erase(id) > 0;
        ASSERT_EQ(outcome == RemoveOutcome::kRemoved, was_there);
    }

    void commit() {
        const auto info =
            must(database_.commit(below(50) == 0 ? Durability::kSynced : Durability::kDeferred));
        note(info);
    }

    void note(const CommitInfo& info) {
        committed_ = pending_;
        states_[info.commit] = committed_;
        // Only some are remembered, so that long runs stay small.
        if (states_.size() > 40) states_.erase(std::next(states_.begin(), static_cast<long>(below(39))));
    }

    void roll_back() {
        must(database_.rollback());
        pending_ = committed_;
    }

    void reopen() {
        if (below(2) == 0) must(database_.close());
        database_ = must(Database::create(folder_.path("other"), test_config(2)));  // lets the lock go
        database_ = open(Access::kWrite);
        std::remove(folder_.path("other").c_str());
        pending_ = committed_;
    }

    void look_back() {
        if (states_.empty()) return;
        const auto& [commit, model] = *std::next(states_.begin(), static_cast<long>(below(states_.size())));
        OpenOptions options;
        options.as_of = Moment::commit(commit);
        ASSERT_EQ(model_of(must(Database::open(path(), options))), model) << "as of commit " << commit;
    }

    void restore() {
        if (states_.empty()) return;
        roll_back();
        const auto [commit, model] = *std::next(states_.begin(), static_cast<long>(below(states_.size())));
        const CommitInfo info = must(database_.restore(Moment::commit(commit)));
        pending_ = model;
        note(info);
    }

    void compact() {
        roll_back();
        const bool keep = below(2) == 0;
        must(database_.compact(keep ? KeepHistory::kYes : KeepHistory::kNo));
        if (keep) return;
        states_.clear();
        if (database_.info().commits > 0) states_[database_.info().commits] = committed_;
    }

    void check() {
        ASSERT_EQ(model_of(database_), committed_);
        ASSERT_EQ(model_of(open()), committed_);
        const std::string id = some_id();
        ASSERT_EQ(must(database_.find(id)).has_value(), committed_.contains(id));
        const std::vector<float> query = {static_cast<float>(below(100)), 1};
        SearchOptions options;
        options.k = 1000;
        ASSERT_EQ(must(database_.search(std::span<const float>(query), options)).size(), committed_.size());
    }

    void verify() {
        const auto report = must(database_.verify());
        ASSERT_TRUE(report.findings.empty()) << report.findings[0].sentence;
    }

    void step() {
        const uint64_t kind = below(1000);
        if (kind < 350) return add();
        if (kind < 450) return add_only_new();
        if (kind < 600) return remove();
        if (kind < 930) return commit();
        if (kind < 960) return roll_back();
        if (kind < 975) return check();
        if (kind < 985) return look_back();
        if (kind < 990) return reopen();
        if (kind < 993) return restore();
        if (kind < 995) return must(database_.seal()), note({database_.info().commits, 0, 0});
        if (kind < 997) return compact();
        if (kind < 998) return verify();
    }

    uint64_t seed_;
    std::mt19937_64 random_;
    Database database_;
    Model pending_;
    Model committed_;
    std::map<uint64_t, Model> states_;
};

TEST_F(AgainstAMap, RandomOperationsDoWhatTheyDoToAMap) {
    const uint64_t operations = setting("REEL_MODEL_OPERATIONS", 20'000);
    for (uint64_t i = 0; i < operations; ++i) {
        ASSERT_NO_THROW(step()) << "operation " << i << ", seed " << seed_;
        ASSERT_FALSE(HasFatalFailure()) << "operation " << i << ", seed " << seed_;
    }
    commit();
    check();
    verify();
    std::cout << "model: " << operations << " operations, seed " << seed_ << ", " << database_.info().commits
              << " commits in the file at the end\n";
}

}  // namespace
}  // namespace reel
