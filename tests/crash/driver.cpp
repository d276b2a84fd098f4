// Processes that a crash test kills, races and watches. One process changes a store and says on standard
// output what it is about to commit and what was acknowledged; another reads it all the time.
//
//   reel_crash_driver write STORE PREFIX SEED [SESSIONS]   without SESSIONS: until it is killed
//   reel_crash_driver read STORE                           until standard input ends
//
// Every record is a function of its id and a version (processes.py has the same). The record "sum" holds the
// sum of all others' weights and the number of the change, so that a reader can tell half a commit from a
// whole one, and an old state from a newer one, without knowing what was written.
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "reel/reel.h"

namespace {

using reel::Changes;
using reel::Database;
using reel::Durability;
using reel::KeepHistory;
using reel::NewRecord;
using reel::Record;

constexpr char kSum[] = "sum";
constexpr uint64_t kIds = 40;

template <class T>
T must(reel::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    if constexpr (!std::is_void_v<T>) return *std::move(result);
}

/// In one piece: what a killed process has said arrives whole or not at all.
void say(const std::string& line) {
    const std::string whole = line + "\n";
    if (::write(STDOUT_FILENO, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) {
        throw std::runtime_error("nobody listens");
    }
}

uint64_t weight(const std::string& id, uint64_t version) {
    uint64_t hash = 14'695'981'039'346'656'037U;
    for (const char c : id + "@" + std::to_string(version)) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    }
    return hash;
}

std::string text_of(const std::string& id, uint64_t version) {
    const std::string piece = id + "@" + std::to_string(version) + " ";
    // Some are so long that their commit becomes a seal.
    const uint64_t pieces = version % 50 == 0 ? 40'000 : 1 + version % 7 * 40;
    std::string text;
    for (uint64_t i = 0; i < pieces; ++i) text += piece;
    return text;
}

std::vector<float> vector_of(const std::string& id, uint64_t version) {
    const uint64_t hash = weight(id, version);
    return {static_cast<float>(hash & 0xFFU), static_cast<float>(hash >> 8U & 0xFFU),
            static_cast<float>(hash >> 16U & 0xFFU), 1};
}

NewRecord record_of(const std::string& id, uint64_t version) {
    return {id, text_of(id, version), "{\"v\": " + std::to_string(version) + "}", vector_of(id, version)};
}

uint64_t number_in(const std::string& metadata, const std::string& key) {
    const size_t at = metadata.find("\"" + key + "\": ");
    if (at == std::string::npos) throw std::runtime_error("no member " + key + " in " + metadata);
    return std::strtoull(metadata.c_str() + at + key.size() + 4, nullptr, 10);
}

/// What a store holds.
struct State {
    std::map<std::string, uint64_t> versions;
    uint64_t turn = 0;

    [[nodiscard]] uint64_t sum() const {
        uint64_t total = 0;
        for (const auto& [id, version] : versions) total += weight(id, version);
        return total;
    }
    [[nodiscard]] NewRecord sum_record() const {
        return {kSum,
                "the sum",
                "{\"sum\": " + std::to_string(sum()) + ", \"turn\": " + std::to_string(turn) + "}",
                {0, 0, 0, 0}};
    }
};

/// Reads everything and throws what does not fit together.
State read_state(const Database& database) {
    State state;
    uint64_t sum = 0;
    must(database.scan({}, [&](const Record& record) {
        if (record.id == kSum) {
            sum = number_in(record.metadata, "sum");
            state.turn = number_in(record.metadata, "turn");
            return true;
        }
        const uint64_t version = number_in(record.metadata, "v");
        if (record.text != text_of(record.id, version) || record.vector != vector_of(record.id, version)) {
            throw std::runtime_error("record " + record.id + " is not what was written");
        }
        if (!state.versions.emplace(record.id, version).second) {
            throw std::runtime_error("record " + record.id + " is there twice");
        }
        return true;
    }));
    if (state.sum() != sum) {
        throw std::runtime_error("the records are not those of turn " + std::to_string(state.turn));
    }
    return state;
}

class Writing {
public:
    Writing(std::string store, std::string prefix, uint64_t seed)
        : store_(std::move(store)), prefix_(std::move(prefix)), random_(seed) {}

