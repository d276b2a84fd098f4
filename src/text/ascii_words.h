// Words of ASCII text without ICU, exactly as ICU finds them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace reel {

/// Longer terms are cut, at a code point; the word's offsets are whole.
inline constexpr size_t kMaxTermBytes = 128;

/// Values of the Word_Break property (UAX 29, table 3) that ASCII has. The colon is not MidLetter here, as in
/// CLDR's root.
enum class AsciiWordBreak : uint8_t { kOther, kMidNumLet, kMidNum, kExtendNumLet, kNumeric, kLetter };

struct AsciiTables {
    std::array<AsciiWordBreak, 256> word_break{};
    std::array<char, 256> lower{};

    constexpr AsciiTables() {
        for (size_t c = 0; c < 256; ++c) lower[c] = static_cast<char>(c);
        for (size_t c = '0'; c <= '9'; ++c) word_break[c] = AsciiWordBreak::kNumeric;
        for (size_t c = 'a'; c <= 'z'; ++c) {
            word_break[c] = word_break[c - 32] = AsciiWordBreak::kLetter;
            lower[c - 32] = static_cast<char>(c);
        }
        word_break['_'] = AsciiWordBreak::kExtendNumLet;
        word_break['.'] = word_break['\''] = AsciiWordBreak::kMidNumLet;
        word_break[','] = word_break[';'] = AsciiWordBreak::kMidNum;
    }
};
inline constexpr AsciiTables kAsciiTables;

inline AsciiWordBreak ascii_word_break(char c) {
    return kAsciiTables.word_break[static_cast<unsigned char>(c)];
}

/// Do rules WB6 and WB7, WB11 and WB12 join the character `middle` to its neighbours?
inline bool joins_ascii(AsciiWordBreak before, AsciiWordBreak middle, AsciiWordBreak after) {
    if (before != after) return false;
    if (middle == AsciiWordBreak::kMidNumLet) {
        return before == AsciiWordBreak::kLetter || before == AsciiWordBreak::kNumeric;
    }
    return middle == AsciiWordBreak::kMidNum && before == AsciiWordBreak::kNumeric;
}

/// Calls sink(term, begin, end) for each word of text[from, to), which is ASCII.
template <class Sink>
void for_each_ascii_word(std::string_view text, size_t from, size_t to, Sink&& sink) {
    char term[kMaxTermBytes];
    for (size_t at = from; at < to; ++at) {
        AsciiWordBreak last = ascii_word_break(text[at]);
        if (last < AsciiWordBreak::kExtendNumLet) continue;
        const size_t begin = at;
        AsciiWordBreak best = AsciiWordBreak::kOther;  // an underscore alone is no word
        while (true) {
            const size_t offset = at - begin;
            if (offset < kMaxTermBytes)
                term[offset] = kAsciiTables.lower[static_cast<unsigned char>(text[at])];
            if (last > best) best = last;
            if (++at == to) break;
            const AsciiWordBreak next = ascii_word_break(text[at]);
            if (next < AsciiWordBreak::kExtendNumLet &&
                (at + 1 == to || !joins_ascii(last, next, ascii_word_break(text[at + 1])))) {
                break;
            }
            last = next;
        }
        const size_t size = at - begin < kMaxTermBytes ? at - begin : kMaxTermBytes;
        if (best > AsciiWordBreak::kExtendNumLet) sink(std::string_view(term, size), begin, at);
    }
}

}  // namespace reel
