"""What one does without a library: float32 vectors and JSON Lines, appended to; deleting writes them anew."""

import json
import os

from base import Peer, replace_durably


class NumpyFlat(Peer):
    name, package, holds = "numpy", "numpy", "all"

    def load(self):
        global np
        import numpy as np

    def file(self, name):
        return f"{self.path}/{name}"

    def create(self, path, dimension):
        os.makedirs(path)
        self.path = path
        with open(self.file("dimension"), "w") as file:
            file.write(str(dimension))
        self.open_files()

    def open_files(self):
        self.files = [open(self.file(name), "ab") for name in ("vectors.f32", "ids.i64", "records.jsonl")]

    def add(self, batch):
        vectors, ids, records = self.files
        batch.vectors.tofile(vectors)
        np.asarray(batch.ids, np.int64).tofile(ids)
        lines = (json.dumps([d, text]) + "\n" for d, text in zip(batch.dicts, batch.texts))
        records.write("".join(lines).encode())

    def commit(self):
        for file in self.files:
            file.flush()
            os.fsync(file.fileno())

    def open(self, path):
        self.path = path
        with open(self.file("dimension")) as file:
            dimension = int(file.read())
        self.vectors = np.fromfile(self.file("vectors.f32"), np.float32).reshape(-1, dimension)
        self.ids = np.fromfile(self.file("ids.i64"), np.int64)
        with open(self.file("records.jsonl")) as file:
            self.lines = file.read().splitlines()
        self.columns, self.rows = {}, None
        self.open_files()

    def column(self, key):
        if key not in self.columns:
            self.columns[key] = np.array([json.loads(line)[0][key] for line in self.lines])
        return self.columns[key]

    def search(self, query, k, condition=None):
        rows = None
        if condition is not None:
            column = self.column(condition.key)
            rows = np.nonzero(
                column == condition.value if condition.op == "=" else column >= condition.value
            )[0]
        if rows is None:
            products = self.vectors @ query
        elif len(rows) < 0.2 * len(self.vectors):
            products = self.vectors[rows] @ query
        else:
            products = (self.vectors @ query)[rows]
        k = min(k, len(products))
        best = np.argpartition(products, len(products) - k)[-k:]
        hits = []
        for place in best[np.argsort(-products[best])]:
            row = place if rows is None else rows[place]
            metadata, text = json.loads(self.lines[row])
            hits.append((int(self.ids[row]), 2 - 2 * float(products[place]), metadata, text))
        return hits

    def row_of(self, id):
        if self.rows is None:
            self.rows = {int(number): row for row, number in enumerate(self.ids)}
        return self.rows.get(id)

    def get(self, id):
        row = self.row_of(id)
        return None if row is None else (self.vectors[row], *json.loads(self.lines[row]))

    def rewrite(self):
        self.close()
        self.vectors.tofile(self.file("new.f32"))
        self.ids.tofile(self.file("new.i64"))
        with open(self.file("new.jsonl"), "w") as file:
            file.write("".join(line + "\n" for line in self.lines))
        for new, old in (("new.f32", "vectors.f32"), ("new.i64", "ids.i64"), ("new.jsonl", "records.jsonl")):
            replace_durably(self.file(new), self.file(old))
        self.open_files()

    def delete(self, id):
        row = self.row_of(id)
        self.vectors, self.ids = np.delete(self.vectors, row, 0), np.delete(self.ids, row)
        del self.lines[row]
        self.rows, self.columns = None, {}
        self.rewrite()

    def update(self, batch):
        row = self.row_of(batch.ids[0])
        self.vectors[row] = batch.vectors[0]
        self.lines[row] = json.dumps([batch.dicts[0], batch.texts[0]])
        self.columns = {}
        self.rewrite()

    def close(self):
        for file in self.files:
            file.close()
