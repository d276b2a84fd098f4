#include "store/verify.h"

#include <algorithm>

#include "base/metadata.h"
#include "base/try.h"
#include "base/utf8.h"
#include "boxes/record_boxes.h"
#include "container/fragment.h"
#include "store/history.h"
#include "store/reader.h"
#include "store/trailer.h"

namespace reel {

namespace {

class Verification {
public:
    Verification(const File& file, VerifyDepth depth) : file_(file), is_full_(depth == VerifyDepth::kFull) {}

    Result<VerifyReport> run() {
        const auto identity = read_identity(file_);
        if (!identity) return broken(identity.error());
        if (*identity) {
            auto recovered = recover_settled(file_, **identity, RecoverFor::kWriting);
            if (!recovered) return broken(recovered.error());
            recovered_ = *std::move(recovered);
            check_top_level();
        }
        // Of the same moment: a writer may be at work.
        const auto reader = *identity ? show_recovered(file_, recovered_) : open_reader(file_);
        if (!reader) return broken(reader.error());
        snapshot_ = reader->snapshot;
        if (is_full_) check_records();
        if (*identity) {
            check_movie_bytes();
            check_checksums();
            check_id_sections();
            check_index_sections();
            check_chain(**identity);
            check_tombstones();
        }
        report_.bytes_checked = is_full_ ? snapshot_->bytes().size() : report_.bytes_checked;
        return std::move(report_);
    }

private:
    void found(uint64_t offset, std::string sentence) {
        report_.findings.push_back({offset, std::move(sentence)});
    }

    Result<VerifyReport> broken(const Error& error) {
        if (error.code == ErrorCode::kIo || error.code == ErrorCode::kNotFound) return fail(error);
        found(0, error.message);
        return std::move(report_);
    }

    void check_top_level() {
        if (recovered_.tail == TailState::kDamaged) {
            found(recovered_.committed_end, "acknowledged data is damaged: " + recovered_.tail_reason);
        } else if (recovered_.tail == TailState::kTorn && !file_.lock_holder()) {  // else a writer is at work
            found(recovered_.committed_end,
                  "an unfinished commit, which the next writer cuts off: " + recovered_.tail_reason);
        }
    }

    void check_movie_bytes() {
        const SealedPart& sealed = *snapshot_->sealed();
        const uint64_t offset = sealed.seal.own_offset;
        const auto status =
            check_movie(sealed.bytes.bytes().subspan(offset, sealed.movie_end - offset), sealed.seal);
        if (!status) found(offset, status.error().message);
        report_.bytes_checked += sealed.movie_end - offset;
    }

    /// Boxes, vectors, JSON, ids and texts of every record; and that no live id stands twice.
    void check_records() {
        std::vector<IdEntry> ids;
        for (uint64_t n = 0; n < snapshot_->count(); ++n) {
            ++report_.records_checked;
            const uint64_t offset = snapshot_->row(n).vector_offset;
            const auto record = snapshot_->view(n);
            if (!record) {
                found(offset, record.error().message);
                continue;
            }
            check_payloads(n, *record);
            const auto id = snapshot_->id_of(n);
            if (!id) {
                found(snapshot_->row(n).metadata_offset, id.error().message);
            } else if (snapshot_->live().contains(n)) {
                ids.push_back({id_hash(*id), n});
            }
        }
        std::sort(ids.begin(), ids.end());
        for (size_t i = 1; i < ids.size(); ++i) {
            if (ids[i].hash == ids[i - 1].hash) {
                found(snapshot_->row(ids[i].record_number).metadata_offset,
                      "records " + std::to_string(ids[i - 1].record_number) + " and " +
                          std::to_string(ids[i].record_number) + " have the same id");
            }
        }
    }

    void check_payloads(uint64_t n, const RecordView& record) {
        const RecordRow row = snapshot_->row(n);
        const std::string name = "record " + std::to_string(n) + ": ";
        for (size_t i = 0; i < record.vector.size(); i += 4) {
            // All exponent bits set: NaN or Inf.
            if ((load_be<uint32_t>(record.vector.data() + i) & 0x7F800000U) != 0x7F800000U) continue;
            found(row.vector_offset + i, name + "the vector has a value that is not finite");
            break;
        }
        if (find_invalid_utf8(record.text)) found(row.text_offset, name + "the text is not UTF-8");
        const auto json = check_json_object(record.metadata);
        if (!json) found(row.metadata_offset, name + json.error().message);
    }

    /// CRC32C of the boxes of records [first, first + checksums.size()).
    template <class Checksum>
    void check_range(uint64_t first, uint64_t count, const Checksum& checksum) {
        if (!is_full_) return;
        const ByteView bytes = snapshot_->bytes();
        for (uint64_t i = 0; i < count && first + i < snapshot_->count(); ++i) {
            const RecordExtent extent = extent_of(snapshot_->row(first + i));
            if (extent.begin > extent.end || extent.end > bytes.size()) continue;  // reported with the boxes
            if (crc32c(bytes.subspan(extent.begin, extent.end - extent.begin)) != checksum(i)) {
                found(extent.begin, "record " + std::to_string(first + i) + " has a wrong checksum");
            }
        }
    }

