"""Filters in every command that takes them, and the keys that they can ask for."""
import subprocess
import unittest

from support import INVALID, OK, REEL, CliTest, environment, jsonl, records


class FilterTest(CliTest):
    def setUp(self):
        super().setUp()
        self.make_store(20)


class Filters(FilterTest):
    def test_list_and_export_give_the_records_that_fit(self):
        lines = self.run_ok("list", self.store, "--filter", "n >= 15", "--json").json
        self.assertEqual([line["id"] for line in lines], [f"r{i}" for i in range(15, 20)])
        lines = self.run_ok("list", self.store, "--filter", "n >= 15", "--after", "r16", "--limit", 2, "--json").json
        self.assertEqual([line["id"] for line in lines], ["r17", "r18"])
        lines = self.run_ok("export", self.store, "--filter", '{"n": {"$in": [1, 3]}}').json
        self.assertEqual([line["id"] for line in lines], ["r1", "r3"])

    def test_count_is_a_plain_number(self):
        self.assertEqual(self.run_ok("count", self.store).out, "20\n")
        self.assertEqual(self.run_ok("count", self.store, "--filter", "n < 5").out, "5\n")
        self.assertEqual(self.run_ok("count", self.store, "--filter", "no_key = 5", "--json").json, [{"count": 0}])
        self.assertEqual(self.run_ok("count", self.store, "--as-of", 0).out, "0\n")

    def test_sealed_records_are_counted_as_the_others(self):
        self.run_ok("seal", self.store)
        self.run_ok("import", self.store, "-", stdin=jsonl(records(5, first=20)))
        self.assertEqual(self.run_ok("count", self.store, "--filter", "n between 15 and 22").out, "8\n")

    def test_what_is_written_wrongly_is_shown(self):
        for command in (["count"], ["list"], ["export"], ["delete"], ["search", "--like", "r1"]):
            self.run_failing(INVALID, command[0], self.store, *command[1:], "--filter", "n >> 5", naming=["byte", '">> 5"'])
            self.run_failing(INVALID, command[0], self.store, *command[1:], "--filter", " ", naming="--filter is empty")
        self.run_failing(INVALID, "count", self.store, "--filter", '{"n": {"$foo": 1}}', naming="$foo")
        self.run_failing(INVALID, "count", self.store, "--filter", b"n = '\xff'", naming="UTF-8")
        self.assertEqual(len(self.ids()), 20)


class DeleteByFilter(FilterTest):
    def test_deletes_what_fits_in_one_commit(self):
        outcome = self.run_ok("delete", self.store, "--filter", "n >= 2 and n < 19", "--json")
        self.assertEqual(outcome.json, [{"deleted": 17, "not_found": 0, "commit": 2}])
        self.assertEqual(self.ids(), ["r0", "r1", "r19"])

    def test_a_filter_that_nothing_fits_commits_nothing(self):
        self.assertEqual(self.run_ok("delete", self.store, "--filter", "n > 99").out, "deleted nothing\n")
        self.assertEqual(self.run_ok("info", self.store, "--json").json[0]["commits"], 1)

    def test_ids_and_a_filter_are_deleted_together(self):
        outcome = self.run_ok("delete", self.store, "r0", "r18", "--filter", "n > 16", "--json")
        self.assertEqual(outcome.json, [{"deleted": 4, "not_found": 0, "commit": 2}])
        self.assertEqual(self.ids(), [f"r{i}" for i in range(1, 17)])

    def test_a_dry_run_counts_and_needs_no_lock(self):
        writer = subprocess.Popen([REEL, "import", self.store, "-", "--commit-every", "1", "--json"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  env=environment())
        self.addCleanup(writer.stdout.close)
        writer.stdin.write(jsonl(records(1, first=20)))
        writer.stdin.flush()
        writer.stdout.readline()
        dry = ["delete", self.store, "--filter", "n >= 15", "--dry-run"]
        self.assertEqual(self.run_ok(*dry).out, "would delete 6 records\n")
        self.assertEqual(self.run_ok(*dry, "--json").json, [{"would_delete": 6}])
        writer.stdin.close()
        self.assertEqual(writer.wait(timeout=60), OK)
        self.assertEqual(len(self.ids()), 21)
        self.run_failing(INVALID, "delete", self.store, "r1", "--dry-run", naming="--dry-run")


class Keys(CliTest):
    def test_keys_have_types_counts_and_values(self):
        self.run_ok("import", self.store, "-", stdin=jsonl(
            [{"id": f"r{i}", "text": "x", "vector": [i, 1], "metadata": {
                "year": 2000 + i % 3, "a b": {"c": "x" if i else None}, "tags": ["p", "q"][:i]}} for i in range(4)]))
        for seal in (False, True):
            if seal:
                self.run_ok("seal", self.store)
            lines = {line["key"]: line for line in self.run_ok("keys", self.store, "--json").json}
            year = lines["year"]
            self.assertEqual((year["records"], year["types"], year["distinct"]), (4, {"number": 4}, 3))
            self.assertEqual((year["least"], year["greatest"]), (2000, 2002))
            self.assertEqual(year["common"][0], {"value": "2000", "records": 2})
            self.assertEqual(lines["`a b`.c"]["types"], {"null": 1, "string": 3})
            self.assertNotIn("least", lines["tags"])
            self.assertEqual(sorted(lines), list(lines))
        self.assertIn("year  4 records, number, 3 values, 2000 to 2002\n     2000 (2), ", self.run_ok("keys", self.store).out)

    def test_a_store_without_metadata_has_none(self):
        self.run_ok("create", self.store, "--embedder", "none", "--dim", 2)
        self.assertEqual(self.run_ok("keys", self.store).out, "")


if __name__ == "__main__":
    unittest.main()
