// Opening anything as a store: no crash, no hang, and nothing read outside the bytes.
//
// The first byte of the input chooses: 0, the rest is the file; else the rest are edits of a small
// store, and the checksums are made right again, so that what stands behind them is reached as well.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "base/checksum.h"
#include "base/memory_file.h"
#include "boxes/box_header.h"
#include "boxes/store_boxes.h"
#include "db/snapshot_vectors.h"
#include "store/reader.h"
#include "store/verify.h"
#include "store/writer.h"
#include "support/shared_file.h"
#include "vector/flat_scan.h"

namespace reel {
namespace {

constexpr uint32_t kDimension = 4;
constexpr size_t kBaseCount = 3;

Status append_records(Writer& writer, int first, int count) {
    for (int n = first; n < first + count; ++n) {
        const std::array<float, kDimension> vector = {static_cast<float>(n), 1, 2, 3};
        const std::string id = "r" + std::to_string(n);
        REEL_TRY(writer.append(id, vector, "{\"doc_id\": \"" + id + "\"}", n % 2 == 0 ? "text" : ""));
    }
    REEL_TRY(writer.commit());
    return {};
}

/// Commits; commits, a seal and its trailer; seals and commits behind them.
ByteBuffer build_base(size_t which) {
    StoreConfig config;
    config.embedder.kind = "none";
    config.embedder.dimension = kDimension;
    config.metric = Metric::kL2;
    const auto file = std::make_shared<MemoryFile>();
    const auto fill = [&]() -> Status {
        REEL_ASSIGN(const auto writer, Writer::create_on(std::make_unique<SharedFile>(file), config));
        REEL_TRY(append_records(*writer, 0, 2));
        if (which > 0) REEL_TRY(writer->seal(SealTrailer::kWhenSmall));
        REEL_TRY(append_records(*writer, 2, 2));
        if (which == 1) return writer->seal(SealTrailer::kAlways);
        if (which > 1) REEL_TRY(writer->seal(SealTrailer::kWhenSmall));
        return append_records(*writer, 4, 1);
    };
    if (!fill()) std::abort();
    return file->content();
}

/// Each edit is four bytes: what to do, two of a place, and a byte.
void edit(ByteBuffer& content, ByteView edits) {
    for (; edits.size() >= 4 && !content.empty(); edits = edits.subspan(4)) {
        const size_t at = load_be<uint16_t>(edits.data() + 1) % content.size();
        switch (std::to_integer<unsigned>(edits[0]) % 4) {
            case 0: content[at] = edits[3]; break;
            case 1: content[at] ^= edits[3]; break;
            case 2: content.resize(at); break;
            default:
                std::fill_n(content.begin() + static_cast<ptrdiff_t>(at),
                            std::min<size_t>(8, content.size() - at), edits[3]);
        }
    }
}

void put_checksum(MutableBytes box) {
    store_be(box.data() + box.size() - 4, crc32c(ByteView(box).first(box.size() - 4)));
}

/// Of the identity, the fragments, and the records of the movies.
void repair_checksums(MutableBytes content, bool top_level) {
    size_t at = 0;
    while (content.size() - at >= 8) {
        const size_t size = load_be<uint32_t>(content.data() + at);
        const FourCC type(load_be<uint32_t>(content.data() + at + 4));
        if (size < 8 || size > content.size() - at) return;
        const MutableBytes box = content.subspan(at, size);
        if (type == kMovieBox && top_level) {
            repair_checksums(box.subspan(8), false);
        } else if (find_payload<IdentityBox>(box) && size >= box_size(IdentityBox{})) {
            put_checksum(box.first(box_size(IdentityBox{})));
        } else if (size >= 32 && (type == kFragmentBox || (type == kExtendedBox && !top_level))) {
            put_checksum(box);
        }
        at += size;
    }
}

void read_everything(const MemoryFile& file) {
    const auto reader = open_reader(file);
    if (!reader) return;
    const Snapshot& snapshot = *reader->snapshot;
    for (uint64_t n = 0; n < snapshot.count(); ++n) {
        const auto record = snapshot.view(n);
        volatile unsigned sum = 0;
        if (record) {
            for (const char c : record->text) sum = sum + static_cast<unsigned char>(c);
            for (const char c : record->metadata) sum = sum + static_cast<unsigned char>(c);
        }
        if (const auto id = snapshot.id_of(n)) (void)snapshot.find(*id);
    }
    for (const char* id : {"r0", "r3", "4", ""}) (void)snapshot.find(id);
    const std::vector<float> query(snapshot.dimension(), 1.0F);
    const SnapshotVectors vectors(snapshot);
    ScanOptions options;
    options.threads = 1;
    (void)flat_scan(vectors, query, Metric::kL2, 3, snapshot.live(), options);
}

void write_to(const ByteBuffer& content) {
    // No such folder: a saved tail finds no place.
    auto file = std::make_shared<MemoryFile>(content, "/nonexistent/fuzz.mp4");
    const auto writer = Writer::open_on(std::make_unique<SharedFile>(file));
    if (!writer) return;
    if ((*writer)->config().embedder.dimension == kDimension && append_records(**writer, 90, 1)) {
        (void)(*writer)->find("r2");
        (void)(*writer)->seal(SealTrailer::kWhenSmall);
    }
    (void)(*writer)->close();
}

}  // namespace
}  // namespace reel

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace reel;
    static const std::array<ByteBuffer, kBaseCount> bases = {build_base(0), build_base(1), build_base(2)};
    if (size == 0) return 0;
    const ByteView input(reinterpret_cast<const std::byte*>(data + 1), size - 1);
    ByteBuffer content(input.begin(), input.end());
    if (data[0] != 0) {
        content = bases[data[0] % kBaseCount];
        edit(content, input);
        if (data[0] & 0x40U) repair_checksums(content, true);
    }
    const MemoryFile file(content);
    read_everything(file);
    (void)verify_store(file);
    if (data[0] & 0x80U) write_to(content);
    return 0;
}
