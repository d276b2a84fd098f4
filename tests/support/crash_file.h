// A disk that forgets: what a power cut may leave of writes that were not synced.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"

namespace reel {

/// Remembers every write, cut and sync of one file, so that after the workload the disk can be
/// looked at as of any moment of it.
///
/// The model: a sector of 512 bytes is written whole or not at all. Between two syncs each sector
/// has any of the contents it had in the page cache since the first, sectors independently of each other,
/// and the file any of its sizes; what was cut off may come back with the size. A sync that
/// failed has thrown its sectors away: later syncs succeed without them, though the page cache has them.
class CrashDisk {
public:
    static constexpr size_t kSector = 512;

    /// `path`: where a writer saves a torn tail beside; nothing else is put there.
    CrashDisk(ByteBuffer content, std::string path);

    /// A handle; any number of them, one after the other.
    [[nodiscard]] std::unique_ptr<File> open();

    /// The page cache: what a process sees as long as the power stays on.
    [[nodiscard]] const ByteBuffer& content() const { return content_; }

    /// Writes down a number at this moment, for example the commits that were acknowledged.
    void note(uint64_t number);

    /// From now on the process is dead after so many more writes, cuts and syncs: they fail and
    /// leave no trace. nullopt: it lives.
    void kill_after(std::optional<uint64_t> operations) { left_ = operations; }

    /// The n-th sync from now (0: the next) fails and loses what it should have written. nullopt: none does.
    void fail_sync(std::optional<uint64_t> n) { sync_to_fail_ = n; }

    /// Writes fail with kNoSpace where they would make the file larger than this.
    void set_capacity(uint64_t bytes) { capacity_ = bytes; }

    /// How many moments there are: before and after each write, cut and sync.
    [[nodiscard]] size_t moment_count() const { return log_.size() + 1; }

    struct Image {
        size_t moment = 0;
        uint64_t noted = 0;  ///< the number that was noted last before that moment
        ByteBuffer content;
    };

    /// Calls `visit` for what a power cut may leave at each moment from `first` on: nothing since
    /// the last sync, all of it, and `random_images` mixtures of it.
    void visit_images(size_t first, unsigned random_images,
                      const std::function<void(const Image&)>& visit) const;

private:
    friend class CrashFile;
    enum class Kind : uint8_t { kWrite, kTruncate, kSync, kLostSync, kNote };
    struct Operation {
        Kind kind;
        uint64_t place;  ///< offset, size or noted number
        ByteBuffer bytes;
    };
    [[nodiscard]] Status begin_operation();
    Status write_at(uint64_t offset, ByteView bytes);
    Status truncate(uint64_t size);
    Status sync();

    class Replay;
    ByteBuffer first_content_;
    ByteBuffer content_;
    std::string path_;
    std::vector<Operation> log_;
    std::optional<uint64_t> left_;
    std::optional<uint64_t> sync_to_fail_;
    std::optional<uint64_t> capacity_;
};

}  // namespace reel
