// The disk's side of `reel sync`: which files a folder holds, in which state, and what they say.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "ingest/sync_plan.h"
#include "ingest/text_files.h"

namespace reel {

/// The folder's own name, for ids: the last part of its absolute path; empty for "/".
std::string folder_base_name(const std::string& folder);

/// kInvalidArgument unless it is UTF-8 without "/" and control characters, and not empty.
Status check_sync_name(std::string_view name);

struct FolderListing {
    std::vector<FoundFile> files;
    std::vector<std::string> unreadable;  ///< files and folders below the folder; "": itself
};

/// The files that list_text_files() finds in `folder`, one stat each. Notes and problems go to
/// `report`; a file that vanishes meanwhile is none. kNotFound, kInvalidArgument if it is no folder.
Result<FolderListing> list_sync_folder(const std::string& folder, const ProblemHandler& report);

/// FOLDER/PATH
std::string path_in_folder(const std::string& folder, const std::string& path);

struct StampedText {
    FileStamp stamp;
    TextDocument document;
};

/// Reads a file and says in which state it was. The time is taken before the reading, so that a change
/// meanwhile shows in the next run; a file written so lately that the file system's clock may not have moved
/// on since is waited for (hundredths of a second). kNotFound if it vanished.
Result<StampedText> read_stamped(const std::string& path, TextKind kind);

/// The SHA-256 of the file's bytes, after the same wait, in pieces.
Result<std::string> hash_file(const std::string& path, int64_t mtime_ns);

}  // namespace reel
