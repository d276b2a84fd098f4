// NumPy's .npy files of vectors, read where they are mapped.
// Format: numpy/lib/format.py (versions 1.0, 2.0 and 3.0).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapping.h"
#include "reel/error.h"

namespace reel {

/// What the header of a .npy file says.
struct NpyHeader {
    enum class Element : uint8_t { kFloat16, kFloat32, kFloat64 };
    Element element = Element::kFloat32;
    bool big_endian = false;
    bool fortran_order = false;
    std::vector<uint64_t> shape;
    size_t data_offset = 0;
};

/// kInvalidArgument (not a .npy file), kUnsupported (another element type), kLimit (a header beyond 1 MiB).
Result<NpyHeader> parse_npy_header(ByteView bytes);

/// A file of `rows` vectors of `columns` numbers. One dimension counts as one row.
class NpyFile {
public:
    /// Elements float16, 32, 64 in either byte order, C order. The shape is checked against the file's size.
    static Result<NpyFile> open(const std::string& path);
    static Result<NpyFile> parse(Mapping mapping, std::string name);

    [[nodiscard]] uint64_t rows() const { return rows_; }
    [[nodiscard]] uint64_t columns() const { return columns_; }
    [[nodiscard]] const std::string& name() const { return name_; }

    /// Row `row` < rows(): a view of the file where it holds aligned
    /// little-endian float32, else converted into `scratch`. kInvalidArgument
    /// for a finite float64 that no float can hold. NaN and Inf pass.
    [[nodiscard]] Result<std::span<const float>> row(uint64_t row, std::vector<float>& scratch) const;

private:
    NpyFile(Mapping mapping, std::string name, NpyHeader header, uint64_t rows, uint64_t columns)
        : mapping_(std::move(mapping)),
          name_(std::move(name)),
          header_(std::move(header)),
          rows_(rows),
          columns_(columns) {}

    Mapping mapping_;
    std::string name_;
    NpyHeader header_;
    uint64_t rows_;
    uint64_t columns_;
};

/// The bytes before the numbers of a C-order file of this shape; `element` as NumPy names it ("<f4", "<u8").
std::string npy_header(uint64_t rows, uint64_t columns, std::string_view element = "<f4");

}  // namespace reel
