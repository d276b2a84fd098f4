// Power cuts at every write and sync of small workloads.
#include <gtest/gtest.h>

#include "support/crash_file.h"
#include "support/store_builder.h"

namespace reel {
namespace {

constexpr unsigned kRandomImages = 6;

/// One writer's session on a disk that notes which commits were acknowledged.
class Session {
public:
    explicit Session(CrashDisk& disk) : disk_(disk) {}

    Status create() {
        auto writer = Writer::create_on(disk_.open(), test_config());
        return take(std::move(writer));
    }
    Status open() { return take(Writer::open_on(disk_.open())); }

    Status commit(uint64_t count, size_t text_bytes = 0) {
        for (uint64_t i = 0; i < count; ++i) {
            auto status = append_test_record(*writer_, next_, text_bytes);
            if (!status) return status;
            ++next_;
        }
        const auto info = writer_->commit();
        if (!info) return fail(info.error());
        disk_.note(info->commit);
        return {};
    }
    Status seal() { return writer_->seal(SealTrailer::kWhenSmall); }
    Status close() { return writer_->close(); }

private:
    Status take(Result<std::unique_ptr<Writer>> writer) {
        if (!writer) return fail(writer.error());
        writer_ = *std::move(writer);
        const auto snapshot = must(writer_->snapshot());
        next_ = snapshot->count();
        disk_.note(snapshot->state().commit_number);
        return {};
    }

    CrashDisk& disk_;
    std::unique_ptr<Writer> writer_;
    uint64_t next_ = 0;
};

/// Each of its commits has `per_commit` records of `text_bytes`.
struct Shape {
    uint64_t per_commit = 2;
    size_t text_bytes = 0;
};

/// What a crash left must be the acknowledged commits or one more, whole, and take a further commit.
void expect_survives(const CrashDisk::Image& image, const Shape& shape) {
    SCOPED_TRACE("moment " + std::to_string(image.moment));
    const MemoryFile seen(image.content);
    const auto reader = open_reader(seen);
    ASSERT_TRUE(reader) << reader.error().message;
    const uint64_t commits = reader->snapshot->state().commit_number;
    ASSERT_GE(commits, image.noted);
    ASSERT_LE(commits, image.noted + 1);
    ASSERT_TRUE(reader->warnings.empty()) << reader->warnings[0];
    ASSERT_EQ(read_records(*reader->snapshot), test_records(commits * shape.per_commit, shape.text_bytes));
    const TemporaryFolder folder;
    const auto file = std::make_shared<MemoryFile>(image.content, folder.path("store.mp4"));
    auto writer = Writer::open_on(std::make_unique<SharedFile>(file));
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_EQ(findings(*file), std::vector<std::string>());
    must((*writer)->append("next", test_record(0).vector, "{\"doc_id\": \"next\"}", "t"));
    ASSERT_EQ(must((*writer)->commit()).commit, commits + 1);
    ASSERT_EQ(findings(*file), std::vector<std::string>());
}

uint64_t expect_all_survive(const CrashDisk& disk, const Shape& shape, size_t first) {
    uint64_t images = 0;
    disk.visit_images(first, kRandomImages, [&](const CrashDisk::Image& image) {
        if (testing::Test::HasFatalFailure()) return;
        ++images;
        expect_survives(image, shape);
    });
    return images;
}

using Workload = std::function<Status(Session&)>;

Status run(const std::vector<Status>& steps) {
    for (const Status& step : steps) {
        if (!step) return step;
    }
    return {};
}

Status small_commits(Session& s) { return run({s.commit(2), s.commit(2), s.commit(2), s.close()}); }
Status commits_and_seals(Session& s) {
    return run({s.commit(2), s.seal(), s.commit(2), s.commit(2), s.seal(), s.commit(2), s.close()});
}
Status closed_and_opened(Session& s) {
    return run({s.commit(2), s.close(), s.open(), s.commit(2), s.seal(), s.close(), s.open(), s.commit(2),
                s.close()});
}
/// Texts that make every other commit a seal.
Status large_batches(Session& s) {
    return run({s.commit(2, 300'000), s.commit(2, 300'000), s.commit(2, 300'000), s.commit(2, 300'000)});
}

struct Case {
    const char* name;
    Workload work;
    Shape shape;
};

void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }

class PowerCut : public testing::TestWithParam<Case> {
protected:
    [[nodiscard]] const Shape& shape() const { return GetParam().shape; }
    [[nodiscard]] Status work(Session& session) const { return GetParam().work(session); }
    [[nodiscard]] CrashDisk new_disk() const { return CrashDisk({}, folder_.path("store.mp4")); }

