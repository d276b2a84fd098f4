// Repairing anything: no crash, no hang, and the new store opens and verifies.
//
// The first byte of the input chooses: 0, the rest is the file; else the rest are edits of a small store,
// which has commits, a seal and a deletion. What is repaired is opened, searched and repaired once more.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "base/memory_file.h"
#include "db/snapshot_vectors.h"
#include "store/reader.h"
#include "store/repair.h"
#include "store/verify.h"
#include "support/shared_file.h"
#include "vector/check_vector.h"
#include "vector/flat_scan.h"

namespace reel {
namespace {

constexpr size_t kMaxInput = size_t{1} << 16U;

Status append_records(Writer& writer, int first, int count) {
    for (int n = first; n < first + count; ++n) {
        const std::array<float, 2> vector = {static_cast<float>(n), 0.5F};
        const std::string id = "r" + std::to_string(n);
        REEL_TRY(writer.append(id, vector, "{\"doc_id\": \"" + id + "\"}", n % 2 == 0 ? "text" : ""));
    }
    REEL_TRY(writer.commit());
    return {};
}

ByteBuffer build_base() {
    StoreConfig config;
    config.embedder.kind = "none";
    config.embedder.dimension = 2;
    config.metric = Metric::kL2;
    const auto file = std::make_shared<MemoryFile>();
    const auto fill = [&]() -> Status {
        REEL_ASSIGN(const auto writer, Writer::create_on(std::make_unique<SharedFile>(file), config));
        REEL_TRY(append_records(*writer, 0, 3));
        REEL_TRY(writer->seal(SealTrailer::kWhenSmall));
        REEL_TRY(writer->remove(1));
        REEL_TRY(append_records(*writer, 3, 2));
        return append_records(*writer, 5, 1);
    };
    if (!fill()) std::abort();
    return file->content();
}

/// Each edit is four bytes: what to do, two of a place, and a byte.
void edit(ByteBuffer& content, ByteView edits) {
    for (; edits.size() >= 4 && !content.empty(); edits = edits.subspan(4)) {
        const size_t at = load_be<uint16_t>(edits.data() + 1) % content.size();
        const auto place = content.begin() + static_cast<ptrdiff_t>(at);
        const auto count =
            static_cast<ptrdiff_t>(std::min<size_t>(std::to_integer<size_t>(edits[3]), content.size() - at));
        switch (std::to_integer<unsigned>(edits[0]) % 6) {
            case 0: *place = edits[3]; break;
            case 1: *place ^= edits[3]; break;
            case 2: content.erase(place, place + count); break;
            case 3: std::fill_n(place, count, std::byte{0}); break;
            case 4: content.insert(place, edits[3]); break;
            default: std::rotate(place, place + count, content.end());
        }
    }
}

Result<ByteBuffer> repair_once(const ByteBuffer& content) {
    const auto out = std::make_shared<MemoryFile>();
    const MemoryFile broken(content, "/nonexistent/fuzz.mp4");
    REEL_ASSIGN(
        const RepairReport report,
        repair_file(broken, {}, check_vector, [&](const StoreConfig& config, const ChainOrigin& origin) {
            return Writer::create_on(std::make_unique<SharedFile>(out), config, origin);
        }));
    const auto reader = open_reader(*out);
    if (!reader || reader->snapshot->live_count() != report.saved) std::abort();
    const auto verified = verify_store(*out);
    if (!verified || !verified->findings.empty()) std::abort();
    const std::vector<float> query(reader->snapshot->dimension(), 1.0F);
    ScanOptions options;
    options.threads = 1;
    const SnapshotVectors vectors(*reader->snapshot);
    (void)flat_scan(vectors, query, Metric::kL2, 3, reader->snapshot->live(), options);
    return out->content();
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace reel;
    static const ByteBuffer base = build_base();
    if (size == 0 || size > kMaxInput) return 0;
    const ByteView input(reinterpret_cast<const std::byte*>(data + 1), size - 1);
    ByteBuffer content(input.begin(), input.end());
    if (data[0] != 0) {
        content = base;
        edit(content, input);
    }
    const auto repaired = repair_once(content);
    if (repaired && !repair_once(*repaired) && open_reader(MemoryFile(*repaired))->snapshot->count() > 0)
        std::abort();
    return 0;
}
