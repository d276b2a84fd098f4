#include "ingest/vector_file.h"

#include <cstring>

#include "base/json_scan.h"
#include "base/try.h"
#include "ingest/float_text.h"
#include "ingest/npy.h"
#include "ingest/read_all.h"

namespace reel {

namespace {

constexpr uint64_t kMaxVectorFileBytes = uint64_t{16} << 20;

Result<std::vector<float>> from_npy(std::string_view bytes, const std::string& name) {
    REEL_ASSIGN(const NpyFile file, NpyFile::parse(Mapping(as_bytes(bytes), nullptr), name));
    if (file.rows() != 1) {
        return fail(ErrorCode::kInvalidArgument,
                    name + ": has " + std::to_string(file.rows()) + " rows; a query is one vector");
    }
    std::vector<float> scratch;
    REEL_ASSIGN(const auto row, file.row(0, scratch));
    return std::vector<float>(row.begin(), row.end());
}

std::vector<float> from_raw(std::string_view bytes) {
    std::vector<float> vector(bytes.size() / sizeof(float));
    std::memcpy(vector.data(), bytes.data(), bytes.size());
    return vector;
}

Status read_object(std::string_view text, std::vector<float>& out) {
    std::vector<JsonMember> members;
    REEL_TRY(scan_json_object(text, members));
    for (const JsonMember& member : members) {
        if (is_json_string(member.key, "vector")) return read_float_array(member.value, out);
    }
    return fail(ErrorCode::kInvalidArgument, "the JSON object has no \"vector\"");
}

Status read_words(std::string_view text, std::vector<float>& out) {
    const size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return fail(ErrorCode::kInvalidArgument, "is empty");
    const size_t end = text.find_last_not_of(" \t\r\n") + 1;
    text = text.substr(first, end - first);
    if (text.front() == '{') return read_object(text, out);
    if (text.front() == '[') {
        REEL_TRY(scan_json(text));
        return read_float_array(text, out);
    }
    return read_float_list(text, out);
}

}  // namespace

Result<std::vector<float>> parse_vector(std::string_view bytes, uint32_t dimension, const std::string& name) {
    std::vector<float> vector;
    if (bytes.starts_with("\x93NUMPY")) {
        REEL_ASSIGN(vector, from_npy(bytes, name));
    } else {
        const Status words = read_words(bytes, vector);
        if (!words && dimension > 0 && bytes.size() == size_t{dimension} * sizeof(float)) {
            vector = from_raw(bytes);
        } else if (!words) {
            return fail(ErrorCode::kInvalidArgument,
                        name + ": is no vector: neither .npy, nor JSON, nor " + std::to_string(dimension) +
                            " raw little-endian floats (" + words.error().message + ")");
        }
    }
    if (dimension != 0 && vector.size() != dimension) {
        return fail(ErrorCode::kInvalidArgument, name + ": has " + std::to_string(vector.size()) +
                                                     " numbers, the store's vectors " +
                                                     std::to_string(dimension));
    }
    return vector;
}

Result<std::vector<float>> read_vector_file(const std::string& path, uint32_t dimension) {
    REEL_ASSIGN(const auto input, open_input(path));
    REEL_ASSIGN(const std::string bytes, read_all(*input, kMaxVectorFileBytes));
    return parse_vector(bytes, dimension, path == "-" ? input->name() : path);
}

}  // namespace reel
