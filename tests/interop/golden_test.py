"""docs/format.md, said again in scripts/format_example.py, against golden files, its dump and the command."""
import json
import struct
import sys
import unittest

from stores import DATA, StoreTest, reel

ROOT = DATA.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import format_example as example  # noqa: E402

GOLDEN = {False: DATA / "golden" / "one_record.mp4", True: DATA / "golden" / "one_record_sealed.mp4"}
RECORD = {"id": "a", "text": "Hello", "metadata": {"n": 1}, "vector": [1.0, -0.5]}


class Golden(StoreTest):
    def test_the_document_alone_gives_the_golden_bytes(self):
        for sealed, path in GOLDEN.items():
            self.assertEqual(b"".join(example.parts(sealed)), path.read_bytes(), path.name)

    def test_the_dump_in_the_document_is_that_of_the_golden_file(self):
        document = (ROOT / "docs" / "format.md").read_text()
        self.assertIn("\n".join(example.dump(GOLDEN[False].read_bytes())), document)

    def test_the_command_reads_the_golden_files(self):
        for path in GOLDEN.values():
            reel("verify", path)
            self.assertEqual(reel("export", path, "--vectors", "--json"), [RECORD], path.name)

    def test_the_command_writes_the_golden_bytes(self):
        """But for the file id and the time of the commit, which are taken from the file it wrote. Of an
        unsealed store: a seal of the command adds index sections, whose bytes are not golden."""
        path = self.folder / "store.mp4"
        source = self.folder / "one.jsonl"
        source.write_text(json.dumps(RECORD) + "\n")
        reel("create", path, "--embedder", "none", "--dim", 2, "--metric", "l2")
        reel("import", path, source)
        data = path.read_bytes()
        record = data.index(bytes.fromhex(example.TYPES["commit"]))
        (time_ms,) = struct.unpack_from(">Q", data, record + 76)
        self.assertEqual(b"".join(example.parts(False, data[60:76], time_ms)), data)


if __name__ == "__main__":
    unittest.main()
