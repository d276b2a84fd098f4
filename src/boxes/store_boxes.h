// Reel's own boxes: 'uuid' boxes (ISO/IEC 14496-12 section 11.1) that carry
// what makes an MP4 a store. docs/format.md has them byte for byte.
#pragma once

#include "boxes/field_io.h"
#include "boxes/record_boxes.h"

namespace reel {

using FileId = std::array<std::byte, 16>;

consteval ExtendedType extended_type(const char (&hex)[33]) {
    ExtendedType type{};
    for (size_t i = 0; i < 16; ++i) {
        unsigned value = 0;
        for (size_t j = 0; j < 2; ++j) {
            const char c = hex[2 * i + j];
            value = value * 16 + static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
        }
        type[i] = static_cast<std::byte>(value);
    }
    return type;
}

/// Written once, behind the ftyp: which format, which file.
struct IdentityBox {
    static constexpr FourCC kType = kExtendedBox;
    static constexpr ExtendedType kExtendedType = extended_type("4c06fc39fd215da79deb9aa706b2e213");
    uint32_t format_version = 1;
    FileId file_id{};                 ///< random; new on create, compact, attach
    Sha256Digest chain_origin{};      ///< the chain hash before commit 1: SHA-256 of the first file's id
    Sha256Digest predecessor_head{};  ///< where a chain was begun anew: the old chain's head; else zero
    uint32_t checksum = 0;            ///< CRC32C of the box up to here

    void fields(auto& io) {
        io.field("format_version", format_version);
        io.field("file_id", file_id);
        io.field("chain_origin", chain_origin);
        io.field("predecessor_head", predecessor_head);
        io.field("checksum", checksum);
    }
};

/// One commit; the last child of its moof, or a child of the moov that a bulk commit is.
struct CommitRecordBox {
    static constexpr FourCC kType = kExtendedBox;
    static constexpr ExtendedType kExtendedType = extended_type("c5a86f6c56035e5797750956ac455521");
    uint32_t version_and_flags = 0;
    FileId file_id{};
    uint64_t own_offset = 0;              ///< of the moof or moov
    uint64_t previous_commit_offset = 0;  ///< of the previous commit's moof or moov; 0: none
    uint64_t commit_number = 0;           ///< from 1
    uint64_t first_record_number = 0;
    uint64_t record_count = 0;
    uint64_t commit_time_ms = 0;   ///< wall time since 1970, never decreasing
    uint64_t durable_through = 0;  ///< highest commit whose sync had returned
    uint64_t next_default_id = 0;
    Sha256Digest previous_hash{};
    Sha256Digest boxes_hash{};  ///< SHA-256 of the commit's record boxes
    Sha256Digest chain_hash{};
    std::vector<uint64_t> tombstones;  ///< record numbers that this commit deletes
    std::vector<uint32_t>
        record_checksums;   ///< CRC32C of each record's boxes; none in a moov (a section has them)
    uint32_t checksum = 0;  ///< CRC32C from the moof's first byte (in a moov: this box's) up to here

    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.field("file_id", file_id);
        io.field("own_offset", own_offset);
        io.field("previous_commit_offset", previous_commit_offset);
        io.field("commit_number", commit_number);
        io.field("first_record_number", first_record_number);
        io.field("record_count", record_count);
        io.field("commit_time_ms", commit_time_ms);
        io.field("durable_through", durable_through);
        io.field("next_default_id", next_default_id);
        io.field("previous_hash", previous_hash);
        io.field("boxes_hash", boxes_hash);
        io.field("chain_hash", chain_hash);
        io.table("tombstones", tombstones);
        io.table("record_checksums", record_checksums);
        io.field("checksum", checksum);
    }
};

/// A row of the section directory.
struct SectionEntry {
    FourCC kind;
    uint32_t version = 0;
    uint64_t first_record = 0;
    uint64_t record_count = 0;
    uint64_t file_offset = 0;  ///< of the section's data
    uint64_t size = 0;         ///< of the data
    uint32_t checksum = 0;     ///< CRC32C of the data

    static void is_row() {}
    constexpr void fields(auto& io) {
        io.field("kind", kind);
        io.field("version", version);
        io.field("first_record", first_record);
        io.field("record_count", record_count);
        io.field("file_offset", file_offset);
        io.field("size", size);
        io.field("checksum", checksum);
    }
};

/// A deletion that a seal has taken over from its commit.
struct Tombstone {
    uint64_t record_number = 0;
    uint64_t commit_number = 0;

    static void is_row() {}
    constexpr void fields(auto& io) {
        io.field("record_number", record_number);
        io.field("commit_number", commit_number);
    }
};

