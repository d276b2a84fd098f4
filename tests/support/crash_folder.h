// A disk that forgets: what a power cut may leave of writes and of names that were not synced.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/folder.h"

namespace reel {

/// Remembers every operation on the files of one folder and on their names, so that after the
/// workload the disk can be looked at as of any moment of it.
///
/// The model of contents: a sector of 512 bytes is written whole or not at all. Between two syncs of a file
/// each sector has any of the contents it had in the page cache since the first, sectors independently of
/// each other, and the file any of its sizes; what was cut off may come back with the size. A sync that
/// failed has thrown its sectors away: later syncs succeed without them, though the page cache has them.
///
/// The model of names: creating, linking, renaming and removing happen at once or not at all, in their order.
/// After a power cut those before the folder's last sync have happened and any number of the first ones
/// after it, whatever became of the contents of the files. link_new() is a link and a removal.
class CrashFolder final : public Folder {
public:
    static constexpr size_t kSector = 512;

    /// `path` is for messages and for what is saved beside a file by path; nothing else is put there.
    explicit CrashFolder(std::string path);
    ~CrashFolder() override;

    /// A file that is there, durably, before anything happens.
    void put(const std::string& name, ByteBuffer content);

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

    /// The page cache: what a process sees as long as the power stays on. Throws if there is no such file.
    [[nodiscard]] const ByteBuffer& content(const std::string& name) const;

    /// Writes down a number at this moment, for example the commits that were acknowledged.
    void note(uint64_t number);

    /// From now on the process is dead after so many more operations, on whatever file or name:
    /// they fail and leave no trace. nullopt: it lives.
    void kill_after(std::optional<uint64_t> operations) { left_ = operations; }

    /// The n-th sync from now (0: the next), of a file or the folder, fails and loses what it should have
    /// written. nullopt: none does.
    void fail_sync(std::optional<uint64_t> n) { sync_to_fail_ = n; }

    /// The n-th write, cut or change of names from now (0: the next) fails with `code`, a write in its
    /// middle; later ones work. nullopt: none does.
    void fail_operation(std::optional<uint64_t> n, ErrorCode code = ErrorCode::kIo) {
        operation_to_fail_ = n;
        failure_code_ = code;
    }

    /// Whether an operation or a sync that is to fail has not been met yet.
    [[nodiscard]] bool failure_is_to_come() const { return operation_to_fail_ || sync_to_fail_; }

    /// Writes fail with kNoSpace where they would make all files that have a name larger than this together.
    void set_capacity(std::optional<uint64_t> bytes) { capacity_ = bytes; }

    /// How many moments there are: before and after each operation and note.
    [[nodiscard]] size_t moment_count() const { return log_.size() + 1; }

    struct Image {
        size_t moment = 0;
        uint64_t noted = 0;  ///< the number that was noted last before that moment
        std::map<std::string, ByteBuffer> files;
    };

    /// Calls `visit` for what a power cut may leave at each moment from `first` on. For each number of
    /// unsynced changes of names that may have happened: nothing written since the last syncs, all of
    /// it, and `random_images` mixtures of it: of all its sectors, and with few of them lost.
    void visit_images(size_t first, unsigned random_images,
                      const std::function<void(const Image&)>& visit) const;

private:
    friend class CrashFile;
    using FileNumber = size_t;
    using Names = std::map<std::string, FileNumber>;

    enum class Kind : uint8_t {
        kWrite,
        kTruncate,
        kSync,
        kLostSync,
        kNote,
        kNames,
        kSyncNames,
        kLostSyncNames
    };
    struct Operation {
        Kind kind = Kind::kNote;
        FileNumber file = 0;
        uint64_t place = 0;  ///< offset, size or noted number
        ByteBuffer bytes;
        std::string removed;  ///< of kNames: a name that ends, if any
        std::string added;    ///< of kNames: a name that `file` gets, if any
    };
    struct Node {
        ByteBuffer first_content;
        ByteBuffer content;
        const File* lock_holder = nullptr;
    };

    Operation& record(Kind kind, FileNumber file = 0, uint64_t place = 0);
    [[nodiscard]] Status begin_operation();
    [[nodiscard]] Status begin_change(const std::string& path);
    [[nodiscard]] bool sync_fails();
    Status change_names(const std::string& removed, const std::string& added, FileNumber file);
    static void apply(Names& names, const Operation& operation);
    [[nodiscard]] Result<FileNumber> find(const std::string& name) const;
    [[nodiscard]] std::unique_ptr<File> handle(const std::string& name, FileNumber file);
    [[nodiscard]] uint64_t bytes_of_others(FileNumber file) const;

    Status write_at(FileNumber file, const std::string& path, uint64_t offset, ByteView bytes);
    void put_bytes(FileNumber file, uint64_t offset, ByteView bytes);
    Status truncate(FileNumber file, const std::string& path, uint64_t size);
    Status sync_file(FileNumber file, const std::string& path);

    class ContentReplay;
    class Replay;

    std::string path_;
    std::vector<Node> nodes_;
    Names first_names_;
    Names names_;
    std::vector<Operation> log_;
    std::optional<uint64_t> left_;
    std::optional<uint64_t> sync_to_fail_;
    std::optional<uint64_t> operation_to_fail_;
    ErrorCode failure_code_ = ErrorCode::kIo;
    std::optional<uint64_t> capacity_;
};

}  // namespace reel
