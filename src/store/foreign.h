// Files that are not of this format: the prototype's, and movies whose
// identity is gone.
#pragma once

#include "base/file.h"
#include "store/snapshot.h"

namespace reel {

/// Finds records by the trailing oidx (each entry checked), else by the tables
/// of a plain movie, else by walking over record boxes at top level and inside
/// mdats. kCorrupt, naming repair, if the file has a commit or seal record (it
/// is a store whose identity is damaged); kInvalidArgument if it has no records.
/// The configuration is the prototype's: metric l2, and its model where the dimension fits.
Result<SnapshotParts> open_foreign(const File& file);

/// What the prototype's stores of that dimension were made with: they do not say.
StoreConfig prototype_config(uint32_t dimension);

}  // namespace reel
