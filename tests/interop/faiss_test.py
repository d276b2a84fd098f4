"""Indexes that go between Reel and Python's FAISS."""
import json
import unittest

from stores import StoreTest, reel

TEXTS = [f"text {number}" for number in range(200)]


class Faiss(StoreTest):
    def setUp(self):
        super().setUp()
        self.need("faiss", "numpy")
        self.store = self.new_store().add(*TEXTS)
        self.index_path = self.folder / "other.faiss"

    def vectors(self):
        import numpy
        return numpy.array([vector for _, _, vector in self.store.records], dtype="float32")

    def write_index(self, index):
        import faiss
        index.add(self.vectors())
        faiss.write_index(index, str(self.index_path))

    def hits(self, record_id):
        return [(hit["id"], hit["distance"])
                for hit in reel("search", self.store.path, "--like", record_id, "-k", 10, "--json")]

    def test_python_opens_an_exported_index(self):
        import faiss
        import numpy
        reel("faiss", "export", self.store.path, self.index_path)
        index = faiss.read_index(str(self.index_path))
        self.assertIsInstance(index, faiss.IndexFlatL2)
        stored = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(index.ntotal, index.d)
        self.assertTrue(numpy.array_equal(stored, self.vectors()))

    def test_an_exported_index_gives_the_store_s_answers(self):
        import faiss
        reel("faiss", "export", self.store.path, self.index_path)
        distances, rows = faiss.read_index(str(self.index_path)).search(self.vectors()[17:18], 11)
        hits = self.hits("17")  # without itself
        self.assertEqual([17, *(int(record_id) for record_id, _ in hits)], rows[0].tolist())
        for (_, ours), theirs in zip(hits, distances[0].tolist()[1:]):
            self.assertAlmostEqual(ours, theirs, delta=1e-5 * max(theirs, 1))

    def test_the_ids_stand_beside_an_exported_index(self):
        reel("faiss", "export", self.store.path, self.index_path)
        beside = json.loads(self.index_path.with_name("other.faiss.json").read_text())
        self.assertEqual(beside["ids"], [record_id for record_id, _, _ in self.store.records])

    def test_an_index_written_by_python_is_imported(self):
        import faiss
        before = self.hits("42")
        self.write_index(faiss.IndexFlatL2(self.vectors().shape[1]))
        reel("faiss", "import", self.store.path, self.index_path)
        self.assertEqual(self.hits("42"), before)

    def test_an_index_of_other_vectors_is_refused(self):
        import faiss
        index = faiss.IndexFlatL2(self.vectors().shape[1])
        index.add(self.vectors()[:5])
        self.write_index(index)
        with self.assertRaises(RuntimeError):
            reel("faiss", "import", self.store.path, self.index_path)

    def test_another_type_needs_trust(self):
        import faiss
        self.write_index(faiss.IndexHNSWFlat(self.vectors().shape[1], 16))
        with self.assertRaisesRegex(RuntimeError, "trust"):
            reel("faiss", "import", self.store.path, self.index_path)


if __name__ == "__main__":
    unittest.main()
