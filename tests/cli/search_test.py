"""What search can be asked: words, vectors, both; groups, pages, batches; and what it refuses."""
import json
import math
import struct
import tempfile
import pathlib
import unittest

from support import (CONFLICT, DIM, INVALID, NOT_FOUND, UNSUPPORTED, CliTest, float32, jsonl, run,
                     vector)
from stub_ollama import StubOllama

COLOURS = ["red", "green", "blue", "white", "black"]
FRUITS = ["apple", "pear", "cherry", "plum"]


def text(i):
    return f"Note {i}: a {COLOURS[i % 5]} {FRUITS[i % 4]}\nlies on the table."


def items(count):
    return [{"id": f"n{i}", "text": text(i), "vector": vector(i),
             "metadata": {"n": i, "source": f"s{i % 3}", "colour": COLOURS[i % 5]}} for i in range(count)]


def squared(i, j):
    return math.dist(vector(i), vector(j)) ** 2


def npy(rows):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({len(rows)}, {len(rows[0])}), }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    body = b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + body


def npy_rows(path, letter):
    """The rows of a matrix that the command has written."""
    content = path.read_bytes()
    length = struct.unpack_from("<H", content, 8)[0]
    shape = content[10:10 + length].decode().split("(")[1].split(")")[0]
    rows, columns = map(int, shape.split(","))
    values = struct.unpack(f"<{rows * columns}{letter}", content[10 + length:])
    return [list(values[i * columns:(i + 1) * columns]) for i in range(rows)]