    TemporaryFolder folder_;
};

TEST_P(PowerCut, KeepsTheAcknowledgedCommitsOrOneMore) {
    CrashDisk disk = new_disk();
    Session session(disk);
    must(session.create());
    const size_t created = disk.moment_count() - 1;
    must(work(session));
    EXPECT_GT(expect_all_survive(disk, shape(), created), 30U);
}

/// The process dies at some operation; the next one opens what the page cache has, goes on, and then the
/// power fails.
TEST_P(PowerCut, AfterTheProcessDiedKeepsWhatTheNextOneSaw) {
    CrashDisk whole = new_disk();
    Session counted(whole);
    must(counted.create());
    const size_t created = whole.moment_count() - 1;
    must(work(counted));
    const size_t operations = whole.moment_count() - created;
    const size_t step = std::max<size_t>(1, operations / 8);
    for (size_t n = 0; n < operations; n += step) {
        SCOPED_TRACE("dead after " + std::to_string(n) + " operations");
        CrashDisk disk = new_disk();
        {
            Session session(disk);
            must(session.create());
            disk.kill_after(n);
            (void)work(session);
        }
        disk.kill_after(std::nullopt);
        const size_t reopened = disk.moment_count();
        Session next(disk);
        must(next.open());
        must(next.commit(shape().per_commit, shape().text_bytes));
        must(next.seal());
        expect_all_survive(disk, shape(), reopened);
        if (HasFatalFailure()) return;
    }
}

/// A sync fails and what it should have written is only in the page cache, where the next process finds it.
TEST_P(PowerCut, AfterAFailedSyncKeepsWhatTheNextOneSaw) {
    for (uint64_t n = 0; n < 6; ++n) {
        SCOPED_TRACE("sync " + std::to_string(n));
        CrashDisk disk = new_disk();
        {
            Session session(disk);
            must(session.create());
            disk.fail_sync(n);
            (void)work(session);
        }
        disk.fail_sync(std::nullopt);
        const size_t reopened = disk.moment_count();
        Session next(disk);
        must(next.open());
        must(next.commit(shape().per_commit, shape().text_bytes));
        expect_all_survive(disk, shape(), reopened + 1);
        if (HasFatalFailure()) return;
    }
}

class ALargeBatch : public testing::Test {
protected:
    [[nodiscard]] CrashDisk new_disk() const { return CrashDisk({}, folder_.path("store.mp4")); }

    TemporaryFolder folder_;
};

/// Foreign readers see a large batch only once its cover is written.
void expect_covered_once_noted(const CrashDisk& disk, size_t first, uint64_t commits) {
    disk.visit_images(first, kRandomImages, [&](const CrashDisk::Image& image) {
        if (image.noted < commits) return;
        EXPECT_EQ(top_types(image.content), "ftyp uuid mdat free moov") << "moment " << image.moment;
    });
}

TEST_F(ALargeBatch, IsCoveredOnTheDiskOnceItIsAcknowledged) {
    CrashDisk disk = new_disk();
    Session session(disk);
    must(session.create());
    must(session.commit(20, 65'536));
    expect_covered_once_noted(disk, 0, 1);
}

TEST_F(ALargeBatch, IsCoveredOnTheDiskByTheNextWriterWhereTheSyncOfItsCoverFailed) {
    CrashDisk disk = new_disk();
    {
        Session session(disk);
        must(session.create());
        disk.fail_sync(1);
        ASSERT_FALSE(session.commit(20, 65'536));
    }
    const size_t reopened = disk.moment_count();
    Session next(disk);
    must(next.open());
    expect_covered_once_noted(disk, reopened, 1);
}

INSTANTIATE_TEST_SUITE_P(Of, PowerCut,
                         testing::Values(Case{"SmallCommits", small_commits, {}},
                                         Case{"CommitsAndSeals", commits_and_seals, {}},
                                         Case{"ClosedAndOpened", closed_and_opened, {}},
                                         Case{"LargeBatches", large_batches, {2, 300'000}}),
                         [](const auto& named) { return std::string(named.param.name); });

}  // namespace
}  // namespace reel
