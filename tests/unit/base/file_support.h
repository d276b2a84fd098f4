// A folder for the tests of files, and processes beside the test's own.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "base/bytes.h"

namespace reel {

/// A folder that is gone after the test.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "reel-base-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

inline void write_text(const std::string& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Another process: runs `work` to its end, then waits until this object is gone.
class OtherProcess {
public:
    explicit OtherProcess(const std::function<bool()>& work) {
        if (::pipe(ready_) != 0 || ::pipe(leave_) != 0) throw std::runtime_error("no pipe");
        id_ = ::fork();
        if (id_ == 0) {
            ::close(leave_[1]);
            const char worked = work() ? 'y' : 'n';
            char ignored = 0;
            const bool told = ::write(ready_[1], &worked, 1) == 1;
            [[maybe_unused]] const auto end = ::read(leave_[0], &ignored, 1);
            ::_exit(told ? 0 : 1);
        }
        ::close(ready_[1]);
        ::close(leave_[0]);
        char answer = 'n';
        worked_ = id_ > 0 && ::read(ready_[0], &answer, 1) == 1 && answer == 'y';
    }
    OtherProcess(const OtherProcess&) = delete;
    OtherProcess& operator=(const OtherProcess&) = delete;
    ~OtherProcess() {
        ::close(leave_[1]);
        ::close(ready_[0]);
        if (id_ > 0) ::waitpid(id_, nullptr, 0);
    }
    [[nodiscard]] bool worked() const { return worked_; }
    [[nodiscard]] pid_t id() const { return id_; }

private:
    int ready_[2] = {-1, -1};
    int leave_[2] = {-1, -1};
    pid_t id_ = -1;
    bool worked_ = false;
};

}  // namespace reel
