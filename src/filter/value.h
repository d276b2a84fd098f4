// Values: the operands of a filter, and what a record's metadata holds.
#pragma once

#include <string>
#include <string_view>

#include "filter/number.h"

namespace reel {

/// In the order that columns number them in.
enum class ValueType : uint8_t {
    kNull,
    kBool,
    kNumber,
    kString,
    kContainer,  ///< an object, or an array inside an array: equals nothing, is ordered with nothing
};

/// An operand.
struct FilterValue {
    ValueType type = ValueType::kNull;
    bool boolean = false;
    FilterNumber number;
    std::string text;

    bool operator==(const FilterValue&) const = default;
};

/// A value where it stands; `text` lives as long as the JSON or the column, or
/// as the buffer that read_json_value() was given.
struct ValueView {
    ValueType type = ValueType::kNull;
    bool boolean = false;
    FilterNumber number;
    std::string_view text;
};

ValueView view_of(const FilterValue& value);

/// Of a literal that has passed a scan; `buffer` takes a string with escapes.
ValueView read_json_value(std::string_view literal, std::string& buffer);

/// kNull < kBool (false < true) < kNumber < kString; strings by bytes.
int compare_values(const ValueView& a, const ValueView& b);

/// In the text spelling: strings in double quotes, a double quote inside doubled.
std::string print_value(const ValueView& value);

}  // namespace reel
