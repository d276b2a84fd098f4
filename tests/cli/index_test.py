"""Indexes: what a store is told of words, what a seal builds, what info shows, and that each can be done without."""
import array
import os
import pty
import random
import signal
import struct
import subprocess
import time
import unittest

from support import CONFLICT, INTERRUPTED, INVALID, OK, REEL, CliTest, environment, jsonl, records, vector


class Words(CliTest):
    def make(self, *options):
        self.run_ok("import", self.store, "-", *options, stdin=jsonl(
            [{"id": "a", "text": "two apples", "vector": vector(1)}, {"id": "b", "text": "a pear", "vector": vector(2)}]))

    def found(self, words):
        return [hit["id"] for hit in self.run_ok("search", self.store, words, "--mode", "text", "--json").json]

    def test_stems_join_the_forms_of_a_word(self):
        self.make("--stem", "english")
        self.assertEqual((self.found("apple"), self.found("pears")), (["a"], ["b"]))
        self.assertEqual(self.run_ok("info", self.store, "--json").json[0]["stemmer"], "english")
        self.assertRegex(self.run_ok("info", self.store).out, r"(?m)^words +stemmed as english$")

    def test_without_stems_words_are_as_they_are(self):
        self.make()
        self.assertEqual((self.found("apple"), self.found("apples")), ([], ["a"]))

    def test_create_says_what_it_fixed(self):
        line = self.run_ok("create", self.store, "--embedder", "none", "--dim", 2, "--stem", "german", "--no-text-index",
                           "--json").json[0]
        self.assertEqual((line["stemmer"], line["text_index"]), ("german", False))

    def test_an_unknown_language_is_refused_with_a_list_of_them(self):
        for language in ("klingon", "English", "", "en glish"):
            self.run_failing(INVALID, "create", self.store, "--embedder", "none", "--dim", 2, "--stem", language,
                             naming="--stem")
        self.run_failing(INVALID, "create", self.store, "--stem", "klingon", naming=["klingon", "english", "turkish"])
        self.assertFalse(self.store.exists())

    def test_what_a_store_was_made_with_is_not_changed(self):
        self.make("--stem", "english")
        self.make("--stem", "english")
        self.run_failing(CONFLICT, "import", self.store, "-", "--stem", "german", naming=["german", "english"])
        self.run_failing(CONFLICT, "import", self.store, "-", "--stem", "none", naming=["none", "english"])
        self.run_failing(CONFLICT, "import", self.store, "-", "--no-text-index", naming="--no-text-index")

    def test_a_store_without_an_index_of_words_finds_them_all_the_same(self):
        self.make("--no-text-index")
        self.run_ok("seal", self.store)
        info = self.run_ok("info", self.store, "--json").json[0]
        self.assertFalse(info["text_index"])
        self.assertNotIn("text", [index["what"] for index in info["indexes"]])
        self.assertEqual(self.found("apples"), ["a"])


class Indexes(CliTest):
    KINDS = {"vectors": b"i8cl", "codes": b"rbqc", "metadata": b"cols", "text": b"bm25"}

    def indexes(self):
        return {index["what"]: index for index in self.run_ok("info", self.store, "--json").json[0]["indexes"]}

    def test_info_lists_what_a_seal_has_built(self):
        self.make_store(300)
        self.run_ok("seal", self.store)
        self.run_ok("import", self.store, "-", stdin=jsonl(records(5, first=300)))
        indexes = self.indexes()
        self.assertEqual(set(indexes), set(self.KINDS))
        for index in indexes.values():
            self.assertEqual(list(index), ["what", "records", "bytes", "sections", "lists", "damaged"])
            self.assertEqual((index["records"], index["damaged"]), (300, 0))
        self.assertRegex(self.run_ok("info", self.store).out, r"(?m)^index of text +300 records, [\d,]+ bytes$")

    def test_a_store_that_was_never_sealed_has_none(self):
        self.run_ok("create", self.store, "--embedder", "none", "--dim", 2)
        self.assertEqual(self.indexes(), {})

    def answers(self):
        hits = [self.run_ok("search", self.store, *question, "-k", 20, "--json") for question in (
            ["--like", "r7", "--filter", "n > 5"], ["text 7", "--mode", "text"], ["--like", "r7", "--recall", 0.9])]
        return [hit.out for hit in hits]

    def test_damaged_indexes_are_gone_around_and_made_anew(self):
        self.make_store(300)
        self.run_ok("seal", self.store)
        whole, answers = self.store.read_bytes(), self.answers()
        for what, kind in self.KINDS.items():
            damaged = bytearray(whole)
            damaged[damaged.index(kind) + 24 + 8] ^= 0x55
            self.store.write_bytes(damaged)
            self.assertEqual({name: index["damaged"] for name, index in self.indexes().items()},
                             {name: int(name == what) for name in self.KINDS})
            self.assertIn("reel seal", self.run_ok("info", self.store).out)
            self.assertEqual(self.answers(), answers, what)
            self.run_ok("seal", self.store)
            self.assertEqual(self.indexes()[what]["damaged"], 0, what)
            self.assertEqual(self.answers(), answers, what)


