"""Reel through its Python module (-DREEL_BUILD_PYTHON=ON; $REEL_PYTHON: the folder it is in)."""

import os
import subprocess
import sys

from base import HERE, Peer


class Reel(Peer):
    holds = "all"
    batch = 10000

    @staticmethod
    def version():
        """The module's, and the commit the harness stands at."""
        Reel.load(None)
        command = ["git", "-C", str(HERE), "describe", "--always", "--dirty"]
        commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        return f"{reeldb.__version__} ({commit})"

    def load(self):
        global reeldb
        sys.path.insert(0, os.environ.get("REEL_PYTHON", str(HERE.parent.parent / "build" / "python")))
        import reeldb

    def create(self, path, dimension):
        os.makedirs(path)
        self.store = reeldb.create(path + "/store.mp4", dimension, "l2")

    def open(self, path):
        self.path = path + "/store.mp4"
        self.store = reeldb.open(self.path)
        self.writable = False

    def writer(self):
        """The store opened for writing: only who writes takes the lock."""
        if not getattr(self, "writable", True):
            self.store.close()
            self.store = reeldb.open(self.path, "r+")
            self.writable = True
        return self.store

    def add(self, batch):
        self.writer().add(batch.ids, batch.vectors, batch.metadata, batch.texts)

    def finish(self):
        self.store.seal(threads=self.threads)

    def commit(self):
        self.writer().commit()

    def search(self, query, k, condition=None):
        filter = None
        if condition is not None:
            value = condition.value if condition.op == "=" else {"$gte": condition.value}
            filter = {condition.key: value}
        hits = self.store.search(
            query, k, mode="vector", threads=self.threads, recall=self.recall(), filter=filter
        )
        return [(int(hit.id), hit.distance, hit.metadata, hit.text) for hit in hits]

    def search_batch(self, queries, k):
        ids, _, _ = self.store.search_batch(queries, k, recall=self.recall())
        return [[int(id) for id in row] for row in ids]

    def get(self, id):
        record = self.store.get(id)
        return record and (record.vector, record.metadata, record.text)

    def update(self, batch):
        self.writer().upsert(batch.ids, batch.vectors, batch.metadata, batch.texts)
        self.store.commit()

    def delete(self, id):
        self.writer().delete([id])
        self.store.commit()

    def close(self):
        self.store.close()


class ReelExact(Reel):
    name = "reel_exact"

    def recall(self):
        return 1.0


class ReelFast(Reel):
    name, shares = "reel_fast", "reel_exact"
    efforts = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9999]
    note = "effort: the recall that is asked for"

    def recall(self):
        return self.effort
