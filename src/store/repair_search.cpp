#include "store/repair_search.h"

#include <algorithm>

#include "base/metadata.h"
#include "base/utf8.h"
#include "boxes/record_boxes.h"
#include "store/configuration.h"
#include "store/sections.h"

namespace reel {

namespace {

constexpr uint64_t kHeader = 8;
constexpr size_t kMaxFaults = 1'000'000;  ///< places with a fault that are kept

/// Continues `checksum` over a box with this payload.
uint32_t add_box(uint32_t checksum, FourCC type, ByteView payload) {
    std::array<std::byte, kHeader> header{};
    store_be(header.data(), static_cast<uint32_t>(kHeader + payload.size()));
    store_be(header.data() + 4, type.value);
    return crc32c(payload, crc32c(header, checksum));
}

bool has_type(ByteView box, FourCC type) {
    return box.size() >= kHeader && load_be<uint32_t>(box.data() + 4) == type.value;
}

/// Whether a header at `offset` says `type`, whatever its size.
bool says_type(ByteView file, uint64_t offset, FourCC type) {
    return offset + kHeader <= file.size() && load_be<uint32_t>(file.data() + offset + 4) == type.value;
}

class Search {
public:
    Search(ByteView file, const Evidence& evidence, WorkBudget& budget)
        : file_(file), evidence_(evidence), budget_(budget) {}

    std::vector<FoundRecord> run() {
        uint64_t at = 0;
        while (const auto place = next_place(at, file_.size())) {
            FoundRecord record = read_place(*place);
            at = record.is_whole() ? take_whole(record) : take_fault(record);
        }
        return std::move(found_);
    }

private:
    /// The next header of a vct1 of a possible size, with a json's behind it, in [from, end).
    std::optional<uint64_t> next_place(uint64_t from, uint64_t end) const {
        const ByteView part = file_.first(end);
        for (size_t at = find_bytes(part, "vct1", from + 4); at < end;
             at = find_bytes(part, "vct1", at + 4)) {
            if (budget_.exhausted()) return std::nullopt;
            const ByteView box = box_at(file_, at - 4);
            const uint64_t payload = box.size() < kHeader ? 0 : box.size() - kHeader;
            if (payload == 0 || payload % 4 != 0 || payload / 4 > kMaxDimension) continue;
            if (says_type(file_, at - 4 + box.size(), kMetadataBox)) return at - 4;
        }
        return std::nullopt;
    }

    FoundRecord read_place(uint64_t begin) {
        FoundRecord record;
        record.begin = record.end = begin;
        record.row.vector_offset = begin + kHeader;
        record.vector_bytes = static_cast<uint32_t>(box_at(file_, begin).size() - kHeader);
        const uint64_t metadata_at = begin + kHeader + record.vector_bytes;
        record.fault = RecordFault::kMetadata;
        const ByteView metadata = box_at(file_, metadata_at);
        if (metadata.size() < kHeader || metadata.size() - kHeader > kMaxMetadataBytes) return record;
        record.row.metadata_offset = metadata_at + kHeader;
        record.row.metadata_size = static_cast<uint32_t>(metadata.size() - kHeader);
        const uint64_t text_at = metadata_at + metadata.size();
        const ByteView text = box_at(file_, text_at);
        record.fault = RecordFault::kText;
        if (!has_type(text, kTextBox) || text.size() - kHeader > kMaxTextBytes) return record;
        record.row.text_offset = text_at + kHeader;
        record.row.text_size = static_cast<uint32_t>(text.size() - kHeader);
        record.end = text_at + text.size();
        check(record);
        return record;
    }

    void check(FoundRecord& record) {
        const RecordView view = record.view(file_);
        record.fault = RecordFault::kMetadata;
        if (!budget_.spend(record.end - record.begin)) return;
        const auto id = id_of_payloads(view.metadata, view.text);
        if (!id) {
            if (find_doc_id(view.metadata)) record.fault = RecordFault::kText;
            return;
        }
        record.fault = RecordFault::kNone;
        record.id_hash = id_hash(*id);
        record.checksum = boxes_checksum(view);
        // The line feed behind an empty text.
        const ByteView behind = box_at(file_, record.end);
        if (view.text.empty() && has_type(behind, kFreeBox) && behind.size() == kHeader + 1 &&
            behind.back() == std::byte{'\n'}) {
            record.end += behind.size();
        }
    }

    uint64_t take_whole(FoundRecord& record) {
        if (evidence_.checksums.empty() || evidence_.expects(record.checksum)) {
            found_.push_back(record);
            return record.end;
        }
        const size_t place = found_.size();
        found_.push_back(record);
        uint64_t at = record.begin + kHeader;
        while (const auto inner_place = next_place(at, record.end)) {
            const FoundRecord inner = read_place(*inner_place);
            if (inner.is_whole() && evidence_.expects(inner.checksum)) found_.push_back(inner);
            at = inner.is_whole() && evidence_.expects(inner.checksum) ? inner.end : *inner_place + kHeader;
        }
        if (found_.size() == place + 1) return record.end;
        found_[place].fault = RecordFault::kSwallows;
        return found_.back().end;
    }

    uint64_t take_fault(const FoundRecord& record) {
        if (faults_++ < kMaxFaults) found_.push_back(record);
        return record.begin + kHeader;
    }

    ByteView file_;
    const Evidence& evidence_;
    WorkBudget& budget_;
    std::vector<FoundRecord> found_;
    size_t faults_ = 0;
};

}  // namespace

std::vector<FoundRecord> search_records(ByteView file, const Evidence& evidence, WorkBudget& budget) {
    return Search(file, evidence, budget).run();
}

uint32_t boxes_checksum(const RecordView& record) {
    uint32_t checksum = add_box(0, kVectorBox, record.vector);
    checksum = add_box(checksum, kMetadataBox, as_bytes(record.metadata));
    checksum = add_box(checksum, kTextBox, as_bytes(record.text));
    return record.text.empty() ? add_box(checksum, kFreeBox, as_bytes("\n")) : checksum;
}

std::optional<std::string> id_of_payloads(std::string_view metadata, std::string_view text) {
    if (metadata.size() > kMaxMetadataBytes || text.size() > kMaxTextBytes) return std::nullopt;
    if (find_invalid_utf8(metadata)) return std::nullopt;
    auto id = find_doc_id(metadata);
    if (!id || id->size() > kMaxIdBytes || find_invalid_utf8(*id) || find_invalid_utf8(text))
        return std::nullopt;
    return id;
}

}  // namespace reel
