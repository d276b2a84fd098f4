#include "store/settle.h"

#include <algorithm>

#include "base/posix_file.h"
#include "base/posix_folder.h"
#include "base/try.h"

namespace reel {

namespace {

constexpr uint64_t kPiece = uint64_t{4} << 20U;

/// Calls `put` with the bytes of [begin, end), piece by piece.
template <class Put>
Status for_each_piece(const File& file, uint64_t begin, uint64_t end, const Put& put) {
    ByteBuffer piece(std::min(kPiece, end - begin));
    for (uint64_t at = begin; at < end; at += kPiece) {
        const MutableBytes bytes(piece.data(), std::min(kPiece, end - at));
        REEL_TRY(read_exactly(file, at, bytes));
        REEL_TRY(put(at, bytes));
    }
    return {};
}

}  // namespace

Status rewrite_in_place(File& file, uint64_t begin, uint64_t end) {
    if (begin >= end) return {};
    return for_each_piece(file, begin, end,
                          [&](uint64_t at, ByteView bytes) { return file.write_at(at, bytes); });
}

Status save_tail(const File& file, uint64_t begin, uint64_t end, std::vector<std::string>& warnings) {
    const std::string name = file.path() + ".tail-" + std::to_string(begin);
    std::string path = name;
    for (unsigned n = 2; file_exists(path); ++n) path = name + "-" + std::to_string(n);
    REEL_ASSIGN(const auto copy, PosixFile::create_new(path));
    REEL_TRY(for_each_piece(file, begin, end,
                            [&](uint64_t at, ByteView bytes) { return copy->write_at(at - begin, bytes); }));
    REEL_TRY(copy->sync());
    // The tail is cut next, so its copy must not lose its name.
    REEL_TRY(PosixFolder(split_path(path).folder).sync());
    warnings.push_back("a commit that was never acknowledged was cut off; its bytes are saved in " + path);
    return {};
}

}  // namespace reel
