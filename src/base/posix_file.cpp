#include "base/posix_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <system_error>

#include "base/try.h"

namespace reel {

namespace {

std::string command_of(int64_t process_id) {
    std::ifstream in("/proc/" + std::to_string(process_id) + "/cmdline", std::ios::binary);
    std::string words((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    while (!words.empty() && words.back() == '\0') words.pop_back();
    for (char& c : words) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    if (words.size() > 200) words.resize(200);
    return words;
}

}  // namespace

Error system_error(int error_number, const std::string& path, const std::string& doing) {
    ErrorCode code = ErrorCode::kIo;
    std::string advice;
    switch (error_number) {
        case ENOENT: code = ErrorCode::kNotFound; break;
        case EEXIST: code = ErrorCode::kAlreadyExists; break;
        case EACCES:
        case EPERM:
        case EROFS: code = ErrorCode::kReadOnly; break;
        case ENOSPC:
        case EDQUOT:
            code = ErrorCode::kNoSpace;
            advice = "; free some space and try again, what was committed before is safe";
            break;
        default: break;
    }
    return {code, path + ": cannot " + doing + ": " + std::generic_category().message(error_number) + advice};
}

Result<std::unique_ptr<PosixFile>> PosixFile::open_with(const std::string& path, int flags, unsigned mode) {
    const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, static_cast<mode_t>(mode));
    if (descriptor < 0) return fail(system_error(errno, path, (flags & O_CREAT) != 0 ? "create" : "open"));
    std::unique_ptr<PosixFile> file(new PosixFile(descriptor, path));
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return fail(system_error(errno, path, "look at"));
    if (!S_ISREG(status.st_mode)) {
        return fail(ErrorCode::kInvalidArgument, path + ": is not a regular file; a store is one file");
    }
    return file;
}

Result<std::unique_ptr<PosixFile>> PosixFile::open_read(const std::string& path) {
    return open_with(path, O_RDONLY | O_NONBLOCK);
}
Result<std::unique_ptr<PosixFile>> PosixFile::open_write(const std::string& path) {
    return open_with(path, O_RDWR | O_NONBLOCK);
}
Result<std::unique_ptr<PosixFile>> PosixFile::create_new(const std::string& path) {
    return open_with(path, O_RDWR | O_CREAT | O_EXCL, 0666);
}
Result<std::unique_ptr<PosixFile>> PosixFile::create_private(const std::string& path) {
    return open_with(path, O_RDWR | O_CREAT | O_EXCL, 0600);
}

PosixFile::~PosixFile() {
    // A mapping keeps the open file, and its lock with it, beyond the descriptor.
    if (locked_) ::flock(descriptor_, LOCK_UN);
    ::close(descriptor_);
}

Result<uint64_t> PosixFile::size() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return fail(system_error(errno, path_, "ask for the size"));
    return static_cast<uint64_t>(status.st_size);
}

Result<size_t> PosixFile::read_at(uint64_t offset, MutableBytes out) const {
    size_t done = 0;
    while (done < out.size()) {
        const ssize_t got =
            ::pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            return fail(system_error(errno, path_, "read at offset " + std::to_string(offset + done)));
        if (got == 0) break;
        done += static_cast<size_t>(got);
    }
    return done;
}

Status PosixFile::write_at(uint64_t offset, ByteView bytes) {
    size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t put = ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done,
                                     static_cast<off_t>(offset + done));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0)
            return fail(system_error(errno, path_, "write at offset " + std::to_string(offset + done)));
        if (put == 0)
            return fail(system_error(ENOSPC, path_, "write at offset " + std::to_string(offset + done)));
        done += static_cast<size_t>(put);
    }
    return {};
}

Status PosixFile::truncate(uint64_t size) {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
        return fail(system_error(errno, path_, "cut to " + std::to_string(size) + " bytes"));
    }
    return {};
}

Status PosixFile::sync() {
    if (::fdatasync(descriptor_) != 0) return fail(system_error(errno, path_, "sync"));
    return {};
}

