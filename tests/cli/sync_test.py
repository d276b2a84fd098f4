"""A folder kept in a store, once and while it is watched."""
import json
import os
import queue
import signal
import subprocess
import threading
import unittest

from support import (CONFLICT, INTERRUPTED, INVALID, LOCKED, NOT_FOUND, OK, PARTLY, REEL, UNAVAILABLE, CliTest,
                     environment, jsonl, run, vector)
from stub_ollama import StubOllama


class SyncTest(CliTest):
    def setUp(self):
        super().setUp()
        self.server = StubOllama()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.notes = self.folder / "notes"
        self.notes.mkdir()

    def note(self, name, text):
        return self.file(f"notes/{name}", text)

    def arguments(self, *extra):
        first = [] if self.store.exists() else ["--embedder", "ollama:stub", "--passage-size", "60",
                                                "--passage-overlap", "0"]
        return ["sync", self.store, "notes", *first, *extra]

    def sync(self, *extra, code=OK):
        """The summary; the texts that were embedded are in self.server.texts."""
        self.server.texts.clear()
        outcome = run(*self.arguments(*extra), "--json", cwd=self.folder, env={"OLLAMA_HOST": self.server.url})
        self.assertEqual(outcome.code, code, outcome)
        self.outcome = outcome
        self.server.texts = [text for text in self.server.texts if text != "dimension"]
        return {key: value for key, value in outcome.error_json[-1].get("summary", {}).items() if value}

    def commits(self):
        return self.run_ok("info", self.store, "--json").json[0]["commits"]

    def get(self, name):
        return self.run_ok("get", self.store, name, "--json").json[0]


