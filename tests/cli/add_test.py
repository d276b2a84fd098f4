"""Adding texts, files and folders, embedded by a stand-in for a server."""
import os
import pathlib
import unittest

from support import CONFLICT, INVALID, NOT_FOUND, OK, PARTLY, CliTest, run
from stub_ollama import StubOllama


class Add(CliTest):
    def setUp(self):
        super().setUp()
        self.server = StubOllama()
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)

    def add(self, *arguments, code=OK, **options):
        outcome = run("add", self.store, *arguments, cwd=self.folder, env={"OLLAMA_HOST": self.server.url}, **options)
        self.assertEqual(outcome.code, code, outcome)
        return outcome

    def first(self, *arguments, **options):
        return self.add("--embedder", "ollama:stub", *arguments, **options)

    def summary(self, outcome):
        found = outcome.error_json[-1]["summary"]
        return found["added"], found["skipped"], found["failed"]

    def test_a_text_gets_the_id_and_metadata_given_or_the_next_number(self):
        self.first("--text", "hello", "--id", "greeting", "--meta", '{"lang":  "en"}')
        self.add("--text", "no id")
        got = self.run_ok("list", self.store, "--json").json
        self.assertEqual([(line["id"], line["text"], line["metadata"]) for line in got],
                         [("greeting", "hello", {"lang": "en"}), ("0", "no id", {})])
        self.assertIn('{"lang":  "en"}', self.run_ok("export", self.store).out)

    def test_standard_input_is_one_text(self):
        self.first("-", "--id", "piped", stdin="from a\npipe\n".encode())
        self.assertIn("from a\npipe", self.run_ok("get", self.store, "piped", "--json").json[0]["text"])

    def test_a_folder_is_read_recursively_without_hidden_files_and_links(self):
        self.file("notes/a.txt", "about apples")
        self.file("notes/deep/b.md", "# Title\n\nabout bears")
        self.file("notes/deep/c.html", "<html><title>C</title><p>about <b>cars</b></p>")
        self.file("notes/.hidden.txt", "hidden")
        self.file("notes/.git/d.txt", "hidden")
        self.file("notes/picture.jpg", b"\xff\xd8")
        self.file("outside.txt", "outside")
        (self.folder / "notes" / "link.txt").symlink_to(self.folder / "outside.txt")
        self.first("notes")
        self.assertEqual(self.ids(), ["notes/a.txt", "notes/deep/b.md", "notes/deep/c.html"])
        page = self.run_ok("get", self.store, "notes/deep/c.html", "--json").json[0]
        self.assertIn("about cars", page["text"])
        self.assertEqual(page["metadata"]["title"], "C")

    def test_a_file_that_is_not_utf8_is_named_and_skipped(self):
        self.file("notes/good.txt", "good")
        self.file("notes/bad.txt", b"first line\nab\xff\n")
        outcome = self.first("notes", "--json", code=PARTLY)
        self.assertIn("notes/bad.txt", outcome.err)
        self.assertIn("byte 13 (line 2)", outcome.err)
        self.assertEqual(self.summary(outcome), (1, 0, 1))
        self.assertEqual(self.ids(), ["notes/good.txt"])

    def test_a_missing_path_is_named_and_the_others_are_added(self):
        self.file("good.txt", "good")
        outcome = self.first("good.txt", "missing.txt", "--json", code=PARTLY)
        self.assertIn("missing.txt", outcome.err)
        self.assertEqual(self.ids(), ["good.txt"])

    def test_a_missing_path_alone_makes_no_store(self):
        outcome = self.first("missing.txt", code=NOT_FOUND)
        self.assertIn("missing.txt", outcome.err)
        self.assertFalse(self.store.exists())

    def test_a_second_run_adds_what_is_new_and_asks_the_server_for_nothing_else(self):
        self.file("notes/a.txt", "alpha")
        self.file("notes/b.txt", "beta")
        self.first("notes")
        self.server.texts.clear()
        self.file("notes/c.txt", "gamma")
        outcome = self.add("notes", "--json")
        self.assertEqual(self.summary(outcome), (1, 2, 0))
        self.assertEqual([text for text in self.server.texts if text not in ("gamma",)], [])

    def test_a_changed_file_is_named_and_left_as_it_was(self):
        self.file("notes/a.txt", "alpha")
        self.file("notes/b.txt", "beta")
        self.first("notes")
        self.file("notes/a.txt", "altered")
        self.file("notes/c.txt", "gamma")
        outcome = self.add("notes", "--json", code=PARTLY)
        self.assertIn("notes/a.txt", outcome.error_json[0]["message"])
        self.assertEqual(self.summary(outcome), (1, 1, 1))
        self.assertEqual(self.run_ok("get", self.store, "notes/a.txt", "--json").json[0]["text"], "alpha")

    def test_the_same_id_with_another_text_is_an_error_that_names_it(self):
        self.first("--text", "one", "--id", "x")
        self.assertIn('"x"', self.add("--text", "two", "--id", "x", code=CONFLICT).err)

    def test_long_texts_become_passages_that_know_their_place(self):
        text = " ".join(f"Sentence number {i} is here." for i in range(60))
        self.file("long.txt", text)
        self.first("long.txt", "--passage-size", 60, "--passage-overlap", 10)
        got = self.run_ok("list", self.store, "--json").json
        self.assertGreater(len(got), 3)
        for number, line in enumerate(got, 1):
            place = line["metadata"]
            self.assertEqual((line["id"], place["passage"], place["passages"], place["source"]),
                             (f"long.txt#{number}", number, len(got), "long.txt"))
            self.assertEqual(line["text"], text[place["offset"]:place["offset"] + place["length"]])
        again = self.add("long.txt", "--json")
        self.assertEqual(self.summary(again), (0, len(got), 0))

    def test_what_contradicts_itself_is_refused_before_anything_is_made(self):
        self.file("a.txt", "a")
        self.file("b.txt", "b")
        self.assertIn("--text", self.first(code=INVALID).err)
        self.assertIn("--text", self.first("a.txt", "--text", "x", code=INVALID).err)
        self.assertIn("--id", self.first("a.txt", "b.txt", "--id", "x", code=INVALID).err)
        self.assertIn("--meta", self.first("a.txt", "--meta", "[1]", code=INVALID).err)
        self.assertIn("--meta", self.first("a.txt", "--meta", "{", code=INVALID).err)
        self.assertIn("import", self.add("a.txt", "--embedder", "none", "--dim", 2, code=INVALID).err)
        self.assertFalse(self.store.exists())

    def test_a_store_of_given_vectors_takes_no_texts(self):
        self.make_store(1)
        self.assertIn("given", self.add("--text", "x", code=CONFLICT).err)


