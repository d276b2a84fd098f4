#include "ingest/sync_folder.h"

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

#include "base/checksum.h"
#include "base/posix_file.h"
#include "base/try.h"
#include "base/utf8.h"
#include "ingest/input.h"
#include "ingest/read_all.h"

namespace reel {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kSecond = 1'000'000'000;

/// Nothing new for a file that is not there, or is no regular file any more.
Result<std::optional<FileStamp>> stat_file(const std::string& path) {
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::optional<FileStamp>();
        return fail(system_error(errno, path, "look at"));
    }
    if (!S_ISREG(status.st_mode)) return std::optional<FileStamp>();
    FileStamp stamp;
    stamp.mtime_ns = int64_t{status.st_mtim.tv_sec} * kSecond + status.st_mtim.tv_nsec;
    stamp.bytes = static_cast<uint64_t>(status.st_size);
    return std::optional<FileStamp>(std::move(stamp));
}

/// Two writes within one tick of the clock leave the same time: what was read between them would never be
/// read again. Ticks of Linux are at most ten milliseconds.
void wait_for_next_tick(int64_t mtime_ns) {
    constexpr int64_t kTwoTicks = 20'000'000;
    struct timespec now = {};
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t age = int64_t{now.tv_sec} * kSecond + now.tv_nsec - mtime_ns;
    if (age < 0 || age >= kTwoTicks) return;
    std::this_thread::sleep_for(std::chrono::nanoseconds(kTwoTicks - age));
}

std::string without_trailing_slashes(std::string folder) {
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    return folder;
}

/// The part of `path` behind the folder.
std::string relative_path(const std::string& folder, const std::string& path) {
    const size_t skipped = folder.size() + (folder.ends_with('/') ? 0 : 1);
    return path.size() > skipped ? path.substr(skipped) : "";
}

}  // namespace

std::string folder_base_name(const std::string& folder) {
    std::error_code error;
    const fs::path whole = fs::absolute(folder, error).lexically_normal();
    return error ? "" : fs::path(without_trailing_slashes(whole.string())).filename().string();
}

Status check_sync_name(std::string_view name) {
    const bool bad = std::any_of(name.begin(), name.end(), [](char c) {
        return c == '/' || static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
    });
    if (name.empty() || bad || find_invalid_utf8(name)) {
        return fail(ErrorCode::kInvalidArgument,
                    "a synced folder needs a name that is UTF-8 without \"/\" and control characters, as ids "
                    "begin with it; give it one with --name");
    }
    return {};
}

std::string path_in_folder(const std::string& folder, const std::string& path) {
    return folder + (folder.ends_with('/') ? "" : "/") + path;
}

Result<FolderListing> list_sync_folder(const std::string& folder, const ProblemHandler& report) {
    const std::string root = without_trailing_slashes(folder);
    std::error_code error;
    const fs::file_status status = fs::status(root, error);
    if (status.type() == fs::file_type::not_found) return fail(system_error(ENOENT, root, "open"));
    if (error) return fail(system_error(error.value(), root, "look at"));
    if (!fs::is_directory(status)) {
        return fail(ErrorCode::kInvalidArgument, root + ": is no folder; 'reel add' takes single files");
    }
    FolderListing listing;
    const auto problem = [&](const Problem& found) {
        if (!found.is_note && found.error.code == ErrorCode::kNotFound && found.path != root) return;
        if (!found.is_note) listing.unreadable.push_back(relative_path(root, found.path));
        report(found);
    };
    for (TextFile& file : list_text_files(std::span(&root, 1), problem)) {
        auto stamp = stat_file(file.path);
        if (!stamp) {
            problem({file.path, std::move(stamp).error(), false});
        } else if (*stamp) {
            listing.files.push_back(
                {relative_path(root, file.path), file.kind, (*stamp)->mtime_ns, (*stamp)->bytes});
        }
    }
    return listing;
}

Result<StampedText> read_stamped(const std::string& path, TextKind kind) {
    REEL_ASSIGN(auto before, stat_file(path));
    if (!before) return fail(system_error(ENOENT, path, "open"));
    StampedText text;
    text.stamp = std::move(*before);
    wait_for_next_tick(text.stamp.mtime_ns);
    REEL_ASSIGN(const auto input, open_input(path));
    REEL_ASSIGN(std::string bytes, read_all(*input, kMaxTextFileBytes));
    text.stamp.sha256 = to_hex(sha256(as_bytes(bytes)));
    REEL_ASSIGN(text.document, parse_text(std::move(bytes), kind, path));
    return text;
}

Result<std::string> hash_file(const std::string& path, int64_t mtime_ns) {
    wait_for_next_tick(mtime_ns);
    REEL_ASSIGN(const auto input, open_input(path));
    Sha256 hash;
    std::array<char, 65536> piece{};
    while (true) {
        REEL_ASSIGN(const size_t count, input->read(piece));
        if (count == 0) return to_hex(hash.finish());
        hash.update(as_bytes(std::string_view(piece.data(), count)));
    }
}

}  // namespace reel