class SearchTest(CliTest):
    """All tests read one store of 60 notes, of which 40 are sealed."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.notes = pathlib.Path(folder.name) / "notes.mp4"
        for command, lines in ((["import", cls.notes, "-", "--metric", "l2", "--stem", "english"], items(40)),
                               (["seal", cls.notes], []), (["import", cls.notes, "-"], items(60)[40:])):
            outcome = run(*command, stdin=jsonl(lines))
            assert outcome.code == 0, outcome

    def search(self, *arguments, **options):
        return self.run_ok("search", self.notes, *arguments, "--json", **options).json

    def ids(self, *arguments, **options):
        return [hit["id"] for hit in self.search(*arguments, **options)]

    def refused(self, *arguments, naming, code=INVALID, **options):
        return self.run_failing(code, "search", self.notes, *arguments, naming=naming, **options)

    def nearest(self, query, among=range(60)):
        return [f"n{i}" for i in sorted(among, key=lambda i: squared(i, query))]


class Modes(SearchTest):
    def test_words_find_the_texts_that_have_them(self):
        hits = self.search("red apples", "--mode", "text", "-k", 60)
        self.assertEqual({hit["id"] for hit in hits}, {f"n{i}" for i in range(60) if i % 5 == 0 or i % 4 == 0})
        self.assertEqual([hit["id"] for hit in hits[:3]], ["n0", "n20", "n40"])
        self.assertEqual(list(hits[0]), ["id", "record", "score", "text_score", "text_rank", "text", "metadata"])
        self.assertEqual(self.ids('+red +plum -"white plum"', "-k", 60), ["n15", "n35", "n55"])

    def test_a_store_without_an_embedder_is_searched_by_words(self):
        self.assertEqual(self.search("apples"), self.search("apples", "--mode", "text"))
        self.refused("apples", "--mode", "vector", naming="vector")

    def test_both_halves_are_fused_by_rank_and_show_it(self):
        hits = self.search("red apple", "--like", "n7", "--mode", "hybrid", "-k", 5)
        for hit in hits:
            weights = {"vector_rank": 0.7, "text_rank": 0.3}
            expected = sum(weight / (60 + hit[key]) for key, weight in weights.items() if key in hit)
            self.assertAlmostEqual(hit["score"], expected, places=6)
            self.assertAlmostEqual(hit["distance"], squared(hit["record"], 7), places=5)
        self.assertEqual(hits, self.search("red apple", "--like", "n7", "-k", 5))
        self.assertNotIn("n7", [hit["id"] for hit in hits])

    def test_the_weight_moves_from_words_to_vectors(self):
        question = ["red apple", "--like", "n7", "-k", 10]
        for fusion in ("rank", "weighted"):
            by_vector = self.ids(*question, "--fusion", fusion, "--vector-weight", 1)
            self.assertEqual(by_vector, self.nearest(7)[1:11])
            self.assertNotEqual(self.ids(*question, "--fusion", fusion, "--vector-weight", 0), by_vector)

    def test_every_exactness_finds_the_same_in_a_small_store(self):
        plain = self.search("--like", "n7")
        for options in (["--exact"], ["--recall", 1], ["--rerank", 60]):
            self.assertEqual(self.search("--like", "n7", *options), plain, options)

    def test_people_see_what_the_order_is_by(self):
        outcome = self.run_ok("search", self.notes, "red", "-k1").out
        self.assertRegex(outcome, r"^  1  \d+\.\d{4} +n0\n     Note 0: a red apple lies on the table\.\n$")
        outcome = self.run_ok("search", self.notes, "red", "--like", "n0", "-k1").out
        self.assertRegex(outcome, r"^  1  0\.\d{5}  \d+\.\d{4} +n\d+\n")

    def test_the_stores_own_embedder_makes_it_hybrid(self):
        with StubOllama() as server:
            env = {"OLLAMA_HOST": server.url}
            for words in ("apples and pears", "a fast car"):
                self.run_ok("add", self.store, "--embedder", "ollama:stub", "--text", words, env=env)
            hit = self.run_ok("search", self.store, "a fast car", "--json", env=env).json[0]
            self.assertEqual((hit["text"], hit["vector_rank"], hit["text_rank"]), ("a fast car", 1, 1))
            lines = b"a fast car\napples\n"
            batch = self.run_ok("search", self.store, "--batch", "-", "--json", env=env, stdin=lines).json
            self.assertEqual(batch[0]["hits"][0]["id"], hit["id"])
        hits = self.run_ok("search", self.store, "car", "--mode", "text", "--json").json
        self.assertEqual([hit["text"] for hit in hits], ["a fast car"])


class Examples(SearchTest):
    def test_several_examples_are_near_their_mean_and_no_hits(self):
        ids = self.ids("--like", "n3", "--like", "n8", "-k", 58)
        mean = [(a + b) / 2 for a, b in zip(vector(3), vector(8))]
        others = [i for i in range(60) if i not in (3, 8)]
        self.assertEqual(ids, [f"n{i}" for i in sorted(others, key=lambda i: math.dist(vector(i), mean))])

    def test_unlike_moves_away(self):
        ids = self.ids("--like", "n3", "--unlike", "n8", "-k", 58)
        away = [2 * a - b for a, b in zip(vector(3), vector(8))]
        others = [i for i in range(60) if i not in (3, 8)]
        self.assertEqual(ids[:5], [f"n{i}" for i in sorted(others, key=lambda i: math.dist(vector(i), away))][:5])

    def test_what_is_missing_is_named(self):
        self.refused("--unlike", "n8", naming="like")
        self.refused("--like", "n3", "--unlike", "zz", naming="zz", code=NOT_FOUND)
        self.refused("--like", "n3", "--vector-file", "-", naming="one of them", stdin=json.dumps(vector(1)).encode())


class Selection(SearchTest):
    def test_a_filter_leaves_the_nearest_of_those_that_fit(self):
        ids = self.ids("--like", "n7", "--filter", "n >= 30 and colour = 'red'", "-k", 60)
        self.assertEqual(ids, self.nearest(7, range(30, 60, 5)))
        self.assertEqual(self.ids("apple", "--filter", '{"n": {"$lt": 8}}'), ["n0", "n4"])

    def test_the_largest_distance_is_kept(self):
        limit = float32(squared(int(self.nearest(7)[5][1:]), 7) + 1e-4)
        self.assertEqual(self.ids("--like", "n7", "--max-distance", limit), self.nearest(7)[1:6])
        self.refused("apple", "--max-distance", 1, naming="words alone")

    def test_groups_are_limited(self):
        hits = self.search("--like", "n7", "--group-by", "colour", "-k", 60)
        self.assertEqual(len({hit["metadata"]["colour"] for hit in hits}), len(hits))
        self.assertEqual(len(self.ids("--like", "n7", "--group-by", "colour", "--per-group", 2, "-k", 60)), 10)
        self.assertEqual(len(self.ids("--like", "n7", "--per-source", 4, "-k", 60)), 12)

    def test_a_key_to_group_by_must_be_one(self):
        self.refused("--like", "n7", "--group-by", "nope", naming=["nope", "reel keys"])
        self.refused("--like", "n7", "--group-by", "a..b", naming="a..b")
        self.refused("--like", "n7", "--per-group", 2, naming=["--per-group", "--group-by"])
        self.refused("--like", "n7", "--per-source", 2, "--group-by", "n", naming="do not go together")

    def test_diversity_chooses_other_hits(self):
        near, diverse = (self.ids("--like", "n7", "--diversity", weight) for weight in (1, 0.2))
        self.assertEqual((len(set(near)), len(set(diverse))), (10, 10))
        self.assertNotEqual(near, diverse)


class Pages(SearchTest):
    def pages(self, *question):
        ids, cursor = [], None
        while cursor != "end":
            *hits, last = self.search(*question, "-k", 7, *(["--page"] if cursor is None else ["--after", cursor]))
            ids += [hit["id"] for hit in hits]
            cursor = last["next"] or "end"
        return ids

    def test_pages_together_are_the_whole_answer(self):
        self.assertEqual(self.pages("--like", "n7"), self.nearest(7)[1:])
        self.assertEqual(self.pages("apple"), self.ids("apple", "-k", 60))

    def test_people_are_told_of_the_next_page_on_standard_error(self):
        first = self.run_ok("search", self.notes, "--like", "n7", "-k", 30, "--page")
        self.assertRegex(first.err, r"^next page: --after \S+\n$")
        last = self.run_ok("search", self.notes, "--like", "n7", "-k", 30, "--after", first.err.split()[-1])
        self.assertEqual(last.err, "this is the last page\n")
        self.assertEqual(len(first.out.splitlines()) + len(last.out.splitlines()), 2 * 59)

    def test_a_cursor_that_is_none_or_of_another_question_is_refused(self):
        cursor = self.search("--like", "n7", "--page")[-1]["next"]
        self.refused("--like", "n7", "--after", "r1-nonsense", naming="cursor")
        self.refused("--like", "n7", "--after", cursor[:-1], naming="cursor")
        self.refused("--like", "n7", "--after", "", naming="--after")
        self.refused("--like", "n8", "--after", cursor, naming="another question")
        self.refused("--like", "n7", "-k", 3, "--after", cursor, naming="another question")


class Snippets(SearchTest):
    def test_marks_are_the_bytes_of_the_words(self):
        hit = self.search("tables +cherry", "--snippets", "-k", 1)[0]
        snippet = hit["snippet"].encode()
        self.assertEqual([snippet[begin:end] for begin, end in hit["marks"]], [b"cherry", b"table"])
        self.assertNotIn("snippet", self.search("cherry", "-k", 1)[0])

    def test_people_see_the_part_that_fits(self):
        record = {"id": "long", "text": "word " * 200 + "the needle is here " + "word " * 200, "vector": vector(1)}
        self.run_ok("import", self.store, "-", stdin=jsonl([record]))
        shown = self.run_ok("search", self.store, "needle").out.splitlines()[1].strip()
        self.assertIn("the needle is here", shown)
        self.assertTrue(shown.startswith("...") and shown.endswith("..."), shown)


class Explain(SearchTest):
    def test_the_report_stands_behind_the_hits(self):
        *hits, last = self.search("red", "--like", "n7", "--filter", "n < 40", "--explain", "-k", 3)
        report = last["explain"]
        self.assertEqual((len(hits), report["mode"], report["records"], report["matching"]), (3, "hybrid", 60, 40))
        self.assertTrue(report["plan"] and report["reason"])
        self.assertGreater(report["exact_vectors"], 0)
        out = self.run_ok("search", self.notes, "--like", "n7", "--explain").out
        for word in ("mode", "plan", "60 of 60 match", "time"):
            self.assertIn(word, out)


class Batch(SearchTest):
    def test_rows_of_a_matrix_are_answered_as_if_alone(self):
        rows = self.file("rows.npy", npy([vector(i) for i in (3, 8, 50)]))
        for options in ([], ["--filter", "n < 30"], ["--group-by", "colour"], ["--recall", 1]):
            lines = self.search("--batch", rows, "-k", 4, *options)
            self.assertEqual([line["query"] for line in lines], [0, 1, 2])
            for line, i in zip(lines, (3, 8, 50)):
                alone = self.search("--vector-file", "-", "-k", 4, *options, stdin=json.dumps(vector(i)).encode())
                for hit, other in zip(line["hits"], alone, strict=True):
                    self.assertEqual(hit, {key: other[key] for key in hit})
        self.assertRegex(self.run_ok("search", self.notes, "--batch", rows, "-k1").out,
                         r"^query 0\n  1  0\.0000 +n3\nquery 1\n")

    def test_matrices_come_back(self):
        rows = self.file("rows.npy", npy([vector(3), vector(8)]))
        prefix = self.folder / "out"
        self.run_ok("search", self.notes, "--batch", rows, "-k", 62, "--batch-out", prefix)
        records = npy_rows(self.folder / "out.records.npy", "Q")
        distances = npy_rows(self.folder / "out.distances.npy", "f")
        self.assertEqual([f"n{i}" for i in records[0][:60]], self.nearest(3))
        self.assertEqual(records[1][60:], [2 ** 64 - 1] * 2)
        self.assertEqual(distances[1][60:], [math.inf] * 2)
        for record, distance in zip(records[1][:60], distances[1]):
            self.assertAlmostEqual(distance, squared(record, 8), places=5)
        self.refused("--batch", rows, "--batch-out", prefix, naming="out.distances.npy", code=CONFLICT)

    def test_lines_are_questions(self):
        lines = self.search("--batch", "-", "-k", 2, stdin=b"red apple\r\nwhite plum\n")
        self.assertEqual([[hit["id"] for hit in line["hits"]] for line in lines],
                         [self.ids("red apple", "-k", 2), self.ids("white plum", "-k", 2)])
        self.assertEqual(self.search("--batch", "-", stdin=b""), [])

    def test_what_is_wrong_is_named_with_its_place(self):
        bad = self.file("nan.npy", npy([vector(1), [math.nan] * DIM]))
        self.refused("--batch", bad, naming=["nan.npy: row 1", "NaN"])
        self.refused("--batch", bad, "--batch-out", self.folder / "o", naming="row 1")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["nan.npy"])
        self.refused("--batch", self.file("wide.npy", npy([[1.0] * 9])), naming=["wide.npy", "9 columns", "8"])
        self.refused("--batch", "-", naming="line 2", stdin=b"red\n\nblue\n")
        self.refused("--batch", "-", naming="line 2", stdin=b"red\n-- ++\n")
        self.refused("--batch", "-", "--mode", "vector", naming="--mode text", stdin=b"red\n", code=UNSUPPORTED)
        self.refused("--batch", "-", "--explain", naming="--explain")
        self.refused("--batch-out", "x", "red", naming="--batch")


class Refused(SearchTest):
    def test_numbers_and_names_out_of_range(self):
        for option, bad in (("--recall", "0"), ("--recall", "1.01"), ("--recall", "nan"), ("--vector-weight", "-1"),
                            ("--diversity", "2"), ("--max-distance", "inf"), ("--max-distance", "far"),
                            ("--probes", "0"), ("--rerank", "x"), ("--per-source", "0"), ("--mode", "magic"),
                            ("--fusion", "cold"), ("--top", "0")):
            self.refused("--like", "n7", option, bad, naming=option)
        self.refused("--like", "n7", "--exact", "--recall", 0.9, naming=["--exact", "--recall"])

    def test_more_hits_than_records_are_all_records(self):
        self.assertEqual(len(self.ids("--like", "n7", "-k", 1_000_000)), 59)

    def test_vectors_that_are_none(self):
        self.refused("--vector-file", self.file("v.json", "[1,2]"), naming=["v.json", "2 numbers", "8"])
        self.refused("--vector-file", self.file("nan.npy", npy([[math.nan] * DIM])), naming=["nan.npy", "NaN"])
        self.refused("--vector-file", self.file("two.npy", npy([vector(1)] * 2)), naming="2 rows")

    def test_questions_of_no_words(self):
        for question in ("", '""', "?!", "\\-", "-red"):
            self.refused("--mode", "text", "--", question, naming="reel: ")
        self.refused("--mode", "text", "--like", "n7", naming="words")
        plain = self.run_ok("search", self.notes, "--like", "n7").out
        self.assertEqual(self.run_ok("search", self.notes, "?!", "--like", "n7").out.split()[:3], plain.split()[:3])

    def test_long_questions_come_through_standard_input(self):
        self.assertEqual(self.ids("-", stdin=b"red apple\n"), self.ids("red apple"))
        self.assertEqual(self.ids("-", "-k", 60, stdin=b"plum " * 4000), self.ids("plum", "-k", 60))
        self.refused("-", naming="1048576", stdin=b"red " * 300_000)
        self.refused("-", naming="4096", stdin=b"".join(b"w%d " % i for i in range(5000)))
        self.refused("-", naming="UTF-8", stdin=b"\xff\xfe")

    def test_an_empty_store_has_no_hits(self):
        self.run_ok("create", self.store, "--embedder", "none", "--dim", 2)
        for question in (["word"], ["--batch", "-"]):
            outcome = self.run_ok("search", self.store, *question, "--json", stdin=b"word\n")
            self.assertIn(outcome.json, ([], [{"query": 0, "hits": []}]))


if __name__ == "__main__":
    unittest.main()
