#include "store/repair_evidence.h"

#include <algorithm>
#include <cstring>

#include "boxes/record_boxes.h"
#include "store/configuration.h"
#include "store/sections.h"

namespace reel {

namespace {

constexpr uint64_t kHeader = 8;
constexpr uint64_t kFragmentHead = 24;   ///< headers of moof, and mfhd
constexpr uint64_t kRunsOfRecord = 216;  ///< a traf a track
constexpr uint64_t kSectionHead = 48;
constexpr size_t kMaxPlaces = 4096;  ///< of what a file has a few: movies, configurations
constexpr uint64_t kMaxNumber = uint64_t{1} << 62U;

/// The section of record checksums in its box, unproven.
struct FoundSection {
    uint64_t first_record = 0;
    uint64_t record_count = 0;
    ByteView data;
};

class Gatherer {
public:
    Gatherer(ByteView file, WorkBudget& budget) : file_(file), budget_(budget) {}

    Evidence run() {
        find_own_boxes();
        find_marks();
        choose_file_id();
        find_movies();
        for (const FoundCommit& commit : out_.commits) take(commit.record);
        for (const FoundSeal& seal : out_.seals) take(seal.seal);
        for (const MarkBox& mark : marks_)
            out_.durable_through = std::max(out_.durable_through, mark.commit_number);
        take_section_checksums();
        take_commit_checksums();
        std::sort(out_.checksums.begin(), out_.checksums.end());
        const auto last = std::unique(out_.checksums.begin(), out_.checksums.end());
        out_.checksums.erase(last, out_.checksums.end());
        find_configuration();
        return std::move(out_);
    }

private:
    // --- Finding ---

    void find_own_boxes() {
        size_t at = find_bytes(file_, "uuid", 4);
        while (at < file_.size() && !budget_.exhausted()) {
            const uint64_t offset = at - 4;
            const uint64_t end = own_box(offset, box_at(file_, offset));
            at = find_bytes(file_, "uuid", std::max<uint64_t>(at + 4, end));
        }
    }

    /// The end of a box that was taken; else 0.
    uint64_t own_box(uint64_t offset, ByteView box) {
        if (find_payload<IdentityBox>(box)) return identity(offset, box);
        if (find_payload<CommitRecordBox>(box)) return commit(offset, box);
        if (find_payload<SealRecordBox>(box)) return seal(offset, box);
        if (find_payload<SectionBoxHead>(box)) return section(offset, box);
        return 0;
    }

    uint64_t identity(uint64_t offset, ByteView box) {
        const uint64_t size = box_size(IdentityBox{});
        if (out_.has_identity || box.size() < size || !checksum_holds(box.first(size))) return 0;
        const auto parsed = parse_box<IdentityBox>(*find_payload<IdentityBox>(box));
        if (!parsed) return 0;
        out_.has_identity = true;
        out_.file_id = parsed->file_id;
        return offset + box.size();
    }

    uint64_t commit(uint64_t offset, ByteView box) {
        const auto tables = commit_tables(box);
        if (!tables || !budget_.spend(box.size())) return 0;
        FoundCommit found;
        found.offset = offset;
        if (!checksum_holds(box)) {
            const uint64_t head = kFragmentHead + kRunsOfRecord * *tables;
            if (head > offset) return 0;
            found.offset = offset - head;
            found.moof = box_at(file_, found.offset);
            if (found.moof.size() != head + box.size() || !budget_.spend(head) ||
                load_be<uint32_t>(found.moof.data() + 4) != kFragmentBox.value ||
                !checksum_holds(found.moof)) {
                return 0;
            }
        }
        const auto parsed = parse_box<CommitRecordBox>(*find_payload<CommitRecordBox>(box));
        if (!parsed || parsed->first_record_number > kMaxNumber || parsed->record_count > kMaxNumber)
            return 0;
        if (!found.moof.empty() && parsed->record_checksums.size() != parsed->record_count) return 0;
        found.record = *parsed;
        out_.commits.push_back(std::move(found));
        return offset + box.size();
    }

    /// The number of record checksums, if the counts of the tables are those of the box's size.
    static std::optional<uint64_t> commit_tables(ByteView box) {
        const uint64_t fixed = box_size(CommitRecordBox{});
        if (box.size() < fixed) return std::nullopt;
        const uint64_t tombstones = load_be<uint32_t>(box.data() + fixed - 12);
        if (tombstones > (box.size() - fixed) / 8) return std::nullopt;
        const uint64_t checksums = load_be<uint32_t>(box.data() + fixed - 8 + 8 * tombstones);
        if (box.size() != fixed + 8 * tombstones + 4 * checksums) return std::nullopt;
        return checksums;
    }

    uint64_t seal(uint64_t offset, ByteView box) {
        if (box.size() < box_size(SealRecordBox{}) || !budget_.spend(box.size()) || !checksum_holds(box))
            return 0;
        auto parsed = parse_box<SealRecordBox>(*find_payload<SealRecordBox>(box));
        if (!parsed || parsed->next_record_number > kMaxNumber) return 0;
        out_.seals.push_back({offset, std::nullopt, {}, *std::move(parsed)});
        return offset + box.size();
    }

