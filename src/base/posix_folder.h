// Folder on a directory of the file system.
#pragma once

#include <string>

#include "base/folder.h"

namespace reel {

class PosixFolder final : public Folder {
public:
    /// "": the current folder.
    explicit PosixFolder(std::string path) : path_(std::move(path)) {}

    Result<std::unique_ptr<File>> create_new(const std::string& name) override;
    Result<std::unique_ptr<File>> create_private(const std::string& name) override;
    Result<std::unique_ptr<File>> open_write(const std::string& name) override;
    Result<std::unique_ptr<File>> open_read(const std::string& name) override;
    [[nodiscard]] bool exists(const std::string& name) const override;
    Status link_new(const std::string& from, const std::string& to) override;
    Status rename_over(const std::string& from, const std::string& to) override;
    Status remove(const std::string& name) override;
    Status sync() override;
    [[nodiscard]] Result<std::vector<std::string>> list() const override;
    [[nodiscard]] std::string path_of(const std::string& name) const override;

private:
    std::string path_;
};

/// A path taken apart: its folder and the name in it.
struct FolderAndName {
    std::string folder;  ///< for PosixFolder
    std::string name;
};
FolderAndName split_path(const std::string& path);

/// The same for the file that `path` leads to where it names a symbolic link: what replaces that
/// file must stand beside it, and not in the link's place.
FolderAndName resolve_path(const std::string& path);

}  // namespace reel
