#include "ingest/read_all.h"

#include <algorithm>

#include "base/try.h"

namespace reel {

Result<std::string> read_all(Input& input, uint64_t max_bytes) {
    const uint64_t guess = std::min(input.total().value_or(0), max_bytes);
    std::string text(static_cast<size_t>(guess) + 1, '\0');  // one more, to see the end
    size_t used = 0;
    while (true) {
        REEL_ASSIGN(const size_t count, input.read(std::span(text).subspan(used)));
        used += count;
        if (used > max_bytes) {
            return fail(ErrorCode::kLimit, input.name() + ": is larger than " + std::to_string(max_bytes) +
                                               " bytes, the most that is read at once");
        }
        if (count == 0) break;
        if (used == text.size()) text.resize(std::min<uint64_t>(text.size() * 2, max_bytes + 1));
    }
    text.resize(used);
    return text;
}

}  // namespace reel
