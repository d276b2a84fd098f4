// One vector from a file, for `reel search --vector-file`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reel/error.h"

namespace reel {

/// Takes a .npy file of one row, raw little-endian float32 of exactly
/// `dimension` numbers, a JSON array of numbers, a JSON object with a "vector"
/// (a line of `reel export --vectors`), or numbers with white space between
/// them; told apart by their content. "-": standard input. kInvalidArgument
/// if it is none of them or not `dimension` numbers.
Result<std::vector<float>> read_vector_file(const std::string& path, uint32_t dimension);

/// The same for bytes; `name` is for messages.
Result<std::vector<float>> parse_vector(std::string_view bytes, uint32_t dimension, const std::string& name);

}  // namespace reel
