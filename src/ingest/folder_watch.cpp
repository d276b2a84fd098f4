#include "ingest/folder_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/posix_file.h"
#include "base/try.h"
#include "ingest/text_files.h"

namespace reel {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto kQuiet = milliseconds(200);
constexpr auto kLongest = milliseconds(2000);

constexpr uint32_t kEvents = IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                             IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

Error watch_error(int number, const std::string& folder) {
    if (number == ENOSPC || number == EMFILE) {
        return {
            ErrorCode::kLimit,
            folder +
                ": the system allows no more folders to be watched; raise fs.inotify.max_user_watches "
                "or fs.inotify.max_user_instances (sysctl), or run 'reel sync' without --watch now and then"};
    }
    return system_error(number, folder, "watch");
}

}  // namespace

Result<std::unique_ptr<FolderWatch>> FolderWatch::open(const std::string& folder) {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) return fail(watch_error(errno, folder));
    std::unique_ptr<FolderWatch> watch(new FolderWatch(descriptor, folder));
    REEL_TRY(watch->watch_folders());
    return watch;
}

FolderWatch::~FolderWatch() { ::close(descriptor_); }

Status FolderWatch::add(const std::string& folder, std::set<int>& seen) {
    const bool is_root = folder == folder_;
    // A folder that is watched already gives the same number again.
    const int watch =
        ::inotify_add_watch(descriptor_, folder.c_str(), kEvents | (is_root ? 0U : IN_DONT_FOLLOW));
    if (watch >= 0) {
        if (is_root) root_ = watch;
        seen.insert(watch);
        return {};
    }
    // One that vanished or cannot be read is the business of whoever lists the folder.
    if (!is_root && errno != ENOSPC && errno != ENOMEM) return {};
    return fail(watch_error(errno, folder));
}

Status FolderWatch::watch_folders() {
    std::set<int> seen;
    std::vector<fs::path> todo{folder_};
    while (!todo.empty()) {
        const fs::path folder = std::move(todo.back());
        todo.pop_back();
        // Watched first and listed then: what is made in between is seen twice rather than never.
        REEL_TRY(add(folder.string(), seen));
        std::error_code error;
        for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
            std::error_code ignored;
            const bool hidden = at->path().filename().string().starts_with('.');
            if (!hidden && fs::is_directory(at->symlink_status(ignored))) todo.push_back(at->path());
        }
    }
    for (const int watch : watches_) {
        // Of a folder that was moved away; of a deleted one the system has taken it back already.
        if (seen.count(watch) == 0) (void)::inotify_rm_watch(descriptor_, watch);
    }
    watches_ = std::move(seen);
    return {};
}

Result<bool> FolderWatch::poll(milliseconds patience, const std::atomic<bool>& cancel) const {
    // A signal between the look at `cancel` and the poll would be slept over: hence short naps.
    constexpr auto kNap = milliseconds(250);
    const auto until = Clock::now() + patience;
    while (true) {
        if (cancel.load()) return fail(ErrorCode::kInterrupted, "interrupted");
        const auto left = std::chrono::ceil<milliseconds>(until - Clock::now());
        struct pollfd wanted = {descriptor_, POLLIN, 0};
        const int ready =
            ::poll(&wanted, 1, static_cast<int>(std::clamp(left, milliseconds(0), kNap).count()));
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return fail(system_error(errno, folder_, "watch"));
        if (left <= milliseconds(0)) return false;
    }
}

Result<FolderWatch::News> FolderWatch::read_events() {
    alignas(struct inotify_event) std::array<char, 64 * 1024> buffer;
    News news = News::kNone;
    bool folders_changed = false;
    while (true) {
        const ssize_t got = ::read(descriptor_, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;  // EAGAIN: all was read
        for (size_t at = 0; at < static_cast<size_t>(got);) {
            struct inotify_event event = {};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const std::string name = event.len > 0 ? buffer.data() + at + sizeof event : "";
            at += sizeof event + event.len;
            if (event.wd == root_ && (event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) {
                return News::kGone;
            }
            const bool folder = (event.mask & (IN_ISDIR | IN_Q_OVERFLOW)) != 0;
            if ((event.mask & IN_IGNORED) != 0 || name.starts_with('.')) continue;
            // The store may lie in the folder itself: its own writes are no news.
            if (!folder && !find_text_kind(name)) continue;
            folders_changed = folders_changed || folder;
            news = News::kChanged;
        }
    }
    if (folders_changed) REEL_TRY(watch_folders());
    return news;
}

Result<FolderWatch::News> FolderWatch::wait(milliseconds patience, const std::atomic<bool>& cancel) {
    const auto until = Clock::now() + patience;
    std::optional<Clock::time_point> first;
    auto next = patience;
    while (true) {
        REEL_ASSIGN(const bool something, poll(next, cancel));
        if (something) {
            REEL_ASSIGN(const News news, read_events());
            if (news == News::kGone) return news;
            if (news == News::kChanged && !first) first = Clock::now();
        } else if (first) {
            return News::kChanged;
        }
        const auto now = Clock::now();
        if (first && now - *first >= kLongest) return News::kChanged;
        if (!first && now >= until) return News::kNone;
        next = first ? kQuiet : std::chrono::ceil<milliseconds>(until - now);
    }
}

}  // namespace reel
