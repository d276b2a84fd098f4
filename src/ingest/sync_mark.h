// What a record of a synced file knows of the file: the member "sync" of its metadata.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reel/error.h"

namespace reel {

/// A file's state when it was read: what tells an unchanged file without reading it.
struct FileStamp {
    int64_t mtime_ns = 0;  ///< nanoseconds since 1970, before the file was read
    uint64_t bytes = 0;
    std::string sha256;  ///< of the file's bytes, 64 hexadecimal digits

    bool operator==(const FileStamp&) const = default;
};

/// {"name": ..., "path": ..., "mtime_ns": ..., "bytes": ..., "sha256": ...}. The last three stand in the
/// first record of a file only, so that a file that was touched costs one record, however many it has.
struct SyncMark {
    std::string name;  ///< of the synced folder
    std::string path;  ///< of the file below it
    std::optional<FileStamp> stamp;

    bool operator==(const SyncMark&) const = default;
};

/// Nothing if the metadata has no member "sync" of this form.
std::optional<SyncMark> find_sync_mark(std::string_view metadata);

/// The object as text.
std::string sync_mark_json(const SyncMark& mark);

/// `metadata` with another mark, and with `source` in place of its "source"; every other member
/// stays as it is written. kInvalidArgument if it is no object.
Result<std::string> relabel_metadata(std::string_view metadata, const SyncMark& mark,
                                     std::string_view source);

}  // namespace reel
