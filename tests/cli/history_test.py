"""The commits of a store: log, diff, --as-of, restore, compact, and what info and verify say of them."""
import datetime
import time
import unittest

from support import INVALID, NOT_FOUND, PARTLY, CliTest, jsonl, records, run, vector


class History(CliTest):
    def setUp(self):
        """1: r0 r1 r2; 2: r1 replaced; 3: r0 deleted, and r9 added in 4."""
        super().setUp()
        self.make_store(3)
        self.run_ok("import", self.store, "-", "--on-duplicate", "replace",
                    stdin=jsonl([{"id": "r1", "text": "changed", "vector": vector(77)}]))
        self.run_ok("delete", self.store, "r0")
        self.run_ok("import", self.store, "-", stdin=jsonl(records(1, first=9)))

    def texts(self, *arguments):
        return {line["id"]: line["text"] for line in self.run_ok("list", self.store, "--json", *arguments).json}

    def log(self):
        return self.run_ok("log", self.store, "--json").json


class Log(History):
    def test_commits_are_listed_newest_first_with_the_promised_keys(self):
        lines = self.log()
        self.assertEqual([list(line) for line in lines], [[
            "commit", "time", "time_ms", "records_added", "records_deleted", "offset", "chain_hash"]] * 4)
        self.assertEqual([(line["commit"], line["records_added"], line["records_deleted"]) for line in lines],
                         [(4, 1, 0), (3, 0, 1), (2, 1, 1), (1, 3, 0)])
        self.assertEqual(lines[0]["chain_hash"], self.run_ok("info", self.store, "--json").json[0]["chain_hash"])
        self.assertEqual(len({line["chain_hash"] for line in lines}), 4)

    def test_times_are_the_clocks(self):
        for line in self.log():
            said = datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00")).timestamp()
            self.assertEqual(round(said * 1000), line["time_ms"])
            self.assertLess(abs(said - time.time()), 600)

    def test_a_limit_takes_the_newest(self):
        self.assertEqual([line["commit"] for line in self.run_ok("log", self.store, "-n2", "--json").json], [4, 3])
        self.run_failing(INVALID, "log", self.store, "--limit", "0", naming="--limit")

    def test_people_get_a_line_a_commit(self):
        self.assertRegex(self.run_ok("log", self.store).out.splitlines()[2],
                         r"^2  \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z  \+1 -1  [0-9a-f]{12}$")

    def test_an_empty_store_has_no_commits(self):
        path = self.folder / "empty.mp4"
        self.run_ok("create", path, "--embedder", "none", "--dim", 2)
        self.assertEqual(self.run_ok("log", path).out, "")


class Diff(History):
    def diff(self, *moments):
        return {(line["change"], line["id"]) for line in self.run_ok("diff", self.store, *moments, "--json").json}

    def test_what_was_added_removed_and_changed_is_told(self):
        self.assertEqual(self.diff(1, 4), {("changed", "r1"), ("removed", "r0"), ("added", "r9")})
        self.assertEqual(self.diff(4, 1), {("changed", "r1"), ("added", "r0"), ("removed", "r9")})
        self.assertEqual(self.diff(2, 3), {("removed", "r0")})
        self.assertEqual(self.diff(3, 3), set())

    def test_the_newest_commit_is_the_second_by_default(self):
        self.assertEqual(self.diff(3), {("added", "r9")})
        self.assertEqual(self.diff(0), {("added", "r1"), ("added", "r2"), ("added", "r9")})

    def test_people_get_a_sign_and_an_id(self):
        self.assertEqual(sorted(self.run_ok("diff", self.store, 1, 4).out.splitlines()), ["+ r9", "- r0", "~ r1"])

    def test_times_are_taken_too(self):
        times = {line["commit"]: line["time"] for line in self.log()}
        if times[1] < times[2]:  # else they fell into one millisecond
            self.assertIn(("changed", "r1"), self.diff(times[1], times[4]))

    def test_commits_that_are_not_there_and_words_that_are_none_are_named(self):
        self.run_failing(NOT_FOUND, "diff", self.store, 1, 99, naming="99")
        self.run_failing(INVALID, "diff", self.store, "1", "yesterday", naming=["B", "yesterday"])
        self.run_failing(INVALID, "diff", self.store, naming="A")


