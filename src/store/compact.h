// A store written anew without what is no longer needed.
#pragma once

#include <memory>
#include <string>

#include "base/folder.h"
#include "store/writer.h"

namespace reel {

/// Writes what `old`, which has nothing pending, holds into `file`, which is new and locked: with its
/// history every commit, with the same numbers, times and hashes; without, the live records as
/// one commit of a new chain that names the old head. Sealed and synced. kCorrupt where a
/// record or commit that is to be copied is damaged.
Result<std::unique_ptr<Writer>> copy_compacted(Writer& old, std::unique_ptr<File> file,
                                               KeepHistory keep_history);

struct Compacted {
    std::unique_ptr<Writer> writer;  ///< of the new file, which stands at `name`
    CompactReport report;
    /// Of the folder. If it failed, a power cut may bring the old file back, so nothing may be promised
    /// through `writer`.
    Status synced;
};

/// Compacts the store `name` of `folder`, whose writer is `old`: the new file is written
/// beside it, verified and synced, and only then takes its name. `old`'s lock is held throughout;
/// afterwards `old` is a writer of a file without a name and must be dropped.
Result<Compacted> compact_store(Folder& folder, const std::string& name, Writer& old,
                                KeepHistory keep_history);

}  // namespace reel
