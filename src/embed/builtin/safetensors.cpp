#include "embed/builtin/safetensors.h"

#include <algorithm>
#include <optional>

#include "base/json.h"
#include "base/try.h"

namespace reel::builtin {

namespace {

tl::unexpected<Error> corrupt(std::string_view tensor, std::string_view what) {
    return fail(ErrorCode::kCorrupt, "tensor \"" + std::string(tensor) + "\": " + std::string(what));
}

std::optional<size_t> find_element_bytes(std::string_view type) {
    if (type == "F64" || type == "I64" || type == "U64") return 8;
    if (type == "F32" || type == "I32" || type == "U32") return 4;
    if (type == "F16" || type == "BF16" || type == "I16" || type == "U16") return 2;
    if (type == "I8" || type == "U8" || type == "BOOL") return 1;
    return std::nullopt;
}

Result<std::vector<uint64_t>> parse_numbers(const Json& value, std::string_view tensor, const char* field,
                                            size_t most) {
    const auto found = value.find(field);
    if (found == value.end() || !found->is_array() || found->size() > most) {
        return corrupt(tensor,
                       std::string(field) + " is not a list of at most " + std::to_string(most) + " numbers");
    }
    std::vector<uint64_t> numbers;
    for (const Json& number : *found) {
        if (!number.is_number_unsigned())
            return corrupt(tensor, std::string(field) + " holds something else than counts");
        numbers.push_back(number.get<uint64_t>());
    }
    return numbers;
}

/// Nothing if the product does not fit 64 bits.
std::optional<uint64_t> find_byte_count(const std::vector<uint64_t>& shape, uint64_t element_bytes) {
    uint64_t bytes = element_bytes;
    for (const uint64_t extent : shape) {
        if (__builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
    }
    return bytes;
}

}  // namespace

Result<Safetensors> Safetensors::parse(ByteView file) {
    if (file.size() < 8)
        return fail(ErrorCode::kCorrupt, "the file is shorter than its 8-byte header length");
    const auto header_bytes = load_le<uint64_t>(file.data());
    if (header_bytes > file.size() - 8 || header_bytes > kMaxHeaderBytes) {
        return fail(ErrorCode::kCorrupt, "the header length at offset 0 is " + std::to_string(header_bytes) +
                                             ", more than the file or the limit of 1 MiB allows");
    }
    auto header = parse_json(as_text(file.subspan(8, header_bytes)));
    if (!header) return fail(ErrorCode::kCorrupt, "the header at offset 8: " + header.error().message);
    if (!header->is_object()) return fail(ErrorCode::kCorrupt, "the header at offset 8 is not a JSON object");

    const ByteView data = file.subspan(8 + header_bytes);
    Safetensors result;
    for (const auto& [name, value] : header->items()) {
        if (name == "__metadata__") continue;
        const auto type = value.is_object() ? value.find("dtype") : value.end();
        if (!value.is_object() || type == value.end() || !type->is_string())
            return corrupt(name, "has no dtype");
        const auto element_bytes = find_element_bytes(type->get<std::string>());
        if (!element_bytes) return corrupt(name, "dtype " + type->get<std::string>() + " is unknown");
        REEL_ASSIGN(auto shape, parse_numbers(value, name, "shape", kMaxRank));
        REEL_ASSIGN(const auto range, parse_numbers(value, name, "data_offsets", 2));
        if (range.size() != 2 || range[0] > range[1] || range[1] > data.size()) {
            return corrupt(name, "data_offsets do not lie inside the file's " + std::to_string(data.size()) +
                                     " bytes of data");
        }
        if (find_byte_count(shape, *element_bytes) != range[1] - range[0]) {
            return corrupt(name, "shape and dtype do not give the " + std::to_string(range[1] - range[0]) +
                                     " bytes of data_offsets");
        }
        result.tensors_.insert_or_assign(name, Tensor{type->get<std::string>(), std::move(shape),
                                                      data.subspan(range[0], range[1] - range[0])});
    }
    return result;
}

Result<std::span<const float>> Safetensors::find_floats(std::string_view name,
                                                        std::initializer_list<uint64_t> shape) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) return corrupt(name, "is missing");
    const Tensor& tensor = found->second;
    if (tensor.type != "F32") return corrupt(name, "has dtype " + tensor.type + ", expected F32");
    if (!std::equal(shape.begin(), shape.end(), tensor.shape.begin(), tensor.shape.end())) {
        std::string expected;
        for (const uint64_t extent : shape)
            expected += (expected.empty() ? "" : " x ") + std::to_string(extent);
        return corrupt(name, "does not have the shape " + expected);
    }
    if (reinterpret_cast<uintptr_t>(tensor.bytes.data()) % alignof(float) != 0) {
        return corrupt(name, "does not start at a multiple of 4 bytes");
    }
    return std::span(reinterpret_cast<const float*>(tensor.bytes.data()),
                     tensor.bytes.size() / sizeof(float));
}

}  // namespace reel::builtin
