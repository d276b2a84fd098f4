// Writes a `bm25` section (docs/format.md, section 7.4) term by term.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "text/analyzer.h"
#include "text/bm25.h"

namespace reel {

class IndexWriter {
public:
    /// `lengths` of all rows, `unreadable` rows ascending.
    IndexWriter(std::span<const uint32_t> lengths, std::span<const uint32_t> unreadable,
                const AnalyzerIdentity& identity);

    /// In the order of their bytes; the rows of each ascending, frequencies from 1. kLimit at 2 GiB.
    Status add(std::string_view term, std::span<const uint32_t> rows, std::span<const uint32_t> frequencies);

    /// The section; the writer is done.
    Result<ByteBuffer> finish();

private:
    void append_header(const AnalyzerIdentity& identity, size_t unreadable_count);
    void append_lengths();
    void append_term(std::string_view term, uint32_t row_count, size_t offset);
    void append_blocks(std::span<const uint32_t> rows, std::span<const uint32_t> frequencies);
    void append_packed(std::span<const uint32_t> rows, std::span<const uint32_t> frequencies,
                       uint32_t before);
    void append_varints(std::span<const uint32_t> rows, std::span<const uint32_t> frequencies,
                        uint32_t before);
    void choose_impacts(std::span<const uint32_t> rows, std::span<const uint32_t> frequencies,
                        Impact (&impacts)[2]) const;
    [[nodiscard]] Status check_size() const;

    std::span<const uint32_t> lengths_;
    LengthNorm norm_;
    uint32_t length_bytes_ = 1;
    uint64_t total_length_ = 0;
    uint32_t term_count_ = 0;
    size_t postings_begin_ = 0;
    ByteBuffer out_;
    ByteBuffer terms_;
    ByteBuffer groups_;
    ByteBuffer table_;   ///< of the term that is added
    ByteBuffer blocks_;  ///< likewise
    std::string last_term_;
};

}  // namespace reel
