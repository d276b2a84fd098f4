#include "store/repair.h"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <unordered_set>

#include "base/metadata.h"
#include "base/try.h"
#include "store/repair_config.h"
#include "store/repair_number.h"
#include "store/repair_rows.h"

namespace reel {

namespace {

constexpr uint64_t kRecordsPerCommit = 100'000;
constexpr uint64_t kMaxDefaultId = uint64_t{1} << 62U;

/// The number that an id without anything else spells.
std::optional<uint64_t> parse_default_id(std::string_view id) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (error != std::errc() || end != id.data() + id.size() || number > kMaxDefaultId) return std::nullopt;
    return number;
}

class Repair {
public:
    Repair(const File& broken, const RepairOptions& options, const VectorCheck& check)
        : broken_(broken), options_(options), check_(check) {}

    Result<RepairReport> run(const RepairTarget& make_target) {
        REEL_ASSIGN(const uint64_t size, broken_.size());
        REEL_ASSIGN(const Mapping mapping, broken_.map(size));
        file_ = mapping.bytes();
        REEL_TRY(find_and_number());
        reject_unfit_vectors();
        put_in_order();
        drop_superseded();
        report();
        if (report_.saved == 0 && !is_sound_and_empty()) return fail(nothing_to_save());
        REEL_ASSIGN(const auto writer, make_target(report_.config, chain_origin()));
        REEL_TRY(write(*writer));
        return std::move(report_);
    }

private:
    Status find_and_number() {
        WorkBudget budget(file_.size());
        evidence_ = gather_evidence(file_, budget);
        std::vector<FoundRecord> found = search_records(file_, evidence_, budget);
        ForeignRecords foreign = find_foreign_records(broken_, file_, evidence_, found);
        add_foreign(found, std::move(foreign));
        REEL_ASSIGN(RepairConfig chosen, choose_config(file_, evidence_, found, options_, check_));
        report_.config = chosen.config;
        report_.config_source = chosen.source;
        if (!chosen.warning.empty()) report_.warnings.push_back(chosen.warning);
        numbered_ = number_records(file_, evidence_, std::move(found), dimension(), budget);
        if (budget.exhausted()) {
            report_.warnings.push_back(
                "the file is made so that searching it takes very long: the search ended early, "
                "and records may be left in it");
        }
        return {};
    }

    void add_foreign(std::vector<FoundRecord>& found, ForeignRecords foreign) {
        foreign_ids_ = std::move(foreign.ids);
        if (foreign.records.empty()) return;
        std::unordered_set<uint64_t> begins;
        for (const FoundRecord& record : foreign.records) begins.insert(record.begin);
        std::erase_if(found, [&](const FoundRecord& record) {
            return !record.is_whole() && begins.contains(record.begin);
        });
        found.insert(found.end(), foreign.records.begin(), foreign.records.end());
        std::stable_sort(found.begin(), found.end(),
                         [](const FoundRecord& a, const FoundRecord& b) { return a.begin < b.begin; });
    }

    [[nodiscard]] uint32_t dimension() const { return report_.config.embedder.dimension; }
    [[nodiscard]] std::vector<FoundRecord>& records() { return numbered_.records; }

    void reject_unfit_vectors() {
        for (FoundRecord& record : records()) {
            if (!record.is_saved()) continue;
            const bool fits = record.vector_bytes == 4 * dimension() &&
                              check_(floats_of(record.view(file_).vector), report_.config.metric);
            if (!fits) record.judgement = Judgement::kRejected;
        }
    }

    /// By number; a record without one behind what stands before it.
    void put_in_order() {
        using Key = std::tuple<uint64_t, bool, uint64_t, size_t>;
        std::vector<Key> keys;
        uint64_t previous = 0;  // number + 1
        for (size_t i = 0; i < records().size(); ++i) {
            const FoundRecord& record = records()[i];
            if (record.number) previous = *record.number + 1;
            if (record.is_saved()) keys.emplace_back(previous, !record.number, record.begin, i);
        }
        std::sort(keys.begin(), keys.end());
        for (const Key& key : keys) order_.push_back(std::get<3>(key));
    }

