#!/usr/bin/env python3
"""The worked example of docs/format.md: a store of one record, assembled from that document alone.

usage: format_example.py [--sealed] write FILE   writes the store, byte for byte
       format_example.py [--sealed] dump         prints it in hexadecimal, box by box

tests/interop/golden_test.py compares it with tests/data/golden, with the dump in the
document and with what the command writes.
"""
import hashlib
import struct
import sys

CHUNK = 16  # bytes a line of the dump
TYPES = {
    "identity": "4c06fc39fd215da79deb9aa706b2e213",
    "commit": "c5a86f6c56035e5797750956ac455521",
    "seal": "2cc838c6c934536487a8c0725fb048ec",
    "section": "abd23d88883e55cdaa25da9236a6376d",
}
CONFIGURATION = (
    b'{"format":1,"embedder":{"kind":"none","model":"","digest":"","precision":"","dimension":2,'
    b'"max_tokens":0,"document_prefix":"","query_prefix":""},"metric":"l2",'
    b'"passages":{"size":0,"overlap":32},"text_index":null}')
FILE_ID = bytes(range(16))
VECTOR_URI = b"tag:reel,2026:vector?type=f32be&dim=2"
COMMIT_TIME_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
UNITY = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def sha256(data):
    return hashlib.sha256(data).digest()


def u16(*values):
    return struct.pack(f">{len(values)}H", *values)


def u32(*values):
    return struct.pack(f">{len(values)}I", *values)


def u64(*values):
    return struct.pack(f">{len(values)}Q", *values)


def box(kind, *parts):
    payload = b"".join(parts)
    return u32(8 + len(payload)) + kind.encode() + payload


def extended(name, *parts):
    return box("uuid", bytes.fromhex(TYPES[name]), *parts)


def checked(data):
    """`data` with its last four bytes, the checksum, filled in."""
    return data[:-4] + u32(crc32c(data[:-4]))


class Record:
    """Boxes of one record that stands at `offset`, and where its payloads are."""

    def __init__(self, offset, vector, metadata, text):
        floats = struct.pack(f">{len(vector)}f", *vector)
        boxes = [box("vct1", floats), box("json", metadata), box("txt1", text)]
        samples = [offset + 8, offset + len(boxes[0]) + 8, offset + len(boxes[0]) + len(boxes[1]) + 8]
        self.vector, self.metadata, self.text = zip(samples, (4 * len(vector), len(metadata), len(text)))
        if not text:
            self.text = (samples[2] + 8, 1)
            boxes.append(box("free", b"\n"))
        self.bytes = b"".join(boxes)


def track(number, handler, name, entry, samples, constant_size):
    count = len(samples)
    sizes = b"" if constant_size else u32(*(size for _, size in samples))
    stbl = box(
        "stbl",
        box("stsd", u32(0, 1), entry),
        box("stts", u32(0, 1, count, 1000) if count else u32(0, 0)),
        box("stsc", u32(0, 1, 1, 1, 1) if count else u32(0, 0)),
        box("stsz", u32(0, constant_size, count), sizes),
        box("co64", u32(0, count), u64(*(offset for offset, _ in samples))))
    return box(
        "trak",
        box("tkhd", u32(0x01000003), u64(0, 0), u32(number, 0), u64(1000 * count), bytes(8), u16(0, 0, 0, 0),
            UNITY, u32(0, 0)),
        box("mdia",
            box("mdhd", u32(0x01000000), u64(0, 0), u32(1000), u64(1000 * count), u16(0x55C4, 0)),
            box("hdlr", u32(0, 0), handler.encode(), bytes(12), name.encode() + b"\0"),
            box("minf", box("nmhd", u32(0)), box("dinf", box("dref", u32(0, 1), box("url ", u32(1)))), stbl)))


