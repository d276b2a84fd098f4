// Power cuts at every write, sync and change of names of small workloads, against a model of what was
// acknowledged. REEL_CRASH_IMAGES sets how many random mixtures of unsynced writes a moment is tried with,
// REEL_CRASH_WORKLOADS how many random workloads there are.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <set>
#include <unordered_set>

#include "store/compact.h"
#include "support/crash_file.h"
#include "support/crash_folder.h"
#include "support/store_builder.h"
#include "support/stub_maker.h"

namespace reel {
namespace {

const char* const kName = "store.mp4";

unsigned setting(const char* name, unsigned otherwise) {
    const char* const wanted = std::getenv(name);
    return wanted ? static_cast<unsigned>(std::strtoul(wanted, nullptr, 10)) : otherwise;
}

unsigned random_images() { return setting("REEL_CRASH_IMAGES", 6); }

using Records = std::map<std::string, TestRecord>;

Records by_id(const std::vector<TestRecord>& records) {
    Records found;
    for (const TestRecord& record : records) found.emplace(record.id, record);
    return found;
}

/// A store on a disk that notes how many changes were acknowledged, and what its records are after each.
class Session {
public:
    explicit Session(CrashFolder& folder) : folder_(folder) {}

    Status create() {
        writer_.reset();
        auto writer = Writer::create_in(folder_, kName, test_config());
        if (!writer) return fail(writer.error());
        writer_ = *std::move(writer);
        writer_->use_section_makers({std::make_shared<StubMaker>()});
        return {};
    }

    /// As the next process: goes on from what it finds, which must be the acknowledged state or the one
    /// after.
    Status open() {
        writer_.reset();
        auto writer = Writer::open_in(folder_, kName, {});
        if (!writer) return fail(writer.error());
        writer_ = *std::move(writer);
        writer_->use_section_makers({std::make_shared<StubMaker>()});
        const Records found = by_id(read_records(*must(writer_->snapshot())));
        while (states_.size() > durable_ + 1 && states_.back() != found) states_.pop_back();
        EXPECT_TRUE(states_.back() == found);
        now_ = states_.size() - 1;
        note_durable();
        return {};
    }

    /// Adds or replaces `count` records in one commit, ids round robin among `ids`.
    Status put(uint64_t count, size_t text_bytes = 0, uint64_t ids = UINT64_MAX,
               Durability durability = Durability::kSynced) {
        return change(durability, [&](Records& records) -> Status {
            for (uint64_t i = 0; i < count; ++i) {
                auto status = put_one(records, version_++, text_bytes, ids);
                if (!status) return status;
            }
            return {};
        });
    }

    /// Deletes the first `count` records.
    Status remove(uint64_t count) {
        return change(Durability::kSynced, [&](Records& records) -> Status {
            for (uint64_t i = 0; i < count && !records.empty(); ++i) {
                auto status = remove_one(records, records.begin()->first);
                if (!status) return status;
            }
            return {};
        });
    }

    Status seal() { return make_durable(writer_->seal(SealTrailer::kWhenSmall)); }
    Status close() { return make_durable(writer_->close()); }

    Status compact(KeepHistory keep_history) {
        auto compacted = compact_store(folder_, kName, *writer_, keep_history);
        if (!compacted) return fail(compacted.error());
        writer_ = std::move(compacted->writer);
        return make_durable(compacted->synced);
    }

    /// Whether a crash may leave these records when so many changes had been synced: those, with any number
    /// of the deferred changes that came next, and the one that was going on.
    [[nodiscard]] bool may_be(const Records& found, uint64_t synced) const {
        for (uint64_t state = synced; state < states_.size(); ++state) {
            if (found == states_[state]) return true;
            if (state > synced && !deferred_.contains(state)) return false;
        }
        return false;
    }

private:
    void note_durable() {
        durable_ = now_;
        folder_.note(durable_);
    }
    Status make_durable(Status status) {
        if (status) note_durable();
        return status;
    }