class AsOf(History):
    def test_every_reading_command_looks_back(self):
        self.assertEqual(self.texts("--as-of", 1), {"r0": "text 0", "r1": "text 1", "r2": "text 2"})
        self.assertEqual(self.texts("--as-of", 2)["r1"], "changed")
        self.assertEqual(self.texts("--as-of", 0), {})
        self.assertEqual(self.run_ok("get", self.store, "r0", "--as-of", 2, "--json").json[0]["text"], "text 0")
        self.run_failing(NOT_FOUND, "get", self.store, "r0", "--as-of", 3, naming="r0")
        hits = self.run_ok("search", self.store, "--like", "r0", "--as-of", 1, "--json").json
        self.assertEqual({hit["id"] for hit in hits}, {"r1", "r2"})
        self.assertIn("text 1", self.run_ok("export", self.store, "--as-of", 1).out)
        info = self.run_ok("info", self.store, "--as-of", 2, "--json").json[0]
        self.assertEqual((info["commits"], info["live_records"]), (2, 3))
        self.assertEqual(info["chain_hash"], self.log()[2]["chain_hash"])

    def test_a_time_is_the_newest_commit_by_then(self):
        self.assertEqual(self.texts("--as-of", self.log()[0]["time"]), self.texts())
        tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
        self.assertEqual(self.texts("--as-of", tomorrow.isoformat()), self.texts())
        self.assertEqual(self.texts("--as-of", "2001-01-01"), {})
        west = datetime.timezone(datetime.timedelta(hours=-8))
        self.assertEqual(self.texts("--as-of", tomorrow.astimezone(west).isoformat()), self.texts())

    def test_words_that_are_no_moment_are_refused_with_examples(self):
        for word in ["yesterday", "2026-02-30", "-1", "1.5", "99999999999999999999999", "2026-11-22T25:00", ""]:
            self.run_failing(INVALID, "list", self.store, f"--as-of={word}", naming="--as-of")
        self.run_failing(INVALID, "list", self.store, "--as-of", "today", naming=["2026-11-22", "UTC", "whole number"])

    def test_a_commit_to_come_is_not_there(self):
        self.run_failing(NOT_FOUND, "list", self.store, "--as-of", 5, naming=["5", "4"])


class Restore(History):
    def test_an_earlier_state_comes_back_as_a_new_commit(self):
        before = self.texts("--as-of", 1)
        vectors = self.run_ok("export", self.store, "--vectors", "--as-of", 1).out
        outcome = self.run_ok("restore", self.store, "--to", 1, "--json")
        self.assertEqual(outcome.json, [{"commit": 5, "records_added": 2, "records_deleted": 2}])
        self.assertEqual(self.texts(), before)
        self.assertEqual(sorted(self.run_ok("export", self.store, "--vectors").out.splitlines()),
                         sorted(vectors.splitlines()))
        self.run_ok("restore", self.store, "--to", 4)
        self.assertEqual(self.texts()["r1"], "changed")
        self.assertTrue(self.run_ok("verify", self.store, "--json").json[-1]["sound"])

    def test_the_empty_store_can_be_restored(self):
        self.run_ok("restore", self.store, "--to", 0)
        self.assertEqual(self.texts(), {})

    def test_nothing_is_committed_where_nothing_is_to_be_done(self):
        self.assertIn("nothing was changed", self.run_ok("restore", self.store, "--to", 4).out)
        self.assertEqual(len(self.log()), 4)

    def test_a_time_is_taken(self):
        self.run_ok("restore", self.store, "--to", "2001-01-01T00:00:00.5+02:00")
        self.assertEqual(self.texts(), {})

    def test_the_moment_must_be_said_and_be_there(self):
        self.run_failing(INVALID, "restore", self.store, naming="--to")
        self.run_failing(INVALID, "restore", self.store, "--to", "x", naming=["--to", "x"])
        self.run_failing(NOT_FOUND, "restore", self.store, "--to", 99, naming="99")
        self.assertEqual(len(self.log()), 4)


