// How a writer gets its file: created whole or not at all, or locked.
#include <thread>

#include "base/posix_folder.h"
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

/// The file `name`, locked, and still the one of that name: a compact may have renamed a new one
/// there while this one waited.
Result<std::unique_ptr<File>> open_locked(Folder& folder, const std::string& name,
                                          std::chrono::milliseconds wait) {
    const auto deadline = Clock::now() + wait;
    while (true) {
        REEL_ASSIGN(auto file, folder.open_write(name));
        REEL_TRY(file->check_lock_reaches_all());
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
    const FolderAndName place = split_path(path);
    PosixFolder folder(place.folder);
    return create_in(folder, place.name, config);
}

Result<std::unique_ptr<Writer>> Writer::create_in(Folder& folder, const std::string& name,
                                                  const StoreConfig& config) {
    REEL_TRY(check_config(config));
    if (folder.exists(name)) {
        return fail(ErrorCode::kAlreadyExists,
                    folder.path_of(name) + ": exists already; choose another path or open it");
    }
    remove_left_overs(folder, name);
    REEL_ASSIGN(const std::string temporary, temporary_name(name));
    REEL_ASSIGN(auto owned, folder.create_new(temporary));
    File* file = owned.get();
    const auto finish = [&]() -> Result<std::unique_ptr<Writer>> {
        REEL_TRY(file->check_lock_reaches_all());
        REEL_ASSIGN(const bool got, file->try_lock());
        if (!got) return fail(locked(*file));
        REEL_ASSIGN(auto writer, create_on(std::move(owned), config));
        REEL_TRY(folder.link_new(temporary, name));
        REEL_TRY(folder.sync());
        file->set_path(folder.path_of(name));
        return writer;
    };
    auto writer = finish();
    if (!writer) (void)folder.remove(temporary);
    return writer;
}

Result<std::unique_ptr<Writer>> Writer::open(const std::string& path, std::chrono::milliseconds lock_wait) {
    const FolderAndName place = resolve_path(path);
    PosixFolder folder(place.folder);
    return open_in(folder, place.name, lock_wait);
}

Result<std::unique_ptr<Writer>> Writer::open_in(Folder& folder, const std::string& name,
                                                std::chrono::milliseconds lock_wait) {
    REEL_ASSIGN(auto file, open_locked(folder, name, lock_wait));
    remove_left_overs(folder, name);
    // The one that put the file in its place may have died before its sync of the folder.
    REEL_TRY(folder.sync());
    return open_on(std::move(file));
}

}  // namespace reel
