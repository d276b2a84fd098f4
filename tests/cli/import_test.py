"""Import: formats, commits, resuming, and export back again bit for bit."""
import json
import os
import signal
import struct
import subprocess
import unittest

from support import (CONFLICT, DIM, INTERRUPTED, INVALID, REEL, CliTest, as_floats, environment, jsonl, records, run,
                     vector)


class Formats(CliTest):
    def test_json_lines_take_every_key(self):
        lines = b'{"id":"a","text":"one","metadata":{"x":1},"vector":[1,2]}\n\n{"vector":[3,4],"colour":"red","id":7}\n'
        self.run_ok("import", self.store, "-", stdin=lines)
        got = self.run_ok("list", self.store, "--json").json
        self.assertEqual([(line["id"], line["text"], line["metadata"]) for line in got],
                         [("a", "one", {"x": 1}), ("7", "", {"colour": "red"})])

    def test_csv_columns_are_keys(self):
        table = self.file("t.csv", 'id,text,vector,year\nа,"two\nlines, ""quoted""","1 2",1999\nb,plain,"3 4",2000\n')
        self.run_ok("import", self.store, table)
        got = self.run_ok("get", self.store, "а", "b", "--json").json
        self.assertEqual(got[0]["text"], 'two\nlines, "quoted"')
        self.assertEqual(str(got[1]["metadata"]["year"]), "2000")

    def test_csv_from_standard_input_is_named_by_format(self):
        self.run_ok("import", self.store, "-", "--format", "csv", stdin=b'id,vector\na,"1 2"\n')
        self.assertEqual(self.ids(), ["a"])

    def test_vectors_come_from_npy_row_by_row(self):
        rows = [vector(i) for i in range(6)]
        raw = b"".join(struct.pack(f"<{DIM}f", *row) for row in rows)
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': (6, {DIM}), }}"
        header += " " * (63 - (10 + len(header)) % 64) + "\n"
        npy = self.file("v.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + raw)
        texts = self.file("t.jsonl", jsonl([{"id": f"x{i}", "text": f"t{i}"} for i in range(6)]))
        self.run_ok("import", self.store, texts, "--vectors", npy)
        got = self.run_ok("export", self.store, "--vectors").json
        self.assertEqual([(line["id"], as_floats(line["vector"])) for line in got], [(f"x{i}", rows[i]) for i in range(6)])
        bare = self.folder / "bare.mp4"
        self.run_ok("import", bare, "--vectors", npy)
        got = self.run_ok("export", bare, "--vectors").json
        self.assertEqual([as_floats(line["vector"]) for line in got], rows)
        short = self.file("s.jsonl", jsonl([{"id": "x", "text": "t"}]))
        self.run_failing(INVALID, "import", self.folder / "no.mp4", short, "--vectors", npy, naming=["6", "1"])
        self.assertFalse((self.folder / "no.mp4").exists())

    def test_records_without_ids_get_the_next_numbers(self):
        self.run_ok("import", self.store, "-", stdin=jsonl([{"vector": [1, 2]}, {"vector": [3, 4]}]))
        self.run_ok("import", self.store, "-", stdin=jsonl([{"vector": [5, 6]}]))
        self.assertEqual(self.ids(), ["0", "1", "2"])

    def test_an_empty_input_makes_no_store(self):
        self.run_failing(INVALID, "import", self.store, "-", naming="no records")
        self.assertFalse(self.store.exists())
        self.make_store(1)
        self.run_ok("import", self.store, "-")


class Commits(CliTest):
    def test_each_commit_is_a_line_once_it_is_durable(self):
        outcome = self.run_ok("import", self.store, "-", "--commit-every", 10, "--json", stdin=jsonl(records(25)))
        self.assertEqual(outcome.json, [{"commit": 1, "records": 10}, {"commit": 2, "records": 10},
                                        {"commit": 3, "records": 5}])
        self.assertEqual(outcome.error_json[-1]["summary"],
                         {"added": 25, "replaced": 0, "skipped": 0, "deleted": 0, "failed": 0, "commits": 3})

    def test_given_vectors_are_one_commit(self):
        outcome = self.run_ok("import", self.store, "-", "--json", stdin=jsonl(records(5000)))
        self.assertEqual(outcome.json, [{"commit": 1, "records": 5000}])

    def test_a_second_run_skips_and_counts(self):
        self.make_store(20)
        outcome = self.run_ok("import", self.store, "-", "--json", stdin=jsonl(records(30)))
        self.assertEqual(outcome.error_json[-1]["summary"]["skipped"], 20)
        self.assertEqual(outcome.json, [{"commit": 2, "records": 10}])
        again = self.run_ok("import", self.store, "-", stdin=jsonl(records(30)))
        self.assertIn("added 0, skipped 30 already there", again.err)

    def test_the_same_id_with_other_content_is_an_error_that_names_it_and_its_line(self):
        self.make_store(3)
        changed = records(3)
        changed[1]["text"] = "something else"
        self.run_failing(CONFLICT, "import", self.store, "-", naming=["line 2", "r1"], stdin=jsonl(changed))
        self.run_failing(CONFLICT, "import", self.folder / "new.mp4", "-", naming=["line 4", "r0"],
                         stdin=jsonl(records(3) + [dict(records(1)[0], text="other")]))
        self.assertFalse((self.folder / "new.mp4").exists())

    def test_a_bad_line_ends_the_import_and_nothing_of_its_commit_is_there(self):
        lines = jsonl(records(25)) + b'{"id":"bad","vector":[1]}\n' + jsonl(records(5, first=25))
        outcome = run("import", self.store, "-", "--commit-every", 10, "--json", stdin=lines)
        self.assertEqual(outcome.code, INVALID, outcome)
        self.assertIn("line 26", outcome.error_json[0]["message"])
        self.assertEqual(sum(line["records"] for line in outcome.json), 20)
        self.assertEqual(len(self.ids()), 20)


class Interrupting(CliTest):
    def start_import(self):
        """An import that has committed 50 of 60 records and waits for more."""
        process = subprocess.Popen([REEL, "import", self.store, "-", "--commit-every", "10", "--json"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment())
        self.addCleanup(process.stdin.close)
        self.addCleanup(process.kill)
        process.stdin.write(jsonl(records(55)))
        process.stdin.flush()
        lines = [json.loads(process.stdout.readline()) for _ in range(5)]
        self.assertEqual(sum(line["records"] for line in lines), 50)
        return process

    def check_resumes(self):
        self.assertEqual(self.ids(), [f"r{i}" for i in range(50)])
        self.assertTrue(self.run_ok("verify", self.store, "--json").json[-1]["sound"])
        outcome = self.run_ok("import", self.store, "-", "--json", stdin=jsonl(records(80)))
        summary = outcome.error_json[-1]["summary"]
        self.assertEqual((summary["added"], summary["skipped"]), (30, 50))
        self.assertEqual(self.ids(), [f"r{i}" for i in range(80)])

    def test_ctrl_c_keeps_what_was_committed_and_a_second_run_goes_on(self):
        for signal_number in [signal.SIGINT, signal.SIGTERM]:
            process = self.start_import()
            process.send_signal(signal_number)
            self.assertEqual(process.wait(timeout=30), INTERRUPTED)
            error = json.loads(process.stderr.read())
            self.assertEqual((error["error"], error["exit_code"]), ("interrupted", INTERRUPTED))
            self.assertIn("50 records in 5 commits", error["message"])
            process.stdout.close()
            process.stderr.close()
            self.check_resumes()
            os.unlink(self.store)

    def test_a_kill_keeps_what_was_committed_and_a_second_run_goes_on(self):
        process = self.start_import()
        process.kill()
        process.wait(timeout=30)
        process.stdout.close()
        process.stderr.close()
        self.check_resumes()


class RoundTrip(CliTest):
    METADATA = ['{"big": 123456789012345678901234567890, "small": 1e-400, "exact": 1.10}', '{}',
                '{"b": 1, "a": 2, "nested": {"x": [1, null, true, "\\u00e9"]}}', '{"oidx": "oidx"}',
                '{"bell": "\\u0007", "q": "\\"quoted\\""}', '{"emoji": "😀"}']
    IDS = ["huge numbers", "two\nlines", 'a "quoted" id', "😀", "oidx", "tab\tand \\ backslash"]
    EXTREMES = [0.0, -0.0, 1.401298464324817e-45, 1.0e+18, -1.1754943508222875e-38, 0.1, 1 / 3,
                16777217.0]

    def lines(self):
        for i, (name, metadata) in enumerate(zip(self.IDS, self.METADATA)):
            numbers = self.EXTREMES if i == 0 else vector(i)
            yield (f'{{"id": {json.dumps(name)}, "text": {json.dumps("text " + name)}, "metadata": {metadata}, '
                   f'"vector": {json.dumps(numbers)}}}')

    def test_export_comes_back_bit_for_bit(self):
        copy = self.folder / "copy.mp4"
        self.run_ok("import", self.store, "-", "--metric", "ip", stdin="\n".join(self.lines()).encode())
        exported = self.run_ok("export", self.store, "--vectors").raw_out
        self.run_ok("import", copy, "-", "--metric", "ip", stdin=exported)
        self.assertEqual(self.run_ok("export", copy, "--vectors").raw_out, exported)
        self.assertEqual(record_bytes(copy), record_bytes(self.store))
        self.assertEqual(record_bytes(copy)[0][8:], struct.pack(">8f", *self.EXTREMES))

    def test_metadata_keeps_its_own_text(self):
        self.run_ok("import", self.store, "-", stdin="\n".join(self.lines()).encode())
        exported = self.run_ok("export", self.store).out
        for metadata in self.METADATA:
            self.assertIn(f'"metadata":{metadata}', exported)


def record_bytes(path):
    """The boxes of the records, in order."""
    content = path.read_bytes()
    dumped = subprocess.run([REEL, "dump", path, "--records", "--json"], capture_output=True, check=True).stdout
    boxes = [json.loads(line) for line in dumped.splitlines()]
    # A record is vct1, json, txt1; the store's configuration is a json without a vct1 before it.
    kept = [box for before, box in zip([{"type": ""}] + boxes, boxes)
            if box["type"] in ("vct1", "txt1") or (box["type"] == "json" and before["type"] == "vct1")]
    return [content[box["offset"]:box["offset"] + box["size"]] for box in kept]


if __name__ == "__main__":
    unittest.main()
