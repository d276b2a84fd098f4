#include "support/store_builder.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/metadata.h"
#include "boxes/box_header.h"
#include "store/verify.h"

namespace reel {

StoreConfig test_config(uint32_t dimension, Metric metric) {
    StoreConfig config;
    config.embedder.kind = "none";
    config.embedder.dimension = dimension;
    config.metric = metric;
    return config;
}

TestRecord test_record(uint64_t n, size_t text_bytes) {
    TestRecord record;
    record.id = "r" + std::to_string(n);
    record.metadata = must(add_doc_id("{\"n\":" + std::to_string(n) + " }", record.id));
    if (n % 5 != 3) record.text = "text " + std::to_string(n);
    if (text_bytes > 0) record.text.resize(text_bytes, static_cast<char>('a' + n % 26));
    const auto x = static_cast<float>(n);
    record.vector = {x, 1.0F / (x + 1), -x, 0.5F};
    return record;
}

std::vector<TestRecord> test_records(uint64_t count, size_t text_bytes) {
    std::vector<TestRecord> records;
    for (uint64_t n = 0; n < count; ++n) records.push_back(test_record(n, text_bytes));
    return records;
}

Status append_test_record(Writer& writer, uint64_t n, size_t text_bytes) {
    const TestRecord record = test_record(n, text_bytes);
    return writer.append(record.id, record.vector, record.metadata, record.text);
}

std::vector<TestRecord> read_records(const Snapshot& snapshot) {
    std::vector<TestRecord> records;
    for (uint64_t n = 0; n < snapshot.count(); ++n) {
        if (!snapshot.live().contains(n)) continue;
        const RecordView view = must(snapshot.view(n));
        TestRecord record{must(snapshot.id_of(n)), std::string(view.metadata), std::string(view.text), {}};
        for (size_t i = 0; i < view.vector.size(); i += 4) {
            record.vector.push_back(load_be_float(view.vector.data() + i));
        }
        records.push_back(std::move(record));
    }
    return records;
}

std::vector<TestRecord> read_records(const File& file) {
    return read_records(*must(open_reader(file)).snapshot);
}

std::vector<std::string> findings(const File& file) {
    std::vector<std::string> sentences;
    for (const Finding& finding : must(verify_store(file)).findings) sentences.push_back(finding.sentence);
    return sentences;
}

TestStore::TestStore() : file_(std::make_shared<MemoryFile>(ByteBuffer(), folder_->path("store.mp4"))) {
    writer_ = must(Writer::create_on(std::make_unique<SharedFile>(file_), test_config()));
}

TestStore::TestStore(ByteBuffer content)
    : file_(std::make_shared<MemoryFile>(std::move(content), folder_->path("store.mp4"))) {
    next_ = must(open_reader(*file_)).snapshot->count();
}

Result<std::unique_ptr<Writer>> TestStore::try_open_writer() {
    return Writer::open_on(std::make_unique<SharedFile>(file_));
}

Writer& TestStore::writer() {
    if (!writer_) writer_ = must(try_open_writer());
    return *writer_;
}

TestStore& TestStore::commit(uint64_t count, size_t text_bytes) {
    for (uint64_t i = 0; i < count; ++i) must(append_test_record(writer(), next_++, text_bytes));
    must(writer().commit());
    return *this;
}

TestStore& TestStore::commits(uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) commit(1);
    return *this;
}

TestStore& TestStore::seal(SealTrailer trailer) {
    must(writer().seal(trailer));
    return *this;
}

TestStore& TestStore::close() {
    must(writer().close());
    writer_.reset();
    return *this;
}

TestStore& TestStore::drop() {
    writer_.reset();
    return *this;
}

std::vector<TopBox> top_boxes(const ByteBuffer& content) {
    std::vector<TopBox> boxes;
    BoxCursor cursor(content);
    while (true) {
        const auto header = must(cursor.next());
        if (!header) return boxes;
        boxes.push_back({header->type.text(), header->offset, header->size});
    }
}

std::string top_types(const ByteBuffer& content) {
    std::string types;
    for (const TopBox& box : top_boxes(content)) types += (types.empty() ? "" : " ") + box.type;
    return types;
}

TemporaryFolder::TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "reel-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace reel
