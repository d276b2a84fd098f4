// Files and folders of text: which are read, under which ids, as what.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reel/error.h"

namespace reel {

/// The largest file of text that is read.
inline constexpr uint64_t kMaxTextFileBytes = uint64_t{256} << 20;

enum class TextKind : uint8_t { kText, kMarkdown, kHtml };

/// A file to be read. `id` is the path as given, without "./" and doubled or trailing slashes,
/// so that a second run from the same place finds its records again.
struct TextFile {
    std::string path;
    std::string id;
    TextKind kind = TextKind::kText;
};

/// By the ending of a file's name, in any case; nothing for files that are not read inside folders.
std::optional<TextKind> find_text_kind(std::string_view path);

/// Something that was left out, and why.
struct Problem {
    std::string path;
    Error error;
    bool is_note = false;  ///< nothing went wrong: a symbolic link or a device inside a folder, an empty file
};
using ProblemHandler = std::function<void(const Problem&)>;

/// The files behind `paths`, in the order of `paths`, inside a folder by name
/// (bytes); a file that is reached twice comes once.
/// A file or symbolic link that is named is taken whatever it is called. Inside
/// folders: only .txt .text .md .markdown .rst .html .htm .xhtml (in any case),
/// recursively; hidden files and folders are left out silently, symbolic links (as
/// git and ripgrep do) and what is no regular file with a note.
std::vector<TextFile> list_text_files(std::span<const std::string> paths, const ProblemHandler& report);

/// What a file says.
struct TextDocument {
    std::string text;   ///< UTF-8 without byte order mark, lines end in "\n"
    std::string title;  ///< of HTML its title, of Markdown its first heading; may be empty
};

/// kInvalidArgument for what is not text: NUL bytes, not UTF-8 (the line and
/// byte are named; HTML is converted from the charset it declares); kLimit
/// beyond kMaxTextFileBytes; kUnsupported where this build has no HTML module.
Result<TextDocument> read_text_file(const TextFile& file);

/// The same for bytes; `name` is for messages.
Result<TextDocument> parse_text(std::string bytes, TextKind kind, const std::string& name);

/// What a file's records know of it: {"source": id, "title": ...} and then
/// the user's members (`metadata`: empty or an object), which replace ours of the same name.
Result<std::string> file_metadata(const TextFile& file, const TextDocument& document,
                                  std::string_view metadata);

}  // namespace reel
