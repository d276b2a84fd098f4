#include "base/posix_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/posix_file.h"
#include "base/try.h"

namespace reel {

namespace {

/// Owner, group and permission bits as those of `like`. Where the group cannot be given, the new
/// one gets no rights: it is not the one they were meant for.
Status take_permissions(const std::string& path, const struct stat& like) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) return fail(system_error(errno, path, "open"));
    mode_t mode = like.st_mode & 07777U;
    const bool kept_owner = ::fchown(descriptor, like.st_uid, like.st_gid) == 0;
    if (!kept_owner && ::fchown(descriptor, static_cast<uid_t>(-1), like.st_gid) != 0) {
        mode &= ~static_cast<mode_t>(S_IRWXG);
    }
    const int outcome = ::fchmod(descriptor, mode);
    const int error_number = errno;
    ::close(descriptor);
    if (outcome != 0) return fail(system_error(error_number, path, "set the permissions"));
    return {};
}

/// Moves a name unless the new one is taken; false with errno.
bool move_new(const std::string& from, const std::string& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
    // Not every file system has it.
    if (errno != EINVAL && errno != ENOSYS) return false;
    if (::link(from.c_str(), to.c_str()) != 0) return false;
    (void)::unlink(from.c_str());
    return true;
}

}  // namespace

Result<std::unique_ptr<File>> PosixFolder::create_new(const std::string& name) {
    return PosixFile::create_new(path_of(name));
}
Result<std::unique_ptr<File>> PosixFolder::create_private(const std::string& name) {
    return PosixFile::create_private(path_of(name));
}
Result<std::unique_ptr<File>> PosixFolder::open_write(const std::string& name) {
    return PosixFile::open_write(path_of(name));
}
Result<std::unique_ptr<File>> PosixFolder::open_read(const std::string& name) {
    return PosixFile::open_read(path_of(name));
}

bool PosixFolder::exists(const std::string& name) const {
    struct stat status {};
    return ::lstat(path_of(name).c_str(), &status) == 0;
}

Status PosixFolder::link_new(const std::string& from, const std::string& to) {
    if (move_new(path_of(from), path_of(to))) return {};
    if (errno == EEXIST) {
        return fail(ErrorCode::kAlreadyExists,
                    path_of(to) + ": exists already; choose another path or open it");
    }
    return fail(system_error(errno, path_of(to), "create"));
}

Status PosixFolder::rename_over(const std::string& from, const std::string& to) {
    struct stat old {};
    if (::lstat(path_of(to).c_str(), &old) == 0) {
        if (S_ISREG(old.st_mode)) REEL_TRY(take_permissions(path_of(from), old));
    } else if (errno != ENOENT) {
        return fail(system_error(errno, path_of(to), "look at"));
    }
    if (::rename(path_of(from).c_str(), path_of(to).c_str()) != 0) {
        return fail(system_error(errno, path_of(to), "replace"));
    }
    return {};
}

Status PosixFolder::remove(const std::string& name) { return remove_file(path_of(name)); }

Status PosixFolder::sync() {
    const std::string path = path_.empty() ? "." : path_;
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return fail(system_error(errno, path, "open"));
    const int outcome = ::fsync(descriptor);
    const int error_number = errno;
    ::close(descriptor);
    if (outcome != 0) return fail(system_error(error_number, path, "sync"));
    return {};
}

Result<std::vector<std::string>> PosixFolder::list() const {
    std::vector<std::string> names;
    std::error_code error;
    std::filesystem::directory_iterator entries(path_.empty() ? "." : path_, error);
    for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
        names.push_back(entries->path().filename().string());
    }
    if (error) return fail(system_error(error.value(), path_.empty() ? "." : path_, "list"));
    return names;
}

std::string PosixFolder::path_of(const std::string& name) const {
    if (path_.empty()) return name;
    return path_.back() == '/' ? path_ + name : path_ + "/" + name;
}

FolderAndName split_path(const std::string& path) {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return {"", path};
    return {path.substr(0, std::max<size_t>(slash, 1)), path.substr(slash + 1)};
}

FolderAndName resolve_path(const std::string& path) {
    std::error_code error;
    if (std::filesystem::is_symlink(path, error)) {
        const auto target = std::filesystem::canonical(path, error);
        if (!error) return split_path(target.string());
    }
    return split_path(path);
}

}  // namespace reel