def movie(offset, records, seal, file_id):
    """The moov at `offset`; `seal` gives the fields of its seal record that differ from an empty store's."""
    count = len(records)
    body = b"".join([
        box("mvhd", u32(0x01000000), u64(0, 0), u32(1000), u64(1000 * count), u32(0x10000), u16(0x100),
            bytes(10), UNITY, bytes(24), u32(4)),
        track(1, "text", "text", box("stxt", bytes(6), u16(1), b"\0text/plain\0"),
              [r.text for r in records], 0),
        track(2, "meta", "metadata", box("mett", bytes(6), u16(1), b"\0application/json\0"),
              [r.metadata for r in records], 0),
        track(3, "meta", "vectors", box("urim", bytes(6), u16(1), box("uri ", u32(0), VECTOR_URI + b"\0")),
              [r.vector for r in records], 8),
        box("mvex", *(box("trex", u32(0, number, 1, 1000, 0, 0)) for number in (1, 2, 3))),
        box("udta", box("json", CONFIGURATION))])
    # Rows in the order of the file; none of these tables is longer than one block of 64 KiB.
    tables = [u32(*(r.text[1] for r in records)), u64(*(r.text[0] for r in records)),
              u32(*(r.metadata[1] for r in records)), u64(*(r.metadata[0] for r in records)),
              u64(*(r.vector[0] for r in records))] if records else []

    def seal_record(movie_checksum):
        return checked(extended(
            "seal", u32(0), file_id,
            u64(offset, seal["commit"], seal["durable"], count, seal["next_id"], seal["time"]),
            u64(seal["previous"]), seal["hash"], u32(crc32c(CONFIGURATION)), u32(0),
            u32(len(seal["sections"])), *seal["sections"],
            u32(len(tables)), *(u32(crc32c(rows)) for rows in tables), u32(movie_checksum, 0)))

    header = u32(8 + len(body) + len(seal_record(0))) + b"moov"
    covered = header + body
    position = 0
    outside = b""
    for head, rows in zip(("stsz", "co64", "stsz", "co64", "co64"), tables):
        at = covered.index(rows, covered.index(head.encode(), position))
        outside += covered[position:at]
        position = at + len(rows)
    return covered + seal_record(crc32c(outside + covered[position:]))


def traf(number, record_number, sample):
    return box("traf",
               box("tfhd", u32(1, number), u64(sample[0])),
               box("tfdt", u32(0x01000000), u64(1000 * record_number)),
               box("trun", u32(0x200, 1, sample[1])))


def chain_hash(previous, number, first, count, time_ms, tombstones, boxes_hash):
    return sha256(previous + u64(number, first, count, time_ms, len(tombstones), *tombstones) + boxes_hash)


def fragment(offset, record, file_id, time_ms):
    boxes_hash = sha256(record.bytes)
    origin = sha256(file_id)
    head = chain_hash(origin, 1, 0, 1, time_ms, [], boxes_hash)
    commit = extended(
        "commit", u32(0), file_id,
        u64(offset, 0, 1, 0, 1, time_ms, 0, 0),
        origin, boxes_hash, head, u32(0), u32(1, crc32c(record.bytes)), u32(0))
    return checked(box("moof", box("mfhd", u32(0, 1)), traf(1, 0, record.text), traf(2, 0, record.metadata),
                       traf(3, 0, record.vector), commit)), head


def section(kind, offset, data):
    """The section's box at `offset`, and its row in the directory."""
    head = kind.encode() + u32(1) + u64(0, 1)
    return (extended("section", head, data),
            kind.encode() + u32(1) + u64(0, 1, offset + 48, len(data)) + u32(crc32c(data)))


def parts(sealed=False, file_id=FILE_ID, time_ms=COMMIT_TIME_MS):
    """The file's top-level boxes, in order."""
    out = [box("ftyp", b"isom", u32(0x200), b"isomiso6mp41reel"),
           checked(extended("identity", u32(1), file_id, sha256(file_id), bytes(32), u32(0))),
           box("free", bytes(8))]

    def here():
        return sum(map(len, out))

    free_at = here() - 16
    empty = {"commit": 0, "durable": 0, "next_id": 0, "time": 0, "previous": 0, "hash": sha256(file_id),
             "sections": []}
    out.append(movie(here(), [], empty, file_id))
    record = Record(here() + 8, [1.0, -0.5], b'{"doc_id": "a", "n": 1}', b"Hello")
    out.append(box("mdat", record.bytes))
    moof_at = here()
    moof, head = fragment(moof_at, record, file_id, time_ms)
    out.append(moof)
    if sealed:
        ids, ids_row = section("idsh", here() + 8, sha256(b"a")[:8][::-1] + struct.pack("<I", 0))
        sums, sums_row = section("rcrc", here() + 8 + len(ids), struct.pack("<I", crc32c(record.bytes)))
        padding = -(here() + 8 + len(ids) + len(sums)) % 16
        padding += 16 if 0 < padding < 8 else 0
        out.append(box("mdat", ids, sums, box("free", bytes(padding - 8)) if padding else b""))
        sections_end = here()
        out.append(box("free", bytes(8)))
        seal = {"commit": 1, "durable": 1, "next_id": 0, "time": time_ms, "previous": moof_at, "hash": head,
                "sections": [ids_row, sums_row]}
        out.append(movie(here(), [record], seal, file_id))
        data = b"".join(out)
        cover = u32(sections_end - free_at) + b"mdat" + bytes(8)
        data = data[:free_at] + cover + data[free_at + 16:]
        out = [data[:32], data[32:free_at], data[free_at:sections_end], data[sections_end:sections_end + 16],
               data[sections_end + 16:]]
    places = (record.vector[0] - 8, record.metadata[0] - 8, record.text[0] - 8)
    out.append(box("oidx", b'{"a": {"vec": %d, "json": %d, "txt": %d}}' % places))
    return out


