#include "golden/golden_store.h"

#include <algorithm>
#include <cstring>

#include "base/metadata.h"
#include "boxes/store_boxes.h"
#include "golden/bulk_commit.h"
#include "store/compact.h"

namespace reel {

GoldenStore::GoldenStore()
    : writer_(must(Writer::create_on(std::make_unique<SharedFile>(file_), test_config()))) {}

Writer& GoldenStore::writer() {
    if (!writer_) writer_ = must(Writer::open_on(std::make_unique<SharedFile>(file_)));
    return *writer_;
}

GoldenStore& GoldenStore::add(const std::string& id, const std::string& text, const std::string& metadata,
                              const std::vector<float>& vector) {
    const TestRecord record{id, must(add_doc_id(metadata, id)), text, vector};
    must(writer().append(record.id, record.vector, record.metadata, record.text));
    wanted_.push_back(record);
    added_.push_back(record);
    return *this;
}

GoldenStore& GoldenStore::add_numbered(const std::string& text) {
    return add(must(writer().take_default_id()), text, "{}", {0, 0, 1, 0});
}

GoldenStore& GoldenStore::remove(const std::string& id) {
    const uint64_t number = must(writer().find_number(id)).value();
    must(writer().remove(number));
    removed_.push_back(number);
    if (std::erase_if(wanted_, [&](const TestRecord& record) { return record.id == id; }) != 1)
        throw std::runtime_error(id + " is not one record");
    return *this;
}

GoldenStore& GoldenStore::replace(const std::string& id, const std::string& text, const std::string& metadata,
                                  const std::vector<float>& vector) {
    return remove(id).add(id, text, metadata, vector);
}

GoldenStore& GoldenStore::commit(Durability durability) {
    must(writer().commit(durability));
    committed_ = wanted_;
    added_.clear();
    removed_.clear();
    return *this;
}

GoldenStore& GoldenStore::seal() {
    must(writer().seal(SealTrailer::kWhenSmall));
    return *this;
}

GoldenStore& GoldenStore::close() {
    must(writer().close());
    writer_.reset();
    return *this;
}

GoldenStore& GoldenStore::compact(KeepHistory keep_history) {
    auto file = std::make_shared<MemoryFile>();
    writer_ = must(copy_compacted(writer(), std::make_unique<SharedFile>(file), keep_history));
    file_ = file;
    return *this;
}

GoldenStore& GoldenStore::commit_as_seal() {
    writer_.reset();  // what is pending goes, and comes again by hand
    append_bulk_commit(*file_, added_, removed_);
    committed_ = wanted_;
    added_.clear();
    removed_.clear();
    return *this;
}

GoldenStore& GoldenStore::append_mark() {
    writer_.reset();
    const ReaderState reader = must(open_reader(*file_));
    MarkBox mark;
    mark.file_id = reader.identity.file_id;
    mark.own_offset = file_->content().size();
    mark.commit_number = reader.snapshot->state().commit_number;
    mark.chain_hash = reader.snapshot->state().hash;
    ByteBuffer box;
    write_checksummed(box, mark, 0);
    must(file_->write_at(mark.own_offset, box));
    return *this;
}

GoldenStore& GoldenStore::commit_torn(const std::function<ByteBuffer(const ByteBuffer&)>& tear) {
    must(writer().commit());
    set_content(tear(content()));
    return *this;
}

GoldenStore& GoldenStore::leave_unfinished() {
    must(writer().find(added_.back().id));  // reading a pending record takes it to the file
    set_content(content());
    return *this;
}

void GoldenStore::set_content(ByteBuffer content) {
    auto file = std::make_shared<MemoryFile>(std::move(content));
    writer_.reset();
    file_ = std::move(file);
}

uint64_t GoldenStore::free_offset() const {
    return must(open_reader(*file_)).snapshot->sealed()->seal.own_offset - kCoverSize;
}

void GoldenStore::check(const OrderedJson& described) const {
    if (described.size() != committed_.size()) throw std::runtime_error("not as many records as expected");
    for (size_t i = 0; i < committed_.size(); ++i) {
        const TestRecord& want = committed_[i];
        const OrderedJson& have = described[i];
        const auto vector = have["vector"].get<std::vector<float>>();
        if (have["id"] != want.id || have["text"] != want.text || have["metadata"] != want.metadata ||
            have["found"] != have["number"] || vector.size() != want.vector.size() ||
            std::memcmp(vector.data(), want.vector.data(), 4 * vector.size()) != 0) {
            throw std::runtime_error("record " + want.id + " is not as expected: " + have.dump());
        }
    }
}

}  // namespace reel
