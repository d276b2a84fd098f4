"""Writers that are killed at random moments, with a reader that looks all the time.

REEL_KILLS: how many kills (default 40).
"""
import json
import random
import signal
import time
import unittest

from processes import REEL, CrashTest, Reader, Writer, apply, record_of, run, setting, start
from support import OK

KILLS = setting("REEL_KILLS", 40)


class KillTest(CrashTest):
    def expect_one_of(self, states, what):
        """The store holds one of these states and is whole, and that one is returned."""
        found = self.contents()
        self.assertIn(found, states, what)
        self.torn_tails += self.verify(torn=True)
        return found

    def expect_next_writer(self, state):
        """The next writer leaves the store as it is, and nothing beside it that is not to be kept."""
        outcome = run("seal", self.store)
        self.assertEqual(outcome.code, OK, outcome)
        self.assertEqual(self.contents(), state)
        self.verify()
        beside = {path.name for path in self.folder.glob("store.mp4*") if ".tail-" not in path.name}
        self.assertEqual(beside, {"store.mp4"})

    def setUp(self):
        super().setUp()
        self.torn_tails = 0

    def test_acknowledged_commits_outlive_their_writer(self):
        source = random.Random(1)
        self.create_with_sum()
        reader = self.watched(Reader(self.store))
        state, acknowledged = {}, 0
        for n in range(KILLS):
            writer = self.watched(Writer(self.store, "k", n))
            if n % 4 != 0:
                writer.wait_for(b"done\n", source.randrange(25))
            time.sleep(source.uniform(0, 0.01))
            done, tried = writer.kill()
            self.assertEqual(writer.errors, b"", f"kill {n}")
            for change in done:
                state = apply(state, change)
            states = [state]
            for change in tried:
                states.append(apply(states[-1], change))
            state = self.expect_one_of(states, f"kill {n}")
            acknowledged += len(done)
            self.assertTrue(reader.is_well(), f"kill {n}")
            if n % 5 == 4:
                self.expect_next_writer(state)
        looks = reader.finish()
        print(f"kills: {KILLS}, acknowledged changes: {acknowledged}, torn tails: {self.torn_tails}, "
              f"looks of the reader: {looks}")
        self.assertGreater(acknowledged, KILLS)
        self.assertGreater(looks, 0)

    def test_commands_that_are_killed_leave_whole_commits(self):
        source = random.Random(2)
        self.create()
        began = time.monotonic()
        self.assertEqual(run("seal", self.store).code, OK)
        usual = time.monotonic() - began
        state, killed = {}, 0
        for n in range(KILLS):
            words, states = self.choose(source, state, n + 1)
            process = start(REEL, *words)
            self.addCleanup(process.communicate)
            time.sleep(source.uniform(0, 3 * usual))
            process.kill()
            _, err = process.communicate()
            killed += process.returncode != 0
            self.assertIn(process.returncode, (OK, -signal.SIGKILL), err)
            allowed = states if process.returncode else states[-1:]
            state = self.expect_one_of(allowed, f"kill {n} of {words[0]}")
            if n % 5 == 4:
                self.expect_next_writer(state)
        print(f"kills: {KILLS}, of them {killed} of a command that was not done, torn tails: {self.torn_tails}")
        self.assertGreater(killed, 0)

    def choose(self, source, state, turn):
        """A command, and the states that it may leave; the last one is that of a command that is done."""
        kind = source.choice(["import", "import", "import", "delete", "seal", "compact", "compact --keep-history"])
        if kind == "delete" and state:
            ids = source.sample(sorted(state), min(len(state), 3))
            return ["delete", self.store, *ids], [state, {k: v for k, v in state.items() if k not in ids}]
        if kind in ("import", "delete"):
            ids = source.sample(range(40), 12)
            records = [record_of(f"c{i}", turn) for i in ids]
            path = self.folder / "records.jsonl"
            path.write_text("".join(json.dumps(record) + "\n" for record in records))
            states = [state]
            for first in range(0, len(ids), 3):
                states.append({**states[-1], **{f"c{i}": turn for i in ids[first:first + 3]}})
            return ["import", self.store, path, "--on-duplicate", "replace", "--commit-every", 3], states
        command, *options = kind.split()
        return [command, self.store, *options], [state]


if __name__ == "__main__":
    unittest.main()
