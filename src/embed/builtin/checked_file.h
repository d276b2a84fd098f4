// Files that must be exactly the ones expected, by SHA-256.
#pragma once

#include <string>
#include <string_view>

#include "base/mapping.h"
#include "reel/error.h"

namespace reel::builtin {

enum class Stamp : uint8_t { kNone, kRemember };

/// Maps the file at `path` if its SHA-256 is `expected` (64 hexadecimal
/// digits); kNotFound, kCorrupt.
///
/// Hashing 90 MB takes some 50 ms. With kRemember a file found right is noted in
/// `path`.verified (hash, size, inode, device, times of last change), and while
/// all of those stay the same it is not read again. No process can set the time
/// of the last status change (ctime) backwards, so any later write, replacement
/// or touch is noticed. A file changed less than two seconds ago is not noted,
/// and a note in a folder that cannot be written is done without. The note
/// guards against accidents, not against somebody who may write in the folder.
Result<Mapping> map_checked_file(const std::string& path, std::string_view expected, Stamp stamp);

}  // namespace reel::builtin
