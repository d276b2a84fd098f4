// Opening for reading: no lock, nothing written.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/mapping_guard.h"
#include "store/snapshot.h"

namespace reel {

struct ReaderState {
    std::shared_ptr<const Snapshot> snapshot;
    IdentityBox identity;  ///< zero for files that are not of this format
    uint64_t durable_through = 0;
    bool has_trailer = false;
    std::vector<std::string> warnings;
};

/// The newest commit of `file`. A torn tail is passed over, a damaged one
/// makes a warning. kCorrupt if nothing can be trusted.
Result<ReaderState> open_reader(const File& file);

/// recover(), beside a writer at work: it may cut its trailer and put commits in its place during the walk,
/// which looks like damage and is believed only if it stays.
Result<Recovered> recover_settled(const File& file, const IdentityBox& identity, RecoverFor purpose);

/// The newest commit of what was recovered from `file`.
Result<ReaderState> show_recovered(const File& file, const Recovered& recovered);

/// What was read from `snapshot`, or kCorrupt if another program cut the file at `path` meanwhile: zeros
/// may stand in it, and an error that it is may be the consequence of those.
template <class T>
Result<T> unless_cut(const Snapshot& snapshot, const std::string& path, Result<T> read) {
    if (snapshot.was_cut()) return fail(was_cut_error(path));
    return read;
}

}  // namespace reel
