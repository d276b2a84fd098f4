// .npy files and files of one vector: no crash, and nothing read outside the bytes.
#include <algorithm>

#include "ingest/npy.h"
#include "ingest/vector_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const reel::ByteView bytes(reinterpret_cast<const std::byte*>(data), size);
    (void)reel::parse_vector(reel::as_text(bytes), 4, "fuzz");
    const auto file = reel::NpyFile::parse(reel::Mapping(bytes, nullptr), "fuzz");
    if (!file) return 0;
    std::vector<float> scratch;
    volatile float kept = 0;
    // The sanitizer watches each element of the first and last rows.
    for (uint64_t i = 0; i < std::min<uint64_t>(file->rows(), 8); ++i) {
        for (const uint64_t row : {i, file->rows() - 1 - i}) {
            const auto values = file->row(row, scratch);
            if (!values) continue;
            for (const float value : *values) kept = value;
        }
    }
    (void)kept;
    return 0;
}
