#include "ingest/npy.h"

#include <bit>
#include <cmath>
#include <limits>

#include "base/posix_file.h"
#include "base/try.h"

namespace reel {

namespace {

size_t element_bytes(NpyHeader::Element element) {
    switch (element) {
        case NpyHeader::Element::kFloat16: return 2;
        case NpyHeader::Element::kFloat32: return 4;
        case NpyHeader::Element::kFloat64: return 8;
    }
    return 8;
}

template <class T>
T load(const std::byte* at, bool big_endian) {
    return big_endian ? load_be<T>(at) : load_le<T>(at);
}

/// IEEE 754 binary16; every value is exact as a float.
float widen_half(uint16_t half) {
    const uint32_t sign = (half & 0x8000U) << 16;
    const uint32_t exponent = half >> 10 & 0x1FU;
    const uint32_t fraction = half & 0x3FFU;
    if (exponent == 0) {
        const float small = std::ldexp(static_cast<float>(fraction), -24);
        return sign == 0 ? small : -small;
    }
    const uint32_t wide = exponent == 0x1F ? 0xFFU : exponent + 112;
    return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

/// False if the value is finite, but no float can hold it.
bool convert(const std::byte* at, const NpyHeader& header, float& out) {
    switch (header.element) {
        case NpyHeader::Element::kFloat16:
            out = widen_half(load<uint16_t>(at, header.big_endian));
            return true;
        case NpyHeader::Element::kFloat32:
            out = std::bit_cast<float>(load<uint32_t>(at, header.big_endian));
            return true;
        case NpyHeader::Element::kFloat64: break;
    }
    const auto value = std::bit_cast<double>(load<uint64_t>(at, header.big_endian));
    // Up to half a step beyond the largest float still rounds to it.
    constexpr double kLimit = 0x1.ffffffp127;
    if (std::isfinite(value) && std::fabs(value) >= kLimit) return false;
    out = static_cast<float>(value);
    return true;
}

}  // namespace

Result<NpyFile> NpyFile::open(const std::string& path) {
    REEL_ASSIGN(const auto file, PosixFile::open_read(path));
    REEL_ASSIGN(const uint64_t size, file->size());
    REEL_ASSIGN(Mapping mapping, file->map(size));
    return parse(std::move(mapping), path);
}

Result<NpyFile> NpyFile::parse(Mapping mapping, std::string name) {
    auto parsed = parse_npy_header(mapping.bytes());
    if (!parsed) return fail(parsed.error().at(name));
    const NpyHeader& header = *parsed;
    const auto& shape = header.shape;
    if (shape.empty() || shape.size() > 2 || shape.back() == 0) {
        return fail(
            ErrorCode::kInvalidArgument,
            name + ": has " + std::to_string(shape.size()) +
                " dimensions or none of size; save the vectors as the rows of a two-dimensional array");
    }
    const uint64_t columns = shape.back();
    const uint64_t rows = shape.size() == 2 ? shape[0] : 1;
    if (header.fortran_order && rows > 1 && columns > 1) {
        return fail(ErrorCode::kUnsupported,
                    name + ": is in Fortran order; save it as numpy.save(path, numpy.ascontiguousarray(a))");
    }
    const uint64_t elements_there = (mapping.size() - header.data_offset) / element_bytes(header.element);
    const bool fits = rows == 0 || columns <= elements_there / rows;
    const uint64_t bytes = fits ? rows * columns * element_bytes(header.element) : 0;
    if (!fits || bytes != mapping.size() - header.data_offset) {
        return fail(ErrorCode::kInvalidArgument,
                    name + ": its header promises " + std::to_string(rows) + " x " + std::to_string(columns) +
                        " numbers, which are not the " + std::to_string(mapping.size() - header.data_offset) +
                        " bytes that follow; was it written to the end?");
    }
    return NpyFile(std::move(mapping), std::move(name), std::move(*parsed), rows, columns);
}

Result<std::span<const float>> NpyFile::row(uint64_t row, std::vector<float>& scratch) const {
    const size_t step = element_bytes(header_.element);
    const std::byte* begin = mapping_.data() + header_.data_offset + row * columns_ * step;
    const bool aligned = reinterpret_cast<uintptr_t>(begin) % alignof(float) == 0;
    if (header_.element == NpyHeader::Element::kFloat32 && !header_.big_endian && aligned) {
        return std::span(reinterpret_cast<const float*>(begin), columns_);
    }
    scratch.resize(columns_);
    for (size_t i = 0; i < columns_; ++i) {
        if (convert(begin + i * step, header_, scratch[i])) continue;
        return fail(ErrorCode::kInvalidArgument, name_ + " row " + std::to_string(row) + " column " +
                                                     std::to_string(i) + ": is too large for a 32-bit float");
    }
    return std::span<const float>(scratch);
}

}  // namespace reel
