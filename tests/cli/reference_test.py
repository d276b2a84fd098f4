"""The prototype's reference store: it opens unchanged, and FAISS's answers come out."""
import json
import shutil
import struct
import unittest

from support import DATA, REFERENCE, CliTest, as_floats


def reference_vectors():
    """Rows of the prototype's index.faiss: an IxF2 header of 45 bytes, then float32."""
    content = (DATA / "reference" / "index.faiss").read_bytes()
    dimension, rows = struct.unpack_from("<iq", content, 4)
    return [struct.unpack_from(f"<{dimension}f", content, 45 + 4 * dimension * row) for row in range(rows)]


class Reference(CliTest):
    def setUp(self):
        super().setUp()
        self.before = REFERENCE.read_bytes()
        self.vectors = reference_vectors()

    def tearDown(self):
        self.assertEqual(REFERENCE.read_bytes(), self.before)
        self.assertEqual(sorted(path.name for path in REFERENCE.parent.iterdir()),
                         ["README.md", "index.faiss", "store.mp4"])

    def expected(self, row):
        distances = [sum((a - b) ** 2 for a, b in zip(other, self.vectors[row])) for other in self.vectors]
        return sorted(enumerate(distances), key=lambda pair: pair[1])

    def test_ids_texts_and_metadata_are_there(self):
        lines = self.run_ok("list", REFERENCE, "--json").json
        self.assertEqual([line["id"] for line in lines], ["0", "1", "2", "3", "4"])
        self.assertTrue(all(line["text"] for line in lines))
        self.assertEqual([line["metadata"] for line in lines], [{"source": "mock"}] * 5)
        self.assertEqual(self.run_ok("get", REFERENCE, "3", "--json").json[0]["record"], 3)

    def search(self, store, row):
        query = json.dumps(self.vectors[row]).encode()
        return self.run_ok("search", store, "--vector-file", "-", "--json", stdin=query).json

    def test_search_gives_the_order_and_distances_of_faiss(self):
        for row in range(5):
            hits = self.search(REFERENCE, row)
            wanted = self.expected(row)
            self.assertEqual([hit["record"] for hit in hits], [number for number, _ in wanted])
            for hit, (_, distance) in zip(hits, wanted):
                self.assertAlmostEqual(hit["distance"], distance, delta=1e-5 * max(distance, 1e-9))

    def test_search_like_leaves_out_the_record_itself(self):
        for row in range(5):
            hits = self.run_ok("search", REFERENCE, "--like", row, "--json").json
            wanted = [number for number, _ in self.expected(row) if number != row]
            self.assertEqual([hit["record"] for hit in hits], wanted)

    def test_the_metric_is_squared_l2(self):
        info = self.run_ok("info", REFERENCE, "--json").json[0]
        self.assertEqual((info["kind"], info["metric"], info["records"], info["embedder"]["dimension"]),
                         ("prototype", "l2", 5, 768))

    def test_vectors_are_exported_bit_for_bit(self):
        lines = self.run_ok("export", REFERENCE, "--vectors").json
        for line, expected in zip(lines, self.vectors, strict=True):
            self.assertTrue(as_floats(line["vector"]) == list(expected), line["id"])

    def test_its_faiss_index_is_taken_and_ours_has_the_same_rows(self):
        copy = shutil.copy(REFERENCE, self.folder / "store.mp4")
        self.run_ok("faiss", "import", copy, DATA / "reference" / "index.faiss")
        self.assertEqual([hit["record"] for hit in self.search(copy, 4)], [number for number, _ in self.expected(4)])
        self.run_ok("faiss", "export", REFERENCE, self.folder / "ours.faiss")
        theirs = (DATA / "reference" / "index.faiss").read_bytes()
        self.assertEqual((self.folder / "ours.faiss").read_bytes()[45:], theirs[45:])
        self.assertIsInstance(json.loads((self.folder / "ours.faiss.json").read_text()), dict)

    def test_it_converts_to_a_store_that_answers_the_same(self):
        self.run_ok("convert", REFERENCE, self.store)
        for row in range(5):
            old = self.run_ok("search", REFERENCE, "--like", row, "--json").out
            self.assertEqual(self.run_ok("search", self.store, "--like", row, "--json").out, old)
        self.assertEqual(self.run_ok("export", self.store, "--vectors").out,
                         self.run_ok("export", REFERENCE, "--vectors").out)


if __name__ == "__main__":
    unittest.main()
