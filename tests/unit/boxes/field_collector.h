// Every value of a box in order, to compare two boxes by. Unlike the dumper it shortens nothing.
#pragma once

#include <string>
#include <vector>

#include "boxes/field_io.h"

namespace reel {

class FieldCollector {
public:
    std::vector<std::string> values;

    template <std::unsigned_integral T>
    void field(std::string_view name, T& value) {
        put(name, std::to_string(value));
    }
    void field(std::string_view name, FourCC& value) { put(name, std::to_string(value.value)); }
    template <size_t N>
    void field(std::string_view name, std::array<std::byte, N>& value) {
        for (const std::byte b : value) put(name, std::to_string(std::to_integer<int>(b)));
    }
    template <std::unsigned_integral T, size_t N>
    void field(std::string_view name, std::array<T, N>& value) {
        for (const T item : value) put(name, std::to_string(item));
    }
    void version_sized(std::string_view name, uint64_t& value, uint32_t) { put(name, std::to_string(value)); }
    void reserved(size_t) {}
    void c_string(std::string_view name, std::string& value) { put(name, value); }
    void rest(std::string_view name, std::string& value) { put(name, value); }
    void rest(std::string_view name, std::vector<FourCC>& rows) {
        for (FourCC& row : rows) field(name, row);
    }
    template <class T>
    void table(std::string_view name, std::vector<T>& rows) {
        put(name, std::to_string(rows.size()));
        for (T& row : rows) {
            if constexpr (Row<T>) {
                row.fields(*this);
            } else {
                field(name, row);
            }
        }
    }

private:
    void put(std::string_view name, const std::string& value) {
        values.push_back(std::string(name) + "=" + value);
    }
};

template <class Box>
std::vector<std::string> values_of(Box box) {
    FieldCollector collector;
    box.fields(collector);
    return collector.values;
}

}  // namespace reel
