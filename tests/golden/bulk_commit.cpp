#include "golden/bulk_commit.h"

#include <algorithm>

#include "base/appender.h"
#include "base/checksum.h"
#include "boxes/box_header.h"
#include "container/movie_writer.h"
#include "store/chain.h"
#include "store/sections.h"

namespace reel {

namespace {

class ListedRows final : public RecordRows {
public:
    [[nodiscard]] uint64_t count() const override { return rows.size(); }
    [[nodiscard]] RecordRow row(uint64_t n) const override { return rows.at(n); }
    std::vector<RecordRow> rows;
};

void append_header(ByteBuffer& out, FourCC type, uint64_t size) {
    out.resize(out.size() + 8);
    store_be(out.data() + out.size() - 8, static_cast<uint32_t>(size));
    store_be(out.data() + out.size() - 4, type.value);
}

class BulkCommit {
public:
    explicit BulkCommit(MemoryFile& file)
        : file_(file),
          identity_(must(read_identity(file)).value()),
          recovered_(must(recover(file, identity_, RecoverFor::kWriting))) {
        must(file_.truncate(recovered_.committed_end));
        const auto snapshot = must(open_reader(file_)).snapshot;
        if (snapshot->sealed_count() != 0) throw std::runtime_error("the store has a seal");
        for (uint64_t n = 0; n < snapshot->count(); ++n) {
            rows_.rows.push_back(snapshot->row(n));
            ids_.push_back({id_hash(must(snapshot->id_of(n))), n});
        }
        for (const RecoveredCommit& commit : recovered_.commits) {
            const auto& some = commit.record.record_checksums;
            checksums_.insert(checksums_.end(), some.begin(), some.end());
            for (const uint64_t number : commit.record.tombstones)
                seal_.tombstones.push_back({number, commit.record.commit_number});
        }
    }

    void run(const std::vector<TestRecord>& records, std::vector<uint64_t> removed) {
        std::sort(removed.begin(), removed.end());
        append_records(records);
        append_sections();
        append_movie(make_commit(records.size(), std::move(removed)));
        cover();
    }

private:
    [[nodiscard]] uint64_t end() const { return file_.content().size(); }
    void write(const ByteBuffer& bytes) { must(file_.write_at(end(), bytes)); }

    void append_records(const std::vector<TestRecord>& records) {
        ByteBuffer media;
        append_header(media, kMediaDataBox, 0);
        for (const TestRecord& record : records) {
            const size_t at = media.size();
            ids_.push_back({id_hash(record.id), rows_.rows.size()});
            rows_.rows.push_back(append_record(media, end() + at,
                                               {to_big_endian(record.vector), record.metadata, record.text}));
            checksums_.push_back(crc32c(ByteView(media).subspan(at)));
        }
        store_be(media.data(), static_cast<uint32_t>(media.size()));
        boxes_hash_ = sha256(ByteView(media).subspan(8));
        write(media);
    }

    void append_section(ByteBuffer& media, FourCC kind, const ByteBuffer& data) {
        SectionEntry entry{kind, kSectionVersion, 0, rows_.count(), 0, data.size(), crc32c(data)};
        const size_t start = media.size();
        write_box(media, SectionBoxHead{kind, kSectionVersion, 0, rows_.count()});
        entry.file_offset = end() + media.size();
        append(media, data);
        store_be(media.data() + start, static_cast<uint32_t>(media.size() - start));
        seal_.sections.push_back(entry);
    }

    void append_sections() {
        std::sort(ids_.begin(), ids_.end());
        ByteBuffer checksums(4 * checksums_.size());
        for (size_t i = 0; i < checksums_.size(); ++i)
            std::memcpy(checksums.data() + 4 * i, &checksums_[i], 4);
        ByteBuffer media;
        append_header(media, kMediaDataBox, 0);
        append_section(media, kIdSection, build_id_section(ids_, 0));
        append_section(media, kChecksumSection, checksums);
        uint64_t padding = (kCoverSize - (end() + media.size()) % kCoverSize) % kCoverSize;
        if (padding > 0 && padding < 8) padding += kCoverSize;
        if (padding > 0) append_header(media, kFreeBox, padding);
        media.resize(media.size() + (padding > 0 ? padding - 8 : 0));
        store_be(media.data(), static_cast<uint32_t>(media.size()));
        write(media);
        sections_end_ = end();
        ByteBuffer free_box;
        append_header(free_box, kFreeBox, kCoverSize);
        free_box.resize(kCoverSize);
        write(free_box);
    }

    CommitRecordBox make_commit(uint64_t count, std::vector<uint64_t> removed) {
        const ChainState& state = recovered_.state;
        CommitRecordBox commit;
        commit.file_id = identity_.file_id;
        commit.own_offset = end();
        commit.previous_commit_offset = state.commit_offset;
        commit.commit_number = state.commit_number + 1;
        commit.first_record_number = state.next_record_number;
        commit.record_count = count;
        commit.commit_time_ms = std::max<uint64_t>(state.commit_time_ms, 1'790'000'000'000);
        commit.durable_through = state.commit_number;
        commit.next_default_id = state.next_default_id;
        commit.previous_hash = state.hash;
        commit.boxes_hash = boxes_hash_;
        commit.tombstones = std::move(removed);
        commit.chain_hash = chain_hash(commit);
        return commit;
    }

    void append_movie(const CommitRecordBox& commit) {
        const ChainState state = advance(commit);
        seal_.file_id = identity_.file_id;
        seal_.commit_number = state.commit_number;
        seal_.durable_through = commit.durable_through;
        seal_.next_record_number = state.next_record_number;
        seal_.next_default_id = state.next_default_id;
        seal_.commit_time_ms = state.commit_time_ms;
        seal_.previous_commit_offset = state.commit_offset;
        seal_.chain_hash = state.hash;
        for (const uint64_t number : commit.tombstones)
            seal_.tombstones.push_back({number, state.commit_number});
        Appender out(file_, end());
        must(write_movie(
            out, {&rows_, recovered_.config.embedder.dimension, recovered_.configuration, commit, seal_}));
        must(out.flush());
    }

    void cover() {
        ByteBuffer header;
        append_header(header, kMediaDataBox, sections_end_ - recovered_.free_offset);
        header.resize(kCoverSize);
        must(file_.write_at(recovered_.free_offset, header));
    }

    MemoryFile& file_;
    IdentityBox identity_;
    Recovered recovered_;
    ListedRows rows_;
    std::vector<IdEntry> ids_;
    std::vector<uint32_t> checksums_;
    SealRecordBox seal_;
    Sha256Digest boxes_hash_{};
    uint64_t sections_end_ = 0;
};

}  // namespace

void append_bulk_commit(MemoryFile& file, const std::vector<TestRecord>& records,
                        std::vector<uint64_t> removed) {
    BulkCommit(file).run(records, std::move(removed));
}

}  // namespace reel