    void check_checksums() {
        uint64_t next = 0;
        for (const SectionEntry& entry : recovered_.seal.sections) {
            if (entry.kind != kChecksumSection) continue;
            const auto data = section_data(snapshot_->bytes(), entry, true);
            if (!data) {
                found(entry.file_offset, data.error().message);
            } else if (entry.first_record != next || data->size() != 4 * entry.record_count) {
                found(entry.file_offset, "the sections of record checksums leave a gap");
            } else {
                report_.bytes_checked += data->size();
                check_range(entry.first_record, entry.record_count,
                            [&](uint64_t i) { return load_le<uint32_t>(data->data() + 4 * i); });
            }
            next = entry.first_record + entry.record_count;
        }
        if (next != snapshot_->sealed_count())
            found(recovered_.seal.own_offset, "sealed records have no checksums");
        for (const RecoveredCommit& commit : recovered_.commits) {
            const auto& checksums = commit.record.record_checksums;
            check_range(commit.record.first_record_number, checksums.size(),
                        [&](uint64_t i) { return checksums[i]; });
        }
    }

    void check_id_sections() {
        uint64_t next = 0;
        for (const SectionEntry& entry : recovered_.seal.sections) {
            if (entry.kind != kIdSection) continue;
            const auto data = section_data(snapshot_->bytes(), entry, true);
            const auto view = data ? IdSectionView::parse(*data, entry) : fail(data.error());
            if (!view) {
                found(entry.file_offset, view.error().message);
            } else {
                check_id_section(*view, entry);
            }
            if (entry.first_record != next) found(entry.file_offset, "the sections of ids leave a gap");
            next = entry.first_record + entry.record_count;
        }
        if (next != snapshot_->sealed_count())
            found(recovered_.seal.own_offset, "sealed records have no id section");
    }

    /// Of those that can be done without: a damaged one slows searches down until the next seal.
    void check_index_sections() {
        for (const SectionEntry& entry : recovered_.seal.sections) {
            if (entry.kind == kIdSection || entry.kind == kChecksumSection) continue;
            const auto data = section_data(snapshot_->bytes(), entry, true);
            if (data) {
                report_.bytes_checked += data->size();
            } else {
                found(entry.file_offset, data.error().message + "; `reel seal` makes it anew");
            }
        }
    }

    void check_id_section(const IdSectionView& view, const SectionEntry& section) {
        if (view.count() != section.record_count) found(section.file_offset, "an id section misses records");
        report_.bytes_checked += section.size;
        if (!is_full_) return;
        for (uint64_t i = 0; i < view.count(); ++i) {
            const IdEntry entry = view.entry(i);
            const bool in_range = entry.record_number >= section.first_record &&
                                  entry.record_number - section.first_record < section.record_count;
            const auto id = in_range ? snapshot_->id_of(entry.record_number) : fail(ErrorCode::kCorrupt, "");
            const bool ascending = i == 0 || view.entry(i - 1) < entry;
            if (in_range && !id) continue;  // reported with the record
            if (!in_range || !ascending || id_hash(*id) != entry.hash) {
                found(section.file_offset, "entry " + std::to_string(i) + " of an id section is wrong");
                return;
            }
        }
    }

    /// From the newest commit back to the first.
    void check_chain(const IdentityBox& identity) {
        const auto status = visit_history(*snapshot_, identity, [&](const CommitRecordBox& commit) {
            report_.bytes_checked += box_size(commit);
            if (is_full_) check_boxes_hash(commit);
            for (const uint64_t number : commit.tombstones)
                deleted_.emplace_back(number, commit.commit_number);
            return true;
        });
        if (!status) found(snapshot_->state().commit_offset, status.error().message);
        chain_is_whole_ = status.has_value();
    }

    /// The seal's deletions against those of the commits.
    void check_tombstones() {
        if (!chain_is_whole_) return;
        std::vector<std::pair<uint64_t, uint64_t>> stated;
        stated.reserve(recovered_.seal.tombstones.size());
        for (const Tombstone& tombstone : recovered_.seal.tombstones)
            stated.emplace_back(tombstone.record_number, tombstone.commit_number);
        for (const RecoveredCommit& commit : recovered_.commits) {
            for (const uint64_t number : commit.record.tombstones)
                stated.emplace_back(number, commit.record.commit_number);
        }
        std::sort(stated.begin(), stated.end());
        std::sort(deleted_.begin(), deleted_.end());
        if (stated == deleted_) return;
        found(recovered_.seal.own_offset, "the seal's list of deletions is not that of the commits");
    }

    void check_boxes_hash(const CommitRecordBox& commit) {
        Sha256 hash;
        const ByteView bytes = snapshot_->bytes();
        const uint64_t end = commit.first_record_number + commit.record_count;
        if (end < commit.first_record_number || end > snapshot_->count()) {
            found(commit.own_offset,
                  "commit " + std::to_string(commit.commit_number) + " has records that are not there");
            return;
        }
        for (uint64_t n = commit.first_record_number; n < end; ++n) {
            const RecordExtent extent = extent_of(snapshot_->row(n));
            if (extent.begin > extent.end || extent.end > bytes.size()) return;
            hash.update(bytes.subspan(extent.begin, extent.end - extent.begin));
        }
        if (hash.finish() == commit.boxes_hash) return;
        found(commit.own_offset, "the records of commit " + std::to_string(commit.commit_number) +
                                     " are not those that were committed");
    }

    const File& file_;
    bool is_full_;
    bool chain_is_whole_ = false;
    std::vector<std::pair<uint64_t, uint64_t>> deleted_;  ///< record and commit number, from the chain
    VerifyReport report_;
    Recovered recovered_;
    std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace

Result<VerifyReport> verify_store(const File& file, VerifyDepth depth) {
    return Verification(file, depth).run();
}

}  // namespace reel