    [[nodiscard]] std::string id_of(const FoundRecord& record) const {
        if (record.foreign_id != FoundRecord::kOwnId) return foreign_ids_[record.foreign_id];
        return find_doc_id(record.view(file_).metadata).value_or("");
    }

    /// Of records with one id the last stays. Hashes tell which ids to compare.
    void drop_superseded() {
        std::vector<std::pair<uint64_t, size_t>> hashes;  // with the place in order_
        for (size_t at = 0; at < order_.size(); ++at) hashes.emplace_back(records()[order_[at]].id_hash, at);
        std::sort(hashes.begin(), hashes.end());
        for (size_t first = 0; first < hashes.size();) {
            size_t last = first;
            while (last < hashes.size() && hashes[last].first == hashes[first].first) ++last;
            if (last - first > 1) keep_last({hashes.data() + first, last - first});
            first = last;
        }
        std::erase_if(order_, [this](size_t i) { return !records()[i].is_saved(); });
    }

    void keep_last(std::span<const std::pair<uint64_t, size_t>> group) {
        std::unordered_set<std::string> ids;
        for (size_t i = group.size(); i-- > 0;) {
            FoundRecord& record = records()[order_[group[i].second]];
            if (!ids.insert(id_of(record)).second) record.judgement = Judgement::kSuperseded;
        }
    }

    // --- Reporting ---

    [[nodiscard]] std::string readable_id(const FoundRecord& record) const {
        if (record.row.metadata_size == 0) return "";
        return id_of(record);
    }

    [[nodiscard]] std::string reason_of(const FoundRecord& record) const {
        switch (record.judgement) {
            case Judgement::kUnverified: return "no checksum of it is left";
            case Judgement::kSuperseded: return "a later record has its id";
            case Judgement::kRejected:
                if (record.vector_bytes != 4 * dimension()) {
                    return "its vector has " + std::to_string(record.vector_bytes / 4) + " dimensions, not " +
                           std::to_string(dimension());
                }
                return check_(floats_of(record.view(file_).vector), report_.config.metric).error().message;
            default: break;
        }
        switch (record.fault) {
            case RecordFault::kMetadata: return "its metadata is not a JSON object with a doc_id";
            case RecordFault::kText: return "its text is torn or not UTF-8";
            case RecordFault::kSwallows: return "its sizes reach over other records";
            case RecordFault::kNone: break;
        }
        return "it does not have the checksum of any record that was written";
    }

    void add_place(std::vector<RepairPlace>& list, uint64_t& count, const FoundRecord& record) {
        if (count++ < kMaxRepairPlaces)
            list.push_back({record.begin, record.number, readable_id(record), reason_of(record)});
    }

    void report() {
        for (const FoundRecord& record : records()) {
            switch (record.judgement) {
                case Judgement::kVerified: ++report_.saved; break;
                case Judgement::kUnverified:
                    ++report_.saved;
                    add_place(report_.unverified_places, report_.unverified, record);
                    break;
                case Judgement::kOpen:
                case Judgement::kDamaged:
                case Judgement::kRejected: add_place(report_.damaged_places, report_.damaged, record); break;
                case Judgement::kSuperseded:
                    add_place(report_.superseded_places, report_.superseded, record);
                    break;
                case Judgement::kCopy: ++report_.copies; break;
                case Judgement::kDeleted: ++report_.deleted; break;
            }
        }
        count_lost();
        report_.newest_commit = evidence_.newest_commit;
        if (evidence_.newest_commit > 0) report_.head = to_hex(evidence_.head);
        report_.warnings.insert(report_.warnings.end(), numbered_.warnings.begin(), numbered_.warnings.end());
        if (evidence_.file_id && !evidence_.has_identity)
            report_.warnings.emplace_back("the identity at the file's start is damaged");
    }

    /// Numbers that are accounted for: saved, deleted, or their id is that of a later one.
    [[nodiscard]] std::vector<uint64_t> settled_numbers() {
        std::vector<uint64_t> numbers = numbered_.deleted;
        for (const FoundRecord& record : records()) {
            const bool settled = record.is_saved() || record.judgement == Judgement::kDeleted ||
                                 record.judgement == Judgement::kSuperseded;
            if (record.number && settled) numbers.push_back(*record.number);
        }
        std::sort(numbers.begin(), numbers.end());
        numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
        return numbers;
    }

