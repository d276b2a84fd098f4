import os

from base import Peer


class LanceFlat(Peer):
    name, package, holds, batch = "lancedb_flat", "lancedb", "all", 10000

    def load(self):
        global lancedb, np, pa
        import lancedb
        import numpy as np
        import pyarrow as pa

    def types(self):
        kinds = {"string": pa.string(), "int": pa.int32(), "float": pa.float32()}
        return [(key, kinds[kind]) for key, kind in self.fields.items()]

    def create(self, path, dimension):
        os.makedirs(path)
        self.dimension = dimension
        schema = pa.schema(
            [
                ("id", pa.int64()),
                ("vec", pa.list_(pa.float32(), dimension)),
                *self.types(),
                ("text", pa.string()),
            ]
        )
        self.table = lancedb.connect(path).create_table("records", schema=schema)

    def open(self, path):
        self.table = lancedb.connect(path).open_table("records")
        self.dimension = self.table.schema.field("vec").type.list_size

    def rows(self, batch):
        flat = pa.array(np.ascontiguousarray(batch.vectors).ravel())
        columns = {key: pa.array([d[key] for d in batch.dicts], kind) for key, kind in self.types()}
        return pa.table(
            {
                "id": pa.array(batch.ids, pa.int64()),
                "vec": pa.FixedSizeListArray.from_arrays(flat, self.dimension),
                **columns,
                "text": batch.texts,
            }
        )

    def add(self, batch):
        self.table.add(self.rows(batch))

    def tuned(self, question):
        return question

    def search(self, query, k, condition=None):
        question = self.table.search(query, vector_column_name="vec").limit(k)
        question = question.select(["id", *self.fields, "text", "_distance"])
        if condition is not None:
            question = question.where(condition.sql, prefilter=True)
        return [(row["id"], row["_distance"], row, row["text"]) for row in self.tuned(question).to_list()]

    def get(self, id):
        rows = self.table.search().where(f"id = {id}").limit(1).to_list()
        return (rows[0]["vec"], rows[0], rows[0]["text"]) if rows else None

    def delete(self, id):
        self.table.delete(f"id = {id}")

    def update(self, batch):
        merge = self.table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
        merge.execute(self.rows(batch))


class LanceHNSW(LanceFlat):
    name = "lancedb_hnsw_sq"
    efforts = [32, 48, 64, 128, 256, 512]  # at least k times the refinement
    note = "effort: ef; IVF_HNSW_SQ, one partition, m = 32, efConstruction = 200, refine 3; scalar indexes"

    def finish(self):
        self.table.create_index(
            metric="l2",
            vector_column_name="vec",
            index_type="IVF_HNSW_SQ",
            num_partitions=1,
            m=32,
            ef_construction=200,
        )
        self.table.create_scalar_index("id")
        for key, kind in self.fields.items():
            self.table.create_scalar_index(key, index_type="BITMAP" if kind == "string" else "BTREE")
        self.table.optimize()

    def tuned(self, question):
        return question.nprobes(1).ef(self.effort).refine_factor(3)
