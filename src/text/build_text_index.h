// Building the index of many texts, on several threads, with what older indexes know already.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/build_control.h"
#include "text/text_index.h"

namespace reel {

/// The text of a row, valid until the next call on the same thread. Called from several threads at once.
using TextOfRow = std::function<Result<std::string_view>(uint64_t row)>;

/// An index of the rows from first_row on, whose texts need not be read again.
struct ReusableIndex {
    uint64_t first_row = 0;
    const TextIndex* index = nullptr;
};

/// The data of a `bm25` section for the rows [0, row_count).
///
/// `reuse` is in the order of its rows, without overlaps. Those that another analysis has made
/// (is_current) or that are damaged are not used: their texts are read. A row whose text gives an
/// error other than kInterrupted is noted as unreadable and has no words.
///
/// Memory: twice the section and, for each thread, up to 64 MB and the different words of 4 million
/// entries (or of one text, if that has more). The same bytes whatever the threads and the reuse.
/// kLimit from 2 GiB on, kInterrupted, kUnsupported if a module is missing.
Result<ByteBuffer> build_text_index(uint64_t row_count, const TextOfRow& text_of,
                                    const AnalyzerConfig& config, std::span<const ReusableIndex> reuse,
                                    const BuildControl& control);

/// The same, kept in memory: for rows that no section covers.
Result<OwnedTextIndex> index_in_memory(uint64_t row_count, const TextOfRow& text_of,
                                       const AnalyzerConfig& config, const BuildControl& control);

}  // namespace reel
