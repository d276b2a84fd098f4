// A disk that fails once, at every operation of a store's life, and one that is full at every size: nothing
// that was acknowledged is lost, and the work can be finished afterwards.
#include <gtest/gtest.h>

#include <functional>

#include "store/compact.h"
#include "support/crash_folder.h"
#include "support/store_builder.h"
#include "support/stub_maker.h"

namespace reel {
namespace {

const char* const kName = "store.mp4";
using Texts = std::map<std::string, std::string>;

Texts texts_in(const Snapshot& snapshot) {
    Texts texts;
    for (const TestRecord& record : read_records(snapshot)) texts.emplace(record.id, record.text);
    return texts;
}

/// A life of which every step can be tried again.
class Life {
public:
    explicit Life(CrashFolder& folder) : folder_(folder) {
        must(must(Writer::create_in(folder_, kName, test_config()))->close());
    }

    /// The first error of a step, which has then been tried until it worked; none if there was no error.
    std::optional<Error> live() {
        std::optional<Error> first;
        const auto note = [&](const Error& error) {
            if (!first) first = error;
        };
        for (const Step& step : steps()) {
            for (int tries = 0;; ++tries) {
                const auto status = try_step(step);
                if (status) break;
                note(status.error());
                folder_.set_capacity(std::nullopt);
                expect_before_or_after();
                if (tries > 3 || testing::Test::HasFatalFailure()) {
                    ADD_FAILURE() << "cannot go on after " << first->message;
                    return first;
                }
                // A poisoned writer is dropped, any other goes on.
                if (status.error().code == ErrorCode::kPoisoned || tries == 1) writer_.reset();
            }
            before_ = after_;
        }
        return first;
    }

    void expect_all_there() {
        folder_.fail_operation(std::nullopt);
        folder_.fail_sync(std::nullopt);
        EXPECT_EQ(texts_in(*must(writer_->snapshot())), after_);
        EXPECT_EQ(findings(writer_->file()), std::vector<std::string>());
        folder_.visit_images(folder_.moment_count() - 1, 4, [&](const CrashFolder::Image& image) {
            const MemoryFile file(image.files.at(kName));
            EXPECT_EQ(texts_in(*must(open_reader(file)).snapshot), after_) << "after a power cut";
        });
        writer_.reset();
        const auto next = must(Writer::open_in(folder_, kName, {}));
        EXPECT_EQ(must(folder_.list()), std::vector<std::string>{kName});
    }

private:
    using Step = std::function<Status()>;