    void count_lost() {
        const std::vector<uint64_t> settled = settled_numbers();
        const NumberRange known{0, evidence_.known_end};
        report_.missing = known.end - count_in(settled, known);
        auto next = settled.begin();
        for (uint64_t n = 0; n < known.end && report_.missing_numbers.size() < kMaxRepairPlaces; ++n) {
            while (next != settled.end() && *next < n) ++next;
            if (next == settled.end() || *next != n) report_.missing_numbers.push_back(n);
        }
        report_.lost = report_.missing;
        for (const NumberGap& gap : numbered_.gaps) {
            const uint64_t live = gap.numbers.end - gap.numbers.first - count_in(settled, gap.numbers);
            uint64_t whole = 0;
            for (const size_t i : gap.unnumbered)
                whole += records()[i].judgement == Judgement::kRejected ? 0 : 1;
            report_.lost -= std::min({live, whole, report_.lost});
        }
        for (const size_t i : numbered_.beyond) {
            const Judgement judgement = records()[i].judgement;
            if (judgement == Judgement::kDamaged || judgement == Judgement::kRejected) ++report_.lost;
        }
    }

    [[nodiscard]] bool is_sound_and_empty() const {
        return report_.config_source == ConfigSource::kMovie && report_.lost == 0;
    }

    [[nodiscard]] Error nothing_to_save() const {
        return {ErrorCode::kCorrupt,
                broken_.path() + ": no whole record was found in its " + std::to_string(file_.size()) +
                    " bytes (" + std::to_string(report_.damaged) +
                    " damaged ones), so no new store was made; look for a copy of the file"};
    }

    // --- Writing ---

    /// The chain begins anew, and default ids go on above those that were given.
    [[nodiscard]] ChainOrigin chain_origin() {
        ChainOrigin origin;
        origin.predecessor_head = evidence_.head;
        origin.next_default_id = evidence_.next_default_id;
        for (const FoundRecord& record : records()) {
            if (!record.is_whole()) continue;
            const auto number = parse_default_id(id_of(record));
            if (number) origin.next_default_id = std::max(origin.next_default_id, *number + 1);
        }
        return origin;
    }

    Status write(Writer& writer) {
        for (const size_t i : order_) {
            const FoundRecord& record = records()[i];
            const RecordView view = record.view(file_);
            const std::string id = id_of(record);
            std::string metadata(view.metadata);
            if (record.foreign_id != FoundRecord::kOwnId) {
                REEL_ASSIGN(const std::string bare, remove_doc_id(view.metadata));
                REEL_ASSIGN(metadata, add_doc_id(bare, id));
            }
            REEL_TRY(writer.append(id, {view.vector, metadata, view.text}));
            if (writer.pending_count() >= kRecordsPerCommit) REEL_TRY(writer.commit());
        }
        REEL_TRY(writer.seal(SealTrailer::kWhenSmall));
        return writer.close();
    }

    const File& broken_;
    const RepairOptions& options_;
    const VectorCheck& check_;
    ByteView file_;
    Evidence evidence_;
    NumberedRecords numbered_;
    std::vector<std::string> foreign_ids_;
    std::vector<size_t> order_;  ///< of the records to be saved
    RepairReport report_;
};

}  // namespace

Result<RepairReport> repair_file(const File& broken, const RepairOptions& options, const VectorCheck& check,
                                 const RepairTarget& make_target) {
    return Repair(broken, options, check).run(make_target);
}

std::string_view to_string(ConfigSource source) {
    switch (source) {
        case ConfigSource::kMovie: return "movie";
        case ConfigSource::kDamagedMovie: return "damaged movie";
        case ConfigSource::kOptions: return "options";
        case ConfigSource::kPrototype: return "prototype";
        case ConfigSource::kGuess: return "guess";
    }
    return "unknown";
}

}  // namespace reel
