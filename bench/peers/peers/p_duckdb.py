import os

from base import Peer

TYPES = {"string": "varchar", "int": "int", "float": "float"}


class DuckDB(Peer):
    name, package, holds, batch = "duckdb", "duckdb", "all", 10000
    note = "array_distance over all rows; its vss extension would have to be downloaded"

    def load(self):
        global duckdb, np, pa
        import duckdb
        import numpy as np
        import pyarrow as pa

    def connect(self, path):
        self.db = duckdb.connect(path + "/records.duckdb")
        if self.threads:
            self.db.execute(f"set threads={self.threads}")

    def create(self, path, dimension):
        os.makedirs(path)
        self.connect(path)
        self.dimension = dimension
        columns = ", ".join(f"{key} {TYPES[kind]}" for key, kind in self.fields.items())
        self.db.execute(
            f"create table records(id bigint primary key, vec float[{dimension}], {columns}, text varchar)"
        )

    def open(self, path):
        self.connect(path)
        kind = self.db.execute("select data_type from duckdb_columns() where column_name = 'vec'").fetchall()[
            0
        ][0]
        self.dimension = int(kind.partition("[")[2].rstrip("]"))

    def add(self, batch):
        flat = pa.array(np.ascontiguousarray(batch.vectors).ravel())
        columns = {key: [d[key] for d in batch.dicts] for key in self.fields}
        table = pa.table(
            {
                "id": pa.array(batch.ids, pa.int64()),
                "vec": pa.FixedSizeListArray.from_arrays(flat, self.dimension),
                **columns,
                "text": batch.texts,
            }
        )
        self.db.register("batch", table)
        self.db.execute("insert into records select * from batch").fetchall()
        self.db.unregister("batch")

    def finish(self):
        self.db.execute("checkpoint").fetchall()

    def search(self, query, k, condition=None):
        where = f"where {condition.sql}" if condition else ""
        columns = ", ".join(self.fields)
        rows = self.db.execute(
            f"select id, array_distance(vec, ?::float[{self.dimension}]) distance, text, {columns} "
            f"from records {where} order by distance limit {k}",
            [query],
        ).fetchall()
        return [(row[0], row[1], row[3:], row[2]) for row in rows]

    def get(self, id):
        rows = self.db.execute(
            f"select vec, text, {', '.join(self.fields)} from records where id = ?", [id]
        ).fetchall()
        return (rows[0][0], rows[0][2:], rows[0][1]) if rows else None

    def delete(self, id):
        self.db.execute("delete from records where id = ?", [id]).fetchall()

    def update(self, batch):
        columns = "".join(f", {key} = ?" for key in self.fields)
        values = [batch.dicts[0][key] for key in self.fields]
        self.db.execute(
            f"update records set vec = ?::float[{self.dimension}], text = ?{columns} where id = ?",
            [batch.vectors[0], batch.texts[0], *values, batch.ids[0]],
        ).fetchall()

    def close(self):
        self.db.close()
