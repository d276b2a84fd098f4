#include "store/repair_rows.h"

#include <algorithm>

#include "base/metadata.h"
#include "base/utf8.h"
#include "store/foreign.h"
#include "store/sections.h"

namespace reel {

namespace {

constexpr uint64_t kHeader = 8;

bool is_inside(ByteView file, uint64_t offset, uint64_t size) {
    return offset <= file.size() && size <= file.size() - offset;
}

bool contains(const FoundRecord& record, uint64_t offset) {
    return record.begin <= offset && offset < record.end;
}

/// The record at `row` as it is, if its payloads are what a writer takes.
std::optional<FoundRecord> whole_record(ByteView file, const RecordRow& row, uint32_t vector_bytes) {
    FoundRecord record;
    record.row = row;
    record.vector_bytes = vector_bytes;
    record.begin = row.vector_offset - std::min(row.vector_offset, kHeader);
    record.end = record.begin;
    const RecordView view = record.view(file);
    const auto id = id_of_payloads(view.metadata, view.text);
    if (!id) return std::nullopt;
    record.id_hash = id_hash(*id);
    record.checksum = boxes_checksum(view);
    return record;
}

/// The prototype's index may name an id that the metadata lacks.
std::optional<FoundRecord> record_of_index(ByteView file, const RecordRow& row, uint32_t vector_bytes,
                                           const std::string& id) {
    if (!is_inside(file, row.vector_offset, vector_bytes) ||
        !is_inside(file, row.metadata_offset, row.metadata_size) ||
        !is_inside(file, row.text_offset, row.text_size)) {
        return std::nullopt;
    }
    const std::string_view metadata = as_text(file.subspan(row.metadata_offset, row.metadata_size));
    const std::string_view text = as_text(file.subspan(row.text_offset, row.text_size));
    if (find_doc_id(metadata)) return std::nullopt;
    const auto bare = remove_doc_id(metadata);
    const auto with_id = bare ? add_doc_id(*bare, id) : bare;
    if (!with_id || !id_of_payloads(*with_id, text)) return std::nullopt;
    FoundRecord record;
    record.row = row;
    record.vector_bytes = vector_bytes;
    record.begin = record.end = row.vector_offset - std::min(row.vector_offset, kHeader);
    record.id_hash = id_hash(id);
    record.checksum = boxes_checksum({file.subspan(row.vector_offset, vector_bytes), *with_id, text});
    return record;
}

}  // namespace

std::optional<FoundRecord> read_row(ByteView file, RecordRow row, uint64_t shift, uint32_t vector_bytes,
                                    std::optional<uint32_t> expected) {
    row.vector_offset += shift;
    row.metadata_offset += shift;
    row.text_offset += shift;
    if (!is_inside(file, row.vector_offset, vector_bytes) ||
        !is_inside(file, row.metadata_offset, row.metadata_size) ||
        !is_inside(file, row.text_offset, row.text_size)) {
        return std::nullopt;
    }
    // A sample of a line feed stands for an empty text, or for itself: the checksum knows.
    const bool line_feed = row.text_size == 1 && file[row.text_offset] == std::byte{'\n'};
    if (line_feed) row.text_size = 0;
    auto record = whole_record(file, row, vector_bytes);
    if (!record || !expected || record->checksum == *expected) return record;
    if (!line_feed) return std::nullopt;
    row.text_size = 1;
    record = whole_record(file, row, vector_bytes);
    return record && record->checksum == *expected ? record : std::nullopt;
}

bool overlaps(const std::vector<FoundRecord>& found, const FoundRecord& record) {
    for (const uint64_t offset :
         {record.row.vector_offset, record.row.metadata_offset, record.row.text_offset}) {
        auto next = std::upper_bound(found.begin(), found.end(), offset,
                                     [](uint64_t at, const FoundRecord& other) { return at < other.begin; });
        while (next != found.begin() && !(--next)->is_whole()) {
            // Faulty places say nothing of their extent.
        }
        if (next != found.end() && next->is_whole() && contains(*next, offset)) return true;
    }
    return false;
}

ForeignRecords find_foreign_records(const File& file, ByteView bytes, const Evidence& evidence,
                                    const std::vector<FoundRecord>& found) {
    ForeignRecords out;
    auto parts = open_foreign(file);
    if (!parts) return out;
    const Snapshot foreign(*std::move(parts));
    const uint32_t vector_bytes = 4 * foreign.dimension();
    for (uint64_t n = 0; n < foreign.count(); ++n) {
        const RecordRow row = foreign.row(n);
        auto record = read_row(bytes, row, 0, vector_bytes, std::nullopt);
        if (!record && foreign.kind() == FileKind::kPrototype) {
            const auto id = foreign.id_of(n);
            if (id) record = record_of_index(bytes, row, vector_bytes, *id);
            if (record) record->foreign_id = static_cast<uint32_t>(out.ids.size());
            if (record) out.ids.push_back(*id);
        }
        if (!record || overlaps(found, *record)) continue;
        if (!evidence.checksums.empty() && !evidence.expects(record->checksum)) continue;
        out.records.push_back(*record);
    }
    return out;
}

}  // namespace reel