class Compact(History):
    def test_deleted_text_is_gone_from_the_file_and_the_bytes_are_told(self):
        secret = "never to be read again " * 1000
        self.run_ok("import", self.store, "-", stdin=jsonl([{"id": "s", "text": secret, "vector": vector(5)}]))
        self.run_ok("delete", self.store, "s")
        self.assertIn(b"text 0", self.store.read_bytes())
        before = self.store.stat().st_size
        vectors = self.run_ok("export", self.store, "--vectors").out
        line = self.run_ok("compact", self.store, "--json").json[0]
        self.assertEqual(list(line), ["compacted", "bytes_before", "bytes_after", "bytes_given_back",
                                      "records_dropped", "commits_dropped"])
        self.assertEqual(line["records_dropped"], 3)
        self.assertEqual(line["bytes_given_back"], line["bytes_before"] - line["bytes_after"])
        self.assertGreater(line["bytes_given_back"], len(secret) // 2)
        self.assertLess(self.store.stat().st_size, before)
        self.assertNotIn(b"text 0", self.store.read_bytes())
        self.assertNotIn(b"never to be read", self.store.read_bytes())
        self.assertEqual(self.run_ok("export", self.store, "--vectors").out, vectors)
        self.assertTrue(self.run_ok("verify", self.store, "--json").json[-1]["sound"])

    def test_history_is_kept_when_asked(self):
        head = self.log()
        line = self.run_ok("compact", self.store, "--keep-history", "--json").json[0]
        self.assertEqual((line["records_dropped"], line["commits_dropped"]), (0, 0))
        self.assertEqual([entry["chain_hash"] for entry in self.log()], [entry["chain_hash"] for entry in head])
        self.assertEqual(self.texts("--as-of", 1)["r0"], "text 0")

    def test_commits_before_a_compact_cannot_be_reached(self):
        self.run_ok("compact", self.store)
        self.assertEqual([line["commit"] for line in self.log()], [1])
        self.run_failing(NOT_FOUND, "list", self.store, "--as-of", 4, naming="4")

    def test_people_are_told_what_came_back(self):
        self.assertRegex(self.run_ok("compact", self.store).out,
                         r"compacted .*: [\d,]+ -> [\d,]+ bytes, [\d,]+ given back; 2 deleted records gone for good")

    def test_a_store_that_is_not_there_is_not_made(self):
        for command in ["compact", "log", "restore"]:
            extra = ["--to", 1] if command == "restore" else []
            self.run_failing(NOT_FOUND, command, self.folder / "none.mp4", *extra, naming="none.mp4")
        self.assertFalse((self.folder / "none.mp4").exists())


class Space(History):
    def test_info_tells_where_the_bytes_are(self):
        info = self.run_ok("info", self.store, "--json").json[0]
        parts = [info[name] for name in ("live_bytes", "dead_bytes", "index_bytes", "stale_bytes")]
        self.assertEqual(sum(parts), info["file_bytes"])
        self.assertEqual(info["reclaimable_bytes"], info["dead_bytes"] + info["stale_bytes"])
        self.assertGreater(info["dead_bytes"], 0)
        text = self.run_ok("info", self.store).out
        self.assertRegex(text, r"(?m)^of these +[\d,]+ live, [\d,]+ dead, [\d,]+ index, [\d,]+ stale$")
        self.assertRegex(text, r"(?m)^compact +gives back about [\d,]+$")

    def test_nothing_is_dead_after_a_compact(self):
        self.run_ok("compact", self.store)
        self.assertEqual(self.run_ok("info", self.store, "--json").json[0]["dead_bytes"], 0)


class Verify(History):
    def test_the_head_is_printed(self):
        head = self.log()[0]["chain_hash"]
        line = self.run_ok("verify", self.store, "--json").json[-1]
        self.assertEqual((line["sound"], line["depth"], line["chain_hash"]), (True, "full", head))
        self.assertIn(f"head: {head}\n", self.run_ok("verify", self.store).out)

    def test_a_quick_look_reads_no_record(self):
        line = self.run_ok("verify", self.store, "--quick", "--json").json[-1]
        self.assertEqual((line["sound"], line["depth"], line["records_checked"]), (True, "quick", 0))
        content = bytearray(self.store.read_bytes())
        content[content.index(b"text 2")] ^= 1
        self.store.write_bytes(content)
        self.assertEqual(run("verify", self.store, "--quick").code, 0)
        self.assertEqual(run("verify", self.store).code, PARTLY)  # the control


if __name__ == "__main__":
    unittest.main()
