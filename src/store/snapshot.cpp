#include "store/snapshot.h"

#include <algorithm>

#include "base/metadata.h"
#include "base/try.h"
#include "boxes/record_boxes.h"

namespace reel {

namespace {

void visit_equal(const std::vector<IdEntry>& sorted, uint64_t hash,
                 const std::function<void(uint64_t)>& visit) {
    auto at = std::lower_bound(sorted.begin(), sorted.end(), IdEntry{hash, 0});
    for (; at != sorted.end() && at->hash == hash; ++at) visit(at->record_number);
}

}  // namespace

Result<std::shared_ptr<const SealedPart>> SealedPart::view(Mapping bytes, const SealRecordBox& seal,
                                                           uint64_t movie_end, uint32_t dimension) {
    auto part = std::make_shared<SealedPart>();
    REEL_ASSIGN(part->tables,
                MovieTables::parse(bytes.bytes().subspan(seal.own_offset, movie_end - seal.own_offset)));
    part->bytes = std::move(bytes);
    part->seal = seal;
    part->movie_end = movie_end;
    part->dimension = dimension;
    return std::shared_ptr<const SealedPart>(std::move(part));
}

void SealedPart::load_ids() const {
    std::vector<bool> covered(tables.count(), false);
    uint64_t covered_count = 0;
    for (const SectionEntry& entry : seal.sections) {
        if (entry.kind != kIdSection) continue;
        const auto data = section_data(bytes.bytes(), entry, true);
        if (!data) continue;
        const auto section = IdSectionView::parse(*data, entry);
        if (!section || section->count() != entry.record_count) continue;
        id_sections_.push_back(*section);
        covered_count += entry.record_count;
        std::fill_n(covered.begin() + static_cast<ptrdiff_t>(entry.first_record), entry.record_count, true);
    }
    if (covered_count == tables.count()) return;
    for (uint64_t n = 0; n < tables.count(); ++n) {
        if (covered[n]) continue;
        const auto record = view_record(bytes.bytes(), tables.row(n), dimension);
        const auto id = record ? find_doc_id(record->metadata) : std::nullopt;
        if (id) loose_ids_.push_back({id_hash(*id), n});
    }
    std::sort(loose_ids_.begin(), loose_ids_.end());
}

void SealedPart::visit_ids(uint64_t hash, const std::function<void(uint64_t)>& visit) const {
    std::call_once(ids_loaded_, [this] { load_ids(); });
    for (const IdSectionView& section : id_sections_) section.visit(hash, visit);
    visit_equal(loose_ids_, hash, visit);
}

void SealedPart::load_checksums() const {
    for (const SectionEntry& entry : seal.sections) {
        if (entry.kind != kChecksumSection || entry.size != 4 * entry.record_count) continue;
        const auto data = section_data(bytes.bytes(), entry, true);
        if (data) checksums_.push_back({entry.first_record, entry.record_count, data->data()});
    }
}

std::optional<uint32_t> SealedPart::checksum_of(uint64_t record_number) const {
    std::call_once(checksums_loaded_, [this] { load_checksums(); });
    for (const ChecksumRange& range : checksums_) {
        if (record_number < range.first_record || record_number - range.first_record >= range.record_count)
            continue;
        return load_le<uint32_t>(range.data + 4 * (record_number - range.first_record));
    }
    return std::nullopt;
}

bool SealedPart::vector_table_is_whole() const {
    std::call_once(table_checked_, [this] { table_is_whole_ = last_table_holds(tables, seal); });
    return table_is_whole_;
}

namespace {

/// Deletions of records below `count` by commits up to `commit`.
std::shared_ptr<const DeletedSet> collect_deleted(const SnapshotParts& parts, uint64_t count,
                                                  uint64_t commit) {
    auto deleted = std::make_shared<DeletedSet>();
    const auto take = [&](const Tombstone& tombstone) {
        if (tombstone.record_number < count && tombstone.commit_number <= commit)
            deleted->insert(tombstone.record_number);
    };
    if (parts.sealed) {
        for (const Tombstone& tombstone : parts.sealed->seal.tombstones) take(tombstone);
    }
    for (size_t i = 0; i < parts.tombstones.size(); ++i) take(parts.tombstones[i]);
    return deleted;
}

}  // namespace

Snapshot::Snapshot(SnapshotParts parts) : parts_(std::move(parts)) {
    if (parts_.sealed) {
        sealed_count_ = parts_.sealed->tables.count();
        // As of an earlier commit, fewer than the movie lists.
        if (parts_.unsealed.empty()) sealed_count_ = std::min(sealed_count_, parts_.state.next_record_number);
    }
    if (!parts_.deleted) parts_.deleted = collect_deleted(parts_, count(), parts_.state.commit_number);
}

std::shared_ptr<const Snapshot> Snapshot::as_of(const ChainState& state) const {
    SnapshotParts parts = parts_;
    parts.state = state;
    parts.deleted.reset();
    const uint64_t sealed = parts.sealed->tables.count();
    const uint64_t unsealed = state.next_record_number > sealed ? state.next_record_number - sealed : 0;
    parts.unsealed = parts.unsealed.first(std::min<uint64_t>(unsealed, parts.unsealed.size()));
    return std::make_shared<Snapshot>(std::move(parts));
}

const std::byte* Snapshot::vector_at(uint64_t record_number) const {
    const uint64_t offset = record_number < sealed_count_
                                ? parts_.sealed->tables.vector_offset(record_number)
                                : parts_.unsealed[record_number - sealed_count_].row.vector_offset;
    if (parts_.framed) return vector_in_place(bytes(), offset, dimension());
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
    if (const auto expected = checksum_of(record_number)) {
        const RecordExtent extent = extent_of(row(record_number));
        if (extent.begin > extent.end || extent.end > bytes().size() ||
            crc32c(bytes().subspan(extent.begin, extent.end - extent.begin)) != *expected) {
            return fail(ErrorCode::kCorrupt,
                        "record " + std::to_string(record_number) + " at offset " +
                            std::to_string(extent.begin) +
                            " has a wrong checksum; `reel verify` lists what is damaged");
        }
    }
    return viewed;
}

std::optional<uint32_t> Snapshot::checksum_of(uint64_t record_number) const {
    if (record_number < sealed_count_) return parts_.sealed->checksum_of(record_number);
    if (!parts_.checksums_known) return std::nullopt;
    return parts_.unsealed[record_number - sealed_count_].checksum;
}

Result<std::string> Snapshot::id_of(uint64_t record_number) const {
    if (record_number < parts_.ids.size()) return parts_.ids[record_number];
    REEL_ASSIGN(const RecordView record, view(record_number));
    if (auto id = find_doc_id(record.metadata)) return *std::move(id);
    return fail(ErrorCode::kCorrupt, "record " + std::to_string(record_number) +
                                         " has no \"doc_id\" in its metadata at offset " +
                                         std::to_string(row(record_number).metadata_offset));
}

void Snapshot::load_unsealed_ids() const {
    for (uint64_t n = sealed_count_; n < count(); ++n) {
        const auto id = id_of(n);
        if (id) {
            unsealed_ids_.push_back({id_hash(*id), n});
        } else {
            unreadable_records_.push_back(n);
        }
    }
    std::sort(unsealed_ids_.begin(), unsealed_ids_.end());
}

void Snapshot::visit_unsealed_ids(uint64_t hash, const std::function<void(uint64_t)>& visit) const {
    if (parts_.id_hashes_known) {
        // The seal policy bounds how many there are, and a sorted list would have to be made for every
        // commit.
        for (size_t i = 0; i < parts_.unsealed.size(); ++i) {
            if (parts_.unsealed[i].id_hash == hash) visit(sealed_count_ + i);
        }
        return;
    }
    std::call_once(ids_loaded_, [this] { load_unsealed_ids(); });
    visit_equal(unsealed_ids_, hash, visit);
    for (const uint64_t n : unreadable_records_) visit(n);
}

Result<std::optional<uint64_t>> Snapshot::find(std::string_view id) const {
    std::optional<uint64_t> found;
    std::optional<Error> damage;
    const auto judge = [&](uint64_t record_number) {
        if (!live().contains(record_number)) return;
        const auto stored = id_of(record_number);
        if (!stored) damage = stored.error();
        if (stored && *stored == id && (!found || record_number > *found)) found = record_number;
    };
    const uint64_t hash = id_hash(id);
    if (parts_.sealed) parts_.sealed->visit_ids(hash, judge);
    visit_unsealed_ids(hash, judge);
    // The hash leads to a record that cannot be read: it may be the one that was asked for.
    if (!found && damage) return fail(*std::move(damage));
    return found;
}

}  // namespace reel
