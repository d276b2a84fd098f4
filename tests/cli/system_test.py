"""What the system refuses: writing, space, the lock, a reader that went away."""
import json
import os
import shutil
import subprocess
import unittest

from support import (DATA, LOCKED, OK, PIPE_CLOSED, REEL, SYSTEM, CliTest, Outcome, environment, jsonl,
                     records, run)


class Mounts(CliTest):
    """Tests that need file systems of their own, in a namespace that ends with them."""

    def in_namespace(self, script):
        """Runs a shell script with $REEL where it may mount; skips where that is not permitted."""
        prefix = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
        if shutil.which("unshare") is None or subprocess.run([*prefix, "mount", "-t", "tmpfs", "none", "/mnt"],
                                                             capture_output=True, check=False).returncode != 0:
            self.skipTest("mounting in a namespace is not permitted here (unshare --mount)")
        done = subprocess.run([*prefix, "sh", "-euc", script], capture_output=True, cwd=self.folder,
                              env=environment(REEL=REEL), timeout=120, check=False)
        return Outcome(done.returncode, done.stdout, done.stderr)


class ReadOnlyMedia(Mounts):
    def read_only(self, command):
        return self.in_namespace(f"mkdir -p ro; cp store.mp4 ro/; mount --bind ro ro; mount -o remount,bind,ro ro\n"
                                 f"set +e; {command}; code=$?; ls ro >&2; exit $code")

    def test_everything_that_reads_works_and_creates_nothing(self):
        self.make_store(3)
        for command in ["search ro/store.mp4 --like r1 --json", "list ro/store.mp4 --json", "verify ro/store.mp4",
                        "info ro/store.mp4", "export ro/store.mp4"]:
            outcome = self.read_only(f'"$REEL" {command}')
            self.assertEqual(outcome.code, OK, outcome)
            self.assertEqual(outcome.err, "store.mp4\n")

    def test_a_torn_tail_is_read_where_it_cannot_be_cut(self):
        self.make_store(3)
        with open(self.store, "ab") as file:
            file.write(b"\0\0\x40\0mdat torn")
        outcome = self.read_only('"$REEL" list ro/store.mp4 --json')
        self.assertEqual(outcome.code, OK, outcome)
        self.assertEqual(len(outcome.json), 3)

    def test_writing_says_that_it_cannot(self):
        self.make_store(3)
        for command in ["import ro/store.mp4 -", "seal ro/store.mp4", "create ro/new.mp4 --embedder none --dim 2",
                        "faiss export ro/store.mp4 ro/i.faiss"]:
            outcome = self.read_only(f'"$REEL" {command} </dev/null')
            self.assertEqual(outcome.code, SYSTEM, outcome)
            self.assertIn("ro/", outcome.err.splitlines()[0])
            self.assertEqual(outcome.err.splitlines()[1:], ["store.mp4"])


class FullDisk(Mounts):
    def test_a_disk_that_fills_up_ends_an_import_with_a_sentence(self):
        self.file("many.jsonl", jsonl([dict(record, text="x" * 2000) for record in records(2000)]))
        outcome = self.in_namespace(
            "mkdir small; mount -t tmpfs -o size=1m none small\n"
            'set +e; "$REEL" import small/s.mp4 many.jsonl --embedder none --commit-every 20 --json >commits; code=$?\n'
            'set -e; "$REEL" verify small/s.mp4 >/dev/null; "$REEL" list small/s.mp4 --json; exit $code')
        self.assertEqual(outcome.code, SYSTEM, outcome)
        self.assertIn("space", outcome.err)
        committed = [json.loads(line) for line in (self.folder / "commits").read_text().splitlines()]
        self.assertGreater(len(committed), 2)
        self.assertEqual(len(outcome.json), sum(line["records"] for line in committed))

    def test_a_store_that_does_not_fit_leaves_nothing(self):
        self.file("many.jsonl", jsonl([dict(record, text="x" * 2000) for record in records(2000)]))
        outcome = self.in_namespace("mkdir small; mount -t tmpfs -o size=1m none small\n"
                                    'set +e; "$REEL" import small/s.mp4 many.jsonl; code=$?; ls -A small; exit $code')
        self.assertEqual(outcome.code, SYSTEM, outcome)
        self.assertEqual(outcome.out, "")

    def test_an_output_that_cannot_be_written_is_an_error(self):
        self.make_store(3)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([REEL, "list", self.store], stdout=full, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, SYSTEM)
        self.assertIn(b"standard output", done.stderr)


class Neighbours(CliTest):
    def waiting_writer(self):
        process = subprocess.Popen([REEL, "import", self.store, "-", "--commit-every", "1", "--json"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   env=environment())
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdin.close)
        process.stdin.write(jsonl(records(2)))
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.readline()
        return process

    def test_a_second_writer_is_refused_and_told_who_writes(self):
        first = self.waiting_writer()
        self.run_failing(LOCKED, "import", self.store, "-", naming=[str(first.pid), "import"],
                         stdin=jsonl(records(1)))
        self.run_failing(LOCKED, "seal", self.store, naming=str(first.pid))

    def test_a_second_writer_may_wait(self):
        first = self.waiting_writer()
        second = subprocess.Popen([REEL, "import", self.store, "-", "--wait", "60"], stdin=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, env=environment())
        second.stdin.write(jsonl(records(3)))
        second.stdin.close()
        first.stdin.close()
        self.assertEqual(second.wait(timeout=60), OK)
        self.assertEqual(self.ids(), ["r0", "r1", "r2"])

    def test_readers_need_no_lock(self):
        self.waiting_writer()
        self.assertEqual(self.ids(), ["r0", "r1"])
        self.assertTrue(self.run_ok("verify", self.store, "--json").json[-1]["sound"])

    def test_a_reader_that_goes_away_ends_the_command_quietly(self):
        self.run_ok("import", self.store, "-", stdin=jsonl(
            [dict(record, text="x" * 500) for record in records(2000)]))
        process = subprocess.Popen([REEL, "list", self.store, "--json"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=environment())
        process.stdout.readline()
        process.stdout.close()
        self.assertEqual((process.wait(timeout=60), process.stderr.read()), (PIPE_CLOSED, b""))
        process.stderr.close()

    def test_the_reference_store_is_never_written_to(self):
        before = (DATA / "reference" / "store.mp4").read_bytes()
        for command in [["import", "-"], ["seal"], ["add", "--text", "x"]]:
            outcome = run(command[0], DATA / "reference" / "store.mp4", *command[1:], stdin=jsonl(records(1)))
            self.assertNotEqual(outcome.code, OK, outcome)
            self.assertIn("convert", outcome.err)
        self.assertEqual((DATA / "reference" / "store.mp4").read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
