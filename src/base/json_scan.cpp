#include "base/json_scan.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/json.h"

namespace reel {

namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The four hexadecimal digits at `at`, or -1.
int hex_unit(std::string_view text, size_t at) {
    if (text.size() < at + 4) return -1;
    int unit = 0;
    for (size_t i = at; i < at + 4; ++i) {
        const int digit = hex_digit(text[i]);
        if (digit < 0) return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

bool is_high_surrogate(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low_surrogate(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

/// Goes once over a text. Every step returns false after an error, which stays.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    bool whole_value() {
        if (!value(0)) return false;
        return end();
    }

    bool whole_object(std::vector<JsonMember>& members) {
        skip_space();
        if (!at('{')) return wrong("an object is expected; write {\"key\": value, ...}");
        ++at_;
        skip_space();
        if (!at('}')) {
            do {
                JsonMember member;
                if (!key(member.key)) return false;
                skip_space();
                const size_t begin = at_;
                if (!value(1)) return false;
                member.value = text_.substr(begin, at_ - begin);
                members.push_back(member);
                skip_space();
            } while (take(','));
            if (!at('}')) return wrong("',' or '}' is expected");
        }
        ++at_;
        return end();
    }

    [[nodiscard]] Status status() const {
        if (too_deep_) {
            return fail(ErrorCode::kLimit,
                        "JSON nests deeper than " + std::to_string(kMaxJsonDepth) + " levels");
        }
        if (reason_ == nullptr) return {};
        return fail(ErrorCode::kInvalidArgument,
                    "not valid JSON at byte " + std::to_string(at_) + ": " + reason_);
    }

private:
    /// One value with everything inside, without recursion. `depth`: of containers around it.
    bool value(size_t depth) {
        const size_t outer = depth;
        do {
            skip_space();
            if (at('{') || at('[')) {
                const bool object = at('{');
                if (depth == kMaxJsonDepth) return too_deep();
                is_object_[depth++] = object;
                ++at_;
                skip_space();
                if (!at(object ? '}' : ']')) {
                    if (object && !key()) return false;
                    continue;
                }
            } else if (!scalar()) {
                return false;
            }
            if (!after_value(depth, outer)) return false;
        } while (depth > outer);
        return true;
    }

    /// Closes containers until a further value follows or all of them are closed.
    bool after_value(size_t& depth, size_t outer) {
        while (depth > outer) {
            const bool object = is_object_[depth - 1];
            skip_space();
            if (take(',')) return !object || key();
            if (!at(object ? '}' : ']')) {
                return wrong(object ? "',' or '}' is expected" : "',' or ']' is expected");
            }
            ++at_;
            --depth;
        }
        return true;
    }

    bool key() {
        std::string_view ignored;
        return key(ignored);
    }

    /// A key and its colon.
    bool key(std::string_view& literal) {
        skip_space();
        if (!at('"')) return wrong("a key in double quotes is expected");
        const size_t begin = at_;
        if (!string()) return false;
        literal = text_.substr(begin, at_ - begin);
        skip_space();
        return take(':') || wrong("':' is expected");
    }

    bool scalar() {
        if (at_ >= text_.size()) return wrong("the text ends where a value is expected");
        switch (text_[at_]) {
            case '"': return string();
            case 't': return word("true");
            case 'f': return word("false");
            case 'n': return word("null");
            default: return number();
        }
    }

    bool string() {
        ++at_;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                return true;
            }
            if (static_cast<unsigned char>(c) < 0x20)
                return wrong("a control character in a string must be escaped");
            if (c == '\\') {
                if (!escape()) return false;
            } else {
                ++at_;
            }
        }
        return wrong("the text ends inside a string");
    }

    bool escape() {
        const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (c != 'u') {
            if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) {
                return wrong("an unknown escape in a string");
            }
            at_ += 2;
            return true;
        }
        const int unit = hex_unit(text_, at_ + 2);
        if (unit < 0) return wrong("four hexadecimal digits are expected after \\u");
        if (is_low_surrogate(unit)) return wrong("half of a surrogate pair");
        if (is_high_surrogate(unit)) {
            if (text_.substr(at_ + 6, 2) != "\\u" || !is_low_surrogate(hex_unit(text_, at_ + 8))) {
                return wrong("half of a surrogate pair");
            }
            at_ += 6;
        }
        at_ += 6;
        return true;
    }

    bool number() {
        take('-');
        if (!take('0') && !digits()) return wrong("a value is expected");
        if (take('.') && !digits()) return wrong("a digit is expected after the decimal point");
        if (take('e') || take('E')) {
            if (!take('+')) take('-');
            if (!digits()) return wrong("a digit is expected in the exponent");
        }
        return true;
    }

    bool digits() {
        const size_t begin = at_;
        while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
        return at_ > begin;
    }

    bool word(std::string_view expected) {
        if (text_.substr(at_, expected.size()) != expected) return wrong("a value is expected");
        at_ += expected.size();
        return true;
    }

    bool end() {
        skip_space();
        return at_ == text_.size() || wrong("the value has ended, but more follows");
    }

    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }
    [[nodiscard]] bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }
    bool take(char c) {
        if (!at(c)) return false;
        ++at_;
        return true;
    }
    bool wrong(const char* reason) {
        reason_ = reason;
        return false;
    }
    bool too_deep() {
        too_deep_ = true;
        return false;
    }

    std::string_view text_;
    size_t at_ = 0;
    const char* reason_ = nullptr;
    bool too_deep_ = false;
    std::array<bool, kMaxJsonDepth> is_object_{};
};

void append_utf8(std::string& out, uint32_t c) {
    const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | c >> 6);
        put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3F));
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

char escaped_character(char c) {
    switch (c) {
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return c;
    }
}

}  // namespace

Status scan_json_object(std::string_view text, std::vector<JsonMember>& members) {
    members.clear();
    Scanner scanner(text);
    scanner.whole_object(members);
    return scanner.status();
}

Status scan_json(std::string_view text) {
    Scanner scanner(text);
    scanner.whole_value();
    return scanner.status();
}

std::string read_json_string(std::string_view literal) {
    const std::string_view inner = literal.substr(1, literal.size() - 2);
    std::string out;
    out.reserve(inner.size());
    for (size_t at = 0; at < inner.size();) {
        const size_t run = std::min(inner.find('\\', at), inner.size());
        out += inner.substr(at, run - at);
        at = run;
        if (at == inner.size()) break;
        if (inner[at + 1] != 'u') {
            out.push_back(escaped_character(inner[at + 1]));
            at += 2;
            continue;
        }
        auto c = static_cast<uint32_t>(hex_unit(inner, at + 2));
        at += 6;
        if (is_high_surrogate(static_cast<int>(c))) {
            const auto low = static_cast<uint32_t>(hex_unit(inner, at + 2));
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            at += 6;
        }
        append_utf8(out, c);
    }
    return out;
}

bool is_json_string(std::string_view literal, std::string_view name) {
    if (literal.size() < 2 || literal.front() != '"') return false;
    // A name may be spelt with escapes, which only make it longer.
    if (literal.find('\\') == std::string_view::npos) return literal.substr(1, literal.size() - 2) == name;
    return read_json_string(literal) == name;
}

void append_json_member(std::string& open_object, std::string_view key_literal,
                        std::string_view value_literal) {
    if (open_object.size() > 1) open_object += ", ";
    open_object += key_literal;
    open_object += ": ";
    open_object += value_literal;
}

}  // namespace reel
