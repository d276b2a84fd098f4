"""What a rival is to the harness. One file in peers/ a rival, with one or more subclasses of Peer.

A peer imports its library in load(), not at the top of its file: importing is measured apart. Distances are
squared Euclidean ones; vectors have unit length, so the order is the same by cosine and by inner product.
"""

import importlib
import json
import os
import pathlib

HOME = pathlib.Path(os.environ.get("PEERS_HOME", "~/.cache/reel-peers")).expanduser()
HERE = pathlib.Path(__file__).resolve().parent


class Batch:
    """Records to be added; `dicts` is the metadata parsed, outside any measuring."""

    def __init__(self, ids, vectors, metadata, texts):
        self.ids, self.vectors, self.metadata, self.texts = ids, vectors, metadata, texts
        self.dicts = [json.loads(line) for line in metadata]


class Filter:
    """`key` = `value`, or `key` >= `value`. `rows` and `mask` are the answer, for peers that hold vectors
    only and are told which records count."""

    def __init__(self, key, op, value, column):
        self.key, self.op, self.value = key, op, value
        self.mask = column == value if op == "=" else column >= value
        self.rows = self.mask.nonzero()[0]
        self.share = len(self.rows) / len(column)

    @property
    def sql(self):
        return f"{self.key} {self.op} {self.value!r}"


class Peer:
    name = "?"
    package = None  # on PyPI, for its version
    holds = "vectors"  # or "all": metadata and texts too
    efforts = None  # values of the search's effort, ascending; None: the search is exact
    batch = 1000  # records that add() is given at once
    shares = None  # name of the peer whose files this one opens in another way: only start and queries
    filters = "native"  # "told": it is given the rows that count; "drops": asks for more hits and drops some
    note = ""

    def __init__(self, threads, count, fields):
        """threads: 0 for as many as it likes. count: records there will be. fields: {key: type} of the
        metadata; types are "string", "int" and "float"."""
        self.threads, self.count, self.fields = threads, count, fields

    def load(self):
        """Imports the library."""

    def create(self, path, dimension):
        """Makes an empty store in the folder `path`, which is not there yet."""
        raise NotImplementedError

    def add(self, batch):
        raise NotImplementedError

    def finish(self):
        """The end of a bulk of additions: builds indexes."""

    def commit(self):
        """Makes durable what was added."""

    def open(self, path):
        raise NotImplementedError

    def set_effort(self, effort):
        self.effort = effort

    def search(self, query, k, condition=None):
        """[(id, distance, metadata, text)], the last two None for peers that hold vectors only."""
        raise NotImplementedError

    def search_batch(self, queries, k):
        """The ids for each of many queries, on all cores; NotImplementedError: there is no such call."""
        raise NotImplementedError

    def get(self, id):
        """(vector, metadata, text), or None."""
        raise NotImplementedError

    def update(self, batch):
        """Replaces the one record of `batch`, durably."""
        raise NotImplementedError

    def delete(self, id):
        """Durably."""
        raise NotImplementedError

    def close(self):
        pass


def sync_path(path):
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def replace_durably(new, old):
    sync_path(new)
    os.replace(new, old)
    sync_path(os.path.dirname(old))


def peer_classes(file=None):
    """{name: class} of all peers, or of those in one file of peers/."""
    files = [file] if file else sorted(path.stem for path in (HERE / "peers").glob("p_*.py"))
    found = {}
    for stem in files:
        module = importlib.import_module(f"peers.{stem}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Peer) and value.name != "?":
                if value.__module__ == module.__name__:
                    found[value.name] = value
    return found
