// Finding records in bytes whose structure is not believed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/record_codec.h"
#include "store/repair_evidence.h"

namespace reel {

enum class RecordFault : uint8_t {
    kNone,
    kMetadata,  ///< not a JSON object with a "doc_id", or torn
    kText,      ///< no text box behind the metadata, torn, or not UTF-8
    kSwallows,  ///< its sizes reach over records that are proven to be whole
};

enum class Judgement : uint8_t {
    kOpen,
    kVerified,    ///< whole, with the checksum that a commit or seal has
    kUnverified,  ///< whole, and nothing is left that could prove it
    kDamaged,
    kCopy,  ///< of a record that is there already
    kDeleted,
    kSuperseded,  ///< a later record has its id
    kRejected,    ///< its vector does not fit the new store
};

/// A place that looks like a record, and what is made of it.
struct FoundRecord {
    RecordRow row;  ///< payloads; the text's own bytes, none where it is empty
    uint64_t begin = 0;
    uint64_t end = 0;  ///< equal to begin where the payloads do not stand in boxes
    uint64_t id_hash = 0;
    uint32_t vector_bytes = 0;
    uint32_t checksum = 0;  ///< CRC32C of the record's boxes around these payloads
    uint32_t foreign_id = kOwnId;
    RecordFault fault = RecordFault::kNone;
    Judgement judgement = Judgement::kOpen;
    std::optional<uint64_t> number;

    static constexpr uint32_t kOwnId = ~uint32_t{0};

    [[nodiscard]] bool is_whole() const { return fault == RecordFault::kNone; }
    [[nodiscard]] bool is_saved() const {
        return judgement == Judgement::kVerified || judgement == Judgement::kUnverified;
    }
    [[nodiscard]] RecordView view(ByteView file) const {
        return {file.subspan(row.vector_offset, vector_bytes),
                as_text(file.subspan(row.metadata_offset, row.metadata_size)),
                as_text(file.subspan(row.text_offset, row.text_size))};
    }
};

/// Every place with the headers of a `vct1` and a `json` behind it, in the order of the file. A whole record
/// is passed over as a whole, since a payload may itself hold a store; but one that no checksum expects does
/// not hide records in it that are expected.
std::vector<FoundRecord> search_records(ByteView file, const Evidence& evidence, WorkBudget& budget);

/// CRC32C of the boxes of a record with these payloads.
uint32_t boxes_checksum(const RecordView& record);

/// The id that payloads have by themselves; nullopt if it, the metadata or the text is not what a writer
/// takes.
std::optional<std::string> id_of_payloads(std::string_view metadata, std::string_view text);

}  // namespace reel