CONTAINERS = {"moov", "trak", "mdia", "minf", "dinf", "stbl", "mvex", "udta", "moof", "traf", "mdat"}
HEADS = {"stsd": 8, "dref": 8, "urim": 8}  # bytes before the children
NAMES = {bytes.fromhex(value): name for name, value in TYPES.items()}
FIELDS = {  # behind the extended type; a count is followed by that many rows of the size that stands with it
    "identity": [("format_version", 4), ("file_id", 16), ("chain_origin", 32), ("predecessor_head", 32),
                 ("checksum", 4)],
    "commit": [("version_and_flags", 4), ("file_id", 16), ("own_offset", 8), ("previous_commit_offset", 8),
               ("commit_number", 8), ("first_record_number", 8), ("record_count", 8), ("commit_time_ms", 8),
               ("durable_through", 8), ("next_default_id", 8), ("previous_hash", 32), ("boxes_hash", 32),
               ("chain_hash", 32), ("tombstones", 4, 8), ("record_checksums", 4, 4), ("checksum", 4)],
    "seal": [("version_and_flags", 4), ("file_id", 16), ("own_offset", 8), ("commit_number", 8),
             ("durable_through", 8), ("next_record_number", 8), ("next_default_id", 8), ("commit_time_ms", 8),
             ("previous_commit_offset", 8), ("chain_hash", 32), ("configuration_checksum", 4),
             ("tombstones", 4, 16), ("sections", 4, 44), ("table_checksums", 4, 4), ("movie_checksum", 4),
             ("record_checksum", 4)],
}


def hex_lines(data, at, end, note=None):
    """`note`: what stands behind the first line; without one, the bytes as text."""
    for line in range(at, end, CHUNK):
        piece = data[line:min(line + CHUNK, end)]
        text = "".join(chr(b) if 32 <= b < 127 else "." for b in piece)
        yield f"{line:08x}  {piece.hex(' '):<47}  {text if note is None else note}".rstrip()
        note = note and ""


def field_lines(data, at, name):
    yield from hex_lines(data, at, at + 24)
    at += 24
    for field, size, *row in FIELDS[name]:
        count = int.from_bytes(data[at:at + size], "big")
        yield from hex_lines(data, at, at + size, f"{field}: {count} rows" if row else field)
        at += size
        for _ in range(count if row else 0):
            yield from hex_lines(data, at, at + row[0], "  a row")
            at += row[0]


def dump(data, begin=0, end=None, depth=0):
    """Lines: a box with its offset and size, then its own bytes, then its children."""
    end = len(data) if end is None else end
    at = begin
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        name = kind.decode()
        ours = NAMES.get(data[at + 8:at + 24], "") if name == "uuid" else ""
        yield f"{'  ' * depth}{name}{f' ({ours})' if ours else ''}  offset {at}, size {size}"
        children = at + size
        if name in CONTAINERS or name in HEADS:
            children = at + 8 + HEADS.get(name, 0)
        if name == "mdat" and data[children:children + 8] == bytes(8):
            children += 8  # a cover: what is left of the free box it was written over
        yield from field_lines(data, at, ours) if ours in FIELDS else hex_lines(data, at, children)
        yield from dump(data, children, at + size, depth + 1)
        at += size


def main(arguments):
    sealed = "--sealed" in arguments
    arguments = [word for word in arguments if word != "--sealed"]
    data = b"".join(parts(sealed))
    if arguments == ["dump"]:
        print("\n".join(dump(data)))
    elif len(arguments) == 2 and arguments[0] == "write":
        with open(arguments[1], "wb") as file:
            file.write(data)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
