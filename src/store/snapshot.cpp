#include "store/snapshot.h"

#include <algorithm>

#include "base/metadata.h"
#include "base/try.h"

namespace reel {

Result<SealedPart> view_sealed(Mapping bytes, const SealRecordBox& seal, uint64_t movie_end) {
    SealedPart part;
    REEL_ASSIGN(part.tables, MovieTables::parse(bytes.bytes().subspan(seal.own_offset, movie_end - seal.own_offset)));
    part.bytes = std::move(bytes);
    part.seal = seal;
    part.movie_end = movie_end;
    return part;
}

Snapshot::Snapshot(SnapshotParts parts) : parts_(std::move(parts)) {
    if (parts_.sealed) sealed_count_ = parts_.sealed->tables.count();
    for (const uint64_t record_number : parts_.deleted) {
        if (record_number >= count()) continue;
        excluded_.resize(std::max<size_t>(excluded_.size(), record_number / 64 + 1));
        uint64_t& word = excluded_[record_number / 64];
        const uint64_t bit = uint64_t{1} << (record_number % 64);
        if ((word & bit) == 0) ++deleted_count_;
        word |= bit;
    }
}

const std::byte* Snapshot::vector_at(uint64_t record_number) const {
    const uint64_t offset = record_number < sealed_count_
                                ? parts_.sealed->tables.vector_offset(record_number)
                                : parts_.unsealed[record_number - sealed_count_].vector_offset;
    const uint64_t size = uint64_t{4} * dimension();
    if (offset > bytes().size() || size > bytes().size() - offset) return nullptr;
    return bytes().data() + offset;
}

Result<RecordView> view_row(ByteView bytes, const RecordRow& row, uint32_t dimension, bool framed) {
    if (framed) return view_record(bytes, row, dimension);
    const auto inside = [&](uint64_t offset, uint64_t size) {
        return offset <= bytes.size() && size <= bytes.size() - offset;
    };
    const uint64_t vector_size = uint64_t{4} * dimension;
    if (!inside(row.vector_offset, vector_size) || !inside(row.metadata_offset, row.metadata_size) ||
        !inside(row.text_offset, row.text_size)) {
        return fail(ErrorCode::kCorrupt, "a sample lies outside of the file");
    }
    return RecordView{bytes.subspan(row.vector_offset, vector_size),
                      as_text(bytes.subspan(row.metadata_offset, row.metadata_size)),
                      as_text(bytes.subspan(row.text_offset, row.text_size))};
}

Result<RecordView> Snapshot::view(uint64_t record_number) const {
    auto viewed = view_row(bytes(), row(record_number), dimension(), parts_.framed);
    if (!viewed) return fail(std::move(viewed).error().at("record " + std::to_string(record_number)));
    return viewed;
}

Result<std::string> Snapshot::id_of(uint64_t record_number) const {
    if (record_number < parts_.ids.size()) return parts_.ids[record_number];
    REEL_ASSIGN(const RecordView record, view(record_number));
    if (auto id = find_doc_id(record.metadata)) return *std::move(id);
    return fail(ErrorCode::kCorrupt, "record " + std::to_string(record_number) +
                                         " has no \"doc_id\" in its metadata at offset " +
                                         std::to_string(row(record_number).metadata_offset));
}

void Snapshot::load_ids() const {
    std::vector<bool> covered(sealed_count_, false);
    uint64_t covered_count = 0;
    if (parts_.sealed) {
        for (const SectionEntry& entry : parts_.sealed->seal.sections) {
            if (entry.kind != kIdSection || entry.first_record + entry.record_count > sealed_count_) continue;
            const auto data = section_data(bytes(), entry, true);
            if (!data) continue;
            const auto view = IdSectionView::parse(*data, entry);
            if (!view) continue;
            id_sections_.push_back(*view);
            covered_count += entry.record_count;
            std::fill_n(covered.begin() + static_cast<ptrdiff_t>(entry.first_record), entry.record_count, true);
        }
    }
    const uint64_t first = covered_count == sealed_count_ ? sealed_count_ : 0;
    for (uint64_t n = first; n < count(); ++n) {
        if (n < sealed_count_ && covered[n]) continue;
        const auto id = id_of(n);
        if (id) loose_ids_.push_back({id_hash(*id), n});
    }
    std::sort(loose_ids_.begin(), loose_ids_.end());
}

void Snapshot::visit_candidates(uint64_t hash, const std::function<void(uint64_t)>& visit) const {
    for (const IdSectionView& section : id_sections_) section.visit(hash, visit);
    auto at = std::lower_bound(loose_ids_.begin(), loose_ids_.end(), IdEntry{hash, 0});
    for (; at != loose_ids_.end() && at->hash == hash; ++at) visit(at->record_number);
}

Result<std::optional<uint64_t>> Snapshot::find(std::string_view id) const {
    std::call_once(ids_loaded_, [this] { load_ids(); });
    std::optional<uint64_t> found;
    visit_candidates(id_hash(id), [&](uint64_t record_number) {
        if (!live().contains(record_number)) return;
        const auto stored = id_of(record_number);
        if (stored && *stored == id && (!found || record_number > *found)) found = record_number;
    });
    return found;
}

}  // namespace reel
