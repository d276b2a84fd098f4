import os

from base import Peer

TYPES = {"string": "text", "int": "integer", "float": "float"}


class SqliteVec(Peer):
    name, package, holds, batch = "sqlite_vec", "sqlite-vec", "all", 5000
    note = "vec0, float32, over all rows; WAL, synchronous=FULL"

    def load(self):
        global sqlite3, np
        import ctypes
        import sqlite3

        import numpy as np
        import sqlite_vec

        # Not every Python is built with enable_load_extension: vec0 becomes part of every connection.
        sqlite = ctypes.CDLL("libsqlite3.so.0")
        extension = ctypes.CDLL(sqlite_vec.loadable_path() + ".so")
        sqlite.sqlite3_auto_extension.argtypes = [ctypes.c_void_p]
        sqlite.sqlite3_auto_extension(ctypes.cast(extension.sqlite3_vec_init, ctypes.c_void_p))

    def open(self, path):
        self.db = sqlite3.connect(path + "/store.db")
        self.db.execute("pragma journal_mode=wal")
        self.db.execute("pragma synchronous=full")

    def create(self, path, dimension):
        os.makedirs(path)
        self.open(path)
        columns = "".join(f", {key} {TYPES[kind]}" for key, kind in self.fields.items())
        self.db.execute(
            f"create virtual table records using vec0(id integer primary key, vec float[{dimension}]"
            f"{columns}, +text text)"
        )

    def rows(self, batch):
        for id, vector, d, text in zip(batch.ids, batch.vectors, batch.dicts, batch.texts):
            yield (vector.tobytes(), *(d[key] for key in self.fields), text, id)

    @property
    def columns(self):
        return ["vec", *self.fields, "text"]

    def add(self, batch):
        names = ", ".join([*self.columns, "id"])
        marks = ", ".join("?" * (len(self.columns) + 1))
        self.db.executemany(f"insert into records({names}) values({marks})", self.rows(batch))

    def commit(self):
        self.db.commit()

    def search(self, query, k, condition=None):
        where = f" and {condition.sql}" if condition else ""
        rows = self.db.execute(
            f"select id, distance, text, {', '.join(self.fields)} from records "
            f"where vec match ? and k = {k}{where}",
            (query.tobytes(),),
        )
        return [(row[0], row[1], row[3:], row[2]) for row in rows]

    def get(self, id):
        row = self.db.execute(f"select {', '.join(self.columns)} from records where id = ?", (id,)).fetchone()
        return row and (np.frombuffer(row[0], np.float32), row[1:-1], row[-1])

    def delete(self, id):
        self.db.execute("delete from records where id = ?", (id,))
        self.db.commit()

    def update(self, batch):
        changes = ", ".join(f"{name} = ?" for name in self.columns)
        self.db.executemany(f"update records set {changes} where id = ?", self.rows(batch))
        self.db.commit()

    def close(self):
        self.db.close()
