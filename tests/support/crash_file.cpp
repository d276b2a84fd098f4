#include "support/crash_file.h"

#include <algorithm>
#include <random>

#include "base/try.h"

namespace reel {

class CrashFile final : public File {
public:
    explicit CrashFile(CrashDisk& disk) : disk_(disk) {}

    [[nodiscard]] const std::string& path() const override { return disk_.path_; }
    [[nodiscard]] Result<uint64_t> size() const override { return disk_.content_.size(); }
    Result<size_t> read_at(uint64_t offset, MutableBytes out) const override {
        if (offset >= disk_.content_.size()) return size_t{0};
        const size_t count = std::min<uint64_t>(out.size(), disk_.content_.size() - offset);
        std::copy_n(disk_.content_.data() + offset, count, out.data());
        return count;
    }
    Status write_at(uint64_t offset, ByteView bytes) override { return disk_.write_at(offset, bytes); }
    Status truncate(uint64_t size) override { return disk_.truncate(size); }
    Status sync() override { return disk_.sync(); }
    [[nodiscard]] Result<Mapping> map(uint64_t length) const override {
        if (length > disk_.content_.size())
            return fail(ErrorCode::kIo, "a mapping beyond the end of the file");
        auto copy = std::make_shared<ByteBuffer>(disk_.content_.begin(),
                                                 disk_.content_.begin() + static_cast<ptrdiff_t>(length));
        return Mapping({copy->data(), copy->size()}, copy);
    }
    Result<bool> try_lock() override { return true; }
    [[nodiscard]] std::optional<LockHolder> lock_holder() const override { return std::nullopt; }
    [[nodiscard]] Result<bool> is_at_path() const override { return true; }

private:
    CrashDisk& disk_;
};

CrashDisk::CrashDisk(ByteBuffer content, std::string path)
    : first_content_(content), content_(std::move(content)), path_(std::move(path)) {}

std::unique_ptr<File> CrashDisk::open() { return std::make_unique<CrashFile>(*this); }

void CrashDisk::note(uint64_t number) { log_.push_back({Kind::kNote, number, {}}); }

Status CrashDisk::begin_operation() {
    if (!left_) return {};
    if (*left_ == 0) return fail(ErrorCode::kIo, "the process is dead");
    --*left_;
    return {};
}

Status CrashDisk::write_at(uint64_t offset, ByteView bytes) {
    REEL_TRY(begin_operation());
    if (capacity_ && offset + bytes.size() > *capacity_) {
        // Like a real disk: what fits is written.
        const uint64_t room = *capacity_ > offset ? *capacity_ - offset : 0;
        if (room > 0) REEL_TRY(write_at(offset, bytes.first(room)));
        return fail(ErrorCode::kNoSpace, path_ + ": no space left on the disk");
    }
    if (offset + bytes.size() > content_.size()) content_.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), content_.begin() + static_cast<ptrdiff_t>(offset));
    log_.push_back({Kind::kWrite, offset, {bytes.begin(), bytes.end()}});
    return {};
}

Status CrashDisk::truncate(uint64_t size) {
    REEL_TRY(begin_operation());
    content_.resize(size);
    log_.push_back({Kind::kTruncate, size, {}});
    return {};
}

Status CrashDisk::sync() {
    REEL_TRY(begin_operation());
    const bool fails = sync_to_fail_ && *sync_to_fail_ == 0;
    if (sync_to_fail_) --*sync_to_fail_;
    if (fails) sync_to_fail_.reset();
    log_.push_back({fails ? Kind::kLostSync : Kind::kSync, 0, {}});
    if (fails) return fail(ErrorCode::kIo, path_ + ": cannot sync: input/output error");
    return {};
}

/// The disk as the log is walked through.
class CrashDisk::Replay {
public:
    explicit Replay(const CrashDisk& disk)
        : cache_(disk.first_content_), durable_(cache_), sizes_{cache_.size()} {}

    void apply(const Operation& operation) {
        switch (operation.kind) {
            case Kind::kWrite: write(operation.place, operation.bytes); break;
            case Kind::kTruncate:
                cache_.resize(operation.place);
                sizes_.push_back(cache_.size());
                break;
            case Kind::kSync:
                durable_ = image([](size_t count) { return count - 1; });
                dirty_.clear();
                sizes_ = {cache_.size()};
                break;
            case Kind::kLostSync: dirty_.clear(); break;
            case Kind::kNote: noted_ = operation.place; break;
        }
    }

    /// `choose(count)` is asked for one of so many states, the oldest first.
    template <class Choose>
    [[nodiscard]] ByteBuffer image(const Choose& choose) const {
        ByteBuffer bytes = durable_;
        bytes.resize(sizes_[choose(sizes_.size())]);
        for (const auto& [sector, versions] : dirty_) {
            const size_t version = choose(versions.size() + 1);
            const uint64_t offset = sector * kSector;
            if (version == 0 || offset >= bytes.size()) continue;
            const ByteBuffer& content = versions[version - 1];
            const uint64_t count = std::min<uint64_t>(content.size(), bytes.size() - offset);
            std::copy_n(content.begin(), count, bytes.begin() + static_cast<ptrdiff_t>(offset));
        }
        return bytes;
    }

    [[nodiscard]] bool is_clean() const { return dirty_.empty() && sizes_.size() == 1; }
    [[nodiscard]] uint64_t noted() const { return noted_; }

private:
    void write(uint64_t offset, const ByteBuffer& bytes) {
        if (offset + bytes.size() > cache_.size()) {
            cache_.resize(offset + bytes.size());
            sizes_.push_back(cache_.size());
        }
        std::copy(bytes.begin(), bytes.end(), cache_.begin() + static_cast<ptrdiff_t>(offset));
        if (bytes.empty()) return;
        for (uint64_t sector = offset / kSector; sector <= (offset + bytes.size() - 1) / kSector; ++sector) {
            const uint64_t start = sector * kSector;
            const uint64_t end = std::min<uint64_t>(start + kSector, cache_.size());
            dirty_[sector].emplace_back(cache_.begin() + static_cast<ptrdiff_t>(start),
                                        cache_.begin() + static_cast<ptrdiff_t>(end));
        }
    }

    ByteBuffer cache_;
    ByteBuffer durable_;
    std::vector<uint64_t> sizes_;                        ///< since the last sync
    std::map<uint64_t, std::vector<ByteBuffer>> dirty_;  ///< contents of a sector since the last sync
    uint64_t noted_ = 0;
};

void CrashDisk::visit_images(size_t first, unsigned random_images,
                             const std::function<void(const Image&)>& visit) const {
    std::mt19937_64 random(20'261'122);
    Replay replay(*this);
    for (size_t moment = 0; moment <= log_.size(); ++moment) {
        if (moment > 0) replay.apply(log_[moment - 1]);
        if (moment < first) continue;
        const auto show = [&](const auto& choose) { visit({moment, replay.noted(), replay.image(choose)}); };
        show([](size_t) { return size_t{0}; });
        if (replay.is_clean()) continue;
        show([](size_t count) { return count - 1; });
        for (unsigned i = 0; i < random_images; ++i) show([&](size_t count) { return random() % count; });
    }
}

}  // namespace reel
