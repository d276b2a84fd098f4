#include "store/sections.h"

#include "base/checksum.h"

namespace reel {

uint64_t id_hash(std::string_view id) {
    thread_local Sha256 hash;
    hash.update(as_bytes(id));
    const Sha256Digest digest = hash.finish();
    return load_be<uint64_t>(digest.data());
}

ByteBuffer build_id_section(const std::vector<IdEntry>& entries, uint64_t first_record) {
    ByteBuffer data(12 * entries.size());
    std::byte* hashes = data.data();
    std::byte* numbers = data.data() + 8 * entries.size();
    for (size_t i = 0; i < entries.size(); ++i) {
        const uint64_t hash = entries[i].hash;
        const auto number = static_cast<uint32_t>(entries[i].record_number - first_record);
        std::memcpy(hashes + 8 * i, &hash, 8);
        std::memcpy(numbers + 4 * i, &number, 4);
    }
    return data;
}

Result<IdSectionView> IdSectionView::parse(ByteView data, const SectionEntry& entry) {
    if (entry.version != kSectionVersion || data.size() % 12 != 0) {
        return fail(ErrorCode::kCorrupt, "an id section is of another version or has half an entry");
    }
    IdSectionView view;
    view.count_ = data.size() / 12;
    view.first_record_ = entry.first_record;
    view.record_count_ = entry.record_count;
    view.hashes_ = data.data();
    view.numbers_ = data.data() + 8 * view.count_;
    return view;
}

void IdSectionView::visit(uint64_t hash, const std::function<void(uint64_t)>& visit) const {
    uint64_t low = 0;
    uint64_t high = count_;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (load_le<uint64_t>(hashes_ + 8 * middle) < hash) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < count_ && load_le<uint64_t>(hashes_ + 8 * low) == hash; ++low) {
        const uint64_t record_number = entry(low).record_number;
        if (record_number - first_record_ < record_count_) visit(record_number);
    }
}

Result<ByteView> section_data(ByteView file, const SectionEntry& entry, bool check) {
    if (entry.file_offset > file.size() || entry.size > file.size() - entry.file_offset) {
        return fail(ErrorCode::kCorrupt, "section '" + entry.kind.text() + "' at offset " +
                                             std::to_string(entry.file_offset) + " lies outside of the file");
    }
    const ByteView data = file.subspan(entry.file_offset, entry.size);
    if (check && crc32c(data) != entry.checksum) {
        return fail(ErrorCode::kCorrupt, "section '" + entry.kind.text() + "' at offset " +
                                             std::to_string(entry.file_offset) + " has a wrong checksum");
    }
    return data;
}

}  // namespace reel
