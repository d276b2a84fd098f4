"""Every committed state of a store is an MP4 in which others find each record once, in each of its three tracks."""
import json
import shutil
import struct
import unittest

import mp4_readers
from stores import DIM, SETUP, StoreTest


def payloads(path, samples):
    data = path.read_bytes()
    return [[data[offset:offset + size] for offset, size in track] for track in samples]


class Mp4Readers(StoreTest):
    def setUp(self):
        super().setUp()
        self.need("pymp4")
        missing = [tool for tool in ("ffprobe", "mediainfo", "node") if not shutil.which(tool)]
        if not mp4_readers.mp4box_js_module().exists():
            missing.append("mp4box.js")
        if missing:
            self.skipTest(f"not installed: {', '.join(missing)}; {SETUP}")

    def check(self, store):
        """Each reader finds the store's records, once each and in order."""
        for reader in (mp4_readers.ffprobe_counts, mp4_readers.mediainfo_counts):
            with self.subTest(reader.__name__):
                self.assertEqual(reader(store.path), [len(store.records)] * 3)
        for reader in (mp4_readers.ffprobe, mp4_readers.mp4box_js, mp4_readers.pymp4):
            with self.subTest(reader.__name__):
                texts, metadata, vectors = payloads(store.path, reader(store.path))
                # A sample must not be empty: that of an empty text is a line feed.
                self.assertEqual([text.decode() for text in texts], [r[1] or "\n" for r in store.records])
                self.assertEqual([json.loads(m)["doc_id"] for m in metadata], [r[0] for r in store.records])
                self.assertEqual([list(struct.unpack(f">{DIM}f", v)) for v in vectors],
                                 [r[2] for r in store.records])

    def test_new(self):
        self.check(self.new_store())

    def test_committed(self):
        self.check(self.new_store().add("one", "two"))

    def test_reopened_and_committed_again(self):
        self.check(self.new_store().add("one", "two").add("three").add("four", "five"))

    def test_empty_texts(self):
        self.check(self.new_store().add("").add("one", "", "three").add("", ""))

    def test_texts_of_equal_length(self):
        self.check(self.new_store().add("aa", "bb").add("cc").seal())

    def test_sealed(self):
        self.check(self.new_store().add("one", "", "three").seal())

    def test_sealed_while_empty(self):
        self.check(self.new_store().seal())

    def test_committed_after_a_seal(self):
        self.check(self.new_store().add("one", "two").seal().add("three").add(""))

    def test_sealed_again(self):
        self.check(self.new_store().add("one").seal().add("two", "").seal().add("three").seal())

    def test_committed_after_three_seals(self):
        self.check(self.new_store().add("one").seal().add("two").seal().add("").seal().add("three"))

    def test_sealed_with_oidx(self):
        self.check(self.new_store().add("one", "two").seal("--oidx"))

    def test_committed_after_an_oidx(self):
        self.check(self.new_store().add("one", "two").seal("--oidx").add("three"))

    def test_bulk_commit_as_a_seal(self):
        self.check(self.new_store().add("one").add(*(f"text {i} " * 30 for i in range(4000))))

    def test_commits_around_a_bulk_commit(self):
        store = self.new_store().add("one").add(*(f"text {i} " * 30 for i in range(4000))).add("last")
        self.check(store)

    def check_torn(self, store, *lost):
        """Torn anywhere in the mdat of the commit of the texts `lost`, the records before it remain."""
        before = list(store.records)
        store.add(*lost)
        for share in (0, 0.1, 0.5, 0.9, 1):
            torn = store.torn(share)
            torn.records = list(before)
            with self.subTest(share=share):
                self.check(torn)
                self.assertFalse(mp4_readers.pymp4_boxes(torn.path)[1], "pymp4 reports the tear")

    def test_torn_inside_an_mdat(self):
        self.check_torn(self.new_store().add("one", "two"), "three", "", "five")

    def test_torn_inside_the_first_mdat(self):
        self.check_torn(self.new_store(), "one", "two")

    def test_torn_after_a_seal(self):
        self.check_torn(self.new_store().add("one", "").seal().add("two"), "three", "four")

    def test_torn_and_written_again(self):
        store = self.new_store().add("one", "two").seal().add("three")
        before = list(store.records)
        store.add("four", "five")
        torn = store.torn(0.5)
        torn.records = before
        self.check(torn.add("six", "seven"))


if __name__ == "__main__":
    unittest.main()
