"""Deleting by id: one commit, what is not there is named, ids of any kind."""
import json
import subprocess
import unittest

from support import (INVALID, LOCKED, NOT_FOUND, OK, REEL, REFERENCE, SYSTEM, CliTest, environment, jsonl, records,
                     run, vector)
from stub_ollama import StubOllama


class Delete(CliTest):
    def test_deletes_the_records_named_in_one_commit(self):
        self.make_store(5)
        outcome = self.run_ok("delete", self.store, "r1", "r3", "--json")
        self.assertEqual(outcome.json, [{"deleted": 2, "not_found": 0, "commit": 2}])
        self.assertEqual(self.ids(), ["r0", "r2", "r4"])
        self.assertIn("deleted 1 record in commit 3", self.run_ok("delete", self.store, "r0").out)

    def test_names_what_is_not_there_and_deletes_the_others(self):
        self.make_store(5)
        outcome = self.run_failing(NOT_FOUND, "delete", self.store, "r1", "nope", "r2", naming='"nope"')
        self.assertIn("deleted 2", outcome.out)
        self.assertEqual(self.ids(), ["r0", "r3", "r4"])

    def test_commits_nothing_where_nothing_is_there(self):
        self.make_store(2)
        outcome = self.run_failing(NOT_FOUND, "delete", self.store, "x", "--json", naming="x")
        self.assertEqual(outcome.json, [{"deleted": 0, "not_found": 1, "commit": 1}])
        self.assertEqual(outcome.error_json[0]["error"], "not_found")

    def test_an_id_that_is_named_twice_is_deleted_once(self):
        self.make_store(2)
        self.assertEqual(self.run_ok("delete", self.store, "r1", "r1", "--json").json[0]["deleted"], 1)

    def test_a_deleted_record_is_found_by_nothing(self):
        self.make_store(5)
        self.run_ok("delete", self.store, "r2")
        outcome = self.run_failing(NOT_FOUND, "get", self.store, "r2", "--json", naming="r2")
        self.assertEqual(outcome.out, "")
        self.run_failing(NOT_FOUND, "search", self.store, "--like", "r2", naming="r2")
        self.run_failing(NOT_FOUND, "delete", self.store, "r2", naming="r2")
        hits = self.run_ok("search", self.store, "--like", "r1", "--json").json
        self.assertNotIn("r2", [hit["id"] for hit in hits])
        self.assertNotIn('"r2"', self.run_ok("export", self.store).out)
        info = self.run_ok("info", self.store, "--json").json[0]
        self.assertEqual((info["records"], info["live_records"]), (5, 4))
        self.assertTrue(self.run_ok("verify", self.store, "--json").json[-1]["sound"])

    def test_a_deleted_id_can_be_used_again(self):
        self.make_store(2)
        self.run_ok("delete", self.store, "r1")
        self.run_ok("import", self.store, "-", stdin=jsonl([{"id": "r1", "text": "new", "vector": vector(9)}]))
        self.assertEqual(self.run_ok("get", self.store, "r1", "--json").json[0]["text"], "new")


