// File on a POSIX file descriptor, and the few operations on paths a store needs.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <string>

#include "base/file.h"
#include "base/mapped_range.h"

namespace reel {

class PosixFile final : public File {
public:
    /// kNotFound, kReadOnly (no permission), kIo.
    static Result<std::unique_ptr<PosixFile>> open_read(const std::string& path);
    static Result<std::unique_ptr<PosixFile>> open_write(const std::string& path);

    /// A new, empty file open for reading and writing; kAlreadyExists if the path is taken.
    static Result<std::unique_ptr<PosixFile>> create_new(const std::string& path);

    /// The same, with rights for its owner alone.
    static Result<std::unique_ptr<PosixFile>> create_private(const std::string& path);

    ~PosixFile() override;

    [[nodiscard]] const std::string& path() const override { return path_; }
    void set_path(const std::string& path) override { path_ = path; }
    [[nodiscard]] Result<uint64_t> size() const override;
    Result<size_t> read_at(uint64_t offset, MutableBytes out) const override;
    Status write_at(uint64_t offset, ByteView bytes) override;
    Status truncate(uint64_t size) override;
    Status sync() override;
    /// Address space is reserved for a file that grows: later, longer mappings are mostly views of the same.
    [[nodiscard]] Result<Mapping> map(uint64_t length) const override;
    Result<bool> try_lock() override;
    [[nodiscard]] Status check_lock_reaches_all() const override;
    [[nodiscard]] std::optional<LockHolder> lock_holder() const override;
    [[nodiscard]] Result<bool> is_at_path() const override;

private:
    PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
    [[nodiscard]] bool lock_excludes() const;
    static Result<std::unique_ptr<PosixFile>> open_with(const std::string& path, int flags,
                                                        unsigned mode = 0);

    int descriptor_;
    bool locked_ = false;
    std::string path_;
    mutable std::mutex range_mutex_;
    mutable std::shared_ptr<const MappedRange> range_;
};

/// Removes a file; a missing one is no error.
Status remove_file(const std::string& path);

/// The name of a network file system, as statfs() tells it, that is not coherent between machines;
/// empty for all others. Whether one of those (9p, FUSE, Ceph) can be written to depends on its locks.
[[nodiscard]] std::string_view incoherent_file_system(uint64_t type);

[[nodiscard]] bool file_exists(const std::string& path);

/// kNotFound, kReadOnly, kNoSpace, kAlreadyExists or kIo with the system's words for `error_number`.
Error system_error(int error_number, const std::string& path, const std::string& doing);

}  // namespace reel
