// The indexes of a store as searches use them: sections of the newest movie, and parts in memory over the
// records behind it.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "db/fresh_parts.h"
#include "filter/evaluate.h"
#include "store/snapshot.h"
#include "text/text_index.h"
#include "vector/code_search.h"
#include "vector/int8_column.h"

namespace reel {

/// Kind and version of the sections of an index.
struct IndexKind {
    FourCC kind;
    uint32_t version = 1;
};
inline constexpr IndexKind kInt8Index{FourCC{"i8cl"}};
inline constexpr IndexKind kCodeIndex{FourCC{"rbqc"}};
inline constexpr IndexKind kColumnIndex{FourCC{"cols"}};
inline constexpr IndexKind kTextIndex{FourCC{"bm25"}};

struct ColumnPart {
    uint64_t first_row = 0;
    uint64_t row_count = 0;
    std::shared_ptr<const Columns> columns;
};

struct WordPart {
    uint64_t first_row = 0;
    uint64_t row_count = 0;
    std::shared_ptr<const TextIndex> index;
};

/// Shared by all snapshots of one movie; thread-safe. A section is parsed when its kind is first asked for.
/// One that cannot be used is as if it were not there, and named by warnings().
class Indexes {
public:
    /// `sealed` is null for files that have no sections.
    explicit Indexes(std::shared_ptr<const SealedPart> sealed);

    /// Whether they serve `snapshot` as well.
    [[nodiscard]] bool serve(const Snapshot& snapshot) const;

    // Parts over the snapshot's rows and maybe further ones, ascending, with gaps. Where rows without an
    // index have been searched so often that it pays, an index of them is made in memory first.
    [[nodiscard]] std::vector<Int8Part> int8(const Snapshot& snapshot) const;
    [[nodiscard]] std::vector<CodePart> codes(const Snapshot& snapshot) const;
    [[nodiscard]] std::vector<ColumnPart> columns(const Snapshot& snapshot) const;

    /// Parts over all of the snapshot's rows, without gaps: what no section covers is indexed first. An index
    /// that turned out to be damaged while it was read is replaced at the next call.
    [[nodiscard]] Result<std::vector<WordPart>> text(const Snapshot& snapshot) const;

    [[nodiscard]] std::vector<std::string> warnings() const;

private:
    /// The parts of one kind.
    template <class Part>
    struct Kind {
        explicit Kind(uint64_t sealed_rows) : fresh(sealed_rows) {}
        std::once_flag loaded;
        std::vector<Part> sealed;
        FreshParts<Part> fresh;
    };

    template <class Part, class Parse>
    void load(Kind<Part>& kind, const IndexKind& name, const Parse& parse) const;
    void drop_damaged_text() const;
    template <class Build>
    Status fill_text_gaps(const Snapshot& snapshot, const Build& build) const;
    void warn(const SectionEntry& entry, const std::string& sentence) const;

    std::shared_ptr<const SealedPart> sealed_;
    uint64_t sealed_rows_;
    mutable Kind<Int8Part> int8_;
    mutable Kind<CodePart> codes_;
    mutable Kind<ColumnPart> columns_;
    mutable Kind<WordPart> text_;
    mutable std::mutex text_mutex_;  ///< while gaps are filled
    mutable std::mutex warnings_mutex_;
    mutable std::vector<std::string> warnings_;
};

/// All rows that `parts` cover below `count`.
template <class Part>
uint64_t covered_rows(const std::vector<Part>& parts, uint64_t count) {
    uint64_t rows = 0;
    for (const Part& part : parts) {
        if (part.first_row < count) rows += std::min(part.row_count, count - part.first_row);
    }
    return rows;
}

}  // namespace reel
