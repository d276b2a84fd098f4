// Readers of a file that a writer changes while they walk over it.
#include <gtest/gtest.h>

#include "support/store_builder.h"

namespace reel {
namespace {

/// Has the size of before a seal until a reader has begun to walk, and then what the seal left.
class SealedMeanwhile final : public File {
public:
    SealedMeanwhile(const File& file, uint64_t size_before, uint64_t walk_begins)
        : file_(file), size_before_(size_before), walk_begins_(walk_begins) {}

    [[nodiscard]] const std::string& path() const override { return file_.path(); }
    [[nodiscard]] Result<uint64_t> size() const override {
        return walking_ ? file_.size() : Result<uint64_t>(size_before_);
    }
    Result<size_t> read_at(uint64_t offset, MutableBytes out) const override {
        walking_ = walking_ || offset >= walk_begins_;
        return file_.read_at(offset, out);
    }
    Status write_at(uint64_t, ByteView) override { return fail(ErrorCode::kReadOnly, "a reader's"); }
    Status truncate(uint64_t) override { return fail(ErrorCode::kReadOnly, "a reader's"); }
    Status sync() override { return {}; }
    [[nodiscard]] Result<Mapping> map(uint64_t length) const override { return file_.map(length); }
    Result<bool> try_lock() override { return true; }
    [[nodiscard]] std::optional<LockHolder> lock_holder() const override { return std::nullopt; }
    [[nodiscard]] Result<bool> is_at_path() const override { return true; }

private:
    const File& file_;
    uint64_t size_before_;
    uint64_t walk_begins_;
    mutable bool walking_ = false;
};

uint64_t offset_of_first(const std::string& type, const ByteBuffer& content) {
    for (const TopBox& box : top_boxes(content)) {
        if (box.type == type) return box.offset;
    }
    throw std::runtime_error("no " + type);
}

TEST(AFileThatGrows, IsReadThoughASealCoversTheMovieThatTheWalkCouldHaveSeen) {
    TestStore store;
    store.commit(3);
    const uint64_t before = store.size();
    const uint64_t movie = offset_of_first("free", store.content());
    store.seal();
    const SealedMeanwhile file(store.file(), before, movie);
    EXPECT_EQ(read_records(file), test_records(3));
}

TEST(AFileThatGrows, ControlAFileThatEndsInsideACoverIsDamaged) {
    TestStore store;
    store.commit(3);
    const uint64_t before = store.size();
    store.seal();
    ByteBuffer cut = store.content();
    cut.resize(before);
    EXPECT_EQ(open_reader(MemoryFile(cut)).error().code, ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace reel
