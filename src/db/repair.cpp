// Repair of a file at a path, into a file at another.
#include "reel/repair.h"

#include "base/posix_file.h"
#include "base/posix_folder.h"
#include "base/try.h"
#include "store/repair.h"
#include "vector/check_vector.h"

namespace reel {

Result<RepairReport> repair(const std::string& broken_path, const std::string& new_path,
                            const RepairOptions& options) {
    REEL_ASSIGN(const auto broken, PosixFile::open_read(broken_path));
    const FolderAndName place = split_path(new_path);
    PosixFolder folder(place.folder);
    if (folder.exists(place.name)) {
        return fail(ErrorCode::kAlreadyExists,
                    new_path + ": exists already; a repair writes a new file, so choose another path");
    }
    remove_left_overs(folder, place.name);
    REEL_ASSIGN(const std::string temporary, temporary_name(place.name));
    const auto make_target = [&](const StoreConfig& config,
                                 const ChainOrigin& origin) -> Result<std::unique_ptr<Writer>> {
        REEL_ASSIGN(auto file, folder.create_new(temporary));
        REEL_TRY(file->try_lock());
        return Writer::create_on(std::move(file), config, origin);
    };
    const auto make = [&]() -> Result<RepairReport> {
        REEL_ASSIGN(RepairReport report, repair_file(*broken, options, check_vector, make_target));
        REEL_TRY(folder.link_new(temporary, place.name));
        REEL_TRY(folder.sync());
        return report;
    };
    auto report = make();
    if (!report) (void)folder.remove(temporary);
    return report;
}

}  // namespace reel
