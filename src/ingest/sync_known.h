// What a store holds of a synced folder.
#pragma once

#include <functional>
#include <string>

#include "ingest/sync_plan.h"
#include "reel/database.h"

namespace reel {

/// The files whose records are marked with `name` and have the ids NAME/PATH or NAME/PATH#n. Reads every
/// record of the store once; `check` may end it.
Result<KnownFiles> read_known_files(const Database& database, const std::string& name,
                                    const std::function<Status()>& check);

}  // namespace reel
