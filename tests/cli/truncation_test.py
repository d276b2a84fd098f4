"""Another program cuts the store while a command reads it: an error, not the death of the command."""
import os
import shutil
import subprocess
import time
import unittest

from support import DAMAGED, INVALID, NOT_FOUND, OK, PARTLY, REEL, CliTest, environment, jsonl, records

COUNT = 2000
TEXT = "x" * 4000


class TruncationTest(CliTest):
    def setUp(self):
        super().setUp()
        lines = [{**record, "text": TEXT} for record in records(COUNT)]
        self.run_ok("import", self.store, "-", "--embedder", "none", stdin=jsonl(lines))

    def start(self, *arguments, store=None):
        return subprocess.Popen([REEL, *arguments, store or self.store], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, env=environment())

    def finish(self, process):
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err.decode()

    def stall_and_cut(self, *arguments, size=100_000):
        """Cuts the store once the command has begun to write and waits for somebody to read on."""
        process = self.start(*arguments)
        first = os.read(process.stdout.fileno(), 1)
        self.assertEqual(len(first), 1)
        os.truncate(self.store, size)
        return self.finish(process)

    def test_listing_a_store_that_stays_as_it_is_succeeds(self):
        code, out, err = self.finish(self.start("list", "--json"))
        self.assertEqual((code, err), (OK, ""))
        self.assertEqual(len(out.splitlines()), COUNT)

    def test_listing_ends_with_an_error(self):
        code, out, err = self.stall_and_cut("list", "--json")
        self.assertEqual(code, DAMAGED, err)
        self.assertEqual(len(err.splitlines()), 1, err)
        self.assertLess(len(out.splitlines()), COUNT)

    def test_exporting_ends_with_an_error(self):
        code, out, err = self.stall_and_cut("export")
        self.assertEqual(code, DAMAGED, err)
        self.assertLess(len(out.splitlines()), COUNT)

    def test_no_command_dies_whenever_the_store_is_cut(self):
        question = ["--like", f"r{COUNT - 1}"]
        commands = [["search", *question], ["verify"], ["info"], ["list"], ["get", "r5"]]
        codes = set()
        for n in range(40):
            copy = self.folder / "copy.mp4"
            shutil.copyfile(self.store, copy)
            command = commands[n % len(commands)]
            process = subprocess.Popen([REEL, command[0], copy, *command[1:]], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, env=environment())
            time.sleep(0.001 * (n % 13))
            os.truncate(copy, 1000 * (n % 7) * 37)
            code, _, err = self.finish(process)
            self.assertIn(code, {OK, PARTLY, INVALID, NOT_FOUND, DAMAGED}, f"{command}: {err}")
            codes.add(code)
        self.assertIn(DAMAGED, codes)


if __name__ == "__main__":
    unittest.main()
