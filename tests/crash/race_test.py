"""Two writers that take turns while a third process compacts again and again, with readers through all of it.

REEL_RACES: how many sessions each writer has (default 15).
"""
import threading
import unittest

from processes import CrashTest, Reader, Writer, apply, run, setting
from support import OK

SESSIONS = setting("REEL_RACES", 15)


class RaceTest(CrashTest):
    def compact_until(self, over):
        """A writer that waited for the lock of a file that was replaced must not write to that one."""
        self.compacts = 0
        while not over.is_set():
            outcome = run("compact", self.store, "--wait", 120)
            self.outcomes.append(outcome)
            over.wait(0.005)

    def test_writers_end_up_on_the_file_that_a_compact_left(self):
        self.create_with_sum()
        self.outcomes = []
        over = threading.Event()
        readers = [self.watched(Reader(self.store)) for _ in range(2)]
        writers = [self.watched(Writer(self.store, prefix, 7, SESSIONS)) for prefix in "ab"]
        compacting = threading.Thread(target=self.compact_until, args=(over,))
        compacting.start()
        try:
            said = [writer.finish() for writer in writers]
        finally:
            over.set()
            compacting.join()
        expected = {}
        for writer, (done, tried) in zip(writers, said):
            self.assertEqual((writer.process.returncode, writer.errors, tried), (0, b"", []))
            for change in done:
                expected = apply(expected, change)
        for outcome in self.outcomes:
            self.assertEqual(outcome.code, OK, outcome)
        looks = [reader.finish() for reader in readers]
        self.assertEqual(self.contents(), expected)
        self.verify()
        self.assertEqual([path.name for path in self.folder.glob("store.mp4*")], ["store.mp4"])
        print(f"sessions: {2 * SESSIONS}, changes: {sum(len(done) for done, _ in said)}, "
              f"compacts beside them: {len(self.outcomes)}, looks of the readers: {looks}")
        self.assertGreater(len(self.outcomes), 1)


if __name__ == "__main__":
    unittest.main()