class Sync(SyncTest):
    def test_a_folder_becomes_records_with_marks(self):
        self.note("a.txt", "alpha")
        self.note("deep/b.md", "# Bee\n\nbeta")
        self.note(".hidden.txt", "hidden")
        self.note("image.png", b"\x89PNG")
        self.assertEqual(self.sync(), {"new": 2})
        self.assertEqual(self.outcome.json, [{"commit": 1, "records_added": 2, "records_deleted": 0, "new": 2,
                                              "changed": 0, "touched": 0, "renamed": 0, "deleted": 0}])
        self.assertEqual(self.ids(), ["notes/a.txt", "notes/deep/b.md"])
        record = self.get("notes/deep/b.md")
        mark = record["metadata"]["sync"]
        self.assertEqual((record["metadata"]["source"], record["metadata"]["title"]), ("notes/deep/b.md", "Bee"))
        self.assertEqual(list(mark), ["name", "path", "mtime_ns", "bytes", "sha256"])
        status = (self.notes / "deep/b.md").stat()
        self.assertEqual((mark["name"], mark["path"], mark["mtime_ns"], mark["bytes"]),
                         ("notes", "deep/b.md", status.st_mtime_ns, status.st_size))

    def test_ids_are_those_of_add(self):
        self.note("a.txt", "alpha")
        self.note("long.txt", " ".join(f"word{i}" for i in range(200)))
        self.sync()
        other = self.folder / "other.mp4"
        run("add", other, "notes", "--embedder", "ollama:stub", "--passage-size", 60, "--passage-overlap", 0,
            cwd=self.folder, env={"OLLAMA_HOST": self.server.url})
        self.assertEqual(self.ids(), self.ids(other))

    def test_every_kind_of_change_is_one_commit(self):
        self.note("changed.txt", "one")
        self.note("deleted.txt", "two")
        self.note("renamed.txt", "three")
        self.note("touched.txt", "four")
        self.note("same.txt", "five")
        self.sync()
        self.note("changed.txt", "one more")
        (self.notes / "deleted.txt").unlink()
        (self.notes / "renamed.txt").rename(self.notes / "moved.txt")
        os.utime(self.notes / "touched.txt", (7, 7))
        self.note("new.txt", "six")
        self.assertEqual(self.sync(), {"new": 1, "changed": 1, "touched": 1, "renamed": 1, "deleted": 1,
                                       "unchanged": 1})
        self.assertEqual(sorted(self.server.texts), ["one more", "six"])
        self.assertEqual(self.commits(), 2)
        self.assertEqual(sorted(self.ids()), [f"notes/{name}.txt" for name in
                                              ["changed", "moved", "new", "same", "touched"]])
        self.assertEqual(self.sync(), {"unchanged": 5})
        self.assertEqual((self.commits(), self.outcome.out), (2, ""))
        self.assertTrue(self.run_ok("verify", self.store, "--json").json[-1]["sound"])

    def test_a_run_that_finds_no_change_needs_no_server_and_reads_no_file(self):
        self.note("a.txt", "alpha")
        os.utime(self.notes / "a.txt", (7, 7))
        self.sync()
        self.note("a.txt", "bravo")  # of the same length
        os.utime(self.notes / "a.txt", (7, 7))
        outcome = run(*self.arguments(), cwd=self.folder)  # the server's address is not said
        self.assertEqual((outcome.code, outcome.err), (OK, "nothing changed, 1 file unchanged\n"))

    def test_renames_need_no_server(self):
        self.note("a.txt", " ".join(f"word{i}" for i in range(200)))
        self.sync()
        count = len(self.ids())
        (self.notes / "a.txt").rename(self.notes / "b.txt")
        outcome = run(*self.arguments(), cwd=self.folder)
        self.assertEqual(outcome.code, OK, outcome)
        self.assertEqual(sorted(self.ids()), sorted(f"notes/b.txt#{n + 1}" for n in range(count)))

    def test_the_folder_may_move_if_its_name_is_said_or_kept(self):
        self.note("a.txt", "alpha")
        self.sync()
        (self.folder / "elsewhere").mkdir()
        self.notes.rename(self.folder / "elsewhere" / "notes")
        self.assertEqual(run("sync", self.store, self.folder / "elsewhere/notes/", cwd="/").err,
                         "nothing changed, 1 file unchanged\n")
        (self.folder / "elsewhere" / "notes").rename(self.folder / "papers")
        outcome = run("sync", self.store, ".", "--name", "notes", cwd=self.folder / "papers")
        self.assertEqual(outcome.err, "nothing changed, 1 file unchanged\n")

    def test_records_of_others_are_never_touched(self):
        self.note("a.txt", "alpha")
        self.note("b.txt", "bravo")
        self.sync()
        self.run_ok("add", self.store, "--id", "notes/c.txt", "--text", "by hand", "--url", self.server.url)
        self.note("c.txt", "charlie")
        (self.notes / "b.txt").unlink()
        self.assertEqual(self.sync(code=PARTLY), {"deleted": 1, "unchanged": 1, "failed": 1})
        self.assertIn("notes/c.txt", self.outcome.error_json[0]["message"])
        self.assertEqual(self.get("notes/c.txt")["text"], "by hand")
        self.assertEqual(self.ids(), ["notes/a.txt", "notes/c.txt"])

    def test_a_file_that_is_no_text_is_named_and_left_as_it_was(self):
        self.note("a.txt", "alpha")
        self.note("b.txt", "bravo")
        self.sync()
        self.note("a.txt", b"\xff\xfe")
        self.note("b.txt", "bravo two")
        self.assertEqual(self.sync(code=PARTLY), {"changed": 1, "failed": 1})
        self.assertIn("notes/a.txt", self.outcome.error_json[0]["message"])
        self.assertEqual((self.get("notes/a.txt")["text"], self.get("notes/b.txt")["text"]), ("alpha", "bravo two"))

    def test_a_folder_that_is_missing_or_empty_deletes_nothing(self):
        self.note("a.txt", "alpha")
        self.sync()
        (self.notes / "a.txt").unlink()
        self.sync(code=NOT_FOUND)
        self.assertIn("--allow-empty", self.outcome.error_json[0]["message"])
        self.notes.rmdir()
        self.sync(code=NOT_FOUND)
        self.assertEqual((self.ids(), self.commits()), (["notes/a.txt"], 1))
        self.notes.mkdir()
        self.assertEqual(self.sync("--allow-empty"), {"deleted": 1})
        self.assertEqual(self.ids(), [])

    def test_deleted_files_can_be_looked_up_in_the_history(self):
        self.note("a.txt", "alpha")
        self.note("b.txt", "bravo")
        self.sync()
        (self.notes / "a.txt").unlink()
        self.sync()
        line = self.run_ok("get", self.store, "notes/a.txt", "--as-of", 1, "--json").json[0]
        self.assertEqual(line["text"], "alpha")

    def test_a_dry_run_tells_and_changes_nothing(self):
        self.note("a.txt", "alpha")
        self.note("b.txt", "bravo")
        self.assertEqual(self.sync("--dry-run"), {"new": 2})
        self.assertFalse(self.store.exists())
        self.sync()
        (self.notes / "a.txt").rename(self.notes / "c.txt")
        (self.notes / "b.txt").unlink()
        content = self.store.read_bytes()
        self.sync("--dry-run")
        self.assertEqual(self.outcome.json, [{"change": "renamed", "path": "c.txt", "from": "a.txt"},
                                             {"change": "deleted", "path": "b.txt"}])
        self.assertEqual((self.store.read_bytes(), self.server.texts), (content, []))
        text = run(*self.arguments("--dry-run"), cwd=self.folder)
        self.assertEqual(text.out, "renamed  a.txt -> c.txt\ndeleted  b.txt\n")

    def test_a_failing_server_leaves_everything_as_it_was(self):
        self.note("a.txt", "alpha")
        self.server.behaviour = "short"
        self.assertIn("nothing was changed", run(*self.arguments(), cwd=self.folder,
                                                 env={"OLLAMA_HOST": self.server.url}).err)
        self.assertFalse(self.store.exists())
        self.server.behaviour = "good"
        self.sync()
        self.note("b.txt", "bravo")
        (self.notes / "a.txt").rename(self.notes / "c.txt")
        self.server.behaviour = "rubbish"
        self.sync(code=UNAVAILABLE)
        self.assertEqual((self.ids(), self.commits()), (["notes/a.txt"], 1))

    def test_what_contradicts_itself_is_refused(self):
        self.note("a.txt", "alpha")
        for extra, word in [(["--name", "a/b"], "--name"), (["--name", ""], "--name"),
                            (["--watch", "--dry-run"], "--watch"), (["--embedder", "none"], "none")]:
            outcome = run("sync", self.store, "notes", *extra, cwd=self.folder)
            self.assertEqual(outcome.code, INVALID, outcome)
            self.assertIn(word, outcome.err)
        self.run_failing(INVALID, "sync", self.store, naming="FOLDER")
        self.run_failing(INVALID, "sync", self.store, "/", naming="--name")
        self.run_failing(INVALID, "sync", self.store, self.notes / "a.txt", naming="no folder")
        self.assertFalse(self.store.exists())
        self.make_store(1)
        self.run_failing(CONFLICT, "sync", self.store, self.notes, naming="given")

    def test_another_writer_is_named(self):
        self.note("a.txt", "alpha")
        self.sync()
        with Writer(self) as writer:
            self.sync(code=LOCKED)
            self.assertIn(str(writer.process.pid), self.outcome.err)