    template <class Act>
    Status change(Durability durability, const Act& act) {
        Records after = states_[now_];
        auto status = act(after);
        if (!status) return status;
        states_.resize(now_ + 1);
        states_.push_back(after);
        deferred_.erase(now_ + 1);
        if (durability == Durability::kDeferred) deferred_.insert(now_ + 1);
        const auto info = writer_->commit(durability);
        if (!info) return fail(info.error());
        ++now_;
        if (durability == Durability::kSynced) note_durable();
        return {};
    }

    Status remove_one(Records& records, const std::string& id) {
        const auto number = writer_->find_number(id);
        if (!number) return fail(number.error());
        records.erase(id);
        return writer_->remove(number->value());
    }

    Status put_one(Records& records, uint64_t version, size_t text_bytes, uint64_t ids) {
        TestRecord record = test_record(version, text_bytes);
        record.id = "id" + std::to_string(version % ids);
        record.metadata = "{\"doc_id\": \"" + record.id + "\", \"v\": " + std::to_string(version) + "}";
        if (records.contains(record.id)) {
            auto status = remove_one(records, record.id);
            if (!status) return status;
        }
        records.emplace(record.id, record);
        return writer_->append(record.id, record.vector, record.metadata, record.text);
    }

    CrashFolder& folder_;
    std::unique_ptr<Writer> writer_;
    std::vector<Records> states_{Records{}};
    std::set<uint64_t> deferred_;  ///< states that a deferred commit led to
    uint64_t now_ = 0;             ///< the state that readers see
    uint64_t durable_ = 0;         ///< the state that a crash cannot take back
    uint64_t version_ = 0;
};

std::unordered_set<std::string> distinct_images;
uint64_t images_seen = 0;

class CountsImages : public testing::Environment {
public:
    void TearDown() override {
        if (images_seen == 0) return;
        std::cout << "crash images: " << images_seen << ", of them distinct: " << distinct_images.size()
                  << "\n";
    }
};
[[maybe_unused]] testing::Environment* const kCounter = testing::AddGlobalTestEnvironment(new CountsImages);

/// Whether this image, with as many changes acknowledged, has not been judged yet.
bool is_new(const CrashFolder::Image& image) {
    ++images_seen;
    Sha256 hash;
    hash.update(as_bytes(std::to_string(image.noted)));
    for (const auto& [name, content] : image.files) {
        hash.update(as_bytes(name));
        hash.update(content);
    }
    const Sha256Digest digest = hash.finish();
    return distinct_images.emplace(as_text(digest)).second;
}

/// What a crash left must be the acknowledged changes or one more, whole, and take a further commit.
void expect_survives(const CrashFolder::Image& image, const Session& session, const std::string& path) {
    SCOPED_TRACE("moment " + std::to_string(image.moment));
    const auto store = image.files.find(kName);
    ASSERT_NE(store, image.files.end());
    if (!is_new(image)) return;
    const MemoryFile seen(store->second);
    const auto reader = open_reader(seen);
    ASSERT_TRUE(reader) << reader.error().message;
    ASSERT_TRUE(reader->warnings.empty()) << reader->warnings[0];
    const Records found = by_id(read_records(*reader->snapshot));
    ASSERT_TRUE(session.may_be(found, image.noted)) << found.size() << " records";
    CrashFolder next(path);
    for (const auto& [name, content] : image.files) next.put(name, content);
    auto writer = Writer::open_in(next, kName, {});
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_EQ(findings((*writer)->file()), std::vector<std::string>());
    const auto before = must((*writer)->snapshot())->state().commit_number;
    must((*writer)->append("next", test_record(0).vector, "{\"doc_id\": \"next\"}", "t"));
    ASSERT_EQ(must((*writer)->commit()).commit, before + 1);
    ASSERT_EQ(findings((*writer)->file()), std::vector<std::string>());
}

using Workload = std::function<Status(Session&)>;

Status run(const std::vector<std::function<Status()>>& steps) {
    for (const auto& step : steps) {
        auto status = step();
        if (!status) return status;
    }
    return {};
}

Status small_commits(Session& s) {
    return run({[&] { return s.put(2); }, [&] { return s.put(2); }, [&] { return s.put(1); },
                [&] { return s.close(); }});
}
Status commits_and_seals(Session& s) {
    return run({[&] { return s.put(2); }, [&] { return s.seal(); }, [&] { return s.put(2); },
                [&] { return s.put(2); }, [&] { return s.seal(); }, [&] { return s.put(2); },
                [&] { return s.close(); }});
}
Status closed_and_opened(Session& s) {
    return run({[&] { return s.put(2); }, [&] { return s.close(); }, [&] { return s.open(); },
                [&] { return s.put(2); }, [&] { return s.seal(); }, [&] { return s.close(); },
                [&] { return s.open(); }, [&] { return s.put(2); }, [&] { return s.close(); }});
}
/// Texts that make every other commit a seal.
Status large_batches(Session& s) {
    return run({[&] { return s.put(2, 300'000); }, [&] { return s.put(2, 300'000); },
                [&] { return s.put(2, 300'000); }, [&] { return s.put(2, 300'000); }});
}
Status upserts_and_deletes(Session& s) {
    return run({[&] { return s.put(3, 0, 3); }, [&] { return s.put(2, 700, 3); }, [&] { return s.remove(1); },
                [&] { return s.put(3, 0, 3); }, [&] { return s.seal(); }, [&] { return s.remove(2); },
                [&] { return s.put(1, 40, 3); }, [&] { return s.close(); }});
}
Status upserts_in_large_batches(Session& s) {
    return run({[&] { return s.put(2, 600'000, 2); }, [&] { return s.put(2, 600'000, 2); },
                [&] { return s.remove(1); }, [&] { return s.put(2, 600'000, 2); }});
}
Status deferred_commits(Session& s) {
    const auto defer = [&](uint64_t count, size_t text_bytes) {
        return s.put(count, text_bytes, 5, Durability::kDeferred);
    };
    return run({[&] { return defer(2, 700); }, [&] { return defer(1, 900); }, [&] { return s.put(1, 0, 5); },
                [&] { return defer(2, 800); }, [&] { return s.seal(); }, [&] { return defer(1, 600); },
                [&] { return defer(1, 600); }, [&] { return s.close(); }});
}
/// The commit that becomes a seal has the only sync.
Status deferred_before_a_large_batch(Session& s) {
    return run({[&] { return s.put(1, 0, 9, Durability::kDeferred); },
                [&] { return s.put(1, 600'000, 9, Durability::kDeferred); },
                [&] { return s.put(1, 600'000, 9); }, [&] { return s.put(2, 900, 9, Durability::kDeferred); },
                [&] { return s.put(2, 700'000, 9); }});
}
Status compacts(Session& s) {
    return run({[&] { return s.put(3, 0, 3); }, [&] { return s.put(2, 600, 3); }, [&] { return s.remove(1); },
                [&] { return s.compact(KeepHistory::kYes); }, [&] { return s.put(2, 0, 3); },
                [&] { return s.compact(KeepHistory::kNo); }, [&] { return s.put(1, 0, 3); },
                [&] { return s.close(); }});
}

struct Case {
    const char* name;
    Workload work;
};

void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }

class PowerCut : public testing::TestWithParam<Case> {
protected:
    [[nodiscard]] Status work(Session& session) const { return GetParam().work(session); }

    uint64_t expect_all_survive(const CrashFolder& folder, const Session& session, size_t first) const {
        uint64_t images = 0;
        folder.visit_images(first, random_images(), [&](const CrashFolder::Image& image) {
            if (testing::Test::HasFatalFailure()) return;
            ++images;
            expect_survives(image, session, folder_.path());
        });
        return images;
    }

    TemporaryFolder folder_;
};

TEST_P(PowerCut, KeepsTheAcknowledgedCommitsOrOneMore) {
    CrashFolder folder(folder_.path());
    Session session(folder);
    must(session.create());
    const size_t created = folder.moment_count() - 1;
    must(work(session));
    EXPECT_GT(expect_all_survive(folder, session, created), 20U);
}

/// The process dies at some operation; the next one opens what the page cache has, goes on, and then the
/// power fails.
TEST_P(PowerCut, AfterTheProcessDiedKeepsWhatTheNextOneSaw) {
    CrashFolder whole(folder_.path());
    Session counted(whole);
    must(counted.create());
    const size_t created = whole.moment_count() - 1;
    must(work(counted));
    const size_t operations = whole.moment_count() - created;
    const size_t step = std::getenv("REEL_CRASH_IMAGES") ? 1 : std::max<size_t>(1, operations / 6);
    for (size_t n = 0; n < operations; n += step) {
        SCOPED_TRACE("dead after " + std::to_string(n) + " operations");
        CrashFolder folder(folder_.path());
        Session session(folder);
        must(session.create());
        folder.kill_after(n);
        (void)work(session);
        folder.kill_after(std::nullopt);
        const size_t reopened = folder.moment_count();
        must(session.open());
        must(session.put(2));
        must(session.seal());
        expect_all_survive(folder, session, reopened);
        if (HasFatalFailure()) return;
    }
}

/// A sync fails and what it should have written is only in the page cache, where the next process finds it.
TEST_P(PowerCut, AfterAFailedSyncKeepsWhatTheNextOneSaw) {
    for (uint64_t n = 0; n < 6; ++n) {
        SCOPED_TRACE("sync " + std::to_string(n));
        CrashFolder folder(folder_.path());
        Session session(folder);
        must(session.create());
        folder.fail_sync(n);
        (void)work(session);
        folder.fail_sync(std::nullopt);
        const size_t reopened = folder.moment_count();
        must(session.open());
        must(session.put(2));
        expect_all_survive(folder, session, reopened + 1);
        if (HasFatalFailure()) return;
    }
}

/// Any step may come after any other.
Status random_step(Session& session, std::mt19937_64& random) {
    const auto at_most = [&](uint64_t most) { return random() % (most + 1); };
    switch (at_most(9)) {
        case 0: return session.seal();
        case 1: return session.remove(1 + at_most(2));
        case 2: return session.compact(at_most(1) == 0 ? KeepHistory::kNo : KeepHistory::kYes);
        case 3: {
            auto status = session.close();
            return status ? session.open() : status;
        }
        case 4: return session.put(2, 200'000 + at_most(300'000), 6);
        case 5: return session.put(1 + at_most(2), at_most(2'000), 6, Durability::kDeferred);
        default: return session.put(1 + at_most(3), at_most(1'500), 6);
    }
}

class ARandomWorkload : public testing::Test {
protected:
    /// Half of the workloads are interrupted by a kill and go on in another process.
    void run_workload(uint64_t seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937_64 random(seed);
        CrashFolder folder(folder_.path());
        Session session(folder);
        must(session.create());
        const size_t created = folder.moment_count() - 1;
        if (seed % 2 == 1) folder.kill_after(random() % 40);
        Status status;
        for (int step = 0; step < 8 && status; ++step) status = random_step(session, random);
        size_t first = created;
        if (seed % 2 == 1) {
            folder.kill_after(std::nullopt);
            first = folder.moment_count();
            must(session.open());
            status = session.put(2);
            for (int step = 0; step < 2 && status; ++step) status = random_step(session, random);
        }
        ASSERT_TRUE(status) << status.error().message;
        folder.visit_images(first, random_images(), [&](const CrashFolder::Image& image) {
            if (!HasFatalFailure()) expect_survives(image, session, folder_.path());
        });
    }

    TemporaryFolder folder_;
};

TEST_F(ARandomWorkload, KeepsTheAcknowledgedCommitsOrOneMore) {
    const unsigned workloads = setting("REEL_CRASH_WORKLOADS", 12);
    for (uint64_t seed = 0; seed < workloads && !HasFatalFailure(); ++seed) run_workload(seed);
}

class ALargeBatch : public testing::Test {
protected:
    /// Foreign readers see a large batch only once its cover is written.
    static void expect_covered_once_noted(const CrashFolder& folder, size_t first) {
        folder.visit_images(first, random_images(), [&](const CrashFolder::Image& image) {
            if (image.noted < 1) return;
            EXPECT_EQ(top_types(image.files.at(kName)), "ftyp uuid mdat free moov")
                << "moment " << image.moment;
        });
    }

    TemporaryFolder temporary_;
    CrashFolder folder_{temporary_.path()};
    Session session_{folder_};
};

TEST_F(ALargeBatch, IsCoveredOnTheDiskOnceItIsAcknowledged) {
    must(session_.create());
    must(session_.put(20, 65'536));
    expect_covered_once_noted(folder_, 0);
}

TEST_F(ALargeBatch, IsCoveredOnTheDiskByTheNextWriterWhereTheSyncOfItsCoverFailed) {
    must(session_.create());
    folder_.fail_sync(1);
    ASSERT_FALSE(session_.put(20, 65'536));
    const size_t reopened = folder_.moment_count();
    must(session_.open());
    expect_covered_once_noted(folder_, reopened);
}

TEST_F(ALargeBatch, DoesNotVouchForADeferredCommitBeforeIt) {
    must(session_.create());
    must(session_.put(1));
    must(session_.put(1, 5'000, UINT64_MAX, Durability::kDeferred));
    folder_.fail_sync(0);
    ASSERT_FALSE(session_.put(20, 65'536));
    ByteBuffer content = folder_.content(kName);
    EXPECT_EQ(read_records(MemoryFile(content)).size(), 22U) << "without damage";
    const size_t text = as_text(content).find(test_record(1, 5'000).text);
    std::fill_n(content.begin() + static_cast<ptrdiff_t>(text), 512, std::byte{0});
    EXPECT_EQ(read_records(MemoryFile(content)).size(), 1U);
}

class ACompact : public testing::Test {
protected:
    ACompact() {
        must(session_.create());
        must(session_.put(4, 5'000, 4));
        must(session_.put(4, 5'000, 4));
        before_ = folder_.content(kName);
    }

    TemporaryFolder temporary_;
    CrashFolder folder_{temporary_.path()};
    Session session_{folder_};
    ByteBuffer before_;
};

TEST_F(ACompact, LeavesTheOldFileWhereItFails) {
    folder_.set_capacity(before_.size() + 3'000);
    const auto status = session_.compact(KeepHistory::kNo);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kNoSpace);
    EXPECT_EQ(must(folder_.list()), std::vector<std::string>{kName});
    EXPECT_EQ(folder_.content(kName), before_);
}

TEST_F(ACompact, GoesOnWithTheOldFileAfterItFailed) {
    folder_.set_capacity(before_.size() + 3'000);
    ASSERT_FALSE(session_.compact(KeepHistory::kNo));
    folder_.set_capacity(std::nullopt);
    must(session_.put(1, 0, 4));
    must(session_.open());
}

INSTANTIATE_TEST_SUITE_P(
    Of, PowerCut,
    testing::Values(Case{"SmallCommits", small_commits}, Case{"CommitsAndSeals", commits_and_seals},
                    Case{"ClosedAndOpened", closed_and_opened}, Case{"LargeBatches", large_batches},
                    Case{"UpsertsAndDeletes", upserts_and_deletes},
                    Case{"UpsertsInLargeBatches", upserts_in_large_batches}, Case{"Compacts", compacts},
                    Case{"DeferredCommits", deferred_commits},
                    Case{"DeferredBeforeALargeBatch", deferred_before_a_large_batch}),
    [](const auto& named) { return std::string(named.param.name); });

}  // namespace
}  // namespace reel
