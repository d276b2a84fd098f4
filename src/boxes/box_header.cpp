#include "boxes/box_header.h"

#include <string>

#include "base/try.h"

namespace reel {

namespace {

std::string place(FourCC type, uint64_t offset) {
    return "box '" + type.text() + "' at offset " + std::to_string(offset);
}

}  // namespace

Result<BoxHeader> parse_box_header(ByteView bytes, uint64_t offset, uint64_t end) {
    const uint64_t left = end > offset ? end - offset : 0;
    if (bytes.size() < 8 || left < 8) {
        return fail(ErrorCode::kCorrupt, "no room for a box header at offset " + std::to_string(offset));
    }
    BoxHeader header;
    header.offset = offset;
    header.size = load_be<uint32_t>(bytes.data());
    header.type = FourCC(load_be<uint32_t>(bytes.data() + 4));
    if (header.size == 1) {
        if (bytes.size() < 16 || left < 16) {
            return fail(ErrorCode::kCorrupt, place(header.type, offset) + " ends inside its 64-bit size");
        }
        header.size = load_be<uint64_t>(bytes.data() + 8);
        header.header_size = 16;
    } else if (header.size == 0) {
        header.size = left;
        header.to_end = true;
    }
    if (header.size < header.header_size) {
        return fail(ErrorCode::kCorrupt, place(header.type, offset) + " has size " +
                                             std::to_string(header.size) + ", less than its header");
    }
    if (header.size > left) {
        return fail(ErrorCode::kCorrupt, place(header.type, offset) + " says " + std::to_string(header.size) +
                                             " bytes where " + std::to_string(left) + " are left");
    }
    return header;
}

Result<BoxHeader> read_box_header(const File& file, uint64_t offset, uint64_t end) {
    std::array<std::byte, 16> bytes{};
    REEL_ASSIGN(const size_t got, file.read_at(offset, bytes));
    return parse_box_header({bytes.data(), got}, offset, end);
}

Result<std::optional<BoxHeader>> BoxCursor::next() {
    if (at_ == bytes_.size()) return std::optional<BoxHeader>();
    const ByteView rest = bytes_.subspan(at_);
    REEL_ASSIGN(const BoxHeader header, parse_box_header(rest, offset_ + at_, offset_ + bytes_.size()));
    box_ = rest.first(header.size);
    payload_ = box_.subspan(header.header_size);
    at_ += header.size;
    return std::optional<BoxHeader>(header);
}

Result<ByteView> find_child(ByteView container_payload, FourCC type) {
    BoxCursor cursor(container_payload);
    while (true) {
        REEL_ASSIGN(const auto header, cursor.next());
        if (!header) return fail(ErrorCode::kCorrupt, "box '" + type.text() + "' is missing");
        if (header->type == type) return cursor.payload();
    }
}

}  // namespace reel
