"""Help, version, spelling hints and the rules of the command line."""
import re
import unittest

from support import DATA, INVALID, OK, CliTest, run

COMMANDS = ["create", "add", "import", "sync", "delete", "search", "get", "list", "count", "keys", "info", "export",
            "log", "diff", "restore", "compact", "seal", "verify", "repair", "dump", "faiss", "convert"]


class Help(CliTest):
    def test_overview_lists_every_command_and_exit_code(self):
        text = self.run_ok("--help").out
        for word in [*COMMANDS, "130", "141"]:
            self.assertIn(f"  {word} ", text)

    def test_the_documentation_has_the_same_exit_codes(self):
        table = self.run_ok("--help").out.split("Exit codes:\n")[1]
        page = (DATA.parent.parent / "docs" / "cli.md").read_text()
        rows = re.findall(r"(?m)^  (\d+) +(.*)$", table)
        self.assertGreater(len(rows), 10)
        for code, meaning in rows:
            self.assertIn(f"| {code} | {meaning} |", page)

    def test_every_command_explains_itself_with_two_examples(self):
        for command in COMMANDS:
            text = self.run_ok(command, "--help").out
            self.assertIn(f"Usage: reel {command} ", text)
            self.assertGreaterEqual(text.split("Examples:")[1].count("reel "), 2, command)
            self.assertEqual(text, self.run_ok("help", command).out)

    def test_help_lines_fit_a_terminal(self):
        for command in COMMANDS:
            for line in self.run_ok(command, "--help").out.splitlines():
                self.assertLessEqual(len(line), 100, line)

    def test_version_is_told(self):
        self.assertRegex(self.run_ok("--version").out, r"^reel \d+\.\d+\.\d+\n$")
        self.assertEqual(list(self.run_ok("--version", "--json").json[0]), ["version"])


class CommandLine(CliTest):
    def test_no_command_is_an_error(self):
        self.run_failing(INVALID, naming="reel --help")

    def test_a_mistyped_command_gets_a_hint(self):
        self.run_failing(INVALID, "serach", naming="did you mean 'reel search'?")
        self.run_failing(INVALID, "frobnicate", naming="no command \"frobnicate\"")

    def test_a_mistyped_option_gets_a_hint(self):
        self.run_failing(INVALID, "create", self.store, "--metrik", "l2", naming="did you mean --metric?")
        self.run_failing(INVALID, "create", self.store, "--zzzzzz", naming="unknown option --zzzzzz")

    def test_options_take_their_value_in_both_forms(self):
        self.run_ok("create", self.folder / "a.mp4", "--embedder=none", "--dim=3")
        self.run_ok("create", "--embedder", "none", "--dim", "3", self.folder / "b.mp4")

    def test_two_dashes_end_the_options(self):
        self.run_ok("create", "--embedder=none", "--dim=3", "--", "-odd.mp4", cwd=self.folder)
        self.assertTrue((self.folder / "-odd.mp4").exists())

    def test_missing_surplus_and_repeated_words_are_named(self):
        self.run_failing(INVALID, "create", naming="STORE")
        self.run_failing(INVALID, "info", "a.mp4", "b.mp4", naming="b.mp4")
        self.run_failing(INVALID, "create", "a.mp4", "--dim", naming="--dim needs a value")
        self.run_failing(INVALID, "create", "a.mp4", "--dim=1", "--dim=2", naming="given twice")
        self.run_failing(INVALID, "list", "a.mp4", "--json=yes", naming="takes no value")

    def test_numbers_out_of_range_are_named(self):
        for bad in ["0", "-1", "abc", "1.5", "99999999999999999999", ""]:
            self.run_failing(INVALID, "search", "a.mp4", "--like", "x", f"--top={bad}", naming="--top")

    def test_choices_are_named(self):
        self.run_failing(INVALID, "create", self.store, "--metric", "l3", naming=["cosine", "l3"])
        self.run_failing(INVALID, "create", self.store, "--precision", "f8", naming="bf16")
        self.run_failing(INVALID, "create", self.store, "--embedder", "magic", naming="magic")
        self.run_failing(INVALID, "import", self.store, "-", "--format", "xml", naming="xml")
        self.run_failing(INVALID, "faiss", "copy", "a", "b", naming="copy")

    def test_errors_are_json_where_json_is_asked_for(self):
        outcome = run("info", self.folder / "none.mp4", "--json")
        self.assertEqual(list(outcome.error_json[0]), ["error", "message", "exit_code"])
        self.assertEqual(outcome.error_json[0]["error"], "not_found")
        self.assertEqual(outcome.error_json[0]["exit_code"], outcome.code)
        self.assertEqual(outcome.out, "")

    def test_a_control_character_in_an_argument_cannot_reach_the_terminal(self):
        outcome = self.run_failing(INVALID, "bad\x1b[31m\nname")
        self.assertNotIn(b"\x1b", outcome.raw_err)
        self.assertNotEqual(outcome.code, OK)


if __name__ == "__main__":
    unittest.main()
