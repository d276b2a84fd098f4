#include "db/indexes.h"

#include <algorithm>

#include "base/try.h"
#include "db/index_build.h"

namespace reel {

namespace {

/// How often rows without an index are searched before an index of them in memory has paid for itself:
/// about what making it costs for what a search saves.
constexpr double kVectorWorth = 20;
constexpr double kColumnWorth = 3;

/// Texts that are indexed together in memory: well below what an index can hold.
constexpr uint64_t kTextPieceBytes = uint64_t{512} << 20U;

uint64_t end_of_text_piece(const Snapshot& snapshot, uint64_t first, uint64_t end) {
    uint64_t bytes = 0;
    for (uint64_t row = first; row < end; ++row) {
        bytes += snapshot.row(row).text_size;
        if (bytes > kTextPieceBytes && row > first) return row;
    }
    return end;
}

/// The sealed parts, then those in memory.
template <class Part>
std::vector<Part> joined(const std::vector<Part>& sealed, const std::vector<Part>& fresh) {
    std::vector<Part> parts;
    parts.reserve(sealed.size() + fresh.size());
    parts.insert(parts.end(), sealed.begin(), sealed.end());
    parts.insert(parts.end(), fresh.begin(), fresh.end());
    return parts;
}

}  // namespace

Indexes::Indexes(std::shared_ptr<const SealedPart> sealed)
    : sealed_(std::move(sealed)),
      sealed_rows_(sealed_ ? sealed_->tables.count() : 0),
      int8_(sealed_rows_),
      codes_(sealed_rows_),
      columns_(sealed_rows_),
      text_(sealed_rows_) {}

bool Indexes::serve(const Snapshot& snapshot) const {
    const SealedPart* other = snapshot.sealed();
    if (other == sealed_.get()) return sealed_ != nullptr;
    return other != nullptr && sealed_ != nullptr && other->seal.file_id == sealed_->seal.file_id &&
           other->seal.own_offset == sealed_->seal.own_offset &&
           other->seal.chain_hash == sealed_->seal.chain_hash;
}

void Indexes::warn(const SectionEntry& entry, const std::string& sentence) const {
    const std::lock_guard lock(warnings_mutex_);
    warnings_.push_back("the section '" + entry.kind.text() + "' of records " +
                        std::to_string(entry.first_record) + " to " +
                        std::to_string(entry.first_record + entry.record_count - 1) + " is not used (" +
                        sentence + "); `reel seal` makes it anew");
}

std::vector<std::string> Indexes::warnings() const {
    const std::lock_guard lock(warnings_mutex_);
    return warnings_;
}

/// Parses the sections of a kind: parse(entry, data) -> Result<Part>.
template <class Part, class Parse>
void Indexes::load(Kind<Part>& kind, const IndexKind& name, const Parse& parse) const {
    std::call_once(kind.loaded, [&] {
        if (!sealed_) return;
        uint64_t next = 0;
        for (const SectionEntry& entry : sealed_->seal.sections) {
            if (entry.kind != name.kind || entry.version != name.version || entry.first_record < next)
                continue;
            const auto data = section_data(sealed_->bytes.bytes(), entry, false);
            auto part = data ? parse(entry, *data) : fail(data.error());
            if (!part) {
                warn(entry, part.error().message);
                continue;
            }
            kind.sealed.push_back(*std::move(part));
            next = entry.first_record + entry.record_count;
        }
    });
}

std::vector<Int8Part> Indexes::int8(const Snapshot& snapshot) const {
    load(int8_, kInt8Index, [&](const SectionEntry& entry, ByteView data) -> Result<Int8Part> {
        REEL_ASSIGN(auto column, Int8Column::parse(data, snapshot.dimension(), entry.record_count));
        return Int8Part{entry.first_record, entry.record_count, std::move(column)};
    });
    // An index that cannot be made in memory can be done without.
    (void)int8_.fresh.cover_when_worth(snapshot.count(), kVectorWorth,
                                       [&](uint64_t first, uint64_t count, const auto& replaced) {
                                           return build_int8_part(snapshot, first, count, replaced);
                                       });
    return joined(int8_.sealed, *int8_.fresh.parts());
}

std::vector<CodePart> Indexes::codes(const Snapshot& snapshot) const {
    load(codes_, kCodeIndex, [&](const SectionEntry& entry, ByteView data) -> Result<CodePart> {
        REEL_ASSIGN(auto codes, CodeSection::parse(data, snapshot.dimension(), entry.record_count));
        return CodePart{entry.first_record, entry.record_count, std::move(codes)};
    });
    (void)codes_.fresh.cover_when_worth(snapshot.count(), kVectorWorth,
                                        [&](uint64_t first, uint64_t count, const auto& replaced) {
                                            return build_code_part(snapshot, first, count, replaced);
                                        });
    return joined(codes_.sealed, *codes_.fresh.parts());
}

std::vector<ColumnPart> Indexes::columns(const Snapshot& snapshot) const {
    load(columns_, kColumnIndex, [&](const SectionEntry& entry, ByteView data) -> Result<ColumnPart> {
        REEL_ASSIGN(auto columns, Columns::parse(data, entry.record_count));
        return ColumnPart{entry.first_record, entry.record_count, std::move(columns)};
    });
    (void)columns_.fresh.cover_when_worth(snapshot.count(), kColumnWorth,
                                          [&](uint64_t first, uint64_t count, const auto&) {
                                              return build_column_part(snapshot, first, count);
                                          });
    return joined(columns_.sealed, *columns_.fresh.parts());
}

Result<std::vector<WordPart>> Indexes::text(const Snapshot& snapshot) const {
    const TextIndexSettings& settings = snapshot.config().text_index;
    load(text_, kTextIndex, [&](const SectionEntry& entry, ByteView data) -> Result<WordPart> {
        REEL_ASSIGN(TextIndex index, TextIndex::parse(data, entry.record_count));
        if (index.identity().analysis_version != kAnalysisVersion ||
            index.identity().stemmer != settings.stemmer) {
            return fail(ErrorCode::kUnsupported, "its words were found in another way");
        }
        return WordPart{entry.first_record, entry.record_count,
                        std::make_shared<const TextIndex>(std::move(index))};
    });
    const auto build = [&](uint64_t first, uint64_t count, const std::vector<WordPart>& replaced) {
        return build_text_part(snapshot, first, count, replaced);
    };
    const std::lock_guard lock(text_mutex_);
    drop_damaged_text();
    REEL_TRY(fill_text_gaps(snapshot, build));
    REEL_TRY(text_.fresh.cover(snapshot.count(), build, [&](uint64_t first, uint64_t end) {
        return end_of_text_piece(snapshot, first, end);
    }));
    return joined(text_.sealed, *text_.fresh.parts());
}

void Indexes::drop_damaged_text() const {
    for (const WordPart& part : text_.sealed) {
        if (!part.index->is_damaged()) continue;
        warn({kTextIndex.kind, kTextIndex.version, part.first_row, part.row_count, 0, 0, 0}, "it is damaged");
    }
    std::erase_if(text_.sealed, [](const WordPart& part) { return part.index->is_damaged(); });
}

/// Words cannot be searched for in records that no index covers, so those get one in memory.
template <class Build>
Status Indexes::fill_text_gaps(const Snapshot& snapshot, const Build& build) const {
    const uint64_t end = std::min(sealed_rows_, snapshot.count());
    uint64_t next = 0;
    for (size_t i = 0; next < end; ++i) {
        const uint64_t gap_end = i < text_.sealed.size() ? text_.sealed[i].first_row : end;
        if (gap_end > next) {
            const uint64_t piece_end = end_of_text_piece(snapshot, next, std::min(gap_end, end));
            REEL_ASSIGN(WordPart part, build(next, piece_end - next, std::vector<WordPart>()));
            text_.sealed.insert(text_.sealed.begin() + static_cast<ptrdiff_t>(i), std::move(part));
        }
        next = text_.sealed[i].first_row + text_.sealed[i].row_count;
    }
    return {};
}

}  // namespace reel
