"""Every command's ordinary use, and the form of its lines."""
import json
import math
import struct
import unittest

from support import CONFLICT, DIM, NOT_FOUND, PARTLY, CliTest, as_floats, jsonl, records, run, vector
from stub_ollama import StubOllama


class Create(CliTest):
    def test_makes_a_store_that_remembers_its_settings(self):
        line = self.run_ok("create", self.store, "--embedder", "none", "--dim", 5, "--metric", "ip", "--json").json[0]
        self.assertEqual(line["dimension"], 5)
        info = self.run_ok("info", self.store, "--json").json[0]
        self.assertEqual((info["embedder"]["kind"], info["embedder"]["dimension"], info["metric"], info["records"]),
                         ("none", 5, "ip", 0))

    def test_never_replaces_a_file(self):
        self.make_store(2)
        before = self.store.read_bytes()
        self.run_failing(CONFLICT, "create", self.store, "--embedder", "none", "--dim", 5, naming="store.mp4")
        self.assertEqual(self.store.read_bytes(), before)

    def test_remembers_passages_and_prefixes(self):
        with StubOllama() as server:
            self.run_ok("create", self.store, "--embedder", f"ollama:stub@{server.url}", "--passage-size", 50,
                        "--passage-overlap", 5, "--document-prefix", "d: ", "--query-prefix", "q: ")
        info = self.run_ok("info", self.store, "--json").json[0]
        self.assertEqual((info["passage_size"], info["passage_overlap"]), (50, 5))
        self.assertEqual((info["embedder"]["document_prefix"], info["embedder"]["query_prefix"]), ("d: ", "q: "))
        self.assertNotIn(server.url.encode(), self.store.read_bytes())


class Contradictions(CliTest):
    def check(self, option, wanted, stored):
        self.run_failing(CONFLICT, "import", self.store, "-", option, wanted, naming=[option, wanted, stored],
                         stdin=jsonl(records(1, first=100)))

    def test_flags_other_than_the_stores_are_refused_naming_both(self):
        self.make_store(2)
        self.check("--metric", "cosine", "l2")
        self.check("--dim", "9", "8")
        self.check("--embedder", "ollama:other", "none")
        self.check("--passage-size", "17", "0")
        self.check("--query-prefix", "question: ", "")
        self.assertEqual(self.ids(), ["r0", "r1"])

    def test_flags_that_agree_are_taken(self):
        self.make_store(2)
        self.run_ok("import", self.store, "-", "--metric", "l2", "--dim", 8, "--embedder", "none",
                    stdin=jsonl(records(1, first=2)))


