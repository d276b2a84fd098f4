// From any file that can be read to a store of this format.
#include "base/metadata.h"
#include "base/posix_file.h"
#include "base/try.h"
#include "base/utf8.h"
#include "db/index_build.h"
#include "db/records.h"
#include "reel/database.h"
#include "store/reader.h"
#include "store/writer.h"
#include "vector/check_vector.h"

namespace reel {

namespace {

constexpr uint64_t kRecordsPerCommit = 100'000;

/// The stored metadata keeps its bytes where it names the id already.
Result<std::string> metadata_with_id(std::string_view stored, std::string_view id) {
    if (find_doc_id(stored) == id) return std::string(stored);
    REEL_ASSIGN(const std::string bare, remove_doc_id(stored));
    return add_doc_id(bare, id);
}

Status copy_record(const Snapshot& from, uint64_t n, Writer& to) {
    REEL_ASSIGN(const RecordView record, from.view(n));
    REEL_ASSIGN(const std::string id, from.id_of(n));
    REEL_ASSIGN(const std::string metadata, metadata_with_id(record.metadata, id));
    REEL_TRY(check_utf8(id, "record " + std::to_string(n) + ", id"));
    REEL_TRY(check_utf8(record.text, "record " + std::to_string(n) + ", text"));
    const std::vector<float> vector = to_floats(record.vector);
    auto valid = check_vector(vector, from.config().metric);
    if (!valid) return fail(valid.error().at("record " + std::to_string(n)));
    REEL_ASSIGN(const auto twin, to.find(id));
    if (twin) return fail(ErrorCode::kCorrupt, "the id \"" + id + "\" is there twice");
    return to.append(id, vector, metadata, record.text);
}

}  // namespace

Result<uint64_t> convert(const std::string& old_path, const std::string& new_path) {
    REEL_ASSIGN(const auto file, PosixFile::open_read(old_path));
    REEL_ASSIGN(const ReaderState reader, open_reader(*file));
    const Snapshot& old = *reader.snapshot;
    REEL_ASSIGN(const auto writer, Writer::create(new_path, old.config()));
    writer->use_section_makers(make_section_makers(old.config()));
    const auto copy = [&]() -> Status {
        for (uint64_t n = 0; n < old.count(); ++n) {
            if (!old.live().contains(n)) continue;
            REEL_TRY(copy_record(old, n, *writer));
            if (writer->pending_count() >= kRecordsPerCommit) REEL_TRY(writer->commit());
        }
        REEL_TRY(writer->seal(SealTrailer::kWhenSmall));
        return writer->close();
    };
    auto status = copy();
    if (!status) {
        (void)remove_file(new_path);
        return fail(std::move(status).error().at(old_path));
    }
    return old.live_count();
}

}  // namespace reel
