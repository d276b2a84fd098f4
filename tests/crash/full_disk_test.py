"""Commands on a disk that is really full: a small tmpfs in a mount namespace of its own."""
import json
import os
import pathlib
import subprocess
import sys
import unittest

from processes import CrashTest, record_of, run
from support import OK, SYSTEM

MEGABYTES = 3


def in_namespace(*words):
    """Runs `words` where an unprivileged mount is seen by nobody else."""
    as_root = [] if os.geteuid() == 0 else ["--map-root-user"]
    return subprocess.run(["unshare", *as_root, "--mount", *words], capture_output=True, text=True, check=False)


class FullDiskTest(CrashTest):
    def test_a_full_disk_loses_nothing_that_was_committed(self):
        if "REEL_INSIDE" not in os.environ:
            self.go_inside()
            return
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "none", self.folder],
                                 check=False)
        self.assertEqual(mounted.returncode, 0)
        self.addCleanup(subprocess.run, ["umount", self.folder], check=False)
        self.fill()

    def go_inside(self):
        tried = in_namespace("mount", "-t", "tmpfs", "none", str(self.folder))
        if tried.returncode != 0:
            self.skipTest("a tmpfs cannot be mounted here: " + tried.stderr.strip())
        os.environ["REEL_INSIDE"] = "1"
        self.addCleanup(os.environ.pop, "REEL_INSIDE")
        test = self.id().split(".", 1)[1]
        outcome = in_namespace(sys.executable, "-B", str(pathlib.Path(__file__).resolve()), "-v", test)
        self.assertEqual(outcome.returncode, 0, outcome.stdout + outcome.stderr)
        self.assertIn("OK", outcome.stderr)
        self.assertNotIn("skipped", outcome.stderr)

    def add(self, first, count, version):
        lines = "".join(json.dumps(record_of(f"f{i}", version)) + "\n" for i in range(first, first + count))
        return run("import", self.store, "-", "--on-duplicate", "replace", "--commit-every", 5, stdin=lines.encode())

    def fill(self):
        self.create()
        self.assertEqual(self.add(0, 20, 6).code, OK)
        before = self.contents()
        outcome = self.add(20, 5000, 13)
        self.assertEqual(outcome.code, SYSTEM, outcome)
        self.assertIn("no space", outcome.err.lower())
        after = self.contents()
        self.verify()
        self.assertEqual({key: after.get(key) for key in before}, before)
        self.assertGreater(len(after), len(before))
        self.assertEqual((len(after) - 20) % 5, 0, "only whole commits are there")
        self.refuse_to_compact(after)
        self.make_room(after)

    def refuse_to_compact(self, contents):
        outcome = run("compact", self.store)
        self.assertEqual(outcome.code, SYSTEM, outcome)
        self.assertEqual([path.name for path in self.folder.glob("store.mp4*")], ["store.mp4"])
        self.assertEqual(self.contents(), contents)

    def make_room(self, contents):
        grown = subprocess.run(["mount", "-o", f"remount,size={4 * MEGABYTES}m", self.folder], check=False)
        self.assertEqual(grown.returncode, 0)
        self.assertEqual(self.add(6000, 10, 7).code, OK)
        self.assertEqual(len(self.contents()), len(contents) + 10)
        self.assertEqual(run("compact", self.store).code, OK)
        self.assertEqual(len(self.contents()), len(contents) + 10)
        self.verify()


if __name__ == "__main__":
    unittest.main()
