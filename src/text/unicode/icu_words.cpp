// The module reel_text.so: words of any script by ICU.
#include <unicode/brkiter.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>
#include <unicode/utf8.h>
#include <unicode/uversion.h>

#include "base/try.h"
#include "base/utf8.h"
#include "text/ascii_words.h"
#include "text/word_modules.h"

namespace reel {

namespace {

Error icu_error(UErrorCode code, const char* what) {
    return {ErrorCode::kUnsupported, std::string("ICU cannot ") + what + " (" + u_errorName(code) +
                                         "); install ICU's data of the version that Reel was built with"};
}

/// Letters, digits and other numbers; and emoji, but for the signs that stand behind names.
bool makes_a_word(UChar32 c) {
    constexpr uint32_t kWordCategories = U_GC_L_MASK | U_GC_N_MASK;
    if ((U_MASK(u_charType(c)) & kWordCategories) != 0) return true;
    const bool is_sign =
        c < 0x80 || c == 0xA9 || c == 0xAE || c == 0x2122;  // copyright, registered, trade mark
    return !is_sign && (u_hasBinaryProperty(c, UCHAR_EMOJI) != 0);
}

bool is_word(std::string_view segment) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(segment.data());
    const auto size = static_cast<int32_t>(segment.size());
    for (int32_t at = 0; at < size;) {
        UChar32 c = 0;
        U8_NEXT(bytes, at, size, c);
        if (c >= 0 && makes_a_word(c)) return true;
    }
    return false;
}

uint32_t packed(const UVersionInfo& version) {
    return static_cast<uint32_t>(version[0]) << 24U | static_cast<uint32_t>(version[1]) << 16U |
           static_cast<uint32_t>(version[2]) << 8U | version[3];
}

class IcuWords final : public UnicodeWords {
public:
    static Result<std::unique_ptr<UnicodeWords>> create();
    ~IcuWords() override {
        utext_close(&text_);
        ubrk_close(breaks_);
    }
    IcuWords(const IcuWords&) = delete;
    IcuWords& operator=(const IcuWords&) = delete;

    Status split(std::string_view stretch, std::vector<UnicodeWord>& words, std::string& folded) override;
    [[nodiscard]] UnicodeVersion version() const override;

private:
    IcuWords() = default;
    std::string_view without_tailored(std::string_view stretch);
    Status append_term(std::string_view segment, std::string& folded);

    std::string replaced_;
    UBreakIterator* breaks_ = nullptr;
    const icu::Normalizer2* fold_ = nullptr;
    UText text_ = UTEXT_INITIALIZER;
};

Result<std::unique_ptr<UnicodeWords>> IcuWords::create() {
    std::unique_ptr<IcuWords> made(new IcuWords);
    UErrorCode code = U_ZERO_ERROR;
    // No language: the same text has the same words for everybody.
    made->breaks_ = ubrk_open(UBRK_WORD, "root", nullptr, 0, &code);
    if (U_FAILURE(code)) return fail(icu_error(code, "find word boundaries"));
    made->fold_ = icu::Normalizer2::getNFKCCasefoldInstance(code);
    if (U_FAILURE(code)) return fail(icu_error(code, "fold case"));
    return std::unique_ptr<UnicodeWords>(std::move(made));
}

Status IcuWords::split(std::string_view stretch, std::vector<UnicodeWord>& words, std::string& folded) {
    words.clear();
    folded.clear();
    stretch = without_tailored(stretch);
    UErrorCode code = U_ZERO_ERROR;
    utext_openUTF8(&text_, stretch.data(), static_cast<int64_t>(stretch.size()), &code);
    ubrk_setUText(breaks_, &text_, &code);
    if (U_FAILURE(code)) return fail(icu_error(code, "read a text"));
    int32_t begin = ubrk_first(breaks_);
    for (int32_t end = ubrk_next(breaks_); end != UBRK_DONE; begin = end, end = ubrk_next(breaks_)) {
        if (end <= begin) continue;
        const auto segment = stretch.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
        if (!is_word(segment)) continue;
        const size_t offset = folded.size();
        REEL_TRY(append_term(segment, folded));
        if (folded.size() == offset) continue;
        words.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end),
                         static_cast<uint32_t>(offset), static_cast<uint32_t>(folded.size() - offset)});
    }
    return {};
}

/// ICU's root rules for '@' (a letter in ICU 72) and ':' change from version to version. Here neither is
/// ever in a word, as for_each_ascii_word() has it: '%' stands in their places.
std::string_view IcuWords::without_tailored(std::string_view stretch) {
    if (stretch.find_first_of("@:") == std::string_view::npos) return stretch;
    replaced_ = stretch;
    for (char& c : replaced_) c = c == '@' || c == ':' ? '%' : c;
    return replaced_;
}

Status IcuWords::append_term(std::string_view segment, std::string& folded) {
    const size_t offset = folded.size();
    UErrorCode code = U_ZERO_ERROR;
    icu::StringByteSink<std::string> sink(&folded);
    fold_->normalizeUTF8(0, icu::StringPiece(segment.data(), static_cast<int32_t>(segment.size())), sink,
                         nullptr, code);
    if (U_FAILURE(code)) return fail(icu_error(code, "fold case"));
    // Keyboards write "don't", text programs U+2019 in its place.
    constexpr std::string_view kTypographicApostrophe = "\xE2\x80\x99";
    for (size_t at = folded.find(kTypographicApostrophe, offset); at != std::string::npos;
         at = folded.find(kTypographicApostrophe, at)) {
        folded.replace(at, kTypographicApostrophe.size(), "'");
    }
    if (folded.size() - offset > kMaxTermBytes) {
        folded.resize(offset + code_point_floor(std::string_view(folded).substr(offset), kMaxTermBytes));
    }
    return {};
}

UnicodeVersion IcuWords::version() const {
    UVersionInfo icu_version;
    UVersionInfo unicode_version;
    u_getVersion(icu_version);
    u_getUnicodeVersion(unicode_version);
    return {packed(icu_version), packed(unicode_version)};
}

}  // namespace

}  // namespace reel

extern "C" __attribute__((visibility("default"))) void reel_make_unicode_words(
    reel::Result<std::unique_ptr<reel::UnicodeWords>>& made) {
    made = reel::IcuWords::create();
}
