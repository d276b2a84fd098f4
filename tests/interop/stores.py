"""Stores made with the command, and what must be found in them."""
import json
import os
import pathlib
import random
import struct
import subprocess
import tempfile
import unittest

DIM = 16
DATA = pathlib.Path(__file__).parent.parent / "data"
SETUP = "run scripts/setup.sh test"


def reel(*arguments):
    """Runs the command; its lines of JSON. RuntimeError with its message if it fails."""
    command = [os.environ["REEL"], *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}: {done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()] if "--json" in arguments else done.stdout


def float32(value):
    return struct.unpack("f", struct.pack("f", value))[0]


def box_headers(path):
    """(type, offset, size) of each whole or begun box at the top level."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        offset = 0
        while offset + 8 <= size:
            file.seek(offset)
            length, kind = struct.unpack(">I4s", file.read(8))
            yield kind, offset, length
            offset += length


class Store:
    """A store and the records that are committed in it: (id, text, vector)."""

    def __init__(self, path, metric="l2"):
        self.path, self.records, self.random = pathlib.Path(path), [], random.Random(7)
        reel("create", self.path, "--embedder", "none", "--dim", DIM, "--metric", metric)

    def add(self, *texts):
        """One commit."""
        new = [(str(len(self.records) + i), text, [float32(self.random.uniform(-1, 1)) for _ in range(DIM)])
               for i, text in enumerate(texts)]
        lines = [json.dumps({"id": i, "text": text, "metadata": {"source": "test"}, "vector": vector})
                 for i, text, vector in new]
        source = self.path.with_suffix(".jsonl")
        source.write_text("\n".join(lines) + "\n")
        reel("import", self.path, source)
        self.records += new
        return self

    def seal(self, *options):
        reel("seal", self.path, *options)
        return self

    def torn(self, share):
        """A copy that ends within its last commit's mdat, `share` of the way from its header to its
        last byte: that commit never happened. The commit must be the newest thing in the store."""
        kinds = list(box_headers(self.path))
        last = max(i for i, (kind, _, _) in enumerate(kinds) if kind == b"moof")
        kind, offset, size = kinds[last - 1]
        assert kind == b"mdat"
        copy = Store.__new__(Store)
        copy.path = self.path.with_name(f"torn_{share}.mp4")
        copy.random, copy.records = random.Random(8), []
        end = offset + 8 + int(share * (size - 9))
        copy.path.write_bytes(self.path.read_bytes()[:end])
        return copy


class StoreTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def new_store(self, **options):
        return Store(self.folder / "store.mp4", **options)

    def need(self, *modules):
        """Skips where a Python package is missing."""
        for module in modules:
            try:
                __import__(module)
            except ImportError:
                self.skipTest(f"Python has no {module}; {SETUP}")
