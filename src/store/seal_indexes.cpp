// Index sections of a seal: each in an mdat of its own, in front of the store's own sections.
#include <algorithm>

#include "base/mapping_guard.h"
#include "base/try.h"
#include "store/seal_parts.h"
#include "store/writer.h"

namespace reel {

namespace {

/// Records that are in the file, committed or not.
class MappedRecords final : public RecordSource {
public:
    MappedRecords(Mapping bytes, const RecordRows& rows, uint32_t dimension)
        : bytes_(std::move(bytes)), rows_(rows), dimension_(dimension) {}

    [[nodiscard]] const std::byte* vector_at(uint64_t record_number) const override {
        return vector_in_place(bytes_.bytes(), rows_.row(record_number).vector_offset, dimension_);
    }
    [[nodiscard]] Result<RecordView> view(uint64_t record_number) const override {
        return view_record(bytes_.bytes(), rows_.row(record_number), dimension_);
    }
    [[nodiscard]] bool was_cut() const { return bytes_.was_cut(); }

private:
    Mapping bytes_;
    const RecordRows& rows_;
    uint32_t dimension_;
};

uint64_t weigh(const SectionMaker& maker, const RecordRows& rows, uint64_t first, uint64_t count) {
    uint64_t weight = 0;
    for (uint64_t n = first; n < first + count; ++n) weight += maker.weight(rows.row(n));
    return weight;
}

bool overlaps(const SectionEntry& entry, uint64_t next) {
    return entry.first_record < next || entry.record_count == 0;
}

}  // namespace

/// Older sections of the maker's kind that can stay or be merged.
std::vector<SectionEntry> Writer::usable_sections(const SectionMaker& maker, SealEffort effort) const {
    std::vector<SectionEntry> usable;
    uint64_t next = 0;
    for (const SectionEntry& entry : sealed_->seal.sections) {
        if (entry.kind != maker.kind() || entry.version != maker.version() || overlaps(entry, next)) continue;
        const bool thorough = effort == SealEffort::kThorough;
        const auto data = section_data(sealed_->bytes.bytes(), entry, thorough);
        if (!data || (thorough && !maker.is_current(entry, *data))) continue;
        usable.push_back(entry);
        next = entry.first_record + entry.record_count;
    }
    return usable;
}

/// Whether a thorough seal would write any index section.
bool Writer::indexes_are_due() const {
    const auto no_weight = [](uint64_t, uint64_t) -> uint64_t { return 0; };
    return std::any_of(makers_.begin(), makers_.end(), [&](const auto& maker) {
        const auto usable = usable_sections(*maker, SealEffort::kThorough);
        return !plan_index(usable, state_.next_record_number, SealEffort::kThorough, no_weight).made.empty();
    });
}

/// Writes the section into an mdat of its own.
Result<bool> Writer::write_index_section(SectionEntry& entry, SectionContent& content) {
    ByteBuffer head;
    write_box(head, SectionBoxHead{entry.kind, entry.version, entry.first_record, entry.record_count});
    const uint64_t box_size = head.size() + content.size();
    if (box_size + 8 > kMaxSmallBox) {
        skip_index({ErrorCode::kLimit, "an index section would reach 4 GiB"});
        return false;
    }
    store_be(head.data(), static_cast<uint32_t>(box_size));
    ByteBuffer media;
    append_box_header(media, kMediaDataBox, box_size + 8);
    REEL_TRY(out_->append(media));
    REEL_TRY(out_->append(head));
    entry.file_offset = out_->offset();
    entry.size = content.size();
    Status disk;
    auto status = content.write([&](ByteView bytes) {
        entry.checksum = crc32c(bytes, entry.checksum);
        return disk = out_->append(bytes);
    });
    REEL_TRY(disk);
    const uint64_t written = out_->offset() - entry.file_offset;
    if (status && written == entry.size) return true;
    if (written > entry.size) return fail(ErrorCode::kIo, "an index section is larger than was said");
    skip_index(status ? Error{ErrorCode::kIo, "an index section is smaller than was said"} : status.error());
    const ByteBuffer zeros(std::min<uint64_t>(entry.size - written, Appender::kDefaultBuffer));
    for (uint64_t left = entry.size - written; left > 0; left -= std::min<uint64_t>(left, zeros.size()))
        REEL_TRY(out_->append(ByteView(zeros).first(std::min<uint64_t>(left, zeros.size()))));
    return false;
}

/// Where the new section could not be made the older ones inside of it stay, out of date or not.
void Writer::keep_old_sections(FourCC kind, const PlannedSection& planned,
                               std::vector<SectionEntry>& directory) const {
    const uint64_t end = planned.first_record + planned.record_count;
    for (const SectionEntry& old : sealed_->seal.sections) {
        const bool is_inside =
            old.first_record >= planned.first_record && old.first_record + old.record_count <= end;
        if (old.kind == kind && is_inside && section_data(sealed_->bytes.bytes(), old, true))
            directory.push_back(old);
    }
}

void Writer::skip_index(Error reason) {
    if (!skipped_index_) skipped_index_ = std::make_unique<Error>(std::move(reason));
}

/// One kind. What cannot be made is left out: an index can be done without, a commit cannot.
Status Writer::write_indexes_of(const SectionMaker& maker, const RecordSource& records,
                                const RecordRows& rows, std::vector<SectionEntry>& directory) {
    IndexPlan plan =
        plan_index(usable_sections(maker, work_.effort), rows.count(), work_.effort,
                   [&](uint64_t first, uint64_t count) { return weigh(maker, rows, first, count); });
    std::vector<SectionEntry> of_kind = std::move(plan.kept);
    for (PlannedSection& planned : plan.made) {
        SectionRequest request{records,      planned.first_record, planned.record_count,
                               work_.effort, planned.replaced,     {},
                               work_.control};
        if (work_.progress) {
            request.control.progress = [&](uint64_t done, uint64_t total) {
                work_.progress(maker.what(), done, total);
            };
        }
        for (const SectionEntry& old : planned.replaced) {
            REEL_ASSIGN(const ByteView data, section_data(sealed_->bytes.bytes(), old, false));
            request.old_data.push_back(data);
        }
        SectionEntry entry{
            maker.kind(), maker.version(), planned.first_record, planned.record_count, 0, 0, 0};
        auto made = maker.make(request);
        if (!made) skip_index(made.error());
        bool is_written = false;
        if (made) {
            REEL_ASSIGN(is_written, write_index_section(entry, **made));
        }
        if (is_written) {
            of_kind.push_back(entry);
        } else {
            keep_old_sections(maker.kind(), planned, of_kind);
        }
    }
    std::sort(of_kind.begin(), of_kind.end(),
              [](const SectionEntry& a, const SectionEntry& b) { return a.first_record < b.first_record; });
    directory.insert(directory.end(), of_kind.begin(), of_kind.end());
    return {};
}

/// Appends the index sections that are due and completes the directory.
Status Writer::write_index_sections(const RecordRows& rows, std::vector<SectionEntry>& directory) {
    skipped_index_.reset();
    if (makers_.empty() || rows.count() == 0) return {};
    REEL_TRY(out_->flush());
    const uint64_t start = out_->offset();
    REEL_ASSIGN(Mapping bytes, file_->map(start));
    const MappedRecords records(std::move(bytes), rows, config_->embedder.dimension);
    std::vector<SectionEntry> completed = directory;
    const auto write = [&]() -> Status {
        for (const auto& maker : makers_) {
            std::erase_if(completed, [&](const SectionEntry& entry) { return entry.kind == maker->kind(); });
            REEL_TRY(write_indexes_of(*maker, records, rows, completed));
        }
        return out_->flush();
    };
    auto status = write();
    if (records.was_cut()) return fail(was_cut_error(file_->path()));
    if (!status && status.error().code == ErrorCode::kNoSpace) {
        // The records and the movie may still have room.
        skip_index(status.error());
        REEL_TRY(file_->truncate(start));
        out_ = std::make_unique<Appender>(*file_, start);
        return {};
    }
    REEL_TRY(std::move(status));
    directory = std::move(completed);
    return {};
}

}  // namespace reel
