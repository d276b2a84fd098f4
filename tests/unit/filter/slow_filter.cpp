#include "slow_filter.h"

#include <algorithm>
#include <limits>
#include <optional>

namespace reel::filter_test {

namespace {

// 64 bits of mantissa hold every int64, uint64 and double.
static_assert(std::numeric_limits<long double>::digits >= 64);

std::optional<int> order(const Json& a, const Json& b) {
    if (a.is_number() && b.is_number()) {
        const auto wide = [](const Json& n) -> long double {
            if (n.is_number_unsigned()) return n.get<uint64_t>();
            if (n.is_number_integer()) return n.get<int64_t>();
            return n.get<double>();
        };
        return wide(a) < wide(b) ? -1 : (wide(a) > wide(b) ? 1 : 0);
    }
    if (a.is_string() && b.is_string()) return a.get<std::string>().compare(b.get<std::string>());
    return std::nullopt;
}

bool equal(const Json& a, const Json& b) {
    if (a.is_null() && b.is_null()) return true;
    if (a.is_boolean() && b.is_boolean()) return a.get<bool>() == b.get<bool>();
    return order(a, b) == 0;
}

bool like(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern[0] == '%') {
        for (size_t i = 0; i <= text.size(); ++i) {
            if (like(pattern.substr(1), text.substr(i))) return true;
        }
        return false;
    }
    if (text.empty()) return false;
    if (pattern[0] == '_') {
        size_t size = 1;
        while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) ++size;
        return like(pattern.substr(1), text.substr(size));
    }
    if (pattern[0] == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
    return pattern[0] == text[0] && like(pattern.substr(1), text.substr(1));
}

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    }
    return text;
}

/// The values that a dotted path leads to, through the objects of arrays.
void reach(const Json& value, std::string_view path, std::vector<Json>& found) {
    const size_t dot = path.find('.');
    const std::string name(path.substr(0, dot));
    if (!value.is_object() || !value.contains(name)) return;
    const Json& next = value[name];
    if (dot == std::string_view::npos) {
        found.push_back(next);
    } else if (next.is_array()) {
        for (const Json& element : next) reach(element, path.substr(dot + 1), found);
    } else {
        reach(next, path.substr(dot + 1), found);
    }
}

bool holds(const std::string& op, const Json& operand, const Json& value, bool is_element) {
    if (op == "$eq") return equal(value, operand);
    if (op == "$in")
        return std::any_of(operand.begin(), operand.end(), [&](const Json& o) { return equal(value, o); });
    if (op == "$contains") {
        if (is_element) return equal(value, operand);
        return value.is_string() && operand.is_string() &&
               value.get<std::string>().find(operand.get<std::string>()) != std::string::npos;
    }
    if (op == "$like") return value.is_string() && like(operand.get<std::string>(), value.get<std::string>());
    if (op == "$ilike")
        return value.is_string() && like(lower(operand.get<std::string>()), lower(value.get<std::string>()));
    const auto sign = order(value, operand);
    if (!sign) return false;
    if (op == "$lt") return *sign < 0;
    if (op == "$lte") return *sign <= 0;
    if (op == "$gt") return *sign > 0;
    return *sign >= 0;
}

bool key_matches(const std::string& path, const std::string& op, const Json& operand, const Json& record) {
    if (op == "$ne") return !key_matches(path, "$eq", operand, record);
    if (op == "$nin") return !key_matches(path, "$in", operand, record);
    if (op == "$not_contains") return !key_matches(path, "$contains", operand, record);
    if (op == "$not") return !slow_matches(Json{{path, operand}}, record);
    if (op == "$all") {
        return !operand.empty() && std::all_of(operand.begin(), operand.end(), [&](const Json& o) {
            return key_matches(path, "$eq", o, record);
        });
    }
    if (op == "$between") {
        return key_matches(path, "$gte", operand[0], record) && key_matches(path, "$lte", operand[1], record);
    }
    std::vector<Json> found;
    reach(record, path, found);
    if (op == "$exists") return operand.get<bool>() == !found.empty();
    if (found.empty()) {
        if (op == "$eq") return operand.is_null();
        return op == "$in" &&
               std::any_of(operand.begin(), operand.end(), [](const Json& o) { return o.is_null(); });
    }
    for (const Json& value : found) {
        if (!value.is_array()) {
            if (holds(op, operand, value, false)) return true;
            continue;
        }
        for (const Json& element : value) {
            if (holds(op, operand, element, true)) return true;
        }
    }
    return false;
}

}  // namespace

bool slow_matches(const Json& filter, const Json& record) {
    const auto inner = [&](const Json& f) { return slow_matches(f, record); };
    for (const auto& [key, value] : filter.items()) {
        bool good = true;
        if (key == "$and") {
            good = std::all_of(value.begin(), value.end(), inner);
        } else if (key == "$or") {
            good = std::any_of(value.begin(), value.end(), inner);
        } else if (key == "$nor") {
            good = std::none_of(value.begin(), value.end(), inner);
        } else if (key == "$not") {
            good = !inner(value);
        } else if (!value.is_object()) {
            good = key_matches(key, "$eq", value, record);
        } else {
            for (const auto& [op, operand] : value.items())
                good = good && key_matches(key, op, operand, record);
        }
        if (!good) return false;
    }
    return true;
}

}  // namespace reel::filter_test
