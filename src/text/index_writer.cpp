#include "text/index_writer.h"

#include <algorithm>
#include <array>

#include "base/checksum.h"
#include "text/checked_pages.h"

namespace reel {

namespace {

constexpr uint32_t kBeforeFirst = UINT32_MAX;  // plus one is row 0

/// The impacts of a block that no other one outdoes in both, most frequent first. Frequencies from
/// kMany on count as one, with the highest of them.
class Frontier {
public:
    static constexpr uint32_t kMany = 16;

    void add(uint32_t frequency, uint32_t length) {
        const uint32_t slot = std::min(frequency, kMany);
        highest_ = std::max(highest_, frequency);
        shortest_[slot] = std::min(shortest_[slot], length);
    }

    [[nodiscard]] size_t list(std::array<Impact, kMany + 1>& impacts) const {
        size_t count = 0;
        uint32_t shortest = UINT32_MAX;
        for (uint32_t slot = kMany; slot > 0; --slot) {
            if (shortest_[slot] >= shortest) continue;
            shortest = shortest_[slot];
            impacts[count++] = {slot == kMany ? highest_ : slot, shortest};
        }
        return count;
    }

private:
    uint32_t highest_ = 0;
    std::array<uint32_t, kMany + 1> shortest_ = [] {
        std::array<uint32_t, kMany + 1> all{};
        all.fill(UINT32_MAX);
        return all;
    }();
};

template <class T>
void store_le(ByteBuffer& out, size_t offset, T value) {
    std::memcpy(out.data() + offset, &value, sizeof value);
}

}  // namespace

IndexWriter::IndexWriter(std::span<const uint32_t> lengths, std::span<const uint32_t> unreadable,
                         const AnalyzerIdentity& identity)
    : lengths_(lengths) {
    uint32_t longest = 0;
    for (const uint32_t length : lengths) {
        longest = std::max(longest, length);
        total_length_ += length;
    }
    length_bytes_ = longest <= UINT8_MAX ? 1 : longest <= UINT16_MAX ? 2 : 4;
    if (total_length_ > 0) {
        norm_ = LengthNorm(static_cast<double>(total_length_) / static_cast<double>(lengths.size()));
    }
    append_header(identity, unreadable.size());
    append_lengths();
    append(out_, std::as_bytes(unreadable));
    postings_begin_ = out_.size();
}

void IndexWriter::append_header(const AnalyzerIdentity& identity, size_t unreadable_count) {
    out_.resize(kIndexHeaderBytes);
    store_le(out_, IndexHeader::kLayout, kIndexLayout);
    store_le(out_, IndexHeader::kAnalysis, identity.analysis_version);
    store_le(out_, IndexHeader::kIcu, identity.unicode.icu);
    store_le(out_, IndexHeader::kUnicode, identity.unicode.unicode);
    std::memcpy(out_.data() + IndexHeader::kStemmer, identity.stemmer.data(),
                std::min(identity.stemmer.size(), kStemmerBytes));
    store_le(out_, IndexHeader::kRowCount, static_cast<uint32_t>(lengths_.size()));
    store_le(out_, IndexHeader::kUnreadableCount, static_cast<uint32_t>(unreadable_count));
    store_le(out_, IndexHeader::kLengthBytes, length_bytes_);
    store_le(out_, IndexHeader::kTotalLength, total_length_);
}

void IndexWriter::append_lengths() {
    const size_t begin = out_.size();
    out_.resize(begin + lengths_.size() * length_bytes_);
    std::byte* at = out_.data() + begin;
    for (const uint32_t length : lengths_) {
        std::memcpy(at, &length, length_bytes_);  // little-endian: the low bytes come first
        at += length_bytes_;
    }
}

Status IndexWriter::check_size() const {
    const uint64_t body = out_.size() + terms_.size() + groups_.size();
    if (body + page_count(body) * 4 < kMaxSectionBytes) return {};
    return fail(ErrorCode::kLimit, "the index of the words of " + std::to_string(lengths_.size()) +
                                       " texts is larger than 2 GiB; divide the rows among more sections");
}

Status IndexWriter::add(std::string_view term, std::span<const uint32_t> rows,
                        std::span<const uint32_t> frequencies) {
    const size_t offset = out_.size();
    append_blocks(rows, frequencies);
    append_term(term, static_cast<uint32_t>(rows.size()), offset);
    return check_size();
}

void IndexWriter::append_term(std::string_view term, uint32_t row_count, size_t offset) {
    size_t shared = 0;
    if (term_count_++ % kTermsInGroup == 0) {
        append_le(groups_, static_cast<uint32_t>(terms_.size()));
        append_varint(terms_, offset - postings_begin_);
    } else {
        const size_t most = std::min(term.size(), last_term_.size());
        while (shared < most && term[shared] == last_term_[shared]) ++shared;
    }
    append_varint(terms_, shared);
    append_varint(terms_, term.size() - shared);
    append(terms_, as_bytes(term.substr(shared)));
    append_varint(terms_, row_count);
    append_varint(terms_, out_.size() - offset);
    last_term_ = term;
}

void IndexWriter::append_blocks(std::span<const uint32_t> rows, std::span<const uint32_t> frequencies) {
    table_.clear();
    blocks_.clear();
    uint32_t before = kBeforeFirst;
    for (size_t at = 0; at < rows.size(); at += kBlockRows) {
        const size_t count = std::min(kBlockRows, rows.size() - at);
        const auto some_rows = rows.subspan(at, count);
        const auto some_frequencies = frequencies.subspan(at, count);
        if (count == kBlockRows) {
            append_packed(some_rows, some_frequencies, before);
        } else {
            append_varints(some_rows, some_frequencies, before);
        }
        before = some_rows.back();
    }
    if (rows.size() >= kBlockRows) append(out_, table_);
    append(out_, blocks_);
}

void IndexWriter::append_packed(std::span<const uint32_t> rows, std::span<const uint32_t> frequencies,
                                uint32_t before) {
    std::array<uint32_t, kBlockRows> distances;
    std::array<uint32_t, kBlockRows> repeats;
    for (size_t i = 0; i < kBlockRows; ++i) {
        distances[i] = rows[i] - before - 1;
        repeats[i] = frequencies[i] - 1;
        before = rows[i];
    }
    BlockEntry entry{rows.back(),
                     static_cast<uint32_t>(blocks_.size()),
                     static_cast<uint8_t>(needed_bits(distances.data(), kBlockRows)),
                     static_cast<uint8_t>(needed_bits(repeats.data(), kBlockRows)),
                     {}};
    choose_impacts(rows, frequencies, entry.impacts);
    entry.append_to(table_);
    pack_block(distances.data(), entry.row_bits, blocks_);
    pack_block(repeats.data(), entry.frequency_bits, blocks_);
}

void IndexWriter::append_varints(std::span<const uint32_t> rows, std::span<const uint32_t> frequencies,
                                 uint32_t before) {
    BlockEntry entry{rows.back(), static_cast<uint32_t>(blocks_.size()), 0, 0, {}};
    choose_impacts(rows, frequencies, entry.impacts);
    entry.append_to(table_);
    for (size_t i = 0; i < rows.size(); ++i) {
        const uint32_t distance = rows[i] - before - 1;
        append_varint(blocks_, uint64_t{distance} << 1U | (frequencies[i] > 1 ? 1 : 0));
        if (frequencies[i] > 1) append_varint(blocks_, frequencies[i] - 2);
        before = rows[i];
    }
}

/// Two impacts stand for all of the frontier: it is cut where the higher of the two bounds is lowest.
void IndexWriter::choose_impacts(std::span<const uint32_t> rows, std::span<const uint32_t> frequencies,
                                 Impact (&impacts)[2]) const {
    Frontier frontier;
    for (size_t i = 0; i < rows.size(); ++i) frontier.add(frequencies[i], lengths_[rows[i]]);
    std::array<Impact, Frontier::kMany + 1> all;
    const size_t count = frontier.list(all);
    double lowest = kBm25K1 + 2;
    for (size_t cut = 1; cut <= count; ++cut) {
        const Impact upper{all[0].frequency, all[cut - 1].length};
        const Impact lower = cut < count ? Impact{all[cut].frequency, all[count - 1].length} : upper;
        const double bound = std::max(norm_.factor(upper.frequency, upper.length),
                                      norm_.factor(lower.frequency, lower.length));
        if (bound >= lowest) continue;
        lowest = bound;
        impacts[0] = upper;
        impacts[1] = lower;
    }
}

Result<ByteBuffer> IndexWriter::finish() {
    REEL_TRY(check_size());
    store_le(out_, IndexHeader::kTermCount, term_count_);
    store_le(out_, IndexHeader::kPostingsBytes, static_cast<uint32_t>(out_.size() - postings_begin_));
    store_le(out_, IndexHeader::kTermsBytes, static_cast<uint32_t>(terms_.size()));
    append(out_, terms_);
    append(out_, groups_);
    const ByteBuffer table = page_checksums(ByteView(out_).subspan(kIndexHeaderBytes));
    store_le(out_, IndexHeader::kTableChecksum, crc32c(table));
    const uint32_t checksum = crc32c(ByteView(out_).first(IndexHeader::kHeaderChecksum));
    store_le(out_, IndexHeader::kHeaderChecksum, checksum);
    append(out_, table);
    return std::move(out_);
}

}  // namespace reel
