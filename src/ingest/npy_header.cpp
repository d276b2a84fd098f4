#include <limits>

#include "base/try.h"
#include "ingest/npy.h"

namespace reel {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxHeaderBytes = size_t{1} << 20;

Status malformed(const std::string& reason) {
    return fail(ErrorCode::kInvalidArgument,
                "the .npy header " + reason + "; write the file with numpy.save");
}

/// The few forms of Python's literals that numpy writes: a dictionary of strings, booleans and a tuple of
/// integers.
class LiteralReader {
public:
    explicit LiteralReader(std::string_view text) : text_(text) {}

    Status read(NpyHeader& header) {
        if (!take('{')) return malformed("is not a dictionary");
        unsigned seen = 0;
        while (!take('}')) {
            std::string_view key;
            if (!string(key) || !take(':')) return malformed("has no key where one is expected");
            const unsigned bit = key == "descr" ? 1 : key == "fortran_order" ? 2 : key == "shape" ? 4 : 0;
            if (bit == 0 || (seen & bit) != 0) return malformed("has an unknown or repeated key");
            seen |= bit;
            if (bit == 1) REEL_TRY(element(header));
            if (bit == 2 && !boolean(header.fortran_order))
                return malformed("has no truth value for fortran_order");
            if (bit == 4 && !shape(header.shape)) return malformed("has no shape that can be read");
            if (!take(',') && !at('}')) return malformed("has no comma where one is expected");
        }
        if (seen != 7) return malformed("lacks one of descr, fortran_order and shape");
        skip_space();
        return at_ == text_.size() ? Status{} : malformed("goes on behind its dictionary");
    }

private:
    Status element(NpyHeader& header) {
        std::string_view descr;
        if (!string(descr))
            return fail(ErrorCode::kUnsupported, "the .npy file holds structures, not plain numbers");
        const std::string_view type = descr.size() == 3 ? descr.substr(1) : "";
        const char order = descr.empty() ? ' ' : descr[0];
        if ((order != '<' && order != '>') || (type != "f2" && type != "f4" && type != "f8")) {
            return fail(ErrorCode::kUnsupported,
                        "the .npy file holds elements of type '" + std::string(descr.substr(0, 20)) +
                            "'; save it as float32: numpy.save(path, a.astype('<f4'))");
        }
        header.big_endian = order == '>';
        header.element = type == "f2"   ? NpyHeader::Element::kFloat16
                         : type == "f4" ? NpyHeader::Element::kFloat32
                                        : NpyHeader::Element::kFloat64;
        return {};
    }

    bool shape(std::vector<uint64_t>& out) {
        if (!take('(')) return false;
        while (!take(')')) {
            uint64_t extent = 0;
            if (!integer(extent) || out.size() == 32) return false;  // numpy's own limit
            out.push_back(extent);
            take('L');  // Python 2's long integers
            if (!take(',') && !at(')')) return false;
        }
        return true;
    }

    bool integer(uint64_t& out) {
        skip_space();
        const size_t begin = at_;
        for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
            const auto digit = static_cast<uint64_t>(text_[at_] - '0');
            if (out > (std::numeric_limits<uint64_t>::max() - digit) / 10) return false;
            out = out * 10 + digit;
        }
        return at_ > begin;
    }

    bool string(std::string_view& out) {
        skip_space();
        if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return false;
        const size_t end = text_.find(text_[at_], at_ + 1);
        if (end == std::string_view::npos) return false;
        out = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        return true;
    }

    bool boolean(bool& out) {
        skip_space();
        for (const std::string_view word : {"True", "False"}) {
            if (text_.substr(at_, word.size()) != word) continue;
            at_ += word.size();
            out = word == "True";
            return true;
        }
        return false;
    }

    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
    }
    bool at(char c) {
        skip_space();
        return at_ < text_.size() && text_[at_] == c;
    }
    bool take(char c) {
        if (!at(c)) return false;
        ++at_;
        return true;
    }

    std::string_view text_;
    size_t at_ = 0;
};

}  // namespace

Result<NpyHeader> parse_npy_header(ByteView bytes) {
    if (!as_text(bytes).starts_with(kMagic) || bytes.size() < 12) {
        return fail(ErrorCode::kInvalidArgument, "is not a .npy file; write one with numpy.save");
    }
    const auto version = static_cast<unsigned>(bytes[6]);
    if (version < 1 || version > 3) {
        return fail(ErrorCode::kUnsupported,
                    "is a .npy file of version " + std::to_string(version) + "; versions 1 to 3 are read");
    }
    const size_t begin = version == 1 ? 10 : 12;
    const size_t length =
        version == 1 ? load_le<uint16_t>(bytes.data() + 8) : load_le<uint32_t>(bytes.data() + 8);
    if (length > kMaxHeaderBytes) {
        return fail(ErrorCode::kLimit, "has a .npy header of " + std::to_string(length) + " bytes; at most " +
                                           std::to_string(kMaxHeaderBytes) + " are read");
    }
    if (length > bytes.size() - begin) {
        return fail(ErrorCode::kInvalidArgument, "ends inside its .npy header; was it written to the end?");
    }
    NpyHeader header;
    REEL_TRY(LiteralReader(as_text(bytes.subspan(begin, length))).read(header));
    header.data_offset = begin + length;
    return header;
}

std::string npy_header(uint64_t rows, uint64_t columns, std::string_view element) {
    std::string text = "{'descr': '" + std::string(element) + "', 'fortran_order': False, 'shape': (" +
                       std::to_string(rows) + ", " + std::to_string(columns) + "), }";
    // The numbers start at a multiple of 64, the header ends with a newline.
    text.append(63 - (10 + text.size()) % 64, ' ');
    text += '\n';
    std::string out(kMagic);
    out += '\x01';
    out += '\x00';
    out += static_cast<char>(text.size() & 0xFF);
    out += static_cast<char>(text.size() >> 8);
    return out + text;
}

}  // namespace reel
