// What a run of `reel sync` has to do: the files that a store knows held against those that are there.
// Nothing here reads a file or a store.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ingest/sync_mark.h"
#include "ingest/text_files.h"

namespace reel {

/// What a store holds of one file.
struct KnownFile {
    FileStamp stamp;
    std::vector<uint64_t> passages;  ///< ascending; 0: the whole text in one record
    bool complete = false;           ///< stamp and every passage are there
};

/// By path below the folder.
using KnownFiles = std::map<std::string, KnownFile, std::less<>>;

struct FoundFile {
    std::string path;  ///< below the folder
    TextKind kind = TextKind::kText;
    int64_t mtime_ns = 0;
    uint64_t bytes = 0;
};

struct FileChange {
    enum class Kind : uint8_t {
        kNew,
        kChanged,
        kTouched,  ///< another time, the same content: only the stamp is written anew
        kRenamed,  ///< the content of a file that is gone, under another path
        kDeleted,  ///< and its content is nowhere else
    };
    Kind kind = Kind::kNew;
    std::string path;
    /// The known file whose records become this one's, as its content is the same: nothing is embedded.
    /// Empty: the file is read. A new or changed file may have it too, if it is a copy of another.
    std::string from;
    FileStamp stamp;  ///< where `from` is given

    bool operator==(const FileChange&) const = default;
};

struct SyncPlan {
    std::vector<FileChange> changes;  ///< found files in their order, then deletions
    std::vector<std::string> gone;    ///< known files that are no longer there, deleted or renamed
    uint64_t unchanged = 0;
    uint64_t known = 0;  ///< files that the store knows
    uint64_t lost = 0;   ///< of these: neither there, nor elsewhere under another name, nor unreadable
};

/// The file's SHA-256 in hexadecimal. What it fails for is left as it is; the caller tells why.
using HashFile = std::function<Result<std::string>(const FoundFile&)>;

/// `found` without doubles. `unreadable`: paths of files and folders that could not be looked at;
/// what is known of them stays. Only files that could be a known one, by their size, are hashed.
/// kInterrupted of `hash` ends it.
Result<SyncPlan> plan_sync(const KnownFiles& known, const std::vector<FoundFile>& found,
                           const std::vector<std::string>& unreadable, const HashFile& hash);

}  // namespace reel
