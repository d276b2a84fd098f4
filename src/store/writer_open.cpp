// How a writer gets its file: created whole or not at all, or locked.
#include <thread>

#include "base/posix_file.h"
#include "base/try.h"
#include "store/configuration.h"
#include "store/writer.h"

namespace reel {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLockPoll{10};

Error locked(const File& file) {
    std::string holder = "another process";
    if (const auto found = file.lock_holder(); found && found->process_id > 0) {
        holder = "process " + std::to_string(found->process_id);
        if (!found->command.empty()) holder += " (" + found->command + ")";
    }
    return {ErrorCode::kLocked,
            file.path() + ": " + holder + " is writing to it; wait for it to end, or read without writing"};
}

/// The file at `path`, locked, and still the one at that path: a compact may
/// have renamed a new one there while this one waited.
Result<std::unique_ptr<PosixFile>> open_locked(const std::string& path, std::chrono::milliseconds wait) {
    const auto deadline = Clock::now() + wait;
    while (true) {
        REEL_ASSIGN(auto file, PosixFile::open_write(path));
        while (true) {
            REEL_ASSIGN(const bool got, file->try_lock());
            if (got) break;
            if (Clock::now() >= deadline) return fail(locked(*file));
            std::this_thread::sleep_for(kLockPoll);
        }
        REEL_ASSIGN(const bool same, file->is_at_path());
        if (same) return file;
    }
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::create(const std::string& path, const StoreConfig& config) {
    REEL_TRY(check_config(config));
    if (file_exists(path)) {
        return fail(ErrorCode::kAlreadyExists, path + ": exists already; choose another path or open it");
    }
    remove_left_overs(path);
    REEL_ASSIGN(const std::string temporary, temporary_name(path));
    REEL_ASSIGN(auto file, PosixFile::create_new(temporary));
    PosixFile* posix = file.get();
    const auto finish = [&]() -> Result<std::unique_ptr<Writer>> {
        REEL_ASSIGN(const bool got, posix->try_lock());
        if (!got) return fail(locked(*posix));
        REEL_ASSIGN(auto writer, create_on(std::move(file), config));
        REEL_TRY(link_new(temporary, path));
        posix->set_path(path);
        return writer;
    };
    auto writer = finish();
    if (!writer) (void)remove_file(temporary);
    return writer;
}

Result<std::unique_ptr<Writer>> Writer::open(const std::string& path, std::chrono::milliseconds lock_wait) {
    REEL_ASSIGN(auto file, open_locked(path, lock_wait));
    remove_left_overs(path);
    return open_on(std::move(file));
}

}  // namespace reel
