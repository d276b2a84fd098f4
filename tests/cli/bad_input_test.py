"""Files that are no stores or lie, and records that are none: an error each, never a crash."""
import json
import struct
import unittest

from support import CONFLICT, DAMAGED, INVALID, NOT_FOUND, OK, PARTLY, UNSUPPORTED, CliTest, jsonl, records, run


def box(kind, payload=b""):
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


FTYP = box(b"ftyp", b"isom\0\0\0\0isom")


class BadFiles(CliTest):
    def read_all_ways(self, path):
        """Every reading command ends by itself with one of the documented codes; theirs are returned."""
        codes = []
        for command in [["info"], ["list"], ["search", "--like", "r0"], ["verify"], ["dump", "--records"]]:
            outcome = run(command[0], path, *command[1:], "--json", timeout=20)
            self.assertIn(outcome.code, (OK, PARTLY, INVALID, NOT_FOUND, DAMAGED, UNSUPPORTED), outcome)
            if outcome.code not in (OK, PARTLY):
                self.assertEqual(len(outcome.error_json), 1, outcome)
            codes.append(outcome.code)
        return codes

    def test_a_file_that_is_no_mp4_is_refused(self):
        path = self.file("notes.txt", "Just some words, and enough of them to look like a box or two.\n" * 4)
        for command in (["info"], ["list"], ["search", "--like", "x"], ["export"]):
            self.run_failing(INVALID, command[0], path, *command[1:], naming="notes.txt")
        before = path.read_bytes()
        run("import", path, "-", stdin=jsonl(records(1)))
        self.assertEqual(path.read_bytes(), before)

    def test_an_empty_file_is_refused(self):
        path = self.file("empty.mp4", b"")
        self.run_failing(INVALID, "info", path, naming="empty.mp4")

    def test_a_missing_file_and_a_folder_are_refused(self):
        self.run_failing(NOT_FOUND, "info", self.store, naming="store.mp4")
        self.run_failing(INVALID, "info", self.folder, naming="regular file")

    def test_every_truncation_of_a_small_store_is_survived(self):
        self.make_store(2)
        self.run_ok("import", self.store, "-", stdin=jsonl(records(1, first=2)))
        content = self.store.read_bytes()
        path = self.folder / "cut.mp4"
        for length in range(len(content)):
            path.write_bytes(content[:length])
            for command in (["info"], ["search", "--like", "r0"]):
                outcome = run(command[0], path, *command[1:], "--json")
                self.assertIn(outcome.code, (OK, INVALID, NOT_FOUND, DAMAGED), f"{length} bytes: {outcome}")
        self.read_all_ways(self.store)

    def test_every_tenth_byte_flipped_is_survived(self):
        self.make_store(2)
        self.run_ok("seal", self.store, "--oidx")
        content = self.store.read_bytes()
        path = self.folder / "flipped.mp4"
        for at in range(0, len(content), 10):
            changed = bytearray(content)
            changed[at] ^= 0xFF
            path.write_bytes(changed)
            outcome = run("search", path, "--like", "r0", "--json")
            self.assertIn(outcome.code, (OK, INVALID, NOT_FOUND, DAMAGED, UNSUPPORTED), f"byte {at}: {outcome}")

    def test_lying_sizes_and_counts_are_survived(self):
        lies = {
            "beyond the end": FTYP + struct.pack(">I4s", 0x7FFFFFFF, b"moov") + b"x" * 40,
            "64-bit beyond the end": FTYP + struct.pack(">I4sQ", 1, b"moov", 2**63) + b"x" * 40,
            "smaller than a header": FTYP + struct.pack(">I4s", 4, b"moov") + b"x" * 40,
            "64-bit smaller than a header": FTYP + struct.pack(">I4sQ", 1, b"moov", 9) + b"x" * 40,
            "child beyond its parent": FTYP + box(b"moov", struct.pack(">I4s", 500, b"trak") + b"x" * 20),
            "a count of four thousand million": FTYP + box(b"moov", box(b"trak", box(b"mdia", box(b"minf", box(
                b"stbl", box(b"stsz", struct.pack(">III", 0, 0, 0xFFFFFFFF))))))),
            "an oidx that points nowhere": box(b"vct1", b"\0" * 8) + box(b"json", b"{}") + box(b"txt1", b"a")
            + box(b"oidx", b'{"0": {"vec": 99999999, "json": -1, "txt": 1e99}}'),
            "an oidx that is no JSON": box(b"vct1", b"\0" * 8) + box(b"oidx", b"{" * 200),
        }
        for name, content in lies.items():
            with self.subTest(name):
                self.read_all_ways(self.file("lie.mp4", content))

    def test_deep_nesting_is_survived(self):
        content = b""
        for _ in range(20_000):
            content = box(b"moov", content) if len(content) < 500_000 else content
        self.read_all_ways(self.file("deep.mp4", FTYP + content))

    def test_zero_sizes_and_64_bit_boxes_are_read(self):
        last = FTYP + struct.pack(">I4s", 0, b"mdat") + b"x" * 30
        boxes = self.run_ok("dump", self.file("zero.mp4", last), "--json").json
        self.assertEqual([(line["type"], line["size"]) for line in boxes], [("ftyp", 20), ("mdat", 38)])
        large = FTYP + struct.pack(">I4sQ", 1, b"free", 20) + b"abcd" + box(b"free")
        boxes = self.run_ok("dump", self.file("large.mp4", large), "--json").json
        self.assertEqual([(line["offset"], line["size"]) for line in boxes], [(0, 20), (20, 20), (40, 8)])


