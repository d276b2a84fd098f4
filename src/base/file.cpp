#include "base/file.h"

#include "base/try.h"

namespace reel {

Status read_exactly(const File& file, uint64_t offset, MutableBytes out) {
    REEL_ASSIGN(const size_t got, file.read_at(offset, out));
    if (got == out.size()) return {};
    return fail(ErrorCode::kCorrupt, file.path() + ": ends at offset " + std::to_string(offset + got) + ", " +
                                         std::to_string(out.size() - got) +
                                         " bytes short of what its boxes promise");
}

}  // namespace reel