class Seal(CliTest):
    def test_threads_are_a_number(self):
        self.make_store(3)
        line = self.run_ok("seal", self.store, "--threads", 2, "--json").json[0]
        self.assertEqual(line["records"], 3)
        self.run_failing(INVALID, "seal", self.store, "--threads", 0, naming="--threads")

    def wait_until_interrupts_are_caught(self, process):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                caught = next(line for line in status if line.startswith("SigCgt:"))
            if int(caught.split()[1], 16) >> (signal.SIGINT - 1) & 1:
                return
            time.sleep(0.005)
        self.fail("the command never caught interrupts")

    def test_ctrl_c_while_waiting_for_another_writer_seals_nothing(self):
        self.run_ok("create", self.store, "--embedder", "none", "--dim", 8)
        writer = subprocess.Popen([REEL, "import", self.store, "-", "--commit-every", "1", "--json"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  env=environment())
        self.addCleanup(writer.stdout.close)
        writer.stdin.write(jsonl(records(1)))
        writer.stdin.flush()
        writer.stdout.readline()
        seal = subprocess.Popen([REEL, "seal", self.store, "--wait", "60"], stderr=subprocess.PIPE, env=environment())
        self.addCleanup(seal.stderr.close)
        self.wait_until_interrupts_are_caught(seal)
        seal.send_signal(signal.SIGINT)
        writer.stdin.close()
        self.assertEqual((writer.wait(timeout=60), seal.wait(timeout=60)), (OK, INTERRUPTED))
        self.assertIn(b"interrupted", seal.stderr.read())

    def big_matrix(self, rows, columns):
        """Overlapping windows of a row of random numbers."""
        source = random.Random(1)
        numbers = array.array("f", (source.gauss(0, 1) for _ in range(50_021)))
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}".ljust(117) + "\n"
        windows = (numbers[start:start + columns].tobytes() for start in (i * 7919 % 49_000 for i in range(rows)))
        return self.file("big.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header.encode() + b"".join(windows))

    def test_ctrl_c_stops_the_building_and_leaves_a_sound_store(self):
        self.run_ok("import", self.store, "--vectors", self.big_matrix(120_000, 64), "--metric", "l2")
        leader, follower = pty.openpty()
        seal = subprocess.Popen([REEL, "seal", self.store, "--threads", "1"], stdout=subprocess.DEVNULL,
                                stderr=follower, env=environment())
        os.close(follower)
        self.addCleanup(os.close, leader)
        drawn = b""
        try:
            while b"]" not in drawn:
                drawn += os.read(leader, 4096)
        except OSError:
            self.assertEqual(seal.wait(timeout=60), OK)
            self.skipTest("the machine is too quick for a bar")
        self.assertRegex(drawn, rb"\rcodes +\d+% \[")
        seal.send_signal(signal.SIGINT)
        self.assertEqual(seal.wait(timeout=60), INTERRUPTED)
        self.assertIn(b"sealed, but its indexes are not complete", os.read(leader, 4096))
        self.assertTrue(self.run_ok("verify", self.store, "--quick", "--json").json[-1]["sound"])
        info = self.run_ok("info", self.store, "--json").json[0]
        self.assertEqual(info["sealed_records"], 120_000)
        self.run_ok("search", self.store, "--like", "5", "-k1")


if __name__ == "__main__":
    unittest.main()
