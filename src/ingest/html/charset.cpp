#include "ingest/html/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/try.h"
#include "base/utf8.h"

namespace reel {

namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

class Converter {
public:
    explicit Converter(const std::string& charset) : handle_(::iconv_open("UTF-8", charset.c_str())) {}
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;
    ~Converter() {
        if (known()) ::iconv_close(handle_);
    }

    [[nodiscard]] bool known() const { return handle_ != iconv_t(-1); }

    /// False with `bad_at` set if a byte is not of the charset.
    bool convert(std::string_view page, std::string& out, size_t& bad_at) {
        std::array<char, 16384> buffer{};
        char* in = const_cast<char*>(page.data());  // iconv does not write there
        size_t left = page.size();
        while (left > 0) {
            char* end = buffer.data();
            size_t room = buffer.size();
            const size_t done = ::iconv(handle_, &in, &left, &end, &room);
            out.append(buffer.data(), end);
            if (done == size_t(-1) && errno != E2BIG) {
                bad_at = page.size() - left;
                return false;
            }
        }
        return true;
    }

private:
    iconv_t handle_;
};

/// The names browsers give to charsets are wider than what they say (WHATWG Encoding, section 4.2).
std::string iconv_name(const std::string& charset) {
    if (charset == "iso-8859-1" || charset == "latin1" || charset == "us-ascii" || charset == "ascii") {
        return "windows-1252";
    }
    if (charset == "gb2312") return "gbk";
    if (charset == "shift_jis" || charset == "sjis") return "cp932";
    return charset;
}

Result<std::string> convert_page(std::string_view page, const std::string& charset) {
    Converter converter(iconv_name(charset));
    if (!converter.known()) {
        return fail(ErrorCode::kUnsupported,
                    "its charset \"" + charset + "\" is not known here; convert it to UTF-8 first");
    }
    std::string out;
    size_t bad_at = 0;
    if (!converter.convert(page, out, bad_at)) {
        return fail(ErrorCode::kInvalidArgument, "not in its charset \"" + charset + "\" at byte " +
                                                     std::to_string(bad_at) + "; convert it to UTF-8 first");
    }
    return out;
}

}  // namespace

std::string find_meta_charset(std::string_view page) {
    const std::string head = lower_case(page.substr(0, 1024));
    for (size_t meta = head.find("<meta"); meta != std::string::npos; meta = head.find("<meta", meta + 1)) {
        const std::string_view tag = std::string_view(head).substr(meta, head.find('>', meta) - meta);
        size_t at = tag.find("charset");
        if (at == std::string_view::npos) continue;
        at = tag.find_first_not_of(" \t\n=\"'", at + 7);
        if (at == std::string_view::npos) continue;
        const size_t end = std::min(tag.find_first_of(" \t\n\"';/>", at), tag.size());
        return std::string(tag.substr(at, end - at));
    }
    return {};
}

Result<std::string> page_to_utf8(std::string_view page) {
    if (page.starts_with("\xFF\xFE")) return convert_page(page.substr(2), "utf-16le");
    if (page.starts_with("\xFE\xFF")) return convert_page(page.substr(2), "utf-16be");
    if (page.starts_with(kByteOrderMark)) page.remove_prefix(kByteOrderMark.size());
    const auto bad = find_invalid_utf8(page);
    if (!bad) return std::string(page);
    const std::string charset = find_meta_charset(page);
    if (!charset.empty() && charset != "utf-8" && charset != "utf8") return convert_page(page, charset);
    const auto line = 1 + std::count(page.begin(), page.begin() + static_cast<ptrdiff_t>(*bad), '\n');
    return fail(ErrorCode::kInvalidArgument,
                "not UTF-8 at byte " + std::to_string(*bad) + " (line " + std::to_string(line) +
                    "), and no other charset is declared; convert it to UTF-8 first");
}

}  // namespace reel
