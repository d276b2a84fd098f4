// One list of fields a box, four uses: reading, writing, sizing, dumping.
// A box is a struct with `static constexpr FourCC kType` and
// `void fields(auto& io)` that names every field in the order of the bytes.
#pragma once

#include <array>
#include <concepts>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/try.h"
#include "boxes/box_header.h"
#include "boxes/fourcc.h"
#include "reel/error.h"

namespace reel {

template <class T>
concept Row = requires(T row, int io) { row.is_row(); };

/// Fills fields from a payload; stops at the first that does not fit.
class FieldReader {
public:
    explicit FieldReader(ByteView payload) : left_(payload) {}

    template <std::unsigned_integral T>
    void field(std::string_view name, T& value) {
        if (!need(name, sizeof(T))) return;
        value = load_be<T>(left_.data());
        left_ = left_.subspan(sizeof(T));
    }
    void field(std::string_view name, FourCC& value) { field(name, value.value); }
    template <size_t N>
    void field(std::string_view name, std::array<std::byte, N>& value) {
        if (!need(name, N)) return;
        std::copy_n(left_.data(), N, value.data());
        left_ = left_.subspan(N);
    }
    template <std::unsigned_integral T, size_t N>
    void field(std::string_view name, std::array<T, N>& values) {
        for (T& value : values) field(name, value);
    }
    void version_sized(std::string_view name, uint64_t& value, uint32_t version_and_flags) {
        if (version_and_flags >> 24U != 0) return field(name, value);
        uint32_t small = 0;
        field(name, small);
        value = small;
    }
    void reserved(size_t count) {
        if (need("reserved", count)) left_ = left_.subspan(count);
    }
    /// UTF-8 up to a NUL, or to the end of the box where a writer forgot it.
    void c_string(std::string_view, std::string& value) {
        const std::string_view text = as_text(left_);
        const size_t length = std::min(text.find('\0'), text.size());
        value = text.substr(0, length);
        left_ = left_.subspan(std::min(length + 1, left_.size()));
    }
    void rest(std::string_view, std::string& value) {
        value = as_text(left_);
        left_ = {};
    }
    void rest(std::string_view, std::vector<FourCC>& values) {
        values.clear();
        for (; left_.size() >= 4; left_ = left_.subspan(4))
            values.emplace_back(load_be<uint32_t>(left_.data()));
    }
    /// A 32-bit count and as many rows; the count is checked against the bytes that are there.
    template <class T>
    void table(std::string_view name, std::vector<T>& rows) {
        uint32_t count = 0;
        field(name, count);
        rows.clear();
        if (!need(name, uint64_t{count} * row_size<T>())) return;
        rows.resize(count);
        for (T& row : rows) read_row(name, row);
    }

    [[nodiscard]] size_t left() const { return left_.size(); }
    [[nodiscard]] Status status() const {
        if (error_.empty()) return {};
        return fail(ErrorCode::kCorrupt, error_);
    }

    template <class T>
    static constexpr size_t row_size();

private:
    bool need(std::string_view name, uint64_t count) {
        if (!error_.empty()) return false;
        if (count <= left_.size()) return true;
        error_ = "field " + std::string(name) + " needs " + std::to_string(count) + " bytes where " +
                 std::to_string(left_.size()) + " are left";
        left_ = {};
        return false;
    }
    template <class T>
    void read_row(std::string_view name, T& row) {
        if constexpr (Row<T>) {
            row.fields(*this);
        } else {
            field(name, row);
        }
    }

    ByteView left_;
    std::string error_;
};

/// Counts the bytes that FieldWriter would write.
class FieldSizer {
public:
    template <std::unsigned_integral T>
    constexpr void field(std::string_view, T&) {
        size_ += sizeof(T);
    }
    constexpr void field(std::string_view, FourCC&) { size_ += 4; }
    template <size_t N>
    constexpr void field(std::string_view, std::array<std::byte, N>&) {
        size_ += N;
    }
    template <std::unsigned_integral T, size_t N>
    constexpr void field(std::string_view, std::array<T, N>&) {
        size_ += N * sizeof(T);
    }
    constexpr void version_sized(std::string_view, uint64_t&, uint32_t version_and_flags) {
        size_ += version_and_flags >> 24U != 0 ? 8 : 4;
    }
    constexpr void reserved(size_t count) { size_ += count; }
    void c_string(std::string_view, std::string& value) { size_ += value.size() + 1; }
    void rest(std::string_view, std::string& value) { size_ += value.size(); }
    void rest(std::string_view, std::vector<FourCC>& values) { size_ += 4 * values.size(); }
    template <class T>
    void table(std::string_view, std::vector<T>& rows) {
        size_ += 4 + rows.size() * FieldReader::row_size<T>();
    }
    [[nodiscard]] constexpr uint64_t size() const { return size_; }

private:
    uint64_t size_ = 0;
};

template <class T>
constexpr size_t FieldReader::row_size() {
    if constexpr (Row<T>) {
        FieldSizer sizer;
        T row{};
        row.fields(sizer);
        return sizer.size();
    } else {
        return sizeof(T);
    }
}

/// Appends fields to a buffer.
class FieldWriter {
public:
    explicit FieldWriter(ByteBuffer& out) : out_(out) {}