    /// A session of so many steps, from taking the lock to giving it back.
    void run_session(uint64_t steps) {
        Database database =
            must(Database::open(store_, {reel::Access::kWrite, std::chrono::milliseconds(120'000)}));
        state_ = read_state(database);
        say("open");
        for (uint64_t i = 0; i < steps; ++i) step(database);
        must(database.close());
    }

    void rest() { std::this_thread::sleep_for(std::chrono::milliseconds(below(20))); }

private:
    uint64_t below(uint64_t limit) { return random_() % limit; }
    std::string any_id() { return prefix_ + std::to_string(below(kIds)); }

    void step(Database& database) {
        switch (below(20)) {
            case 0: must(database.seal()); break;
            case 1: must(database.compact(below(3) == 0 ? KeepHistory::kYes : KeepHistory::kNo)); break;
            case 2: drop_something(database); break;
            case 3:
            case 4: change_in_steps(database); break;
            case 5:
            case 6: {
                for (uint64_t n = 1 + below(4); n > 0; --n) change(database, Durability::kDeferred);
                must(database.sync());
                say("done");
                break;
            }
            default: change(database, Durability::kSynced); say("done");
        }
    }

    /// The next state; says what it is before anything is written.
    Changes next_changes() {
        Changes changes;
        const uint64_t version = ++state_.turn;
        std::string words = "try";
        const bool deletes = below(4) == 0;
        for (uint64_t n = 1 + below(6); n > 0; --n) {
            const std::string id = any_id();
            if (state_.versions.contains(id) && state_.versions[id] == version) continue;
            if (deletes) {
                if (state_.versions.erase(id) == 0) continue;
                changes.deletions.push_back(id);
                words += " " + id + "=-";
            } else {
                state_.versions[id] = version;
                changes.records.push_back(record_of(id, version));
                words += " " + id + "=" + std::to_string(version);
            }
        }
        changes.records.push_back(state_.sum_record());
        say(words + " turn=" + std::to_string(version));
        return changes;
    }

    void change(Database& database, Durability durability) {
        Changes changes = next_changes();
        changes.durability = durability;
        must(database.write(changes));
    }

    void change_in_steps(Database& database) {
        const Changes changes = next_changes();
        must(database.remove(changes.deletions));
        must(database.add(changes.records, reel::OnDuplicate::kReplace));
        must(database.commit());
        say("done");
    }

    void drop_something(Database& database) {
        const std::vector<NewRecord> never = {record_of("never", 1)};
        must(database.add(never));
        must(database.rollback());
    }

    std::string store_;
    std::string prefix_;
    std::mt19937_64 random_;
    State state_;
};

bool input_has_ended() {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, 0) <= 0) return false;
    char ignored = 0;
    return ::read(STDIN_FILENO, &ignored, 1) <= 0;
}

void read_until_told(const std::string& store) {
    Database database = must(Database::open(store));
    uint64_t turn = 0;
    uint64_t looks = 0;
    while (!input_has_ended()) {
        if (looks % 7 == 6) {
            database = must(Database::open(store));
        } else {
            must(database.refresh());
        }
        const State state = read_state(database);
        if (state.turn < turn) throw std::runtime_error("turn " + std::to_string(state.turn) + " came back");
        turn = state.turn;
        if (!state.versions.empty()) {
            const auto& id = state.versions.begin()->first;
            const auto hits = must(database.search_like(id, {.k = 1, .threads = 1}));
            if (hits.size() != 1 || hits[0].distance != 0) throw std::runtime_error(id + " is not found");
        }
        ++looks;
    }
    say("looks=" + std::to_string(looks) + " turn=" + std::to_string(turn));
}

void run(const std::vector<std::string>& words) {
    if (words.size() == 2 && words[0] == "read") return read_until_told(words[1]);
    if (words.size() < 4 || words[0] != "write") throw std::runtime_error("see the head of driver.cpp");
    Writing writing(words[1], words[2], std::strtoull(words[3].c_str(), nullptr, 10));
    if (words.size() == 4) return writing.run_session(UINT64_MAX);
    for (uint64_t n = std::strtoull(words[4].c_str(), nullptr, 10); n > 0; --n) {
        writing.run_session(5);
        writing.rest();
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
