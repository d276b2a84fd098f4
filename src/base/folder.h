// The names in one folder: with File the one door to the disk, so that tests can stand behind what
// creates and replaces files as well.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "reel/error.h"

namespace reel {

/// Each change of names happens at once or not at all, and outlives a power cut only after sync().
class Folder {
public:
    Folder() = default;
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    virtual ~Folder() = default;

    /// A new, empty file open for reading and writing; kAlreadyExists if the name is taken.
    virtual Result<std::unique_ptr<File>> create_new(const std::string& name) = 0;

    /// The same, readable by its owner alone until rename_over() gives it other permissions.
    virtual Result<std::unique_ptr<File>> create_private(const std::string& name) = 0;

    /// kNotFound, kReadOnly (no permission), kIo.
    virtual Result<std::unique_ptr<File>> open_write(const std::string& name) = 0;
    virtual Result<std::unique_ptr<File>> open_read(const std::string& name) = 0;

    /// Whether the name is taken, if only by a link that leads nowhere.
    [[nodiscard]] virtual bool exists(const std::string& name) const = 0;

    /// Gives the file `from` the name `to` in place of its own; kAlreadyExists if `to` is taken:
    /// nothing is replaced. After a crash the file may have both names.
    virtual Status link_new(const std::string& from, const std::string& to) = 0;

    /// Puts the file `from` in the place of `to`, with the permissions of the one that was there.
    virtual Status rename_over(const std::string& from, const std::string& to) = 0;

    /// A missing file is no error.
    virtual Status remove(const std::string& name) = 0;

    /// Returns once the names would survive a power cut as they are.
    virtual Status sync() = 0;

    [[nodiscard]] virtual Result<std::vector<std::string>> list() const = 0;

    /// For messages and for what is saved beside a file.
    [[nodiscard]] virtual std::string path_of(const std::string& name) const = 0;
};

/// A name for a file that becomes `name` when it is whole: NAME.new-RANDOM, where RANDOM is 16
/// hexadecimal digits.
Result<std::string> temporary_name(const std::string& name);

/// Removes files with such a name that no process holds the lock of: what a killed one left.
void remove_left_overs(Folder& folder, const std::string& name);

}  // namespace reel
