// What a durable commit of one record costs, beside SQLite on the same disk in the same run, and what
// writing does to those who read. Each line of the output is a JSON object.
//
//   reel_bench_durability FOLDER [--rounds 7] [--commits 500] [--growth 100000] [--searches 300]
//
// FOLDER is made, and removed at the end. SQLite: journal_mode=WAL, synchronous=FULL, one INSERT of the
// same row (id, text, metadata, vector) a transaction, a connection a thread.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "program.h"
#include "reel/reel.h"

namespace {

using namespace reel;
using namespace reel::bench;
using Clock = std::chrono::steady_clock;
using Numbers = std::vector<double>;

constexpr uint32_t kDimension = 384;
constexpr size_t kTextBytes = 100;

struct Options {
    std::string folder;
    uint64_t rounds = 7;
    uint64_t commits = 500;
    uint64_t growth = 100'000;
    uint64_t searches = 300;
};

Options parse_options(int argc, char** argv) {
    if (argc < 2)
        quit("usage: reel_bench_durability FOLDER [--rounds N] [--commits N] [--growth N] [--searches N]");
    Options options;
    options.folder = argv[1];
    for (int i = 2; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        const uint64_t number = std::strtoull(argv[i + 1], nullptr, 10);
        if (name == "--rounds") {
            options.rounds = number;
        } else if (name == "--commits") {
            options.commits = number;
        } else if (name == "--growth") {
            options.growth = number;
        } else if (name == "--searches") {
            options.searches = number;
        } else {
            quit("unknown option " + name);
        }
    }
    if (options.rounds * options.commits * options.growth * options.searches == 0)
        quit("every number is at least 1");
    return options;
}

/// Record `n`; the vectors repeat after a thousand.
NewRecord make_record(uint64_t n) {
    static const std::vector<std::vector<float>> vectors = [] {
        std::minstd_rand random{42};
        std::uniform_real_distribution<float> uniform{-1, 1};
        std::vector<std::vector<float>> made(1000, std::vector<float>(kDimension));
        for (auto& vector : made)
            std::generate(vector.begin(), vector.end(), [&] { return uniform(random); });
        return made;
    }();
    NewRecord record;
    const std::string number = std::to_string(n);
    record.id = "record-" + number;
    record.text = "Text of record " + number + ". ";
    record.text.resize(kTextBytes, 'x');
    record.metadata = "{\"n\": " + number + "}";
    record.vector = vectors[n % vectors.size()];
    return record;
}

uint64_t data_bytes(const NewRecord& record) {
    return record.id->size() + record.text.size() + record.metadata.size() + 4 * record.vector.size();
}

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double quantile(Numbers numbers, double q) {
    std::sort(numbers.begin(), numbers.end());
    return numbers[static_cast<size_t>(q * static_cast<double>(numbers.size() - 1))];
}

/// Bytes that this process has handed to write() so far.
uint64_t bytes_written() {
    std::ifstream in("/proc/self/io");
    std::string name;
    for (uint64_t value = 0; in >> name >> value;) {
        if (name == "wchar:") return value;
    }
    return 0;
}

// --- The two sides ---

class Sqlite {
public:
    Sqlite(const std::string& path, const char* synchronous) {
        check(sqlite3_open(path.c_str(), &database_));
        check(sqlite3_busy_timeout(database_, 60'000));
        run("PRAGMA journal_mode=WAL");
        run(std::string("PRAGMA synchronous=") + synchronous);
        run("CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, text TEXT, metadata TEXT, vector "
            "BLOB)");
        check(
            sqlite3_prepare_v2(database_, "INSERT INTO records VALUES (?, ?, ?, ?)", -1, &insert_, nullptr));
    }
    Sqlite(const Sqlite&) = delete;
    Sqlite& operator=(const Sqlite&) = delete;
    ~Sqlite() {
        sqlite3_finalize(insert_);
        sqlite3_close(database_);
    }

    void add(const NewRecord& record) {
        bind_text(1, *record.id);
        bind_text(2, record.text);
        bind_text(3, record.metadata);
        check(sqlite3_bind_blob(insert_, 4, record.vector.data(), static_cast<int>(4 * record.vector.size()),
                                SQLITE_STATIC));
        if (sqlite3_step(insert_) != SQLITE_DONE) quit(sqlite3_errmsg(database_));
        check(sqlite3_reset(insert_));
    }

    void run(const std::string& statement) {
        check(sqlite3_exec(database_, statement.c_str(), nullptr, nullptr, nullptr));
    }

private:
    void check(int code) {
        if (code != SQLITE_OK) quit(sqlite3_errmsg(database_));
    }
    void bind_text(int place, const std::string& text) {
        check(sqlite3_bind_text(insert_, place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC));
    }

    sqlite3* database_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
};

/// What the disk allows: as many bytes as Reel writes for a commit, and a sync.
class PlainFile {
public:
    enum class Space : uint8_t {
        kGrows,
        kAllocated,  ///< the file has its size from the beginning, but no bytes
        kWritten,    ///< there are bytes everywhere
    };

    PlainFile(const std::string& path, Space space, uint64_t commits)
        : descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {
        const auto size = static_cast<off_t>(commits * bytes_.size());
        bool fine = descriptor_ >= 0;
        if (space == Space::kAllocated) fine = fine && posix_fallocate(descriptor_, 0, size) == 0;
        for (uint64_t n = 0; space == Space::kWritten && n < commits; ++n) fine = fine && write(n);
        if (!fine || fsync(descriptor_) != 0) quit(path + ": cannot be written");
    }
    PlainFile(const PlainFile&) = delete;
    PlainFile& operator=(const PlainFile&) = delete;
    ~PlainFile() { close(descriptor_); }

    void commit(uint64_t n) {
        if (!write(n) || fdatasync(descriptor_) != 0) quit("a plain file cannot be written");
    }

private:
    [[nodiscard]] bool write(uint64_t n) const {
        const auto size = static_cast<ssize_t>(bytes_.size());
        return pwrite(descriptor_, bytes_.data(), bytes_.size(), static_cast<off_t>(n) * size) == size;
    }

    int descriptor_;
    std::string bytes_ = std::string(2168, 'x');
};

Database create_store(const std::string& path) {
    StoreConfig config;
    config.embedder.kind = "none";
    config.embedder.dimension = kDimension;
    return expect(Database::create(path, config));
}

void commit_one(Database& store, uint64_t n, Durability durability) {
    const NewRecord record = make_record(n);
    expect(store.add({&record, 1}));
    expect(store.commit(durability));
}

void write_one(Database& store, uint64_t n) {
    Changes changes;
    changes.records.push_back(make_record(n));
    changes.on_duplicate = OnDuplicate::kError;
    expect(store.write(changes));
}

// --- Measuring ---

struct Contender {
    std::string name;
    std::function<void(uint64_t)> commit;  ///< of record n
    Numbers rates = {};
};

void print_rates(const std::string& what, const Contender& contender) {
    std::printf(
        "{\"what\": \"%s\", \"who\": \"%s\", \"rounds\": %zu, \"commits_per_second\": {\"median\": %.0f, "
        "\"min\": "
        "%.0f, \"max\": %.0f}}\n",
        what.c_str(), contender.name.c_str(), contender.rates.size(), quantile(contender.rates, 0.5),
        quantile(contender.rates, 0), quantile(contender.rates, 1));
    std::fflush(stdout);
}

/// All contenders in turn, in each round beginning with another.
void compare(const std::string& what, std::vector<Contender> contenders, const Options& options) {
    for (uint64_t round = 0; round <= options.rounds; ++round) {
        for (size_t i = 0; i < contenders.size(); ++i) {
            Contender& contender = contenders[(i + round) % contenders.size()];
            const auto start = Clock::now();
            for (uint64_t n = 0; n < options.commits; ++n) contender.commit(round * options.commits + n);
            // The first round warms up.
            if (round > 0)
                contender.rates.push_back(static_cast<double>(options.commits) / seconds_since(start));
        }
    }
    for (const Contender& contender : contenders) print_rates(what, contender);
}

void compare_single(const Options& options) {
    Database synced = create_store(options.folder + "/synced.mp4");
    Database deferred = create_store(options.folder + "/deferred.mp4");
    Sqlite full(options.folder + "/full.sqlite", "FULL");
    Sqlite normal(options.folder + "/normal.sqlite", "NORMAL");
    const uint64_t commits = (options.rounds + 1) * options.commits;
    PlainFile growing(options.folder + "/growing", PlainFile::Space::kGrows, commits);
    PlainFile allocated(options.folder + "/allocated", PlainFile::Space::kAllocated, commits);
    PlainFile written(options.folder + "/written", PlainFile::Space::kWritten, commits);
    compare("one record a commit",
            {{"reel", [&](uint64_t n) { commit_one(synced, n, Durability::kSynced); }},
             {"sqlite WAL FULL", [&](uint64_t n) { full.add(make_record(n)); }},
             {"reel deferred", [&](uint64_t n) { commit_one(deferred, n, Durability::kDeferred); }},
             {"sqlite WAL NORMAL", [&](uint64_t n) { normal.add(make_record(n)); }},
             {"a plain file that grows", [&](uint64_t n) { growing.commit(n); }},
             {"a plain file of its last size", [&](uint64_t n) { allocated.commit(n); }},
             {"a plain file of written bytes", [&](uint64_t n) { written.commit(n); }}},
            options);
}

/// Commits a second of `threads` threads that do `count` commits together.
double rate_of_threads(unsigned threads, uint64_t count,
                       const std::function<void(unsigned, uint64_t)>& commit) {
    const auto start = Clock::now();
    std::vector<std::thread> workers;
    for (unsigned t = 0; t < threads; ++t) {
        workers.emplace_back([&, t] {
            for (uint64_t n = t; n < count; n += threads) commit(t, n);
        });
    }
    for (std::thread& worker : workers) worker.join();
    return static_cast<double>(count) / seconds_since(start);
}

void compare_group(unsigned threads, const Options& options) {
    const std::string name = options.folder + "/group" + std::to_string(threads);
    Database store = create_store(name + ".mp4");
    std::vector<std::unique_ptr<Sqlite>> connections;
    for (unsigned t = 0; t < threads; ++t)
        connections.push_back(std::make_unique<Sqlite>(name + ".sqlite", "FULL"));
    Contender reel{"reel", {}};
    Contender sqlite{"sqlite WAL FULL", {}};
    for (uint64_t round = 0; round <= options.rounds; ++round) {
        const uint64_t first = round * options.commits;
        const double ours = rate_of_threads(threads, options.commits,
                                            [&](unsigned, uint64_t n) { write_one(store, first + n); });
        const double theirs = rate_of_threads(threads, options.commits, [&](unsigned t, uint64_t n) {
            connections[t]->add(make_record(first + n));
        });
        if (round == 0) continue;
        reel.rates.push_back(ours);
        sqlite.rates.push_back(theirs);
    }
    const std::string what = "one record a commit, " + std::to_string(threads) + " threads";
    print_rates(what, reel);
    print_rates(what, sqlite);
}

/// A store that grows by single commits, chunk by chunk.
struct Growth {
    std::string who;
    std::string path;
    std::function<void(uint64_t)> commit;  ///< of record n
    std::function<void()> open;
    Numbers rates = {};  ///< of the chunks, commits a second
    double seconds = 0;
    uint64_t written = 0;

    void grow(uint64_t first, uint64_t count) {
        const uint64_t before = bytes_written();
        const auto start = Clock::now();
        for (uint64_t n = first; n < first + count; ++n) commit(n);
        const double taken = seconds_since(start);
        seconds += taken;
        rates.push_back(static_cast<double>(count) / taken);
        written += bytes_written() - before;
    }
};

void print_growth(const Growth& growth, const Options& options, uint64_t data, const Numbers& opens) {
    std::printf(
        "{\"what\": \"%llu records, a commit each\", \"who\": \"%s\", \"seconds\": %.1f, "
        "\"commits_per_second\": {\"median\": %.0f, \"min\": %.0f, \"max\": %.0f}, \"data_bytes\": %llu, "
        "\"file_bytes\": %llu, \"written_per_byte_of_data\": %.2f, \"open_ms\": {\"median\": %.2f, \"max\": "
        "%.2f}}\n",
        static_cast<unsigned long long>(options.growth), growth.who.c_str(), growth.seconds,
        quantile(growth.rates, 0.5), quantile(growth.rates, 0), quantile(growth.rates, 1),
        static_cast<unsigned long long>(data),
        static_cast<unsigned long long>(std::filesystem::file_size(growth.path)),
        static_cast<double>(growth.written) / static_cast<double>(data), 1e3 * quantile(opens, 0.5),
        1e3 * quantile(opens, 1));
    std::fflush(stdout);
}

Numbers time_all(uint64_t runs, const std::function<void()>& act) {
    Numbers times;
    for (uint64_t i = 0; i < runs; ++i) {
        const auto start = Clock::now();
        act();
        times.push_back(seconds_since(start));
    }
    return times;
}

/// Both grow in turns, so that a disk that is slow for a while is slow for both.
void compare_growth(const Options& options, const std::string& path) {
    Database store = create_store(path);
    auto database = std::make_unique<Sqlite>(options.folder + "/grown.sqlite", "FULL");
    Growth growths[] = {
        {"reel", path, [&](uint64_t n) { commit_one(store, n, Durability::kSynced); },
         [&] { expect(Database::open(path)); }},
        {"sqlite WAL FULL", options.folder + "/grown.sqlite",
         [&](uint64_t n) { database->add(make_record(n)); },
         [&] {
             Sqlite(options.folder + "/grown.sqlite", "FULL").run("SELECT count(*) FROM sqlite_schema");
         }}};
    const uint64_t chunk = std::max<uint64_t>(1, options.growth / 50);
    uint64_t data = 0;
    for (uint64_t n = 0; n < options.growth; ++n) data += data_bytes(make_record(n));
    for (uint64_t first = 0; first < options.growth; first += chunk) {
        for (Growth& growth : growths) growth.grow(first, std::min(chunk, options.growth - first));
    }
    expect(store.close());
    database.reset();
    for (const Growth& growth : growths) print_growth(growth, options, data, time_all(21, growth.open));
}

void print_latencies(const std::string& what, const Numbers& times, double commits_per_second) {
    std::printf(
        "{\"what\": \"search, 1 thread, %s\", \"searches\": %zu, \"ms\": {\"p50\": %.2f, \"p99\": %.2f, "
        "\"max\": "
        "%.2f}, \"commits_per_second\": %.0f}\n",
        what.c_str(), times.size(), 1e3 * quantile(times, 0.5), 1e3 * quantile(times, 0.99),
        1e3 * quantile(times, 1), commits_per_second);
    std::fflush(stdout);
}

void search_beside_writer(const Options& options, const std::string& path) {
    OpenOptions open;
    open.access = Access::kWrite;
    Database store = expect(Database::open(path, open));
    SearchOptions search;
    search.threads = 1;
    uint64_t asked = 0;
    const auto ask = [&] {
        const auto query = make_record(asked++).vector;
        expect(store.search(std::span<const float>(query), search));
    };
    time_all(20, ask);  // warms up
    print_latencies("nobody writes", time_all(options.searches, ask), 0);
    std::atomic<bool> stop = false;
    uint64_t commits = 0;
    const auto start = Clock::now();
    std::thread writer([&] {
        for (; !stop; ++commits) commit_one(store, options.growth + commits, Durability::kSynced);
    });
    const Numbers times = time_all(options.searches, ask);
    stop = true;
    writer.join();
    print_latencies("beside a writer", times, static_cast<double>(commits) / seconds_since(start));
}

}  // namespace

int main(int argc, char** argv) {
    const Options options = parse_options(argc, argv);
    if (!std::filesystem::create_directory(options.folder)) quit(options.folder + " is there already");
    std::printf("{\"sqlite\": \"%s\", \"dimension\": %u, \"text_bytes\": %zu}\n", sqlite3_libversion(),
                kDimension, kTextBytes);
    compare_single(options);
    for (const unsigned threads : {4U, 8U}) compare_group(threads, options);
    compare_growth(options, options.folder + "/grown.mp4");
    search_beside_writer(options, options.folder + "/grown.mp4");
    std::filesystem::remove_all(options.folder);
    return 0;
}
