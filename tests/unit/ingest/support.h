// What the tests of this folder share.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "ingest/import_source.h"
#include "ingest/input.h"

namespace reel {

/// A folder that is gone after the test.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "reel-ingest-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    [[nodiscard]] const std::string& path() const { return path_; }

    /// Returns the new file's path.
    std::string write(const std::string& name, const std::string& content) const {
        const std::string path = *this / name;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

private:
    std::string path_;
};

/// Hands out one byte at a time, as a slow pipe may.
class TricklingInput final : public Input {
public:
    explicit TricklingInput(std::string_view bytes) : bytes_(bytes) {}
    Result<size_t> read(std::span<char> out) override {
        if (at_ == bytes_.size()) return 0;
        out[0] = bytes_[at_++];
        return 1;
    }
    [[nodiscard]] const std::string& name() const override { return name_; }
    [[nodiscard]] std::optional<uint64_t> total() const override { return std::nullopt; }

private:
    std::string_view bytes_;
    std::string name_ = "pipe";
    size_t at_ = 0;
};

/// All records, or the first error.
inline Result<std::vector<NewRecord>> read_records(RecordSource& source) {
    std::vector<NewRecord> records;
    while (true) {
        NewRecord record;
        auto more = source.next(record);
        if (!more) return fail(more.error());
        if (!*more) return records;
        records.push_back(std::move(record));
    }
}

/// The error's sentence, or "no error".
template <class T>
std::string message_of(const Result<T>& result) {
    return result ? "no error" : result.error().message;
}

#define EXPECT_MESSAGE(result, part) \
    EXPECT_NE(message_of(result).find(part), std::string::npos) << message_of(result)

}  // namespace reel
