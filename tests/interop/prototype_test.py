"""The prototype's reader, said again in few lines, on Reel's files; and Reel on the prototype's file."""
import json
import os
import struct
import unittest

from stores import DATA, DIM, StoreTest, float32, reel


def last_index(path):
    """The JSON of the last oidx box in the file's last MiB: where that reader looks, and how."""
    with open(path, "rb") as file:
        file.seek(max(0, os.path.getsize(path) - (1 << 20)))
        tail = file.read()
    at = tail.rfind(b"oidx")
    if at < 4:
        raise ValueError("no oidx in the last MiB")
    (size,) = struct.unpack(">I", tail[at - 4:at])
    return json.loads(tail[at + 4:at - 4 + size])


def read_box(file, offset, kind):
    file.seek(offset)
    size, found = struct.unpack(">I4s", file.read(8))
    if found != kind:
        raise ValueError(f"offset {offset}: {found} instead of {kind}")
    return file.read(size - 8)


def read_prototype(path):
    """[(id, vector, metadata, text)] as the oidx lists them."""
    with open(path, "rb") as file:
        for doc_id, at in last_index(path).items():
            vector = read_box(file, at["vec"], b"vct1")
            yield (doc_id, list(struct.unpack(f">{len(vector) // 4}f", vector)),
                   json.loads(read_box(file, at["json"], b"json")), read_box(file, at["txt"], b"txt1").decode())


def flat_index(records):
    import faiss
    import numpy
    vectors = numpy.array([vector for _, vector, _, _ in records], dtype="float32")
    index = faiss.IndexFlatL2(vectors.shape[1])
    index.add(vectors)
    return index


class PrototypeReadsReel(StoreTest):
    def check(self, store):
        """Ids, vectors, metadata and texts; and each record is FAISS's nearest to its own vector."""
        self.need("faiss", "numpy")
        import numpy
        found = list(read_prototype(store.path))
        self.assertEqual([(i, text, vector) for i, vector, _, text in found], store.records)
        self.assertEqual([metadata for _, _, metadata, _ in found],
                         [{"doc_id": i, "source": "test"} for i, _, _ in store.records])
        distances, rows = flat_index(found).search(numpy.array([r[2] for r in store.records], "float32"), 1)
        self.assertEqual(rows[:, 0].tolist(), list(range(len(store.records))))
        self.assertEqual(distances[:, 0].tolist(), [0] * len(store.records))

    def test_after_a_plain_close_of_a_small_store(self):
        self.check(self.new_store().add("one", "", "three").add("four"))

    def test_after_a_seal_with_oidx(self):
        self.check(self.new_store().add("one", "two").seal().add("three").seal("--oidx"))

    def test_after_a_seal_with_oidx_of_a_store_that_had_outgrown_it(self):
        store = self.new_store().add(*(f"text {i}" for i in range(3000)))
        for number in range(3):
            store.add(f"small {number}")
        self.check(store.seal("--oidx"))

    def test_with_the_four_letters_in_ids_texts_and_metadata(self):
        store = self.new_store()
        source = self.folder / "tricky.jsonl"
        record = {"id": "an oidx here", "text": "oidx", "metadata": {"oidx": "oidx"}, "vector": [1.0] * DIM}
        source.write_text(json.dumps(record) + "\n")
        reel("import", store.path, source)
        reel("seal", store.path, "--oidx")
        (found,) = read_prototype(store.path)
        self.assertEqual(found, ("an oidx here", [1.0] * DIM, {"doc_id": "an oidx here", "oidx": "oidx"}, "oidx"))


class ReelReadsPrototype(StoreTest):
    """The reference store opens as it is and is never written to."""

    reference = DATA / "reference" / "store.mp4"

    def test_the_restated_reader_agrees_with_the_command(self):
        records = list(read_prototype(self.reference))
        listed = reel("export", self.reference, "--vectors", "--json")
        self.assertEqual([(r["id"], list(map(float32, r["vector"])), r["text"]) for r in listed],
                         [(i, vector, text) for i, vector, _, text in records])
        self.assertEqual([{"doc_id": r["id"], **r["metadata"]} for r in listed], [m for _, _, m, _ in records])

    def test_like_gives_the_order_and_distances_of_faiss(self):
        self.need("faiss", "numpy")
        import faiss
        import numpy
        records = list(read_prototype(self.reference))
        index = faiss.read_index(str(DATA / "reference" / "index.faiss"))
        distances, rows = index.search(numpy.array([records[4][1]], "float32"), 5)
        hits = reel("search", self.reference, "--like", "4", "-k", 4, "--json")  # without itself
        self.assertEqual([4, *(hit["record"] for hit in hits)], rows[0].tolist())
        for hit, distance in zip(hits, distances[0].tolist()[1:]):
            self.assertAlmostEqual(hit["distance"], distance, delta=1e-5 * max(distance, 1))

    def test_a_conversion_is_read_by_the_prototype(self):
        converted = self.folder / "new.mp4"
        reel("convert", self.reference, converted)
        reel("seal", converted, "--oidx")
        self.assertEqual(list(read_prototype(converted)), list(read_prototype(self.reference)))


if __name__ == "__main__":
    unittest.main()
