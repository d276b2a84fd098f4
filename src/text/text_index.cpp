#include "text/text_index.h"

#include "base/checksum.h"

namespace reel {

namespace {

Error damaged(const std::string& what) {
    return {ErrorCode::kCorrupt, "the index of words " + what + "; build it again from the records"};
}

uint32_t header_field(ByteView section, size_t offset) { return load_le<uint32_t>(section.data() + offset); }

std::string stemmer_name(ByteView section) {
    const auto field = as_text(section.subspan(IndexHeader::kStemmer, kStemmerBytes));
    return std::string(field.substr(0, field.find('\0')));
}

}  // namespace

Result<TextIndex> TextIndex::parse(ByteView section, uint64_t row_count) {
    TextIndex index;
    REEL_TRY(index.read_header(section, row_count));
    const uint64_t lengths_bytes = uint64_t{index.row_count_} * index.length_bytes_;
    index.unreadable_offset_ = lengths_bytes;
    index.postings_offset_ = index.unreadable_offset_ + uint64_t{index.unreadable_count_} * 4;
    index.terms_offset_ = index.postings_offset_ + index.postings_bytes_;
    index.groups_offset_ = index.terms_offset_ + index.terms_bytes_;
    const uint64_t body_bytes = index.groups_offset_ + uint64_t{index.group_count()} * 4;
    const uint64_t table_bytes = page_count(body_bytes) * 4;
    if (section.size() != kIndexHeaderBytes + body_bytes + table_bytes) {
        return fail(damaged("has " + std::to_string(section.size()) + " bytes where its header speaks of " +
                            std::to_string(kIndexHeaderBytes + body_bytes + table_bytes)));
    }
    const ByteView table = section.last(table_bytes);
    if (crc32c(table) != header_field(section, IndexHeader::kTableChecksum)) {
        return fail(damaged("has a table of checksums with a wrong checksum"));
    }
    index.pages_ = CheckedPages(section.subspan(kIndexHeaderBytes, body_bytes), table);
    return index;
}

Status TextIndex::read_header(ByteView section, uint64_t row_count) {
    if (section.size() < kIndexHeaderBytes) {
        return fail(damaged("has " + std::to_string(section.size()) + " bytes, fewer than its header"));
    }
    if (const uint32_t layout = header_field(section, IndexHeader::kLayout); layout != kIndexLayout) {
        return fail(ErrorCode::kUnsupported, "the index of words has layout " + std::to_string(layout) +
                                                 ", this version of Reel reads " +
                                                 std::to_string(kIndexLayout) + "; build it again");
    }
    if (crc32c(section.first(IndexHeader::kHeaderChecksum)) !=
        header_field(section, IndexHeader::kHeaderChecksum)) {
        return fail(damaged("has a header with a wrong checksum"));
    }
    identity_.analysis_version = header_field(section, IndexHeader::kAnalysis);
    identity_.unicode = {header_field(section, IndexHeader::kIcu),
                         header_field(section, IndexHeader::kUnicode)};
    identity_.stemmer = stemmer_name(section);
    row_count_ = header_field(section, IndexHeader::kRowCount);
    unreadable_count_ = header_field(section, IndexHeader::kUnreadableCount);
    term_count_ = header_field(section, IndexHeader::kTermCount);
    length_bytes_ = header_field(section, IndexHeader::kLengthBytes);
    total_length_ = load_le<uint64_t>(section.data() + IndexHeader::kTotalLength);
    postings_bytes_ = header_field(section, IndexHeader::kPostingsBytes);
    terms_bytes_ = header_field(section, IndexHeader::kTermsBytes);
    if (row_count_ != row_count || row_count > kMaxSectionRows) {
        return fail(
            damaged("has " + std::to_string(row_count_) + " rows instead of " + std::to_string(row_count)));
    }
    if (unreadable_count_ > row_count_ || (length_bytes_ != 1 && length_bytes_ != 2 && length_bytes_ != 4)) {
        return fail(damaged("has a header that contradicts itself"));
    }
    return {};
}

bool TextIndex::is_unreadable(uint32_t row) const {
    if (unreadable_count_ == 0) return false;
    const std::byte* rows = pages_.find(unreadable_offset_, uint64_t{unreadable_count_} * 4);
    if (rows == nullptr) {
        set_damaged();
        return false;
    }
    size_t low = 0;
    for (size_t count = unreadable_count_; count > 0;) {
        const size_t half = count / 2;
        if (load_le<uint32_t>(rows + (low + half) * 4) < row) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return low < unreadable_count_ && load_le<uint32_t>(rows + low * 4) == row;
}

bool TextIndex::verify() const {
    if (pages_.find(0, pages_.size()) != nullptr) return true;
    set_damaged();
    return false;
}

const std::byte* TextIndex::find_lengths() const {
    const std::byte* lengths = pages_.find(0, uint64_t{row_count_} * length_bytes_);
    if (lengths == nullptr) set_damaged();
    return lengths;
}

std::optional<ByteView> TextIndex::find_group(uint32_t group) const {
    const bool is_last = group + 1 == group_count();
    const std::byte* offsets = pages_.find(groups_offset_ + uint64_t{group} * 4, is_last ? 4 : 8);
    if (offsets == nullptr) return std::nullopt;
    const uint64_t begin = load_le<uint32_t>(offsets);
    const uint64_t end = is_last ? terms_bytes_ : load_le<uint32_t>(offsets + 4);
    if (begin > end || end > terms_bytes_) return std::nullopt;
    const std::byte* bytes = pages_.find(terms_offset_ + begin, end - begin);
    if (bytes == nullptr) return std::nullopt;
    return ByteView(bytes, end - begin);
}

std::optional<std::string_view> TextIndex::first_term(uint32_t group) const {
    const auto bytes = find_group(group);
    if (!bytes) return std::nullopt;
    VarintReader reader(*bytes);
    reader.read();  // where its rows begin
    reader.read();  // nothing shared
    const auto term = reader.read_text(reader.read());
    return reader.is_good() ? std::optional(term) : std::nullopt;
}

uint32_t TextIndex::group_of(std::string_view term) const {
    uint32_t low = 0;
    uint32_t high = group_count();
    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;
        const auto first = first_term(middle);
        if (!first) {
            set_damaged();
            return 0;
        }
        (*first <= term ? low : high) = middle;
    }
    return low;
}

TermRows TextIndex::find(std::string_view term) const {
    TermCursor cursor(*this, term);
    if (!cursor.next() || cursor.term() != term) return {};
    return cursor.rows();
}

TermCursor::TermCursor(const TextIndex& index, std::string_view from) : index_(&index), from_(from) {
    if (!from_.empty() && index.group_count() > 0) group_ = index.group_of(from_);
}

bool TermCursor::next() {
    do {
        if (left_in_group_ == 0 && !open_group()) return false;
        if (!read_entry()) {
            index_->set_damaged();
            left_in_group_ = 0;
            group_ = index_->group_count();
            return false;
        }
        --left_in_group_;
    } while (term_ < from_);
    return true;
}

bool TermCursor::open_group() {
    if (group_ >= index_->group_count()) return false;
    const auto bytes = index_->find_group(group_);
    if (!bytes) {
        index_->set_damaged();
        group_ = index_->group_count();
        return false;
    }
    left_in_group_ = std::min(kTermsInGroup, index_->term_count_ - group_ * kTermsInGroup);
    ++group_;
    reader_ = VarintReader(*bytes);
    next_offset_ = reader_.read();
    return true;
}

bool TermCursor::read_entry() {
    const uint32_t shared = reader_.read();
    const uint32_t size = reader_.read();
    const std::string_view suffix = reader_.read_text(size);
    rows_ = {reader_.read(), next_offset_, reader_.read()};
    next_offset_ += rows_.bytes;
    const bool is_sound = reader_.is_good() && shared <= term_.size() && rows_.row_count > 0 &&
                          rows_.row_count <= index_->row_count_ && next_offset_ <= index_->postings_bytes_;
    if (!is_sound) return false;
    const bool is_ascending = suffix > std::string_view(term_).substr(shared);
    if (!is_ascending && !is_first_) return false;
    is_first_ = false;
    term_.resize(shared);
    term_ += suffix;
    return true;
}

}  // namespace reel
