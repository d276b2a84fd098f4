"""Servers that are down, slow or answer rubbish; models that are not the store's."""
import os
import signal
import subprocess
import time
import unittest

from stub_ollama import StubOllama
from support import CONFLICT, INTERRUPTED, NOT_FOUND, REEL, UNAVAILABLE, CliTest, environment, jsonl, run


class BadServers(CliTest):
    def add(self, server, code, *naming):
        outcome = run("add", self.store, "--embedder", f"ollama:stub@{server.url}", "--text", "hello")
        self.assertEqual(outcome.code, code, outcome)
        self.assertEqual(len(outcome.err.splitlines()), 1, outcome)
        for part in naming:
            self.assertIn(part, outcome.err)
        self.assertFalse(self.store.exists())

    def test_a_server_that_is_down_is_named_with_what_to_do(self):
        with StubOllama() as server:
            url = server.url
        started = time.monotonic()
        self.run_failing(UNAVAILABLE, "add", self.store, "--embedder", f"ollama:stub@{url}", "--text", "x",
                         naming=[url, "OLLAMA_HOST"])
        self.assertLess(time.monotonic() - started, 60)
        self.assertFalse(self.store.exists())

    def test_rubbish_is_told_from_an_answer(self):
        with StubOllama("rubbish") as server:
            self.add(server, UNAVAILABLE, server.url)

    def test_too_few_vectors_are_refused(self):
        with StubOllama("short") as server:
            self.add(server, UNAVAILABLE, server.url)

    def test_a_server_that_keeps_failing_is_given_up(self):
        with StubOllama("error") as server:
            self.add(server, UNAVAILABLE, "500")

    def test_an_unknown_model_comes_with_the_command_that_fetches_it(self):
        with StubOllama("unknown") as server:
            self.add(server, NOT_FOUND, "ollama pull stub")

    def test_a_slow_server_can_be_interrupted(self):
        with StubOllama() as server:
            self.run_ok("create", self.store, "--embedder", f"ollama:stub@{server.url}")
            server.behaviour, server.delay = "slow", 60
            process = subprocess.Popen([REEL, "add", self.store, "--text", "x", "--url", server.url],
                                       stderr=subprocess.PIPE, env=environment())
            self.addCleanup(process.stderr.close)
            self.addCleanup(process.kill)
            time.sleep(1)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(timeout=20), INTERRUPTED)
        self.assertEqual(self.ids(), [])

    def test_a_server_that_fails_midway_leaves_the_committed_part(self):
        with StubOllama() as server:
            self.run_ok("add", self.store, "--embedder", f"ollama:stub@{server.url}", "--text", "kept")
            server.behaviour = "rubbish"
            self.run_failing(UNAVAILABLE, "add", self.store, "--url", server.url, "--text", "lost",
                             naming="nothing was added")
        self.assertEqual([line["text"] for line in self.run_ok("list", self.store, "--json").json], ["kept"])


class WrongModels(CliTest):
    def test_another_dimension_is_refused_naming_both(self):
        with StubOllama() as server:
            self.run_ok("add", self.store, "--embedder", f"ollama:stub@{server.url}", "--text", "kept")
            server.dimension = 16
            outcome = run("search", self.store, "question", "--url", server.url)
        self.assertNotIn(outcome.code, (0, 1), outcome)
        self.assertIn("16", outcome.err)
        self.assertIn("8", outcome.err)

    def test_another_model_is_refused_naming_both(self):
        with StubOllama() as server:
            self.run_ok("add", self.store, "--embedder", f"ollama:stub@{server.url}", "--text", "kept")
            self.run_failing(CONFLICT, "add", self.store, "--embedder", f"ollama:other@{server.url}", "--text", "x",
                             naming=["ollama:other", "ollama:stub"])

    def test_a_question_in_words_needs_a_model(self):
        self.run_ok("import", self.store, "-", stdin=jsonl([{"vector": [1, 2]}]))
        for mode in ("vector", "hybrid"):
            outcome = run("search", self.store, "words", "--mode", mode)
            self.assertNotIn(outcome.code, (0, 1), outcome)
            self.assertIn("vector", outcome.err)
        self.run_ok("search", self.store, "words")


class Modules(CliTest):
    def test_are_found_by_a_command_that_the_path_leads_to(self):
        folder, name = os.path.split(REEL)
        env = environment(PATH=folder + os.pathsep + os.environ["PATH"], OLLAMA_HOST="http://127.0.0.1:9")
        done = subprocess.run([name, "create", self.store, "--embedder", "ollama:any"], env=env, cwd="/",
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, UNAVAILABLE, done.stderr)


if __name__ == "__main__":
    unittest.main()
