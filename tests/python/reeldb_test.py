"""The Python module reeldb: what it does to values on their way in and out; what the library does is tested
elsewhere."""
import json
import math
import pathlib
import tempfile
import threading
import unittest

import numpy

import reeldb

DIMENSION = 8
COUNT = 50


def vectors(count=COUNT, seed=1):
    rng = numpy.random.default_rng(seed)
    return rng.standard_normal((count, DIMENSION)).astype(numpy.float32)


def metadata(number):
    return {"number": number, "parity": "even" if number % 2 == 0 else "odd"}


class StoreCase(unittest.TestCase):
    """A store of COUNT records with ids "0", "1", ..., not yet sealed, open for writing."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = str(pathlib.Path(folder.name) / "store.mp4")
        self.vectors = vectors()
        self.store = reeldb.create(self.path, DIMENSION, "l2")
        self.addCleanup(self.store.close)
        self.store.add([str(i) for i in range(COUNT)], self.vectors, [metadata(i) for i in range(COUNT)],
                       [f"text of number {i}" for i in range(COUNT)])
        self.store.commit()

    def distances(self, query):
        return ((self.vectors.astype(numpy.float64) - query) ** 2).sum(1)

    def fails_with(self, code, call, *arguments, **keywords):
        with self.assertRaises(reeldb.Error) as raised:
            call(*arguments, **keywords)
        self.assertEqual(raised.exception.code, code)
        return str(raised.exception)


class Writing(StoreCase):
    def test_stores_what_was_given(self):
        record = self.store.get("7")
        self.assertEqual((record.id, record.text, record.metadata), ("7", "text of number 7", metadata(7)))
        numpy.testing.assert_array_equal(record.vector, self.vectors[7])

    def test_a_vector_outlives_its_record(self):
        vector = self.store.get("7").vector
        self.store.close()
        numpy.testing.assert_array_equal(vector, self.vectors[7])

    def test_metadata_may_be_json(self):
        self.store.add(["json"], vectors(1), ['{"big": 12345678901234567890123}'])
        self.store.commit()
        self.assertEqual(json.loads(self.store.get("json").metadata_json), {"big": 12345678901234567890123})

    def test_takes_any_sequence_and_ids_that_are_numbers(self):
        self.assertEqual(self.store.add((1000, "b"), vectors(2).astype(numpy.float64), texts=("x", None)), 2)
        self.store.commit()
        self.assertEqual(self.store.get(1000).text, "x")

    def test_takes_a_view_that_is_not_contiguous(self):
        wide = numpy.repeat(vectors(2, seed=5), 2, axis=1)
        self.store.add(["a", "b"], wide[:, ::2])
        self.store.commit()
        numpy.testing.assert_array_equal(self.store.get("b").vector, wide[1, ::2])

    def test_invents_ids(self):
        self.assertEqual(self.store.add(vectors=vectors(3)), 3)
        self.store.commit()
        self.assertEqual(len(self.store), COUNT + 3)

    def test_upsert_replaces_and_add_refuses(self):
        self.fails_with("already_exists", self.store.add, ["7"], vectors(1, seed=9))
        self.store.upsert(["7"], vectors(1, seed=9), texts=["new"])
        self.store.commit()
        self.assertEqual((self.store.get("7").text, len(self.store)), ("new", COUNT))

    def test_deletes_one_several_and_what_matches(self):
        self.assertEqual(self.store.delete("7"), 1)
        self.assertEqual(self.store.delete(["8", 9, "not there"]), 2)
        self.assertEqual(self.store.delete_matching({"number": {"$gte": 40}}), 10)
        self.store.commit()
        self.assertEqual(len(self.store), COUNT - 13)

    def test_rollback_drops_the_pending_commit(self):
        self.store.delete("7")
        self.store.rollback()
        self.store.commit()
        self.assertIsNotNone(self.store.get("7"))

    def test_the_context_manager_commits_unless_the_block_raises(self):
        self.store.close()
        with reeldb.open(self.path, "r+") as store:
            store.delete("7")
        with self.assertRaises(ZeroDivisionError), reeldb.open(self.path, "r+") as store:
            store.delete("8")
            raise ZeroDivisionError
        with reeldb.open(self.path) as store:
            self.assertEqual((store.get("7"), store.get("8").id), (None, "8"))

    def test_wrong_arguments_add_nothing(self):
        for arguments in ((["a"], vectors(2)), (["a", "b"], vectors(2), [{}]), (["a"], vectors(1), None, [])):
            with self.assertRaises(ValueError):
                self.store.add(*arguments)
        for arguments in (("ab", vectors(2)), ([1.5], vectors(1)), (["a"], vectors(1), [object()]),
                          (["a"], vectors(1), None, [1]), (["a"], vectors(1)[0])):
            with self.assertRaises(TypeError):
                self.store.add(*arguments)
        self.store.commit()
        self.assertEqual(len(self.store), COUNT)


class Searching(StoreCase):
    def test_finds_the_nearest(self):
        query = vectors(1, seed=2)[0]
        hits = self.store.search(query, 5, recall=1)
        order = numpy.argsort(self.distances(query))[:5]
        self.assertEqual([hit.id for hit in hits], [str(i) for i in order])
        numpy.testing.assert_allclose([hit.distance for hit in hits], self.distances(query)[order], rtol=1e-5)
        self.assertEqual(hits[0].metadata, metadata(int(hits[0].id)))
        self.assertEqual(hits[0].text, f"text of number {hits[0].id}")

    def test_an_answer_is_a_sequence(self):
        hits = self.store.search([1.0] * DIMENSION, 5)
        self.assertEqual((len(hits), hits[-1].id), (5, list(hits)[4].id))
        self.assertEqual([hit.id for hit in hits[1:3]], [hits[1].id, hits[2].id])
        with self.assertRaises(IndexError):
            hits[5]

    def test_a_hit_outlives_its_answer_and_store(self):
        hit = self.store.search(self.vectors[3], 1)[0]
        self.store.close()
        self.assertEqual((hit.id, hit.metadata), ("3", metadata(3)))

    def test_filters_are_dicts_or_text(self):
        for given in ({"parity": "odd"}, '{"parity": "odd"}', 'parity = "odd"'):
            hits = self.store.search(self.vectors[3], COUNT, filter=given)
            self.assertEqual({hit.metadata["parity"] for hit in hits}, {"odd"})
            self.assertEqual((len(hits), self.store.count(given)), (COUNT // 2, COUNT // 2))
        self.assertEqual(self.store.count(), COUNT)

    def test_finds_words(self):
        hit = self.store.search("number 17", 1, mode="text")[0]
        self.assertEqual((hit.id, hit.text_rank), ("17", 1))
        self.assertGreater(hit.text_score, 0)
        self.assertTrue(math.isnan(hit.distance))

    def test_fuses_words_with_a_vector(self):
        hits = self.store.search("number 17", 3, vector=self.vectors[17], mode="hybrid")
        self.assertEqual((hits[0].id, hits[0].vector_rank, hits[0].text_rank), ("17", 1, 1))

    def test_finds_what_is_like_a_record(self):
        self.assertNotIn("3", [hit.id for hit in self.store.search(like="3", k=5)])

    def test_reports_how_an_answer_was_found(self):
        report = self.store.search(self.vectors[3], 1, recall=1).report
        self.assertEqual((report["records"], report["warnings"]), (COUNT, []))
        self.assertTrue(report["plan"])

    def test_a_batch_gives_what_single_searches_give(self):
        queries = vectors(4, seed=3)
        ids, distances, numbers = self.store.search_batch(queries, 5, recall=1)
        self.assertEqual((distances.shape, distances.dtype), ((4, 5), numpy.float32))
        for row, query in enumerate(queries):
            hits = self.store.search(query, 5, recall=1)
            self.assertEqual(ids[row], [hit.id for hit in hits])
            self.assertEqual(numbers[row].tolist(), [hit.record_number for hit in hits])
            numpy.testing.assert_array_equal(distances[row], [hit.distance for hit in hits])

    def test_a_batch_pads_short_answers(self):
        ids, distances, numbers = self.store.search_batch(vectors(1), 4, filter={"number": {"$lt": 2}})
        self.assertEqual((len(ids[0]), numbers[0][2:].tolist()), (2, [-1, -1]))
        self.assertTrue(numpy.isnan(distances[0][2:]).all())

    def test_seals_with_progress_and_finds_the_same(self):
        before = [hit.id for hit in self.store.search(self.vectors[3], 5, recall=1)]
        calls = []
        self.store.seal(lambda what, done, total: calls.append((what, done, total)))
        self.assertTrue(all(done <= total for _, done, total in calls))
        self.assertEqual([hit.id for hit in self.store.search(self.vectors[3], 5, recall=1)], before)
        self.assertEqual(self.store.info()["sealed_records"], COUNT)

    def test_lists_the_keys(self):
        keys = {key["key"]: key for key in self.store.keys()}
        self.assertEqual(sorted(keys), ["number", "parity"])
        self.assertEqual((keys["parity"]["records"], keys["parity"]["distinct"]), (COUNT, 2))

    def test_unknown_options_are_named(self):
        with self.assertRaisesRegex(TypeError, "efSearch"):
            self.store.search(self.vectors[0], efSearch=3)
        for keywords in ({"mode": "psychic"}, {"fusion": "cold"}):
            with self.assertRaises(ValueError):
                self.store.search(self.vectors[0], **keywords)


class Errors(StoreCase):
    def test_errors_have_codes(self):
        self.fails_with("not_found", reeldb.open, self.path + ".none")
        self.fails_with("already_exists", reeldb.create, self.path, DIMENSION)
        self.fails_with("locked", reeldb.open, self.path, "r+")
        self.assertIn("dimension", self.fails_with("invalid_argument", self.store.search, [1.0, 2.0]))
        self.fails_with("invalid_argument", self.store.count, "number >=")

    def test_a_reader_does_not_write(self):
        with reeldb.open(self.path) as reader:
            self.fails_with("read_only", reader.add, ["a"], vectors(1))

    def test_a_closed_store_says_so(self):
        self.store.close()
        self.store.close()
        with self.assertRaisesRegex(ValueError, "closed"):
            self.store.search(self.vectors[0])

    def test_wrong_names_are_value_errors(self):
        for call in (lambda: reeldb.open(self.path, "w"), lambda: reeldb.create(self.path + "2", 8, "l3"),
                     lambda: self.store.add(["a"], vectors(1), on_duplicate="merge")):
            with self.assertRaises(ValueError):
                call()


class Embedding(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        try:
            self.store = reeldb.create(folder.name + "/store.mp4")
        except reeldb.Error as error:
            self.skipTest(str(error))
        self.addCleanup(self.store.close)

    def test_embeds_records_and_questions(self):
        self.store.add(["cat", "car"], texts=["a cat sleeps", "a car drives"])
        self.store.commit()
        vectors = self.store.embed(["a cat sleeps"], documents=True)
        numpy.testing.assert_array_equal(vectors[0], self.store.get("cat").vector)
        self.assertEqual(self.store.search("kitten", 1, mode="vector")[0].id, "cat")


class Sharing(StoreCase):
    def test_a_reader_sees_new_commits_after_refresh(self):
        with reeldb.open(self.path) as reader:
            self.store.delete("7")
            self.store.commit()
            self.assertIsNotNone(reader.get("7"))
            self.assertTrue(reader.refresh())
            self.assertIsNone(reader.get("7"))
            self.assertFalse(reader.refresh())

    def test_the_past_can_be_opened(self):
        self.store.delete("7")
        commit = self.store.commit()
        with reeldb.open(self.path, as_of=commit - 1) as past:
            self.assertIsNotNone(past.get("7"))

    def test_threads_search_while_one_closes(self):
        answers, started = [], threading.Barrier(3)

        def search():
            started.wait()
            try:
                while True:
                    answers.append(len(self.store.search(self.vectors[0], 3)))
            except ValueError:
                pass

        threads = [threading.Thread(target=search) for _ in range(2)]
        for thread in threads:
            thread.start()
        started.wait()
        while len(answers) < 20:
            pass
        self.store.close()
        for thread in threads:
            thread.join()
        self.assertEqual(set(answers), {3})


if __name__ == "__main__":
    unittest.main()
