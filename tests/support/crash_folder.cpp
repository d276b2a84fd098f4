#include "support/crash_folder.h"

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>

#include "base/try.h"

namespace reel {

class CrashFile final : public File {
public:
    CrashFile(CrashFolder& folder, size_t number, std::string path)
        : folder_(folder), number_(number), path_(std::move(path)) {}
    ~CrashFile() override {
        if (node().lock_holder == this) node().lock_holder = nullptr;
    }

    [[nodiscard]] const std::string& path() const override { return path_; }
    void set_path(const std::string& path) override { path_ = path; }
    [[nodiscard]] Result<uint64_t> size() const override { return content().size(); }
    Result<size_t> read_at(uint64_t offset, MutableBytes out) const override {
        if (offset >= content().size()) return size_t{0};
        const size_t count = std::min<uint64_t>(out.size(), content().size() - offset);
        std::copy_n(content().data() + offset, count, out.data());
        return count;
    }
    Status write_at(uint64_t offset, ByteView bytes) override {
        return folder_.write_at(number_, path_, offset, bytes);
    }
    Status truncate(uint64_t size) override { return folder_.truncate(number_, path_, size); }
    Status sync() override { return folder_.sync_file(number_, path_); }
    [[nodiscard]] Result<Mapping> map(uint64_t length) const override {
        if (length > content().size()) return fail(ErrorCode::kIo, "a mapping beyond the end of the file");
        auto copy = std::make_shared<ByteBuffer>(content().begin(),
                                                 content().begin() + static_cast<ptrdiff_t>(length));
        return Mapping({copy->data(), copy->size()}, copy);
    }
    Result<bool> try_lock() override {
        if (node().lock_holder == nullptr) node().lock_holder = this;
        return node().lock_holder == this;
    }
    [[nodiscard]] std::optional<LockHolder> lock_holder() const override { return std::nullopt; }
    [[nodiscard]] Result<bool> is_at_path() const override {
        for (const auto& [name, number] : folder_.names_) {
            if (folder_.path_of(name) == path_) return number == number_;
        }
        return false;
    }

private:
    [[nodiscard]] CrashFolder::Node& node() const { return folder_.nodes_[number_]; }
    [[nodiscard]] const ByteBuffer& content() const { return node().content; }

