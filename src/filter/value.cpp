#include "filter/value.h"

#include "base/json_scan.h"

namespace reel {

ValueView view_of(const FilterValue& value) { return {value.type, value.boolean, value.number, value.text}; }

ValueView read_json_value(std::string_view literal, std::string& buffer) {
    ValueView value;
    switch (literal.empty() ? '{' : literal.front()) {
        case '"':
            value.type = ValueType::kString;
            if (literal.find('\\') == std::string_view::npos) {
                value.text = literal.substr(1, literal.size() - 2);
            } else {
                buffer = read_json_string(literal);
                value.text = buffer;
            }
            break;
        case 'n': break;
        case 't':
        case 'f':
            value.type = ValueType::kBool;
            value.boolean = literal.front() == 't';
            break;
        case '{':
        case '[': value.type = ValueType::kContainer; break;
        default: value.type = ValueType::kNumber; value.number = read_json_number(literal);
    }
    return value;
}

int compare_values(const ValueView& a, const ValueView& b) {
    if (a.type != b.type) return a.type < b.type ? -1 : 1;
    switch (a.type) {
        case ValueType::kBool: return static_cast<int>(a.boolean) - static_cast<int>(b.boolean);
        case ValueType::kNumber: return compare_numbers(a.number, b.number);
        case ValueType::kString: return a.text.compare(b.text);
        default: return 0;
    }
}

std::string print_value(const ValueView& value) {
    switch (value.type) {
        case ValueType::kNull: return "null";
        case ValueType::kBool: return value.boolean ? "true" : "false";
        case ValueType::kNumber: return print_number(value.number);
        case ValueType::kContainer: return "{}";
        case ValueType::kString: break;
    }
    std::string out = "\"";
    for (const char c : value.text) {
        out += c;
        if (c == '"') out += c;
    }
    return out + '"';
}

}  // namespace reel
