// Small stores with known records, and what a test wants to know of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/memory_file.h"
#include "reel/store_config.h"
#include "store/reader.h"
#include "store/writer.h"
#include "support/shared_file.h"

namespace reel {

inline constexpr uint32_t kTestDimension = 4;

StoreConfig test_config(uint32_t dimension = kTestDimension, Metric metric = Metric::kL2);

/// A record as it is stored.
struct TestRecord {
    std::string id;
    std::string metadata;  ///< with "doc_id"
    std::string text;
    std::vector<float> vector;

    bool operator==(const TestRecord&) const = default;
};

/// The n-th test record: ids "r0", "r1", ...; every fifth text is empty; `text_bytes` makes texts longer.
TestRecord test_record(uint64_t n, size_t text_bytes = 0);
std::vector<TestRecord> test_records(uint64_t count, size_t text_bytes = 0);

Status append_test_record(Writer& writer, uint64_t n, size_t text_bytes = 0);

/// Every live record, or the first error as an exception.
std::vector<TestRecord> read_records(const Snapshot& snapshot);

/// Opens `file` for reading and reads all; throws what goes wrong.
std::vector<TestRecord> read_records(const File& file);

/// Sentences of verify's findings.
std::vector<std::string> findings(const File& file);

/// Throws the error of a result that must be there.
template <class T>
T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return *std::move(result);
}
inline void must(const Status& status) {
    if (!status) throw std::runtime_error(status.error().message);
}

/// A path in a fresh folder that goes when the object goes.
class TemporaryFolder {
public:
    TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();
    [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// A store in memory whose writer comes and goes. What it saves beside itself goes with it.
class TestStore {
public:
    TestStore();
    explicit TestStore(ByteBuffer content);  ///< throws unless it opens for reading

    /// The writer; opened if there is none. Throws if that fails.
    Writer& writer();
    [[nodiscard]] Result<std::unique_ptr<Writer>> try_open_writer();

    /// Appends `count` test records behind those there are and commits.
    TestStore& commit(uint64_t count, size_t text_bytes = 0);
    /// The same, record by record a commit.
    TestStore& commits(uint64_t count);
    TestStore& seal(SealTrailer trailer = SealTrailer::kWhenSmall);
    TestStore& close();

    /// Lets the writer go as if the process had ended, without closing.
    TestStore& drop();

    [[nodiscard]] const MemoryFile& file() const { return *file_; }
    [[nodiscard]] const ByteBuffer& content() const { return file_->content(); }
    [[nodiscard]] uint64_t size() const { return content().size(); }
    [[nodiscard]] uint64_t record_count() const { return next_; }

private:
    std::shared_ptr<TemporaryFolder> folder_ = std::make_shared<TemporaryFolder>();
    std::shared_ptr<MemoryFile> file_;
    std::unique_ptr<Writer> writer_;
    uint64_t next_ = 0;
};

/// A box of a walk: its type, where it starts and how large it is.
struct TopBox {
    std::string type;
    uint64_t offset = 0;
    uint64_t size = 0;
};
std::vector<TopBox> top_boxes(const ByteBuffer& content);

/// The types of the top level, one after the other: "ftyp uuid free moov".
std::string top_types(const ByteBuffer& content);

}  // namespace reel
