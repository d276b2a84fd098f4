"""What a terminal is sent, and what a pipe is not."""
import json
import os
import pty
import subprocess
import unittest

from support import REEL, CliTest, environment, jsonl, records, vector

HOSTILE = "red \x1b[31m bell \x07 delete \x7f c1 \u009b bidi \u202e\u2066 end\r\nnext\tline"


def run_on_terminal(*arguments, stderr_too=False, stdin=b""):
    """The bytes that the command sends to a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen([REEL, *map(str, arguments)], stdin=subprocess.PIPE, env=environment(),
                               stdout=follower if not stderr_too else subprocess.DEVNULL,
                               stderr=follower if stderr_too else subprocess.DEVNULL)
    os.close(follower)
    process.stdin.write(stdin)
    process.stdin.close()
    sent = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # how Linux says that the other side is closed
            break
        if not piece:
            break
        sent += piece
    os.close(leader)
    process.wait(timeout=60)
    return sent.replace(b"\r\n", b"\n")  # the terminal's own line ends


class Escapes(CliTest):
    def setUp(self):
        super().setUp()
        self.run_ok("import", self.store, "-", stdin=jsonl(
            [{"id": "evil\x1b]0;title\x07", "text": HOSTILE, "metadata": {"k\x1b": "\u202e\x7f"}, "vector": vector(i)}
             | ({"id": "twin\x07"} if i else {}) for i in range(2)]))

    def check_harmless(self, sent):
        text = sent.decode()
        self.assertTrue(text)
        for character in text:
            bad = (ord(character) < 32 and character not in "\n\t") or 0x7f <= ord(character) < 0xa0
            self.assertFalse(bad or character in "\u202e\u2066", text)

    def test_stored_text_cannot_steer_a_terminal(self):
        for command in (["get", "evil\x1b]0;title\x07"], ["list"], ["search", "--like", "evil\x1b]0;title\x07", "-v"],
                        ["info"], ["keys"], ["verify"], ["dump"], ["export"], ["log"], ["diff", "0"]):
            self.check_harmless(run_on_terminal(command[0], self.store, *command[1:]))
        self.assertIn(b"\\x1b[31m", run_on_terminal("get", self.store, "evil\x1b]0;title\x07"))

    def test_matching_words_are_bold_on_a_terminal_and_plain_in_a_pipe(self):
        sent = run_on_terminal("search", self.store, "bell delete")
        self.assertIn(b"\x1b[1mbell\x1b[0m", sent)
        self.check_harmless(sent.replace(b"\x1b[1m", b"").replace(b"\x1b[0m", b""))
        self.assertNotIn(b"\x1b[1m", self.run_ok("search", self.store, "bell delete").raw_out)

    def test_json_on_a_terminal_is_harmless_and_means_the_same(self):
        sent = run_on_terminal("list", self.store, "--json")
        self.check_harmless(sent)
        self.assertEqual(json.loads(sent.splitlines()[0])["text"], HOSTILE)

    def test_a_pipe_gets_the_text_as_it_is(self):
        self.assertIn(HOSTILE.encode(), self.run_ok("get", self.store, "evil\x1b]0;title\x07").raw_out)


class ProgressBar(CliTest):
    def slow_input(self):
        return jsonl([dict(record, text="x" * 300) for record in records(60_000)])

    def test_a_bar_is_drawn_on_a_terminal(self):
        source = self.file("many.jsonl", self.slow_input())
        sent = run_on_terminal("import", self.store, source, stderr_too=True)
        self.assertIn(b"added 60,000", sent)
        if b"\r" in sent:  # the machine may be too quick for one
            self.assertRegex(sent, rb"\d+% \[#* *\] [\d,]+ records, [\d,]+/s, \d+:\d\d left")

    def test_no_bar_is_drawn_in_a_pipe_nor_under_json(self):
        source = self.file("many.jsonl", self.slow_input())
        self.assertEqual(self.run_ok("import", self.store, source).err, "added 60,000\n")
        self.assertNotIn(b"\r", run_on_terminal("import", self.folder / "b.mp4", source, "--json", stderr_too=True))


if __name__ == "__main__":
    unittest.main()
