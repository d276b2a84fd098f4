"""--on-duplicate: what happens to what is there already."""
import unittest

from support import CONFLICT, INVALID, OK, PARTLY, CliTest, jsonl, records, run, vector
from stub_ollama import StubOllama


class GivenVectors(CliTest):
    def offer(self, what, *extra, code=OK):
        changed = [{"id": "r1", "text": "changed", "vector": vector(50)}]
        outcome = run("import", self.store, "-", "--json", *(["--on-duplicate", what] if what else []), *extra,
                      stdin=jsonl(records(1) + changed + records(1, first=7)))
        self.assertEqual(outcome.code, code, outcome)
        return outcome

    def summary(self, outcome):
        found = outcome.error_json[-1]["summary"]
        self.assertEqual(list(found), ["added", "replaced", "skipped", "deleted", "failed", "commits"])
        return tuple(found.values())

    def text(self):
        return self.run_ok("get", self.store, "r1", "--json").json[0]["text"]

    def test_other_content_is_an_error_by_default(self):
        self.make_store(3)
        for what in (None, "error"):
            self.assertIn("r1", self.offer(what, code=CONFLICT).err)
        self.assertEqual((self.text(), self.ids()), ("text 1", ["r0", "r1", "r2"]))

    def test_skipping_keeps_what_is_there(self):
        self.make_store(3)
        self.assertEqual(self.summary(self.offer("skip")), (1, 0, 2, 0, 0, 1))
        self.assertEqual(self.text(), "text 1")

    def test_replacing_takes_what_comes_and_skips_the_same(self):
        self.make_store(3)
        self.assertEqual(self.summary(self.offer("replace")), (1, 1, 1, 0, 0, 1))
        self.assertEqual(self.text(), "changed")
        self.assertEqual(sorted(self.ids()), ["r0", "r1", "r2", "r7"])
        size = self.store.stat().st_size
        self.assertEqual(self.summary(self.offer("replace")), (0, 0, 3, 0, 0, 0))
        self.assertEqual(self.store.stat().st_size, size)

    def test_another_word_is_refused(self):
        self.make_store(1)
        self.assertIn("error, skip or replace", self.offer("overwrite", code=INVALID).err)


class Embedded(CliTest):
    def setUp(self):
        super().setUp()
        self.server = StubOllama()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def add(self, *arguments, code=OK, command="add", **options):
        self.server.texts.clear()
        if not self.store.exists():
            arguments += ("--embedder", "ollama:stub", "--passage-size", 60, "--passage-overlap", 0)
        outcome = run(command, self.store, *arguments, "--json", cwd=self.folder,
                      env={"OLLAMA_HOST": self.server.url}, **options)
        self.assertEqual(outcome.code, code, outcome)
        return outcome

    @staticmethod
    def long(count, word="word"):
        return " ".join(f"{word}{i}" for i in range(count))

    def commits(self):
        return self.run_ok("info", self.store, "--json").json[0]["commits"]

    def test_a_shorter_text_leaves_no_passages_behind(self):
        self.file("n/a.txt", self.long(300))
        self.file("n/b.txt", "other")
        self.add("n")
        self.assertIn("n/a.txt#3", self.ids())
        self.file("n/a.txt", "short now")
        outcome = self.add("n", "--on-duplicate", "replace")
        self.assertEqual(sorted(self.ids()), ["n/a.txt", "n/b.txt"])
        self.assertGreater(outcome.error_json[-1]["summary"]["deleted"], 2)
        self.assertEqual(self.commits(), 2)

    def test_a_longer_text_leaves_no_whole_one_behind(self):
        self.add("--text", "short", "--id", "t")
        self.add("--text", self.long(300), "--id", "t", "--on-duplicate", "replace")
        got = self.ids()
        self.assertNotIn("t", got)
        self.assertEqual(got, [f"t#{n + 1}" for n in range(len(got))])
        self.assertEqual(self.commits(), 2)

    def test_fewer_passages_leave_none_of_the_others(self):
        self.add("--text", self.long(400), "--id", "t")
        before = len(self.ids())
        self.add("--text", self.long(200), "--id", "t", "--on-duplicate", "replace")
        after = self.run_ok("list", self.store, "--json").json
        self.assertLess(len(after), before)
        self.assertEqual({line["metadata"]["passages"] for line in after}, {len(after)})

    def test_a_record_of_the_users_with_such_an_id_stays(self):
        self.add("--text", "mine", "--id", "t#2")
        self.add("--text", "one", "--id", "t")
        self.add("--text", "two", "--id", "t", "--on-duplicate", "replace")
        self.assertEqual(sorted(self.ids()), ["t", "t#2"])

    def test_the_same_source_twice_in_one_run_leaves_the_last(self):
        lines = jsonl([{"id": "t", "text": self.long(300)}, {"id": "u", "text": "between"}, {"id": "t", "text": "last"}])
        self.add("-", command="import", stdin=jsonl([{"id": "x", "text": "first"}]))
        self.add("-", "--on-duplicate", "replace", command="import", stdin=lines)
        self.assertEqual(sorted(self.ids()), ["t", "u", "x"])

    def test_new_metadata_of_the_same_text_is_not_embedded_again(self):
        self.add("--text", "same", "--id", "t")
        self.add("--text", "same", "--id", "t", "--meta", '{"k": 1}', "--on-duplicate", "replace")
        self.assertEqual(self.server.texts, [])
        self.assertEqual(self.run_ok("get", self.store, "t", "--json").json[0]["metadata"], {"k": 1})

    def test_a_changed_source_is_skipped_whole(self):
        self.add("--text", "short", "--id", "t")
        outcome = self.add("--text", self.long(300), "--id", "t", "--on-duplicate", "skip")
        self.assertEqual(outcome.error_json[-1]["summary"]["added"], 0)
        self.assertEqual(self.ids(), ["t"])
        self.add("--text", self.long(300), "--id", "u")
        count = len(self.ids())
        self.add("--text", "short", "--id", "u", "--on-duplicate", "skip")
        self.assertEqual(len(self.ids()), count)

    def test_a_source_of_another_length_is_an_error_by_default(self):
        self.file("n/a.txt", self.long(300))
        self.file("n/b.txt", "other")
        self.add("n")
        before = self.ids()
        self.file("n/a.txt", "short now")
        outcome = self.add("n", code=PARTLY)
        self.assertIn("n/a.txt", outcome.err)
        self.assertIn("replace", outcome.err)
        self.assertEqual(self.ids(), before)

    def test_passages_of_a_text_share_a_commit(self):
        lines = [{"id": f"t{i}", "text": self.long(300)} for i in range(3)]
        outcome = self.add("-", "--commit-every", 2, command="import", stdin=jsonl(lines))
        each = [line["records"] for line in outcome.json]
        self.assertEqual(len(each), 3)
        self.assertEqual(len(set(each)), 1)


if __name__ == "__main__":
    unittest.main()