    template <std::unsigned_integral T>
    void field(std::string_view, T& value) {
        out_.resize(out_.size() + sizeof(T));
        store_be(out_.data() + out_.size() - sizeof(T), value);
    }
    void field(std::string_view name, FourCC& value) { field(name, value.value); }
    template <size_t N>
    void field(std::string_view, std::array<std::byte, N>& value) {
        append(out_, value);
    }
    template <std::unsigned_integral T, size_t N>
    void field(std::string_view name, std::array<T, N>& values) {
        for (T& value : values) field(name, value);
    }
    void version_sized(std::string_view name, uint64_t& value, uint32_t version_and_flags) {
        if (version_and_flags >> 24U != 0) return field(name, value);
        auto small = static_cast<uint32_t>(value);
        field(name, small);
    }
    void reserved(size_t count) { out_.resize(out_.size() + count); }
    void c_string(std::string_view, std::string& value) {
        append(out_, as_bytes(value));
        out_.push_back(std::byte{0});
    }
    void rest(std::string_view, std::string& value) { append(out_, as_bytes(value)); }
    void rest(std::string_view name, std::vector<FourCC>& values) {
        for (FourCC& value : values) field(name, value);
    }
    template <class T>
    void table(std::string_view name, std::vector<T>& rows) {
        auto count = static_cast<uint32_t>(rows.size());
        field(name, count);
        for (T& row : rows) {
            if constexpr (Row<T>) {
                row.fields(*this);
            } else {
                field(name, row);
            }
        }
    }

private:
    ByteBuffer& out_;
};

/// Prints "name = value" for each field; a long table by its length and first rows.
class FieldDumper {
public:
    using Line = std::function<void(const std::string&)>;
    explicit FieldDumper(Line line) : line_(std::move(line)) {}

    template <std::unsigned_integral T>
    void field(std::string_view name, T& value) {
        put(name, std::to_string(value));
    }
    void field(std::string_view name, FourCC& value) { put(name, "'" + value.text() + "'"); }
    template <size_t N>
    void field(std::string_view name, std::array<std::byte, N>& value) {
        put(name, to_hex(value));
    }
    template <std::unsigned_integral T, size_t N>
    void field(std::string_view name, std::array<T, N>& values) {
        put(name, joined(values));
    }
    void version_sized(std::string_view name, uint64_t& value, uint32_t) { put(name, std::to_string(value)); }
    void reserved(size_t) {}
    void c_string(std::string_view name, std::string& value) { put(name, "\"" + value + "\""); }
    void rest(std::string_view name, std::string& value) { put(name, "\"" + value + "\""); }
    void rest(std::string_view name, std::vector<FourCC>& values) {
        std::string text;
        for (const FourCC& value : values) text += (text.empty() ? "'" : " '") + value.text() + "'";
        put(name, text);
    }
    template <class T>
    void table(std::string_view name, std::vector<T>& rows) {
        put(name, std::to_string(rows.size()) + " rows");
        for (size_t i = 0; i < std::min<size_t>(rows.size(), kRowsShown); ++i) {
            std::string text;
            if constexpr (Row<T>) {
                FieldDumper inner(
                    [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; });
                rows[i].fields(inner);
            } else {
                text = std::to_string(rows[i]);
            }
            line_("  [" + std::to_string(i) + "] " + text);
        }
    }

private:
    static constexpr size_t kRowsShown = 3;
    void put(std::string_view name, const std::string& value) { line_(std::string(name) + " = " + value); }
    template <class Values>
    static std::string joined(const Values& values) {
        std::string text;
        for (const auto& value : values) text += (text.empty() ? "" : " ") + std::to_string(value);
        return text;
    }

    Line line_;
};

/// A box's extended type, for those whose type is 'uuid' (section 11.1).
template <class Box>
concept ExtendedBox = requires { Box::kExtendedType; };

/// Parses a payload (behind the extended type, where the box has one).
template <class Box>
Result<Box> parse_box(ByteView payload) {
    Box box;
    FieldReader reader(payload);
    box.fields(reader);
    auto status = reader.status();
    if (!status) return fail(std::move(status).error().at("box '" + Box::kType.text() + "'"));
    return box;
}

/// Size with header (and extended type).
template <class Box>
uint64_t box_size(Box box) {
    FieldSizer sizer;
    box.fields(sizer);
    return sizer.size() + 8 + (ExtendedBox<Box> ? 16 : 0);
}

/// Appends a box with its header. Its size must be below 4 GiB.
template <class Box>
void write_box(ByteBuffer& out, Box box) {
    FieldWriter writer(out);
    auto size = static_cast<uint32_t>(box_size(box));
    FourCC type = Box::kType;
    writer.field("size", size);
    writer.field("type", type);
    if constexpr (ExtendedBox<Box>) append(out, Box::kExtendedType);
    box.fields(writer);
}

/// Writes a container: the header is completed when the scope ends.
class ContainerWriter {
public:
    ContainerWriter(ByteBuffer& out, FourCC type) : out_(out), start_(out.size()) {
        out_.resize(start_ + 8);
        store_be(out_.data() + start_ + 4, type.value);
    }
    ContainerWriter(const ContainerWriter&) = delete;
    ContainerWriter& operator=(const ContainerWriter&) = delete;
    ~ContainerWriter() { store_be(out_.data() + start_, static_cast<uint32_t>(out_.size() - start_)); }

private:
    ByteBuffer& out_;
    size_t start_;
};

}  // namespace reel