    CrashFolder& folder_;
    size_t number_;
    std::string path_;
};

CrashFolder::CrashFolder(std::string path) : path_(std::move(path)) {}
CrashFolder::~CrashFolder() = default;

void CrashFolder::put(const std::string& name, ByteBuffer content) {
    if (!log_.empty()) throw std::logic_error("a file is put there before anything happens");
    names_[name] = nodes_.size();
    first_names_ = names_;
    nodes_.push_back({content, content});
}

// --- Names ---

Result<std::unique_ptr<File>> CrashFolder::create_new(const std::string& name) {
    if (exists(name)) return fail(ErrorCode::kAlreadyExists, path_of(name) + ": exists already");
    nodes_.emplace_back();
    const FileNumber file = nodes_.size() - 1;
    REEL_TRY(change_names("", name, file));
    return handle(name, file);
}

Result<std::unique_ptr<File>> CrashFolder::create_private(const std::string& name) {
    return create_new(name);
}

Result<std::unique_ptr<File>> CrashFolder::open_write(const std::string& name) {
    REEL_ASSIGN(const FileNumber file, find(name));
    return handle(name, file);
}

Result<std::unique_ptr<File>> CrashFolder::open_read(const std::string& name) { return open_write(name); }

bool CrashFolder::exists(const std::string& name) const { return names_.contains(name); }

Status CrashFolder::link_new(const std::string& from, const std::string& to) {
    REEL_ASSIGN(const FileNumber file, find(from));
    if (exists(to)) return fail(ErrorCode::kAlreadyExists, path_of(to) + ": exists already");
    REEL_TRY(change_names("", to, file));
    return change_names(from, "", 0);
}

Status CrashFolder::rename_over(const std::string& from, const std::string& to) {
    REEL_ASSIGN(const FileNumber file, find(from));
    return change_names(from, to, file);
}

Status CrashFolder::remove(const std::string& name) {
    if (!exists(name)) return {};
    return change_names(name, "", 0);
}

Status CrashFolder::sync() {
    REEL_TRY(begin_operation());
    const bool fails = sync_fails();
    record(fails ? Kind::kLostSyncNames : Kind::kSyncNames);
    if (fails) return fail(ErrorCode::kIo, path_ + ": cannot sync: input/output error");
    return {};
}

Result<std::vector<std::string>> CrashFolder::list() const {
    std::vector<std::string> names;
    for (const auto& [name, file] : names_) names.push_back(name);
    return names;
}

std::string CrashFolder::path_of(const std::string& name) const { return path_ + "/" + name; }

const ByteBuffer& CrashFolder::content(const std::string& name) const {
    return nodes_[names_.at(name)].content;
}

CrashFolder::Operation& CrashFolder::record(Kind kind, FileNumber file, uint64_t place) {
    Operation& operation = log_.emplace_back();
    operation.kind = kind;
    operation.file = file;
    operation.place = place;
    return operation;
}

void CrashFolder::note(uint64_t number) { record(Kind::kNote, 0, number); }

Result<CrashFolder::FileNumber> CrashFolder::find(const std::string& name) const {
    const auto found = names_.find(name);
    if (found == names_.end()) return fail(ErrorCode::kNotFound, path_of(name) + ": no such file");
    return found->second;
}

std::unique_ptr<File> CrashFolder::handle(const std::string& name, FileNumber file) {
    return std::make_unique<CrashFile>(*this, file, path_of(name));
}

Status CrashFolder::change_names(const std::string& removed, const std::string& added, FileNumber file) {
    REEL_TRY(begin_change(path_of(added.empty() ? removed : added)));
    Operation& operation = record(Kind::kNames, file);
    operation.removed = removed;
    operation.added = added;
    apply(names_, operation);
    return {};
}

void CrashFolder::apply(Names& names, const Operation& operation) {
    if (!operation.removed.empty()) names.erase(operation.removed);
    if (!operation.added.empty()) names[operation.added] = operation.file;
}

// --- Failures ---

Status CrashFolder::begin_operation() {
    if (!left_) return {};
    if (*left_ == 0) return fail(ErrorCode::kIo, "the process is dead");
    --*left_;
    return {};
}

Status CrashFolder::begin_change(const std::string& path) {
    REEL_TRY(begin_operation());
    if (!operation_to_fail_) return {};
    if (*operation_to_fail_ > 0) {
        --*operation_to_fail_;
        return {};
    }
    operation_to_fail_.reset();
    return fail(failure_code_, path + ": the operation that was to fail");
}

bool CrashFolder::sync_fails() {
    if (!sync_to_fail_) return false;
    const bool fails = *sync_to_fail_ == 0;
    --*sync_to_fail_;
    if (fails) sync_to_fail_.reset();
    return fails;
}

uint64_t CrashFolder::bytes_of_others(FileNumber file) const {
    uint64_t sum = 0;
    for (FileNumber other = 0; other < nodes_.size(); ++other) {
        const bool named = std::any_of(names_.begin(), names_.end(),
                                       [&](const auto& entry) { return entry.second == other; });
        if (other != file && named) sum += nodes_[other].content.size();
    }
    return sum;
}

// --- Contents ---

Status CrashFolder::write_at(FileNumber file, const std::string& path, uint64_t offset, ByteView bytes) {
    if (auto status = begin_change(path); !status) {
        // A dead process leaves nothing; a disk that fails may have got half.
        if (!left_ || *left_ > 0) put_bytes(file, offset, bytes.first(bytes.size() / 2));
        return status;
    }
    if (capacity_) {
        // Like a real disk: what fits is written.
        const uint64_t limit = *capacity_ - std::min(*capacity_, bytes_of_others(file));
        const uint64_t room = limit > offset ? limit - offset : 0;
        if (bytes.size() > room) {
            put_bytes(file, offset, bytes.first(room));
            return fail(ErrorCode::kNoSpace, path + ": no space left on the disk");
        }
    }
    put_bytes(file, offset, bytes);
    return {};
}

void CrashFolder::put_bytes(FileNumber file, uint64_t offset, ByteView bytes) {
    if (bytes.empty()) return;
    ByteBuffer& content = nodes_[file].content;
    if (offset + bytes.size() > content.size()) content.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<ptrdiff_t>(offset));
    record(Kind::kWrite, file, offset).bytes.assign(bytes.begin(), bytes.end());
}

Status CrashFolder::truncate(FileNumber file, const std::string& path, uint64_t size) {
    REEL_TRY(begin_change(path));
    nodes_[file].content.resize(size);
    record(Kind::kTruncate, file, size);
    return {};
}

Status CrashFolder::sync_file(FileNumber file, const std::string& path) {
    REEL_TRY(begin_operation());
    const bool fails = sync_fails();
    record(fails ? Kind::kLostSync : Kind::kSync, file);
    if (fails) return fail(ErrorCode::kIo, path + ": cannot sync: input/output error");
    return {};
}

// --- Looking back ---

/// One file on the disk as the log is walked through.
class CrashFolder::ContentReplay {
public:
    explicit ContentReplay(const ByteBuffer& content)
        : cache_(content), durable_(content), sizes_{content.size()} {}

    void write(uint64_t offset, const ByteBuffer& bytes) {
        if (offset + bytes.size() > cache_.size()) {
            cache_.resize(offset + bytes.size());
            sizes_.push_back(cache_.size());
        }
        std::copy(bytes.begin(), bytes.end(), cache_.begin() + static_cast<ptrdiff_t>(offset));
        for (uint64_t sector = offset / kSector; sector <= (offset + bytes.size() - 1) / kSector; ++sector) {
            const uint64_t start = sector * kSector;
            const uint64_t end = std::min<uint64_t>(start + kSector, cache_.size());
            dirty_[sector].emplace_back(cache_.begin() + static_cast<ptrdiff_t>(start),
                                        cache_.begin() + static_cast<ptrdiff_t>(end));
        }
    }
    void truncate(uint64_t size) {
        cache_.resize(size);
        sizes_.push_back(cache_.size());
    }
    void sync() {
        durable_ = image([](size_t count) { return count - 1; });
        dirty_.clear();
        sizes_ = {cache_.size()};
    }
    void lose() { dirty_.clear(); }