    uint64_t section(uint64_t, ByteView box) {
        const auto head = parse_box<SectionBoxHead>(*find_payload<SectionBoxHead>(box));
        if (!head || head->kind != kChecksumSection || head->version != kSectionVersion) return 0;
        if (head->record_count != (box.size() - kSectionHead) / 4 || box.size() % 4 != 0) return 0;
        sections_.push_back({head->first_record, head->record_count, box.subspan(kSectionHead)});
        return 0;
    }

    void find_marks() {
        const std::string_view type = as_text(MarkBox::kExtendedType);
        for (size_t at = find_bytes(file_, type, kHeader); at < file_.size();
             at = find_bytes(file_, type, at + type.size())) {
            const ByteView box = box_at(file_, at - kHeader);
            const auto payload = find_payload<MarkBox>(box);
            if (!payload || box.size() != box_size(MarkBox{}) || !checksum_holds(box)) continue;
            const auto mark = parse_box<MarkBox>(*payload);
            if (mark) marks_.push_back(*mark);
        }
    }

    void choose_file_id() {
        if (!out_.file_id) {
            std::map<FileId, uint64_t> votes;
            for (const FoundCommit& commit : out_.commits) ++votes[commit.record.file_id];
            for (const FoundSeal& seal : out_.seals) ++votes[seal.seal.file_id];
            uint64_t most = 0;
            for (const auto& [id, count] : votes) {
                if (count > most) out_.file_id = id;
                most = std::max(most, count);
            }
        }
        if (!out_.file_id) return;
        const FileId& id = *out_.file_id;
        std::erase_if(out_.commits, [&](const FoundCommit& commit) { return commit.record.file_id != id; });
        std::erase_if(out_.seals, [&](const FoundSeal& seal) { return seal.seal.file_id != id; });
        std::erase_if(marks_, [&](const MarkBox& mark) { return mark.file_id != id; });
        std::sort(out_.commits.begin(), out_.commits.end(),
                  [](const FoundCommit& a, const FoundCommit& b) { return a.offset < b.offset; });
    }

    /// A seal record is the last child of its movie: both end at the same place.
    void find_movies() {
        std::map<uint64_t, uint64_t> movies;  // end -> offset
        for (size_t at = find_bytes(file_, "moov", 4); at < file_.size() && movies.size() < kMaxPlaces;
             at = find_bytes(file_, "moov", at + 4)) {
            const ByteView box = box_at(file_, at - 4);
            if (!box.empty()) movies.emplace(at - 4 + box.size(), at - 4);
        }
        for (FoundSeal& seal : out_.seals) {
            const uint64_t end = seal.offset + box_size(seal.seal);
            const auto movie = movies.find(end);
            if (movie == movies.end() || movie->second > seal.offset) continue;
            seal.movie_offset = movie->second;
            seal.movie = file_.subspan(movie->second, end - movie->second);
        }
    }

    // --- Believing ---

    void take_state(uint64_t commit_number, uint64_t durable_through, uint64_t next_default_id,
                    const Sha256Digest& hash) {
        out_.durable_through = std::max(out_.durable_through, durable_through);
        out_.next_default_id = std::max(out_.next_default_id, next_default_id);
        if (commit_number <= out_.newest_commit) return;
        out_.newest_commit = commit_number;
        out_.head = hash;
    }
    void take(const CommitRecordBox& commit) {
        take_state(commit.commit_number, commit.durable_through, commit.next_default_id, commit.chain_hash);
        out_.known_end = std::max(out_.known_end, commit.first_record_number + commit.record_count);
    }
    void take(const SealRecordBox& seal) {
        take_state(seal.commit_number, seal.durable_through, seal.next_default_id, seal.chain_hash);
        out_.known_end = std::max(out_.known_end, seal.next_record_number);
    }

    [[nodiscard]] bool is_covered(NumberRange range) const {
        auto run = out_.checked_numbers.upper_bound(range.first);
        if (run == out_.checked_numbers.begin()) return false;
        return (--run)->second >= range.end;
    }

    void cover(NumberRange range) {
        auto& runs = out_.checked_numbers;
        auto run = runs.upper_bound(range.first);
        if (run != runs.begin() && std::prev(run)->second >= range.first) {
            run = std::prev(run);
            range.first = run->first;
        }
        while (run != runs.end() && run->first <= range.end) {
            range.end = std::max(range.end, run->second);
            run = runs.erase(run);
        }
        runs.emplace(range.first, range.end);
    }

    template <class Checksum>
    void add_checksums(NumberRange range, const Checksum& checksum) {
        if (range.first >= range.end || is_covered(range)) return;
        for (uint64_t n = range.first; n < range.end; ++n)
            out_.checksums.push_back({checksum(n - range.first), n});
        cover(range);
    }