class BuiltIn(CliTest):
    def setUp(self):
        super().setUp()
        folder = os.environ.get("REEL_MODEL_DIR") or pathlib.Path(
            os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "reel", "all-MiniLM-L6-v2")
        self.model = pathlib.Path(folder)
        if not (self.model / "model.safetensors").exists():
            self.skipTest(f"no model in {folder}: run scripts/fetch_model.sh")

    def test_answers_a_question_by_its_meaning(self):
        for text in ["The mitochondrion is the powerhouse of the cell.", "Sourdough needs a night to rise.",
                     "The treaty was signed in Paris."]:
            self.run_ok("add", self.store, "--text", text)
        hits = self.run_ok("search", self.store, "how is bread made?", "--mode", "vector", "--json").json
        self.assertIn("Sourdough", hits[0]["text"])
        embedder = self.run_ok("info", self.store, "--json").json[0]["embedder"]
        self.assertEqual((embedder["kind"], embedder["dimension"]), ("builtin", 384))
        self.assertIn("53aa51172d14", embedder["digest"])

    def test_a_model_that_was_changed_is_refused(self):
        (self.folder / "model").mkdir()
        for name in ["vocab.txt", "tokenizer.json"]:
            (self.folder / "model" / name).symlink_to(self.model / name)
        weights = bytearray((self.model / "model.safetensors").read_bytes())
        weights[len(weights) // 2] ^= 1
        self.file("model/model.safetensors", bytes(weights))
        outcome = run("add", self.store, "--text", "x", env={"REEL_MODEL_DIR": str(self.folder / "model")})
        self.assertNotEqual(outcome.code, OK, outcome)
        self.assertIn("model.safetensors", outcome.err)
        self.assertFalse(self.store.exists())


class BuiltInWithoutModel(CliTest):
    def test_a_missing_model_is_named_with_the_script_that_fetches_it(self):
        empty = self.folder / "empty"
        empty.mkdir()
        outcome = run("add", self.store, "--text", "x", env={"REEL_MODEL_DIR": str(empty)})
        if "reel_builtin.so" in outcome.err:
            self.skipTest("this build has no built-in embedder")
        self.assertEqual(outcome.code, NOT_FOUND, outcome)
        self.assertIn("fetch_model.sh", outcome.err)
        self.assertFalse(self.store.exists())


if __name__ == "__main__":
    unittest.main()
