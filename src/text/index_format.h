// The bytes of a `bm25` section (docs/format.md, section 7.4) that are read and written in several places.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/append_le.h"
#include "base/bytes.h"
#include "text/bit_packing.h"

namespace reel {

inline constexpr uint32_t kIndexLayout = 1;
inline constexpr size_t kIndexHeaderBytes = 72;
inline constexpr size_t kStemmerBytes = 16;
inline constexpr uint32_t kTermsInGroup = 16;
inline constexpr uint64_t kMaxSectionBytes = uint64_t{1} << 31U;
inline constexpr uint64_t kMaxSectionRows = uint64_t{1} << 31U;

/// Offsets of the header's fields.
struct IndexHeader {
    static constexpr size_t kLayout = 0;
    static constexpr size_t kAnalysis = 4;
    static constexpr size_t kIcu = 8;
    static constexpr size_t kUnicode = 12;
    static constexpr size_t kStemmer = 16;
    static constexpr size_t kRowCount = 32;
    static constexpr size_t kUnreadableCount = 36;
    static constexpr size_t kTermCount = 40;
    static constexpr size_t kLengthBytes = 44;
    static constexpr size_t kTotalLength = 48;
    static constexpr size_t kPostingsBytes = 56;
    static constexpr size_t kTermsBytes = 60;
    static constexpr size_t kTableChecksum = 64;
    static constexpr size_t kHeaderChecksum = 68;
};

/// How often a term stands in a text, and how long that text is.
struct Impact {
    uint32_t frequency;
    uint32_t length;
};

/// Of each block of a term with at least kBlockRows rows.
struct BlockEntry {
    static constexpr size_t kBytes = 18;
    static constexpr uint32_t kMaxImpactField = 0xFFFF;  ///< of a frequency: this or more; of a length too

    uint32_t last_row;
    uint32_t offset;  ///< of the block in the term's blocks
    uint8_t row_bits;
    uint8_t frequency_bits;
    Impact impacts[2];  ///< every text of the block has at most the frequency and at least the length of one

    static BlockEntry load(const std::byte* at) {
        const auto field = [&](size_t place) { return uint32_t{load_le<uint16_t>(at + place)}; };
        return {load_le<uint32_t>(at),
                load_le<uint32_t>(at + 4),
                load_le<uint8_t>(at + 8),
                load_le<uint8_t>(at + 9),
                {{field(10), field(12)}, {field(14), field(16)}}};
    }

    void append_to(ByteBuffer& out) const;
};

inline void BlockEntry::append_to(ByteBuffer& out) const {
    append_le(out, last_row);
    append_le(out, offset);
    append_le(out, row_bits);
    append_le(out, frequency_bits);
    for (const Impact& impact : impacts) {
        append_le(out, static_cast<uint16_t>(std::min(impact.frequency, kMaxImpactField)));
        append_le(out, static_cast<uint16_t>(std::min(impact.length, kMaxImpactField)));
    }
}

inline void append_varint(ByteBuffer& out, uint64_t value) {
    for (; value >= 0x80; value >>= 7U) out.push_back(static_cast<std::byte>(value | 0x80U));
    out.push_back(static_cast<std::byte>(value));
}

/// Reads numbers of 7 bits a byte, lowest first. After an overrun everything is 0 and is_good() false.
class VarintReader {
public:
    explicit VarintReader(ByteView bytes) : bytes_(bytes) {}

    uint32_t read() {
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 35; shift += 7) {
            if (at_ == bytes_.size()) break;
            const auto byte = static_cast<uint64_t>(bytes_[at_++]);
            value |= (byte & 0x7FU) << shift;
            if (byte < 0x80 && value <= UINT32_MAX) return static_cast<uint32_t>(value);
            if (byte < 0x80) break;
        }
        return fail_reading();
    }

    std::string_view read_text(uint32_t size) {
        if (size > bytes_.size() - at_) {
            fail_reading();
            return {};
        }
        const auto text = as_text(bytes_.subspan(at_, size));
        at_ += size;
        return text;
    }

    [[nodiscard]] bool is_good() const { return is_good_; }
    [[nodiscard]] bool is_at_end() const { return at_ == bytes_.size(); }

private:
    uint32_t fail_reading() {
        is_good_ = false;
        at_ = bytes_.size();
        return 0;
    }

    ByteView bytes_;
    size_t at_ = 0;
    bool is_good_ = true;
};

}  // namespace reel