class Search(CliTest):
    def test_finds_the_nearest_in_order_with_the_promised_keys(self):
        self.make_store(20)
        hits = self.run_ok("search", self.store, "--like", "r7", "-k", 4, "--json").json
        keys = ["id", "record", "score", "distance", "vector_rank", "text", "metadata"]
        self.assertEqual([list(hit) for hit in hits], [keys] * 4)
        expected = sorted(range(20), key=lambda i: math.dist(vector(i), vector(7)))[1:5]
        self.assertEqual([hit["record"] for hit in hits], expected)
        self.assertEqual([hit["vector_rank"] for hit in hits], [1, 2, 3, 4])
        for hit in hits:
            number = hit["record"]
            self.assertEqual((hit["id"], hit["text"], hit["metadata"]), (f"r{number}", f"text {number}", {"n": number}))
            self.assertEqual(hit["score"], -hit["distance"])
            self.assertAlmostEqual(hit["distance"], math.dist(vector(hit["record"]), vector(7)) ** 2, places=5)

    def test_takes_a_vector_from_a_file_in_every_form(self):
        self.make_store(20)
        query = vector(3)
        raw = struct.pack(f"<{DIM}f", *query)
        forms = {"q.json": json.dumps(query), "q.txt": " ".join(map(repr, query)),
                 "q.jsonl": json.dumps({"vector": query}), "q.f32": raw, "q.npy": npy(raw, f"({DIM},)")}
        for name, content in forms.items():
            hits = self.run_ok("search", self.store, "--vector-file", self.file(name, content), "--json").json
            self.assertEqual((hits[0]["id"], len(hits)), ("r3", 10), name)
        hits = self.run_ok("search", self.store, "--vector-file", "-", "--json", stdin=json.dumps(query).encode())
        self.assertEqual(hits.json[0]["id"], "r3")

    def test_prints_rank_distance_id_and_excerpt_for_people(self):
        self.make_store(3)
        query = json.dumps(vector(1)).encode()
        text = self.run_ok("search", self.store, "--vector-file", "-", "-k1", stdin=query).out
        self.assertRegex(text, r"^  1  0\.0000 +r1\n +text 1\n$")
        self.assertIn('"n"', self.run_ok("search", self.store, "--like", "r1", "-v").out)

    def test_embeds_a_question_with_the_stores_model(self):
        with StubOllama() as server:
            self.run_ok("add", self.store, "--embedder", f"ollama:stub@{server.url}", "--text", "apples and pears")
            self.run_ok("add", self.store, "--url", server.url, "--text", "a fast car")
            hits = self.run_ok("search", self.store, "a fast car", "--json", env={"OLLAMA_HOST": server.url}).json
        self.assertEqual([hit["text"] for hit in hits], ["a fast car", "apples and pears"])

    def test_needs_a_question(self):
        self.make_store(1)
        self.run_failing(2, "search", self.store, naming="QUERY")
        self.run_failing(2, "search", self.store, "", naming="empty")
        self.run_failing(2, "search", self.store, "x", "--batch", "-", naming=["QUERY", "--batch"])

    def test_an_id_that_is_not_there_is_named(self):
        self.make_store(1)
        self.run_failing(NOT_FOUND, "search", self.store, "--like", "zz", naming="zz")

    def test_an_empty_store_has_no_hits(self):
        self.run_ok("create", self.store, "--embedder", "none", "--dim", 2)
        self.assertEqual(self.run_ok("search", self.store, "--vector-file", "-", stdin=b"[1,2]").out, "")


def npy(raw, shape):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + raw


class Records(CliTest):
    def test_get_prints_records_in_the_order_asked(self):
        self.make_store(5)
        lines = self.run_ok("get", self.store, "r3", "r1", "--json").json
        self.assertEqual(lines[0], {"id": "r3", "record": 3, "text": "text 3", "metadata": {"n": 3}})
        self.assertEqual(lines[1]["id"], "r1")
        line = self.run_ok("get", self.store, "r2", "--json", "--vectors").json[0]
        self.assertEqual(as_floats(line["vector"]), vector(2))
        self.assertIn("text 3", self.run_ok("get", self.store, "r3").out)

    def test_get_reports_missing_ids_and_prints_the_others(self):
        self.make_store(5)
        outcome = self.run_failing(NOT_FOUND, "get", self.store, "r1", "nope", "r2", "--json", naming="nope")
        self.assertEqual([line["id"] for line in outcome.json], ["r1", "r2"])

    def test_list_goes_page_by_page(self):
        self.make_store(5)
        first = self.run_ok("list", self.store, "--limit", 2, "--json").json
        self.assertEqual([list(line) for line in first], [["id", "record", "text", "metadata"]] * 2)
        rest = self.run_ok("list", self.store, "--after", first[-1]["id"], "--json").json
        self.assertEqual([line["id"] for line in first + rest], [f"r{i}" for i in range(5)])
        self.run_failing(NOT_FOUND, "list", self.store, "--after", "nope", naming="nope")
        self.assertEqual(len(self.run_ok("list", self.store).out.splitlines()), 5)

    def test_info_tells_what_the_store_is(self):
        self.make_store(5)
        info = self.run_ok("info", self.store, "--json").json[0]
        self.assertEqual((info["records"], info["live_records"], info["commits"], info["kind"]), (5, 5, 1, "reel"))
        self.assertRegex(info["file_id"], r"^[0-9a-f]{32}$")
        self.assertRegex(info["chain_hash"], r"^[0-9a-f]{64}$")
        self.assertEqual(info["file_bytes"], self.store.stat().st_size)
        self.assertRegex(self.run_ok("info", self.store).out, r"(?m)^records +5$")


