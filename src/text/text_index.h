// A `bm25` section that is read in place: which texts have which words, how often.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "text/analyzer.h"
#include "text/checked_pages.h"
#include "text/index_format.h"
#include "text/search_stats.h"

namespace reel {

/// Where the rows of a term stand.
struct TermRows {
    uint32_t row_count = 0;  ///< 0: no row has it
    uint64_t offset = 0;     ///< in the postings
    uint32_t bytes = 0;
};

/// Rows are numbered from 0. Any number of threads may read it at the same time.
///
/// Checksums are compared at first touch. Damage, or numbers that contradict each other, end the list
/// that they are in and set is_damaged(): answers since then may lack rows, and the owner has to put another
/// index of the same rows, built from the texts, in its place.
class TextIndex {
public:
    /// Checks the header and the sizes, and reads nothing else but the table of checksums.
    /// `section` outlives the index. kCorrupt, or kUnsupported for a later layout.
    static Result<TextIndex> parse(ByteView section, uint64_t row_count);

    [[nodiscard]] uint32_t row_count() const { return row_count_; }
    [[nodiscard]] uint32_t term_count() const { return term_count_; }
    [[nodiscard]] uint64_t total_length() const { return total_length_; }
    /// Rows whose text could not be read when the index was built: they have no words and do not count.
    [[nodiscard]] uint32_t unreadable_count() const { return unreadable_count_; }
    [[nodiscard]] bool is_unreadable(uint32_t row) const;
    [[nodiscard]] const AnalyzerIdentity& identity() const { return identity_; }

    [[nodiscard]] bool is_damaged() const { return state_->is_damaged.load(std::memory_order_relaxed); }
    void set_damaged() const { state_->is_damaged.store(true, std::memory_order_relaxed); }
    /// Compares every checksum.
    [[nodiscard]] bool verify() const;

    [[nodiscard]] TermRows find(std::string_view term) const;
    [[nodiscard]] const std::byte* find_postings(uint64_t offset, uint64_t bytes) const {
        return pages_.find(postings_offset_ + offset, bytes);
    }

    /// Words of each row; nullptr if damaged.
    [[nodiscard]] const std::byte* find_lengths() const;
    [[nodiscard]] uint32_t length_bytes() const { return length_bytes_; }

private:
    friend class TermCursor;
    struct State {
        std::atomic<bool> is_damaged{false};
    };

    Status read_header(ByteView section, uint64_t row_count);
    [[nodiscard]] uint32_t group_count() const { return (term_count_ + kTermsInGroup - 1) / kTermsInGroup; }
    [[nodiscard]] std::optional<ByteView> find_group(uint32_t group) const;
    [[nodiscard]] std::optional<std::string_view> first_term(uint32_t group) const;
    /// The group in which `term` stands if any does.
    [[nodiscard]] uint32_t group_of(std::string_view term) const;

    CheckedPages pages_;  ///< all between the header and the table of checksums
    std::unique_ptr<State> state_ = std::make_unique<State>();
    AnalyzerIdentity identity_;
    uint32_t row_count_ = 0;
    uint32_t unreadable_count_ = 0;
    uint32_t term_count_ = 0;
    uint32_t length_bytes_ = 1;
    uint64_t total_length_ = 0;
    uint64_t unreadable_offset_ = 0;  ///< these in pages_
    uint64_t postings_offset_ = 0;
    uint64_t postings_bytes_ = 0;
    uint64_t terms_offset_ = 0;
    uint64_t terms_bytes_ = 0;
    uint64_t groups_offset_ = 0;
};

/// An index and the bytes it reads.
struct OwnedTextIndex {
    ByteBuffer bytes;
    TextIndex index;
};

/// Reads number i of an array of 1, 2 or 4 bytes each.
class LengthReader {
public:
    LengthReader() = default;
    LengthReader(const std::byte* lengths, uint32_t bytes) : lengths_(lengths), bytes_(bytes) {}

    [[nodiscard]] uint32_t operator[](size_t i) const {
        if (bytes_ == 1) return load_le<uint8_t>(lengths_ + i);
        if (bytes_ == 2) return load_le<uint16_t>(lengths_ + 2 * i);
        return load_le<uint32_t>(lengths_ + 4 * i);
    }

private:
    const std::byte* lengths_ = nullptr;
    uint32_t bytes_ = 1;
};

/// The terms of an index in the order of their bytes.
class TermCursor {
public:
    /// Stands before the first term that is not less than `from`.
    explicit TermCursor(const TextIndex& index, std::string_view from = {});

    /// False at the end, or at damage.
    bool next();
    [[nodiscard]] const std::string& term() const { return term_; }
    [[nodiscard]] const TermRows& rows() const { return rows_; }

private:
    bool open_group();
    bool read_entry();

    const TextIndex* index_;
    std::string from_;
    uint32_t group_ = 0;
    uint32_t left_in_group_ = 0;
    bool is_first_ = true;
    VarintReader reader_{ByteView{}};
    uint64_t next_offset_ = 0;
    std::string term_;
    TermRows rows_;
};

}  // namespace reel
