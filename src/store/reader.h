// Opening for reading: no lock, nothing written.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
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

}  // namespace reel
