#include "ingest/text_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <unordered_set>

#include "base/posix_file.h"
#include "base/utf8.h"

namespace reel {

namespace {

namespace fs = std::filesystem;

struct Ending {
    std::string_view ending;
    TextKind kind;
};
constexpr std::array kEndings{
    Ending{".txt", TextKind::kText},          Ending{".text", TextKind::kText},
    Ending{".rst", TextKind::kText},          Ending{".md", TextKind::kMarkdown},
    Ending{".markdown", TextKind::kMarkdown}, Ending{".html", TextKind::kHtml},
    Ending{".htm", TextKind::kHtml},          Ending{".xhtml", TextKind::kHtml},
};

/// The path without empty and "." components.
std::string normal_id(std::string_view path) {
    std::string id = path.starts_with('/') ? "/" : "";
    while (!path.empty()) {
        const size_t slash = std::min(path.find('/'), path.size());
        const std::string_view part = path.substr(0, slash);
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (part.empty() || part == ".") continue;
        if (!id.empty() && id.back() != '/') id += '/';
        id += part;
    }
    return id;
}

class Walk {
public:
    explicit Walk(const ProblemHandler& report) : report_(report) {}

    void take_named(const std::string& path) {
        std::error_code error;
        const fs::file_status status = fs::status(path, error);  // follows links
        if (error || status.type() == fs::file_type::not_found) {
            return problem(path, system_error(error ? error.value() : ENOENT, path, "open"));
        }
        if (fs::is_directory(status)) return walk_folder(path);
        take_file(path);
    }

    std::vector<TextFile> files;

private:
    /// Everything below a folder, depth first, without recursion: `todo` holds what is still to come, next
    /// last.
    void walk_folder(const std::string& root) {
        std::vector<fs::path> todo{root};
        while (!todo.empty()) {
            const fs::path path = std::move(todo.back());
            todo.pop_back();
            if (path != fs::path(root)) {
                std::error_code error;
                const fs::file_status status = fs::symlink_status(path, error);
                if (error) {
                    problem(path, system_error(error.value(), path, "look at"));
                    continue;
                }
                if (!fs::is_directory(status)) {
                    take_found(path, status);
                    continue;
                }
            }
            list_folder(path, todo);
        }
    }

    void list_folder(const fs::path& folder, std::vector<fs::path>& todo) {
        std::vector<fs::path> entries;
        std::error_code error;
        for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
            if (!at->path().filename().string().starts_with('.')) entries.push_back(at->path());
        }
        if (error) problem(folder, system_error(error.value(), folder, "list the folder"));
        std::sort(entries.begin(), entries.end(),
                  [](const fs::path& a, const fs::path& b) { return a.native() > b.native(); });
        std::move(entries.begin(), entries.end(), std::back_inserter(todo));
    }

    void take_found(const fs::path& path, const fs::file_status& status) {
        if (!find_text_kind(path.native())) return;
        if (fs::is_symlink(status)) {
            return note(path, "is a symbolic link inside a folder and not followed; name it to have it read");
        }
        if (!fs::is_regular_file(status)) return note(path, "is not a regular file");
        take_file(path);
    }

    void take_file(const fs::path& path) {
        TextFile file{path.string(), normal_id(path.string()),
                      find_text_kind(path.native()).value_or(TextKind::kText)};
        if (find_invalid_utf8(file.id)) {
            return problem(path, {ErrorCode::kInvalidArgument,
                                  file.path + ": its name is not UTF-8 and cannot become an id; rename it"});
        }
        if (seen_.insert(file.id).second) files.push_back(std::move(file));
    }

    void problem(const fs::path& path, Error error) { report_({path.string(), std::move(error), false}); }
    void note(const fs::path& path, const std::string& reason) {
        report_({path.string(), {ErrorCode::kUnsupported, path.string() + ": " + reason}, true});
    }

    const ProblemHandler& report_;
    std::unordered_set<std::string> seen_;
};

}  // namespace

std::optional<TextKind> find_text_kind(std::string_view path) {
    std::string have = fs::path(path).extension().string();
    for (char& c : have) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    const auto found = std::find_if(kEndings.begin(), kEndings.end(),
                                    [&](const Ending& known) { return known.ending == have; });
    if (found == kEndings.end()) return std::nullopt;
    return found->kind;
}

std::vector<TextFile> list_text_files(std::span<const std::string> paths, const ProblemHandler& report) {
    Walk walk(report);
    for (const std::string& path : paths) walk.take_named(path);
    return std::move(walk.files);
}

}  // namespace reel