class BadRecords(CliTest):
    def refuse(self, line, *naming, code=INVALID):
        content = jsonl(records(2)) + (line if isinstance(line, bytes) else line.encode()) + b"\n" + jsonl(records(1, 5))
        outcome = self.run_failing(code, "import", self.store, "-", stdin=content, naming=["line 3", *naming])
        self.assertFalse(self.store.exists(), outcome)

    def test_a_wrong_dimension_names_both(self):
        self.refuse('{"id":"x","vector":[1,2,3]}', "3", "8")

    def test_numbers_that_are_none_are_refused(self):
        self.refuse('{"id":"x","vector":[1,2,3,4,5,6,7,NaN]}', "line 3")
        self.refuse('{"id":"x","vector":[1,2,3,4,5,6,7,1e999]}', "line 3")
        self.refuse('{"id":"x","vector":[1,2,3,4,5,6,7,"8"]}', "line 3")

    def test_nan_in_a_npy_file_is_refused(self):
        header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
        header += " " * (63 - (10 + len(header)) % 64) + "\n"
        path = self.file("v.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
                         + struct.pack("<4f", 1, 2, 3, float("nan")))
        self.run_failing(INVALID, "import", self.store, "--vectors", path, naming="v.npy")
        self.assertFalse(self.store.exists())

    def test_the_zero_vector_has_no_direction(self):
        self.run_failing(INVALID, "import", self.store, "-", "--metric", "cosine", naming="line 1",
                         stdin=b'{"id":"zero","vector":[0,0]}\n')
        self.run_ok("import", self.store, "-", "--metric", "l2", stdin=b'{"id":"zero","vector":[0,0]}\n')

    def test_a_bad_query_vector_is_refused(self):
        self.make_store(2, metric="cosine")
        for query in [b"[1,2]", b"[0,0,0,0,0,0,0,0]", b"[1,2,3,4,5,6,7,NaN]", b"", b"{}"]:
            self.run_failing(INVALID, "search", self.store, "--vector-file", "-", stdin=query)

    def test_a_duplicate_id_is_named(self):
        self.refuse('{"id":"r1","text":"other","vector":[1,2,3,4,5,6,7,8]}', "r1", code=CONFLICT)

    def test_invalid_utf8_names_line_and_byte(self):
        self.refuse(b'{"id":"a\xff","vector":[1,2,3,4,5,6,7,8]}', "byte 8")

    def test_json_that_is_not_an_object_is_refused(self):
        for line in ["[1,2]", "7", "null", '"text"', "{", '{"id":"x"', '{"id":"x","metadata":[1],"vector":[1]}']:
            self.refuse(line)

    def test_fields_of_the_wrong_kind_are_refused(self):
        self.refuse('{"id":["x"],"vector":[1,2,3,4,5,6,7,8]}', "id")
        self.refuse('{"id":"x","text":5,"vector":[1,2,3,4,5,6,7,8]}', "text")
        self.refuse('{"id":"x"}', "line 3")

    def test_deeply_nested_metadata_is_refused(self):
        deep = "[" * 100_000 + "]" * 100_000
        self.refuse(f'{{"id":"x","metadata":{{"a":{deep}}},"vector":[1,2,3,4,5,6,7,8]}}', "deep")

    def test_an_over_long_text_is_refused_with_the_limit(self):
        line = json.dumps({"id": "x", "text": "a" * (70 << 20), "vector": [1.0] * 8})
        self.refuse(line, "bytes")

    def test_a_doc_id_of_another_record_is_refused(self):
        self.refuse('{"id":"x","metadata":{"doc_id":"y"},"vector":[1,2,3,4,5,6,7,8]}', "doc_id")


if __name__ == "__main__":
    unittest.main()