Result<Mapping> PosixFile::map(uint64_t length) const {
    if (length == 0) return Mapping();
    const std::lock_guard lock(range_mutex_);
    if (!range_ || range_->size() < length || range_->was_cut()) {
        range_ = MappedRange::map(descriptor_, length);
        if (!range_) return fail(system_error(errno, path_, "map " + std::to_string(length) + " bytes"));
    }
    return MappedRange::view(range_, length);
}

namespace {

Error no_locks(const std::string& path) {
    return {ErrorCode::kUnsupported,
            path +
                ": is on a file system without working locks, where two writers could "
                "destroy a store; copy it to a local disk and write to it there"};
}

}  // namespace

Result<bool> PosixFile::try_lock() {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        switch (errno) {
            case EWOULDBLOCK: return false;
            case ENOLCK:
            case ENOSYS:
            case EOPNOTSUPP:
            case EINVAL: return fail(no_locks(path_));
            default: return fail(system_error(errno, path_, "lock"));
        }
    }
    locked_ = true;
    if (lock_excludes()) return true;
    ::flock(descriptor_, LOCK_UN);
    locked_ = false;
    return fail(no_locks(path_));
}

/// Some file systems grant every lock: the one just taken must keep a second handle out.
bool PosixFile::lock_excludes() const {
    const std::string self = "/proc/self/fd/" + std::to_string(descriptor_);
    const int second = ::open(self.c_str(), O_RDONLY | O_CLOEXEC);
    if (second < 0) return true;  // nothing to try it with
    const bool excluded = ::flock(second, LOCK_EX | LOCK_NB) != 0;
    ::close(second);
    return excluded;
}

std::string_view incoherent_file_system(uint64_t type) {
    switch (type & 0xFFFFFFFFU) {
        case 0x6969: return "NFS";
        case 0x517B:
        case 0xFF534D42:
        case 0xFE534D42: return "SMB";
        case 0x5346414F:
        case 0x6B414653: return "AFS";
        case 0x73757245: return "Coda";
        default: return {};
    }
}

Status PosixFile::check_lock_reaches_all() const {
    struct statfs status {};
    if (::fstatfs(descriptor_, &status) != 0) {
        return fail(system_error(errno, path_, "ask for the file system"));
    }
    const std::string_view name = incoherent_file_system(static_cast<uint64_t>(status.f_type));
    if (name.empty()) return {};
    return fail(ErrorCode::kUnsupported,
                path_ + ": is on a network file system (" + std::string(name) +
                    "), on which writers of two machines could destroy a store; reading works, to write copy "
                    "it to a local disk");
}

std::optional<LockHolder> PosixFile::lock_holder() const {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return std::nullopt;
    char device[64];
    std::snprintf(device, sizeof device, "%02x:%02x:%llu", major(status.st_dev), minor(status.st_dev),
                  static_cast<unsigned long long>(status.st_ino));
    // "1: FLOCK  ADVISORY  WRITE 4242 fe:00:131 0 EOF"
    std::ifstream locks("/proc/locks");
    std::string line;
    while (std::getline(locks, line)) {
        std::istringstream words(line);
        std::string number, kind, advisory, access, process_id, place;
        words >> number >> kind >> advisory >> access >> process_id >> place;
        if (kind != "FLOCK" || place != device) continue;
        LockHolder holder;
        holder.process_id = std::strtoll(process_id.c_str(), nullptr, 10);
        if (holder.process_id > 0) holder.command = command_of(holder.process_id);
        return holder;
    }
    return std::nullopt;
}

Result<bool> PosixFile::is_at_path() const {
    struct stat here {};
    struct stat there {};
    if (::fstat(descriptor_, &here) != 0) return fail(system_error(errno, path_, "look at"));
    if (::stat(path_.c_str(), &there) != 0) {
        if (errno == ENOENT) return false;
        return fail(system_error(errno, path_, "look at"));
    }
    return here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

Status remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail(system_error(errno, path, "remove"));
    return {};
}

bool file_exists(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0;
}

}  // namespace reel
