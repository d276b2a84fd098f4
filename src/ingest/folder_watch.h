// Waiting until something changes below a folder, by inotify.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>

#include "reel/error.h"

namespace reel {

class FolderWatch {
public:
    enum class News : uint8_t {
        kNone,     ///< the time is over
        kChanged,  ///< a text file or a folder may be another, or events were lost
        kGone,     ///< the folder itself was deleted, moved or unmounted
    };

    /// Watches the folder and all below it, but for hidden ones and behind symbolic links, as
    /// list_text_files() goes. kNotFound, kLimit where the system allows no more watches.
    static Result<std::unique_ptr<FolderWatch>> open(const std::string& folder);

    FolderWatch(const FolderWatch&) = delete;
    FolderWatch& operator=(const FolderWatch&) = delete;
    ~FolderWatch();

    /// Returns once something has changed and nothing more has for a fifth of a second (or two seconds have
    /// passed), or after `patience`. Changes since open() or the last call count. kInterrupted soon after
    /// `cancel` is set.
    Result<News> wait(std::chrono::milliseconds patience, const std::atomic<bool>& cancel);

private:
    FolderWatch(int descriptor, std::string folder) : descriptor_(descriptor), folder_(std::move(folder)) {}

    /// Watches exactly the folders that are there now.
    Status watch_folders();
    Status add(const std::string& folder, std::set<int>& seen);
    /// True if there was something to read within `patience`.
    Result<bool> poll(std::chrono::milliseconds patience, const std::atomic<bool>& cancel) const;
    /// Reads what is there.
    Result<News> read_events();

    int descriptor_;
    std::string folder_;
    int root_ = -1;
    std::set<int> watches_;
};

}  // namespace reel