/// The state of the store at a seal; the last child of its moov.
struct SealRecordBox {
    static constexpr FourCC kType = kExtendedBox;
    static constexpr ExtendedType kExtendedType = extended_type("2cc838c6c934536487a8c0725fb048ec");
    uint32_t version_and_flags = 0;
    FileId file_id{};
    uint64_t own_offset = 0;  ///< of the moov
    uint64_t commit_number = 0;
    uint64_t durable_through = 0;
    uint64_t next_record_number = 0;
    uint64_t next_default_id = 0;
    uint64_t commit_time_ms = 0;          ///< of the newest commit
    uint64_t previous_commit_offset = 0;  ///< the newest commit's moof, or this moov; 0: none
    Sha256Digest chain_hash{};
    uint32_t configuration_checksum = 0;  ///< CRC32C of the configuration's JSON
    std::vector<Tombstone> tombstones;
    std::vector<SectionEntry> sections;
    std::vector<uint32_t> table_checksums;  ///< CRC32C of each 64 KiB of the sample tables' rows
    uint32_t movie_checksum = 0;            ///< CRC32C of the moov before this box, less those rows
    uint32_t record_checksum = 0;           ///< CRC32C of this box up to here

    void fields(auto& io) {
        io.field("version_and_flags", version_and_flags);
        io.field("file_id", file_id);
        io.field("own_offset", own_offset);
        io.field("commit_number", commit_number);
        io.field("durable_through", durable_through);
        io.field("next_record_number", next_record_number);
        io.field("next_default_id", next_default_id);
        io.field("commit_time_ms", commit_time_ms);
        io.field("previous_commit_offset", previous_commit_offset);
        io.field("chain_hash", chain_hash);
        io.field("configuration_checksum", configuration_checksum);
        io.table("tombstones", tombstones);
        io.table("sections", sections);
        io.table("table_checksums", table_checksums);
        io.field("movie_checksum", movie_checksum);
        io.field("record_checksum", record_checksum);
    }
};

/// Payload of a `free` box that says, at a clean close, which commit was
/// durable by then: evidence against a later "torn tail". A free box begins
/// with its own type here, since other free boxes carry nothing.
struct MarkBox {
    static constexpr FourCC kType = kFreeBox;
    static constexpr ExtendedType kExtendedType = extended_type("b8ae5a3f60b55f7486dd8c69fbab4e69");
    FileId file_id{};
    uint64_t own_offset = 0;
    uint64_t commit_number = 0;
    Sha256Digest chain_hash{};
    uint32_t checksum = 0;  ///< CRC32C of the box up to here

    void fields(auto& io) {
        io.field("file_id", file_id);
        io.field("own_offset", own_offset);
        io.field("commit_number", commit_number);
        io.field("chain_hash", chain_hash);
        io.field("checksum", checksum);
    }
};

/// Head of a section inside the sections' mdat; its data follows.
struct SectionBoxHead {
    static constexpr FourCC kType = kExtendedBox;
    static constexpr ExtendedType kExtendedType = extended_type("abd23d88883e55cdaa25da9236a6376d");
    FourCC kind;
    uint32_t version = 0;
    uint64_t first_record = 0;
    uint64_t record_count = 0;

    void fields(auto& io) {
        io.field("kind", kind);
        io.field("version", version);
        io.field("first_record", first_record);
        io.field("record_count", record_count);
    }
};

/// Whether `box` (with its header) carries `Box`'s type, and the bytes behind it.
template <class Box>
std::optional<ByteView> find_payload(ByteView box) {
    if (box.size() < 24 || load_be<uint32_t>(box.data() + 4) != Box::kType.value) return std::nullopt;
    if (std::memcmp(box.data() + 8, Box::kExtendedType.data(), 16) != 0) return std::nullopt;
    return box.subspan(24);
}

/// Appends `box`, whose last field is a CRC32C, completing that field: the
/// checksum of everything in `out` from `checksum_from` up to it.
template <class Box>
void write_checksummed(ByteBuffer& out, const Box& box, size_t checksum_from) {
    write_box(out, box);
    const ByteView covered(out.data() + checksum_from, out.size() - checksum_from - 4);
    store_be(out.data() + out.size() - 4, crc32c(covered));
}

/// Whether the last four bytes of `bytes` are the CRC32C of those before.
inline bool checksum_holds(ByteView bytes) {
    return bytes.size() >= 4 &&
           load_be<uint32_t>(bytes.data() + bytes.size() - 4) == crc32c(bytes.first(bytes.size() - 4));
}

}  // namespace reel
