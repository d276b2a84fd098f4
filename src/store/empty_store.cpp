// The first bytes of a store: ftyp, identity, and a movie without records.
#include "base/appender.h"
#include "boxes/file_boxes.h"
#include "container/movie_writer.h"
#include "store/configuration.h"
#include "store/writer.h"

namespace reel {

namespace {

class NoRows final : public RecordRows {
public:
    [[nodiscard]] uint64_t count() const override { return 0; }
    [[nodiscard]] RecordRow row(uint64_t) const override { return {}; }
};

/// The size field of the identity box covers the padding, so that the next box stands at a multiple of 16.
void append_identity(ByteBuffer& head, const IdentityBox& identity) {
    const size_t start = head.size();
    const uint64_t size = box_size(identity);
    const uint64_t padding = (kCoverSize - (start + size) % kCoverSize) % kCoverSize;
    write_box(head, identity);
    store_be(head.data() + start, static_cast<uint32_t>(size + padding));
    store_be(head.data() + head.size() - 4, crc32c({head.data() + start, size - 4}));
    head.resize(head.size() + padding);
}

}  // namespace

Status write_empty_store(File& file, const IdentityBox& identity, const StoreConfig& config,
                         uint64_t next_default_id) {
    ByteBuffer head;
    write_box(
        head,
        FileTypeBox{FourCC{"isom"}, 0x200, {FourCC{"isom"}, FourCC{"iso6"}, FourCC{"mp41"}, FourCC{"reel"}}});
    append_identity(head, identity);
    const size_t free_at = head.size();
    head.resize(free_at + kCoverSize);
    store_be(head.data() + free_at, static_cast<uint32_t>(kCoverSize));
    store_be(head.data() + free_at + 4, kFreeBox.value);
    Appender out(file, 0);
    REEL_TRY(out.append(head));
    const NoRows rows;
    MovieContent content;
    content.rows = &rows;
    content.dimension = config.embedder.dimension;
    content.configuration = configuration_to_json(config);
    content.seal.file_id = identity.file_id;
    content.seal.chain_hash = identity.chain_origin;
    content.seal.next_default_id = next_default_id;
    REEL_TRY(write_movie(out, std::move(content)));
    REEL_TRY(out.flush());
    return file.sync();
}

}  // namespace reel