    /// The newest seals first: their sections cover those of older ones.
    void take_section_checksums() {
        std::sort(sections_.begin(), sections_.end(), [](const FoundSection& a, const FoundSection& b) {
            return a.first_record < b.first_record;
        });
        std::vector<const FoundSeal*> seals;
        seals.reserve(out_.seals.size());
        for (const FoundSeal& seal : out_.seals) seals.push_back(&seal);
        std::stable_sort(seals.begin(), seals.end(), [](const FoundSeal* a, const FoundSeal* b) {
            return a->seal.commit_number > b->seal.commit_number;
        });
        for (const FoundSeal* seal : seals) {
            for (const SectionEntry& entry : seal->seal.sections) take_section(*seal, entry);
        }
    }

    void take_section(const FoundSeal& seal, const SectionEntry& entry) {
        if (entry.kind != kChecksumSection || entry.version != kSectionVersion) return;
        if (entry.first_record > kMaxNumber || entry.size > file_.size() ||
            entry.size != 4 * entry.record_count)
            return;
        const NumberRange range{entry.first_record, entry.first_record + entry.record_count};
        if (is_covered(range)) return;
        const auto data = find_section_data(seal, entry);
        if (!data) return;
        add_checksums(range, [&](uint64_t i) { return load_le<uint32_t>(data->data() + 4 * i); });
    }

    /// In a section's box, or, where that is damaged, where the seal says.
    std::optional<ByteView> find_section_data(const FoundSeal& seal, const SectionEntry& entry) {
        const auto holds = [&](ByteView data) {
            return data.size() == entry.size && budget_.spend(data.size()) && crc32c(data) == entry.checksum;
        };
        auto found = std::lower_bound(
            sections_.begin(), sections_.end(), entry.first_record,
            [](const FoundSection& section, uint64_t first) { return section.first_record < first; });
        for (; found != sections_.end() && found->first_record == entry.first_record; ++found) {
            if (holds(found->data)) return found->data;
        }
        const uint64_t shift = seal.movie_offset ? *seal.movie_offset - seal.seal.own_offset : 0;
        for (const uint64_t offset : {entry.file_offset, entry.file_offset + shift}) {
            if (offset > file_.size() || entry.size > file_.size() - offset) continue;
            if (holds(file_.subspan(offset, entry.size))) return file_.subspan(offset, entry.size);
        }
        return std::nullopt;
    }

    void take_commit_checksums() {
        for (const FoundCommit& commit : out_.commits) {
            const auto& checksums = commit.record.record_checksums;
            const uint64_t first = commit.record.first_record_number;
            add_checksums({first, first + checksums.size()}, [&](uint64_t i) { return checksums[i]; });
        }
    }

    /// A configuration that a seal proves; else any that can be read.
    void find_configuration() {
        size_t looked_at = 0;
        for (size_t at = find_bytes(file_, "udta", 4); at < file_.size() && looked_at < kMaxPlaces;
             at = find_bytes(file_, "udta", at + 4)) {
            const ByteView json = box_at(file_, at + 4);
            if (json.empty() || load_be<uint32_t>(json.data() + 4) != kMetadataBox.value) continue;
            if (!budget_.spend(json.size())) return;
            ++looked_at;
            const std::string_view text = as_text(json.subspan(kHeader));
            if (out_.configuration == text || !parse_configuration(text)) continue;
            const uint32_t checksum = crc32c(as_bytes(text));
            const bool proven = std::any_of(out_.seals.begin(), out_.seals.end(), [&](const FoundSeal& seal) {
                return seal.seal.configuration_checksum == checksum;
            });
            if (proven || !out_.configuration) out_.configuration = text;
            out_.configuration_is_proven = proven;
            if (proven) return;
        }
    }

    ByteView file_;
    WorkBudget& budget_;
    Evidence out_;
    std::vector<FoundSection> sections_;
    std::vector<MarkBox> marks_;
};

}  // namespace

bool Evidence::expects(uint32_t checksum) const {
    const auto at = std::lower_bound(checksums.begin(), checksums.end(), ExpectedChecksum{checksum, 0});
    return at != checksums.end() && at->checksum == checksum;
}

uint64_t Evidence::count_checked(NumberRange range) const {
    uint64_t count = 0;
    auto run = checked_numbers.upper_bound(range.first);
    if (run != checked_numbers.begin()) --run;
    for (; run != checked_numbers.end() && run->first < range.end; ++run) {
        const uint64_t first = std::max(run->first, range.first);
        const uint64_t end = std::min(run->second, range.end);
        if (first < end) count += end - first;
    }
    return count;
}

Evidence gather_evidence(ByteView file, WorkBudget& budget) { return Gatherer(file, budget).run(); }

size_t find_bytes(ByteView file, std::string_view needle, size_t from) {
    if (from >= file.size()) return file.size();
    const void* found = ::memmem(file.data() + from, file.size() - from, needle.data(), needle.size());
    if (found == nullptr) return file.size();
    return static_cast<size_t>(static_cast<const std::byte*>(found) - file.data());
}

ByteView box_at(ByteView file, uint64_t offset) {
    if (offset > file.size() || file.size() - offset < kHeader) return {};
    const uint64_t size = load_be<uint32_t>(file.data() + offset);
    if (size < kHeader || size > file.size() - offset) return {};
    return file.subspan(offset, size);
}

}  // namespace reel