class Writer:
    """Another process that writes to the store of a test."""

    def __init__(self, test):
        self.process = subprocess.Popen([REEL, "import", test.store, "-", "--commit-every", "1", "--json"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env=environment(OLLAMA_HOST=test.server.url))

    def __enter__(self):
        self.process.stdin.write(jsonl([{"id": "writer", "vector": vector(1)}]))
        self.process.stdin.flush()
        self.process.stdout.readline()
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=60)
        self.process.stdout.close()


class Watch(SyncTest):
    def note(self, name, text):
        """The file appears whole, however slow the machine is."""
        path = self.notes / name
        path.parent.mkdir(parents=True, exist_ok=True)
        made = self.file(f"made-{path.name}", text)
        return made.rename(path)

    def watch(self, *extra):
        self.process = subprocess.Popen([REEL, *map(str, self.arguments("--watch", "--json", *extra))],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder,
                                        env=environment(OLLAMA_HOST=self.server.url))
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.process.stderr.close)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            for line in self.process.stdout:
                self.lines.put(json.loads(line))
        except ValueError:  # closed at the end of the test
            pass

    def next_commit(self):
        line = self.lines.get(timeout=60)
        return {key: value for key, value in line.items() if value and not key.startswith(("commit", "records"))}

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(timeout=60), self.process.stderr.read().decode()

    def test_what_is_written_becomes_commits_until_ctrl_c(self):
        self.note("a.txt", "alpha")
        self.watch()
        self.assertEqual(self.next_commit(), {"new": 1})
        self.note("b.txt", "bravo")
        self.assertEqual(self.next_commit(), {"new": 1})
        (self.notes / "b.txt").rename(self.notes / "c.txt")
        self.assertEqual(self.next_commit(), {"renamed": 1})
        self.note("a.txt", "alpha two")
        self.assertEqual(self.next_commit(), {"changed": 1})
        (self.notes / "c.txt").unlink()
        self.assertEqual(self.next_commit(), {"deleted": 1})
        self.assertEqual(self.stop(), (OK, ""))
        self.assertEqual(self.ids(), ["notes/a.txt"])
        self.assertEqual(self.commits(), 5)

    def test_new_folders_are_followed(self):
        self.note("a.txt", "alpha")
        self.watch()
        self.next_commit()
        self.note("d/e/f/b.txt", "bravo")
        self.assertEqual(self.next_commit(), {"new": 1})
        self.note("d/e/f/c.txt", "charlie")
        self.assertEqual(self.next_commit(), {"new": 1})
        self.assertEqual(self.stop(signal.SIGTERM)[0], OK)

    def test_the_lock_is_free_between_runs(self):
        self.note("a.txt", "alpha")
        self.watch()
        self.next_commit()
        self.run_ok("delete", self.store, "notes/a.txt", "--wait", 10)
        self.note("b.txt", "bravo")
        self.assertEqual(self.next_commit(), {"new": 2})  # what was deleted behind its back comes back
        self.stop()

    def test_another_writer_delays_a_run_and_does_not_end_it(self):
        self.note("a.txt", "alpha")
        self.watch()
        self.next_commit()
        with Writer(self):
            self.note("b.txt", "bravo")
            self.assertEqual(json.loads(self.process.stderr.readline())["error"], "locked")
        self.assertEqual(self.next_commit(), {"new": 1})
        self.assertEqual(self.stop()[0], OK)

    def test_a_store_inside_the_folder_does_not_wake_it(self):
        self.store = self.notes / "store.mp4"
        self.note("a.txt", "alpha")
        self.watch()
        self.next_commit()
        self.note("b.txt", "bravo")
        self.assertEqual(self.next_commit(), {"new": 1})
        self.assertEqual(self.stop(), (OK, ""))
        self.assertEqual(self.commits(), 2)

    def test_a_bad_file_is_named_once(self):
        self.note("bad.txt", b"\xff")
        self.watch()
        self.assertIn("bad.txt", self.process.stderr.readline().decode())
        for name in ["a", "b"]:
            self.note(f"{name}.txt", name)
            self.assertEqual(self.next_commit(), {"new": 1})
        self.assertEqual(self.stop(), (OK, ""))

    def test_the_end_of_the_folder_ends_it(self):
        self.note("a.txt", "alpha")
        self.watch()
        self.next_commit()
        self.notes.rename(self.folder / "gone")
        self.assertEqual(self.process.wait(timeout=60), NOT_FOUND)
        self.assertIn("the store keeps its records", self.process.stderr.read().decode())
        self.assertEqual(self.ids(), ["notes/a.txt"])

    def test_ctrl_c_in_a_run_commits_nothing(self):
        self.note("a.txt", "alpha")
        self.sync()
        self.server.behaviour, self.server.delay = "slow", 30
        self.note("b.txt", "bravo")
        self.watch()
        self.assertTrue(self.server.asked.wait(timeout=60))
        self.assertEqual(self.stop()[0], INTERRUPTED)
        self.assertEqual((self.ids(), self.commits()), (["notes/a.txt"], 1))

    def test_a_folder_that_is_not_there_is_an_error(self):
        self.notes.rmdir()
        self.run_failing(NOT_FOUND, "sync", self.store, self.notes, "--watch", naming="notes")
        self.assertFalse(self.store.exists())


if __name__ == "__main__":
    unittest.main()
