#include "embed/builtin/unicode_rules.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>

#include <string>

namespace reel::builtin {

namespace {

// The tokenizer whose ids the model knows takes its categories from Unicode 8:
// characters that came later have none of them.
bool is_known(char32_t c) {
    UVersionInfo age;
    u_charAge(static_cast<UChar32>(c), age);
    return age[0] <= 8;
}

// The code points whose category was another one in Unicode 8.
uint32_t category_bit(char32_t c) {
    switch (c) {
        case 0x166D:
        case 0x111C9: return U_GC_PO_MASK;
        case 0x1734: return U_GC_MN_MASK;
        case 0x1885:
        case 0x1886: return U_GC_LO_MASK;
        case 0xA9BD: return U_GC_MC_MASK;
        default: return U_GET_GC_MASK(static_cast<UChar32>(c));
    }
}

const UNormalizer2* nfd() {
    static const UNormalizer2* const instance = [] {
        UErrorCode error = U_ZERO_ERROR;
        const UNormalizer2* found = unorm2_getNFDInstance(&error);
        return U_SUCCESS(error) ? found : nullptr;
    }();
    return instance;
}

// The ranges of the published model's tokenizer, with its gap before U+2B920.
bool is_ideograph(char32_t c) {
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
           (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) ||
           (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

constexpr char32_t kHangulFirst = 0xAC00;
constexpr char32_t kHangulLast = 0xD7A3;

}  // namespace

CharacterKind kind_before_decomposition(char32_t c) {
    if (c == 0xFFFD) return CharacterKind::kDropped;
    constexpr uint32_t kControls = U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK;
    if ((category_bit(c) & kControls) != 0 && is_known(c)) return CharacterKind::kDropped;
    if (u_isUWhiteSpace(static_cast<UChar32>(c))) return CharacterKind::kSpace;
    if (is_ideograph(c)) return CharacterKind::kIdeograph;
    return CharacterKind::kLetter;
}

bool is_stripped_mark(char32_t c) { return (category_bit(c) & U_GC_MN_MASK) != 0 && is_known(c); }

bool is_punctuation(char32_t c) { return (category_bit(c) & U_GC_P_MASK) != 0 && is_known(c); }

char32_t lower_case(char32_t c) { return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))); }

uint8_t combining_class(char32_t c) { return u_getCombiningClass(static_cast<UChar32>(c)); }

int decompose(char32_t c, char32_t* out) {
    if (c >= kHangulFirst && c <= kHangulLast) {  // The Unicode Standard, section 3.12
        const char32_t index = c - kHangulFirst;
        out[0] = 0x1100 + index / 588;
        out[1] = 0x1161 + index % 588 / 28;
        if (index % 28 == 0) return 2;
        out[2] = 0x11A7 + index % 28;
        return 3;
    }
    UChar units[2 * kMaxDecomposition];
    UErrorCode error = U_ZERO_ERROR;
    const int32_t length =
        unorm2_getDecomposition(nfd(), static_cast<UChar32>(c), units, 2 * kMaxDecomposition, &error);
    if (length < 0 || U_FAILURE(error)) {
        out[0] = c;
        return 1;
    }
    int count = 0;
    for (int32_t i = 0; i < length && count < kMaxDecomposition;) {
        UChar32 part;
        U16_NEXT(units, i, length, part);
        out[count++] = static_cast<char32_t>(part);
    }
    return count;
}

Status check_unicode_data() {
    if (nfd() == nullptr) return fail(ErrorCode::kUnsupported, "ICU's normalisation data cannot be loaded");
    return {};
}

}  // namespace reel::builtin
