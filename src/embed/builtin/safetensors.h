// A file of named tensors, as https://github.com/huggingface/safetensors
// describes it: a 64-bit little-endian length, that many bytes of JSON, the data.
#pragma once

#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "reel/error.h"

namespace reel::builtin {

/// Views of the tensors of a file that is in memory. The file is not trusted:
/// every tensor is known to lie inside it and to be as long as its shape says.
class Safetensors {
public:
    static constexpr uint64_t kMaxHeaderBytes = 1U << 20;
    static constexpr size_t kMaxRank = 8;

    /// `file` must outlive the object; kCorrupt says which field is wrong.
    static Result<Safetensors> parse(ByteView file);

    /// The values of a tensor of 32-bit floats; kCorrupt if there is none of
    /// this name, or it has another type or shape.
    Result<std::span<const float>> find_floats(std::string_view name,
                                               std::initializer_list<uint64_t> shape) const;

private:
    struct Tensor {
        std::string type;
        std::vector<uint64_t> shape;
        ByteView bytes;
    };
    std::map<std::string, Tensor, std::less<>> tensors_;
};

}  // namespace reel::builtin