class IdsFrom(CliTest):
    def test_ids_come_one_a_line_from_a_file_or_standard_input(self):
        self.make_store(6)
        self.run_ok("delete", self.store, "--ids-from", self.file("ids.txt", "r0\n\nr1\r\nr2"))
        self.run_ok("delete", self.store, "--ids-from", "-", stdin=b"r3\n")
        self.assertEqual(self.ids(), ["r4", "r5"])

    def test_lines_in_quotation_marks_are_json(self):
        odd = ["two\nlines", '"quoted"', " spaced ", "snow\u2603", "tail\r"]
        self.run_ok("import", self.store, "-", stdin=jsonl(
            [{"id": name, "text": "x", "vector": vector(i)} for i, name in enumerate(odd)]))
        lines = "".join(json.dumps(name) + "\n" for name in odd[:2] + odd[4:]) + odd[2] + "\n" + odd[3] + "\n"
        self.assertEqual(self.run_ok("delete", self.store, "--ids-from", "-", "--json",
                                     stdin=lines.encode()).json[0]["deleted"], 5)

    def test_a_bad_line_is_named_and_nothing_is_deleted(self):
        self.make_store(3)
        for line in [b'"r1', b'"r1" x', b"\xff", b'"\\x"']:
            self.run_failing(INVALID, "delete", self.store, "--ids-from", "-", stdin=b"r0\n" + line + b"\n",
                             naming=["line 2", "nothing was deleted"])
        self.assertEqual(self.ids(), ["r0", "r1", "r2"])

    def test_many_ids_are_one_commit(self):
        self.make_store(10_000)
        lines = "".join(f"r{i}\n" for i in range(9_999)).encode()
        outcome = self.run_ok("delete", self.store, "--ids-from", "-", "--json", stdin=lines)
        self.assertEqual(outcome.json, [{"deleted": 9_999, "not_found": 0, "commit": 2}])
        self.assertEqual(self.ids(), ["r9999"])

    def test_a_missing_file_deletes_nothing(self):
        self.make_store(1)
        self.run_failing(NOT_FOUND, "delete", self.store, "--ids-from", self.folder / "none", naming="none")

    def test_an_empty_list_is_no_error(self):
        self.make_store(1)
        self.assertEqual(self.run_ok("delete", self.store, "--ids-from", "-").out, "deleted nothing\n")


class Passages(CliTest):
    def test_the_passages_of_a_text_are_told_of_and_deleted_when_asked(self):
        with StubOllama() as server:
            self.run_ok("add", self.store, "--embedder", f"ollama:stub@{server.url}", "--passage-size", 60,
                        "--id", "long", "--text", " ".join(f"word{i}" for i in range(300)))
            self.run_ok("add", self.store, "--url", server.url, "--id", "other", "--text", "short")
        count = len(self.ids()) - 1
        self.assertGreater(count, 2)
        self.run_failing(NOT_FOUND, "delete", self.store, "long", naming=["long#1", f"long#{count}", "--passages"])
        self.assertEqual(self.run_ok("delete", self.store, "long", "--passages", "--json").json[0]["deleted"], count)
        self.assertEqual(self.ids(), ["other"])


class Refused(CliTest):
    def test_ids_or_a_file_but_not_both_nor_none(self):
        self.make_store(1)
        self.run_failing(INVALID, "delete", self.store, naming="--ids-from")
        self.run_failing(INVALID, "delete", self.store, "r0", "--ids-from", "-", naming="--ids-from")
        self.run_failing(INVALID, "delete", naming="STORE")
        self.assertEqual(self.ids(), ["r0"])

    def test_no_store_is_made(self):
        self.run_failing(NOT_FOUND, "delete", self.store, "x", naming="store.mp4")
        self.assertFalse(self.store.exists())

    def test_another_writer_is_named_or_waited_for(self):
        self.make_store(2)
        writer = subprocess.Popen([REEL, "import", self.store, "-", "--commit-every", "1", "--json"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  env=environment())
        self.addCleanup(writer.stdout.close)
        writer.stdin.write(jsonl(records(1, first=2)))
        writer.stdin.flush()
        writer.stdout.readline()
        self.run_failing(LOCKED, "delete", self.store, "r0", naming=str(writer.pid))
        waiting = subprocess.Popen([REEL, "delete", self.store, "r0", "--wait", "60"], stdout=subprocess.DEVNULL,
                                   env=environment())
        writer.stdin.close()
        self.assertEqual((writer.wait(timeout=60), waiting.wait(timeout=60)), (OK, OK))
        self.assertEqual(self.ids(), ["r1", "r2"])

    def test_a_file_of_the_prototype_is_not_written_to(self):
        outcome = run("delete", REFERENCE, "0")
        self.assertNotIn(outcome.code, (OK, SYSTEM), outcome)
        self.assertIn("convert", outcome.err)


if __name__ == "__main__":
    unittest.main()
