// The one door to the disk: everything that reads or writes a store goes
// through File, so that tests can stand behind it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/mapping.h"
#include "reel/error.h"

namespace reel {

/// Who holds a file's lock, as far as the system tells.
struct LockHolder {
    int64_t process_id = 0;  ///< 0: unknown
    std::string command;     ///< "reel import notes.mp4", empty where unknown
};

class File {
public:
    File() = default;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    virtual ~File() = default;

    /// For messages.
    [[nodiscard]] virtual const std::string& path() const = 0;

    /// Where the file is known from now on, after a change of its name. Files without a path ignore it.
    virtual void set_path([[maybe_unused]] const std::string& path) {}

    [[nodiscard]] virtual Result<uint64_t> size() const = 0;

    /// Reads until `out` is full or the file ends; returns the bytes read.
    virtual Result<size_t> read_at(uint64_t offset, MutableBytes out) const = 0;

    /// Writes all of `bytes`. After an error any part of them may have been written.
    virtual Status write_at(uint64_t offset, ByteView bytes) = 0;
    virtual Status truncate(uint64_t size) = 0;

    /// Returns once everything written so far would survive a power cut.
    virtual Status sync() = 0;

    /// Bytes [0, length) as they are and as they become; length <= size().
    [[nodiscard]] virtual Result<Mapping> map(uint64_t length) const = 0;

    /// The exclusive writer's lock of the open file. False if another has it; kUnsupported where
    /// the file system has no locks that work.
    virtual Result<bool> try_lock() = 0;

    /// kUnsupported where the file is one of a network in which neither the lock nor what was written is
    /// sure to be seen by other machines at once.
    [[nodiscard]] virtual Status check_lock_reaches_all() const { return {}; }

    [[nodiscard]] virtual std::optional<LockHolder> lock_holder() const = 0;

    /// Whether the path still names this very file (a compact renames a new one there).
    [[nodiscard]] virtual Result<bool> is_at_path() const = 0;
};

/// Reads exactly out.size() bytes; kCorrupt with the offset if the file ends before.
Status read_exactly(const File& file, uint64_t offset, MutableBytes out);

}  // namespace reel