class Files(CliTest):
    def test_seal_keeps_the_records_and_says_so(self):
        self.make_store(5)
        line = self.run_ok("seal", self.store, "--oidx", "--json").json[0]
        self.assertEqual(line["records"], 5)
        info = self.run_ok("info", self.store, "--json").json[0]
        self.assertEqual((info["sealed_records"], info["has_oidx"]), (5, True))
        self.assertEqual(self.ids(), [f"r{i}" for i in range(5)])

    def test_verify_finds_nothing_in_a_sound_store(self):
        self.make_store(5)
        self.assertEqual(self.run_ok("verify", self.store, "--json").json[-1]["sound"], True)
        self.assertIn("all is well", self.run_ok("verify", self.store).out)

    def test_verify_finds_a_changed_byte_and_says_where(self):
        self.make_store(5)
        self.run_ok("seal", self.store)
        content = bytearray(self.store.read_bytes())
        at = content.index(b"text 3")
        content[at] ^= 1
        self.store.write_bytes(content)
        outcome = run("verify", self.store, "--json")
        self.assertEqual(outcome.code, PARTLY, outcome)
        finding, total = outcome.json[0], outcome.json[-1]
        self.assertEqual(list(finding), ["offset", "finding"])
        self.assertLess(abs(finding["offset"] - at), 200)
        self.assertEqual((total["sound"], total["findings"]), (False, len(outcome.json) - 1))

    def test_dump_prints_the_tree_with_the_standards_names(self):
        self.make_store(2)
        text = self.run_ok("dump", self.store).out
        self.assertRegex(text, r"(?m)^ftyp  0 \+\d+  File Type Box$")
        self.assertRegex(text, r"(?m)^  mvhd .* Movie Header Box$")
        boxes = self.run_ok("dump", self.store, "--json").json
        self.assertEqual(list(boxes[0]), ["depth", "type", "name", "offset", "size", "fields"])
        self.assertEqual(sum(box["size"] for box in boxes if box["depth"] == 0), self.store.stat().st_size)
        inside = [box["type"] for box in self.run_ok("dump", self.store, "--json", "--records").json]
        self.assertEqual(inside.count("vct1"), 2)

    def test_convert_makes_a_store_with_the_same_records(self):
        self.make_store(5)
        copy = self.folder / "copy.mp4"
        self.assertEqual(self.run_ok("convert", self.store, copy, "--json").json[0]["records"], 5)
        self.assertEqual(self.run_ok("export", copy, "--vectors").out, self.run_ok("export", self.store, "--vectors").out)
        self.run_failing(CONFLICT, "convert", self.store, copy, naming="copy.mp4")


class Faiss(CliTest):
    def test_exported_index_has_the_vectors_and_comes_back(self):
        self.make_store(5)
        index = self.folder / "out.faiss"
        self.assertEqual(self.run_ok("faiss", "export", self.store, index, "--json").json[0]["rows"], 5)
        self.assertEqual(index.read_bytes()[:4], b"IxF2")
        self.assertTrue(index.read_bytes().endswith(struct.pack(f"<{DIM}f", *vector(4))))
        self.assertTrue((self.folder / "out.faiss.json").exists())
        plain = self.run_ok("search", self.store, "--like", "r2", "--json").out
        self.assertEqual(self.run_ok("search", self.store, "--like", "r2", "--json", "--faiss", index).out, plain)
        self.run_ok("faiss", "import", self.store, index)
        self.assertTrue((self.folder / "store.mp4.faiss").exists())
        self.assertEqual(self.run_ok("search", self.store, "--like", "r2", "--json").out, plain)

    def test_an_index_of_another_store_is_refused(self):
        self.make_store(5)
        other = self.make_store(6, path=self.folder / "other.mp4")
        index = self.folder / "other.faiss"
        self.run_ok("faiss", "export", other, index)
        self.run_failing(CONFLICT, "faiss", "import", self.store, index, naming="other.faiss")
        self.assertFalse((self.folder / "store.mp4.faiss").exists())


if __name__ == "__main__":
    unittest.main()
