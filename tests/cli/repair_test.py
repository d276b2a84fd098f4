"""Repairing damaged files: what is saved, what is said, and how the command ends."""
import unittest

from support import CONFLICT, DAMAGED, NOT_FOUND, OK, PARTLY, REFERENCE, CliTest, run


class Repair(CliTest):
    def setUp(self):
        super().setUp()
        self.new = self.folder / "new.mp4"

    def break_at(self, needle, replacement, which=0):
        content = self.make_store(5).read_bytes()
        at = -1
        for _ in range(which + 1):
            at = content.index(needle, at + 1)
        return self.file("broken.mp4", content[:at] + replacement + content[at + len(replacement):])

    def test_of_a_sound_store_saves_all_and_ends_with_0(self):
        broken = self.break_at(b"text 0", b"text 0")
        before = broken.read_bytes()
        outcome = self.run_ok("repair", broken, self.new)
        self.assertEqual(outcome.err, "")
        self.assertIn("saved 5 records", outcome.out)
        self.assertEqual(self.ids(self.new), [f"r{i}" for i in range(5)])
        self.assertEqual(broken.read_bytes(), before)
        self.run_ok("verify", self.new)

    def test_saves_all_where_no_other_command_opens_the_file(self):
        broken = self.break_at(b"ftyp", bytes(100))
        self.run_failing(DAMAGED, "list", broken, naming="repair")
        self.run_ok("repair", broken, self.new)
        self.assertEqual(self.ids(self.new), [f"r{i}" for i in range(5)])

    def test_names_what_is_lost_and_ends_with_1(self):
        broken = self.break_at(b"text 3", b"tExt 3")
        outcome = run("repair", broken, self.new, "--json")
        self.assertEqual(outcome.code, PARTLY, outcome)
        lines = outcome.json
        damaged = [line for line in lines if line.get("finding") == "damaged"]
        self.assertEqual([(line["record"], line["id"]) for line in damaged], [(3, "r3")])
        self.assertEqual(broken.read_bytes()[damaged[0]["offset"] + 4:][:4], b"vct1")
        self.assertEqual([line["record"] for line in lines if line.get("finding") == "missing"], [3])
        self.assertEqual(lines[-1]["repaired"], str(self.new))
        self.assertEqual((lines[-1]["saved"], lines[-1]["lost"], lines[-1]["unverified"]), (4, 1, 0))
        self.assertEqual(self.ids(self.new), ["r0", "r1", "r2", "r4"])
        text = run("repair", broken, self.folder / "again.mp4")
        self.assertEqual(text.code, PARTLY)
        self.assertIn('record 3, id "r3"', text.out)
        self.assertIn("1 lost", text.out)

    def test_takes_the_metric_from_the_options_where_it_is_lost(self):
        content = bytearray(self.make_store(5).read_bytes())
        while (at := content.find(b"udta")) >= 0:
            content[at:at + 30] = bytes(30)
        broken = self.file("broken.mp4", bytes(content))
        outcome = self.run_ok("repair", broken, self.new, "--metric", "ip", "--json")
        self.assertEqual((outcome.json[-1]["configuration"], outcome.json[-1]["metric"]), ("options", "ip"))
        self.assertEqual(self.run_ok("info", self.new, "--json").json[0]["metric"], "ip")
        guessed = self.run_ok("repair", broken, self.folder / "guessed.mp4", "--json")
        self.assertEqual(guessed.json[-1]["configuration"], "guess")
        self.assertIn("warning", guessed.error_json[0])

    def test_saves_a_file_of_the_prototype(self):
        self.run_ok("repair", REFERENCE, self.new)
        self.assertEqual(self.ids(self.new), ["0", "1", "2", "3", "4"])

    def test_never_replaces_a_file(self):
        store = self.make_store(2)
        before = store.read_bytes()
        self.run_failing(CONFLICT, "repair", store, store, naming="store.mp4")
        self.assertEqual(store.read_bytes(), before)

    def test_leaves_no_file_where_there_is_nothing_to_save(self):
        nothing = self.file("nothing.mp4", bytes(1000))
        self.run_failing(DAMAGED, "repair", nothing, self.new, naming="nothing.mp4")
        self.run_failing(NOT_FOUND, "repair", self.folder / "none.mp4", self.new, naming="none.mp4")
        self.assertEqual([path.name for path in self.folder.iterdir()], ["nothing.mp4"])

    def test_reports_the_options_only_where_they_are_needed(self):
        outcome = self.run_ok("repair", self.make_store(2), self.new, "--metric", "ip", "--json")
        self.assertEqual(outcome.code, OK)
        self.assertEqual(outcome.json[-1]["metric"], "l2")


if __name__ == "__main__":
    unittest.main()
