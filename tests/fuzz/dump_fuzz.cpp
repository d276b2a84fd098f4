// The dump of any bytes: no crash, an end, and boxes that lie inside the file and their parents.
#include <cstdio>
#include <cstdlib>

#include "base/memory_file.h"
#include "boxes/dump.h"

namespace {

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto* bytes = reinterpret_cast<const std::byte*>(data);
    const reel::MemoryFile file({bytes, bytes + size});
    for (const bool inside_media : {false, true}) {
        std::vector<uint64_t> ends;  // of the boxes around the one visited
        size_t visits = 0;
        const auto status = reel::dump_boxes(file, inside_media, [&](const reel::DumpedBox& box) {
            require(box.depth <= ends.size(), "a box has no parent");
            ends.resize(box.depth);
            require(box.size <= size && box.offset <= size - box.size, "a box leaves the file");
            require(ends.empty() || box.offset + box.size <= ends.back(), "a box leaves its parent");
            ends.push_back(box.offset + box.size);
            // A level is at most 32 deep, a box at least 8 bytes; a level's broken end is one more.
            require(++visits <= 64 + size * 8, "there are more boxes than bytes for them");
            return true;
        });
        require(status.has_value(), "a file in memory cannot be read");
    }
    return 0;
}