    /// `choose(count)` is asked for one of so many states, the oldest first.
    template <class Choose>
    [[nodiscard]] ByteBuffer image(const Choose& choose) const {
        ByteBuffer bytes = durable_;
        bytes.resize(sizes_[choose(sizes_.size())]);
        for (const auto& [sector, versions] : dirty_) {
            const size_t version = choose(versions.size() + 1);
            const uint64_t offset = sector * kSector;
            if (version == 0 || offset >= bytes.size()) continue;
            const ByteBuffer& content = versions[version - 1];
            const uint64_t count = std::min<uint64_t>(content.size(), bytes.size() - offset);
            std::copy_n(content.begin(), count, bytes.begin() + static_cast<ptrdiff_t>(offset));
        }
        return bytes;
    }

    [[nodiscard]] bool is_clean() const { return dirty_.empty() && sizes_.size() == 1; }

private:
    ByteBuffer cache_;
    ByteBuffer durable_;
    std::vector<uint64_t> sizes_;                        ///< since the last sync
    std::map<uint64_t, std::vector<ByteBuffer>> dirty_;  ///< contents of a sector since the last sync
};

/// The folder on the disk as the log is walked through.
class CrashFolder::Replay {
public:
    explicit Replay(const CrashFolder& folder) : durable_names_(folder.first_names_) {
        for (const Node& node : folder.nodes_) files_.emplace_back(node.first_content);
    }

    void apply(const Operation& operation) {
        ContentReplay* const file = operation.file < files_.size() ? &files_[operation.file] : nullptr;
        switch (operation.kind) {
            case Kind::kWrite: file->write(operation.place, operation.bytes); break;
            case Kind::kTruncate: file->truncate(operation.place); break;
            case Kind::kSync: file->sync(); break;
            case Kind::kLostSync: file->lose(); break;
            case Kind::kNote: noted_ = operation.place; break;
            case Kind::kNames: changes_.push_back(&operation); break;
            case Kind::kSyncNames:
                durable_names_ = names(changes_.size());
                changes_.clear();
                break;
            case Kind::kLostSyncNames: break;
        }
    }

    /// The names after the first `count` changes since the last sync of the folder.
    [[nodiscard]] Names names(size_t count) const {
        Names result = durable_names_;
        for (size_t i = 0; i < count; ++i) CrashFolder::apply(result, *changes_[i]);
        return result;
    }

    template <class Choose>
    [[nodiscard]] std::map<std::string, ByteBuffer> image(const Names& of, const Choose& choose) const {
        std::map<FileNumber, ByteBuffer> contents;
        std::map<std::string, ByteBuffer> named;
        for (const auto& [name, file] : of) {
            if (!contents.contains(file)) contents[file] = files_[file].image(choose);
            named[name] = contents[file];
        }
        return named;
    }

    [[nodiscard]] bool is_clean(const Names& of) const {
        return std::all_of(of.begin(), of.end(),
                           [&](const auto& entry) { return files_[entry.second].is_clean(); });
    }
    [[nodiscard]] size_t change_count() const { return changes_.size(); }
    [[nodiscard]] uint64_t noted() const { return noted_; }

private:
    std::vector<ContentReplay> files_;
    Names durable_names_;
    std::vector<const Operation*> changes_;  ///< of names, since the folder's last sync
    uint64_t noted_ = 0;
};

void CrashFolder::visit_images(size_t first, unsigned random_images,
                               const std::function<void(const Image&)>& visit) const {
    std::mt19937_64 random(20'261'122);
    Replay replay(*this);
    for (size_t moment = 0; moment <= log_.size(); ++moment) {
        if (moment > 0) replay.apply(log_[moment - 1]);
        if (moment < first) continue;
        for (size_t changes = 0; changes <= replay.change_count(); ++changes) {
            const Names names = replay.names(changes);
            const auto show = [&](const auto& choose) {
                visit({moment, replay.noted(), replay.image(names, choose)});
            };
            show([](size_t) { return size_t{0}; });
            if (replay.is_clean(names)) continue;
            show([](size_t count) { return count - 1; });
            for (unsigned i = 0; i < random_images; ++i) {
                // A mixture of all, a few sectors lost, hardly one lost: large writes are torn in small
                // places.
                const uint64_t lost = std::array<uint64_t, 3>{1, 32, 2048}[i % 3];
                show([&](size_t count) { return random() % lost == 0 ? random() % count : count - 1; });
            }
        }
    }
}

}  // namespace reel