    std::vector<Step> steps() {
        const std::string large(700'000, 'x');
        return {
            [this] {
                return put({{"a", "1"}, {"b", "1"}, {"c", ""}});
            },
            [this] {
                return put({{"b", "22"}, {"d", "2"}});
            },
            [this] { return remove("a"); },
            [this] { return writer_->seal(SealTrailer::kWhenSmall); },
            [this] {
                return put({{"b", "333"}});
            },
            [this, large] {
                return put({{"e", large + "4"}, {"d", large + "5"}});
            },
            [this] { return compact(KeepHistory::kYes); },
            [this] { return remove("d"); },
            [this] { return reopen(); },
            [this] { return compact(KeepHistory::kNo); },
            [this] {
                return put({{"c", "6"}});
            },
        };
    }

    Status try_step(const Step& step) {
        if (!writer_) {
            auto status = reopen();
            if (!status) return status;
        }
        return step();
    }

    Status reopen() {
        if (writer_) {
            auto status = writer_->close();
            if (!status) return status;
        }
        writer_.reset();
        auto writer = Writer::open_in(folder_, kName, {});
        if (!writer) return fail(writer.error());
        writer_ = *std::move(writer);
        writer_->use_section_makers({std::make_shared<StubMaker>()});
        return {};
    }

    Status put(const Texts& texts) {
        after_ = before_;
        for (const auto& [id, text] : texts) after_[id] = text;
        for (const auto& [id, text] : texts) {
            auto status = drop(id);
            if (!status) return status;
            const std::string metadata = "{\"doc_id\": \"" + id + "\"}";
            status = writer_->append(id, std::vector<float>(kTestDimension, 1), metadata, text);
            if (!status) return status;
        }
        return commit();
    }
    Status remove(const std::string& id) {
        after_ = before_;
        after_.erase(id);
        auto status = drop(id);
        return status ? commit() : status;
    }
    Status drop(const std::string& id) {
        const auto number = writer_->find_number(id);
        if (!number) return fail(number.error());
        return *number ? writer_->remove(**number) : Status();
    }
    Status commit() {
        const auto info = writer_->commit();
        if (!info) return fail(info.error());
        return {};
    }
    Status compact(KeepHistory keep_history) {
        auto compacted = compact_store(folder_, kName, *writer_, keep_history);
        if (!compacted) return fail(compacted.error());
        writer_ = std::move(compacted->writer);
        return compacted->synced;
    }

    /// What a reader sees between a step that failed and the next try.
    void expect_before_or_after() const {
        const auto file = must(folder_.open_read(kName));
        const auto reader = open_reader(*file);
        ASSERT_TRUE(reader) << reader.error().message;
        const Texts texts = texts_in(*reader->snapshot);
        EXPECT_TRUE(texts == before_ || texts == after_) << texts.size() << " records";
    }

    CrashFolder& folder_;
    std::unique_ptr<Writer> writer_;
    Texts before_;
    Texts after_;
};

class ADiskThatFailsWith : public testing::TestWithParam<ErrorCode> {
protected:
    TemporaryFolder temporary_;
};

struct Outcome {
    bool met = false;  ///< the disk has failed
    std::optional<ErrorCode> told;
};

/// Lives through a life on a disk that `prepare` has readied to fail.
template <class Prepare>
Outcome live_once(const std::string& path, const Prepare& prepare) {
    CrashFolder folder(path);
    Life life(folder);
    prepare(folder);
    Outcome outcome;
    if (const auto error = life.live()) outcome.told = error->code;
    outcome.met = !folder.failure_is_to_come();
    life.expect_all_there();
    return outcome;
}

TEST_P(ADiskThatFailsWith, LosesNothingAtAnyOperation) {
    unsigned told = 0;
    for (uint64_t n = 0; !HasFailure(); ++n) {
        SCOPED_TRACE("operation " + std::to_string(n));
        const Outcome outcome =
            live_once(temporary_.path(), [&](CrashFolder& folder) { folder.fail_operation(n, GetParam()); });
        if (!outcome.met) break;
        // What need not be told is the failure of a trailer, for example.
        told += outcome.told ? 1 : 0;
        EXPECT_EQ(outcome.told.value_or(GetParam()), GetParam());
    }
    EXPECT_GT(told, 25U);
}

INSTANTIATE_TEST_SUITE_P(Code, ADiskThatFailsWith, testing::Values(ErrorCode::kIo, ErrorCode::kNoSpace),
                         [](const auto& named) { return std::string(to_string(named.param)); });

class AFailingDisk : public testing::Test {
protected:
    TemporaryFolder temporary_;
};

TEST_F(AFailingDisk, LosesNothingAtAnySync) {
    unsigned syncs = 0;
    for (; !HasFailure(); ++syncs) {
        SCOPED_TRACE("sync " + std::to_string(syncs));
        const Outcome outcome =
            live_once(temporary_.path(), [&](CrashFolder& folder) { folder.fail_sync(syncs); });
        if (!outcome.met) break;
        EXPECT_EQ(outcome.told, ErrorCode::kIo);
    }
    EXPECT_GT(syncs, 10U);
}

TEST_F(AFailingDisk, LosesNothingWhereItIsFull) {
    unsigned failures = 0;
    // From what an empty store needs to more than the store and its compacted copy need together.
    const auto is_full_at = [&](uint64_t capacity) {
        SCOPED_TRACE("capacity " + std::to_string(capacity));
        const auto told =
            live_once(temporary_.path(), [&](CrashFolder& folder) { folder.set_capacity(capacity); }).told;
        EXPECT_EQ(told.value_or(ErrorCode::kNoSpace), ErrorCode::kNoSpace);
        failures += told ? 1 : 0;
    };
    for (uint64_t capacity = 1'700; capacity < 12'000; capacity += 223) is_full_at(capacity);
    for (uint64_t capacity = 12'000; capacity < 5'000'000; capacity += 199'999) is_full_at(capacity);
    EXPECT_GT(failures, 50U);
    is_full_at(10'000'000);
}

}  // namespace
}  // namespace reel
