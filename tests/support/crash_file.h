// A disk of one file that forgets: CrashFolder for what knows nothing of names.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/posix_folder.h"
#include "support/crash_folder.h"

namespace reel {

/// See CrashFolder for the model.
class CrashDisk {
public:
    /// `path`: where a writer saves a torn tail beside; nothing else is put there.
    CrashDisk(ByteBuffer content, const std::string& path)
        : name_(split_path(path).name), folder_(split_path(path).folder) {
        folder_.put(name_, std::move(content));
    }

    /// A handle; any number of them, one after the other.
    [[nodiscard]] std::unique_ptr<File> open() { return *folder_.open_write(name_); }

    [[nodiscard]] const ByteBuffer& content() const { return folder_.content(name_); }
    void note(uint64_t number) { folder_.note(number); }
    void kill_after(std::optional<uint64_t> operations) { folder_.kill_after(operations); }
    void fail_sync(std::optional<uint64_t> n) { folder_.fail_sync(n); }
    void fail_operation(std::optional<uint64_t> n, ErrorCode code = ErrorCode::kIo) {
        folder_.fail_operation(n, code);
    }
    void set_capacity(std::optional<uint64_t> bytes) { folder_.set_capacity(bytes); }
    [[nodiscard]] size_t moment_count() const { return folder_.moment_count(); }

    struct Image {
        size_t moment = 0;
        uint64_t noted = 0;  ///< the number that was noted last before that moment
        ByteBuffer content;
    };
    void visit_images(size_t first, unsigned random_images,
                      const std::function<void(const Image&)>& visit) const {
        folder_.visit_images(first, random_images, [&](const CrashFolder::Image& image) {
            visit({image.moment, image.noted, image.files.at(name_)});
        });
    }

private:
    std::string name_;
    CrashFolder folder_;
};

}  // namespace reel
