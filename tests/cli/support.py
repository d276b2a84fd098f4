"""Running the command and making its input, for the black-box tests."""
import json
import os
import pathlib
import random
import struct
import subprocess
import tempfile
import unittest

REEL = os.environ["REEL"]
DATA = pathlib.Path(__file__).parent.parent / "data"
REFERENCE = DATA / "reference" / "store.mp4"
DIM = 8

OK, PARTLY, INVALID, NOT_FOUND, DAMAGED, LOCKED, SYSTEM, UNAVAILABLE, CONFLICT, UNSUPPORTED = range(10)
INTERRUPTED = 130
PIPE_CLOSED = 141


def environment(**changes):
    """The tests' own environment, in which no server of this machine is found by chance."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("OLLAMA_", "OPENAI_"))}
    env.update({"OLLAMA_HOST": "http://127.0.0.1:9", **changes})
    return env


class Outcome:
    """What a run left behind."""

    def __init__(self, code, out, err):
        self.code, self.raw_out, self.raw_err = code, out, err
        self.out = out.decode("utf-8", "replace")
        self.err = err.decode("utf-8", "replace")

    @property
    def json(self):
        return [json.loads(line) for line in self.raw_out.decode().splitlines()]

    @property
    def error_json(self):
        return [json.loads(line) for line in self.raw_err.decode().splitlines()]

    def __repr__(self):
        return f"exit code {self.code}\nstdout: {self.out[-2000:]}\nstderr: {self.err[-2000:]}"


def run(*arguments, stdin=b"", env=None, cwd=None, timeout=120):
    done = subprocess.run([REEL, *map(os.fspath, map(as_argument, arguments))], input=stdin, capture_output=True,
                          env=environment(**(env or {})), cwd=cwd, timeout=timeout, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr)


def as_argument(value):
    return value if isinstance(value, (str, bytes, os.PathLike)) else str(value)


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def as_floats(decimals):
    """The float32 that a reader of floats makes of the shortest decimals."""
    return [float32(value) for value in decimals]


def vector(seed, dimension=DIM):
    source = random.Random(seed)
    return [float32(source.uniform(-1, 1)) for _ in range(dimension)]


def records(count, first=0):
    return [{"id": f"r{i}", "text": f"text {i}", "metadata": {"n": i}, "vector": vector(i)}
            for i in range(first, first + count)]


def jsonl(items):
    return "".join(json.dumps(item) + "\n" for item in items).encode()


class CliTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.store = self.folder / "store.mp4"

    def run_ok(self, *arguments, **options):
        outcome = run(*arguments, **options)
        self.assertEqual(outcome.code, OK, outcome)
        return outcome

    def run_failing(self, code, *arguments, naming=(), **options):
        """The run must end with `code` and one line of error that holds every one of `naming`."""
        outcome = run(*arguments, **options)
        self.assertEqual(outcome.code, code, outcome)
        self.assertEqual(len(outcome.err.splitlines()), 1, outcome)
        for part in [naming] if isinstance(naming, str) else naming:
            self.assertIn(part, outcome.err)
        return outcome

    def make_store(self, count=5, path=None, metric="l2"):
        """A store of `count` records with given vectors."""
        path = path or self.store
        self.run_ok("import", path, "-", "--embedder", "none", "--metric", metric, stdin=jsonl(records(count)))
        return path

    def file(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def ids(self, path=None):
        return [line["id"] for line in self.run_ok("list", path or self.store, "--json").json]
