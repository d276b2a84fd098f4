import os

from base import Peer


class MilvusFlat(Peer):
    name, package, holds, batch, kind = "milvus_lite_flat", "milvus-lite", "all", 1000, "FLAT"
    effort = 64

    def load(self):
        global MilvusClient, DataType
        from pymilvus import DataType, MilvusClient

    def create(self, path, dimension):
        os.makedirs(path)
        self.client = MilvusClient(path + "/store.db")
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vec", DataType.FLOAT_VECTOR, dim=dimension)
        schema.add_field("text", DataType.VARCHAR, max_length=2000)
        for key, kind in self.fields.items():
            if kind == "string":
                schema.add_field(key, DataType.VARCHAR, max_length=200)
            else:
                schema.add_field(key, DataType.INT64 if kind == "int" else DataType.FLOAT)
        index = self.client.prepare_index_params()
        params = {"FLAT": {}, "HNSW": {"M": 32, "efConstruction": 200}}[self.kind]
        index.add_index(field_name="vec", index_type=self.kind, metric_type="L2", params=params)
        self.client.create_collection("records", schema=schema, index_params=index)

    def open(self, path):
        self.client = MilvusClient(path + "/store.db")
        self.client.load_collection("records")

    def rows(self, batch):
        return [
            {"id": id, "vec": vector, **d, "text": text}
            for id, vector, d, text in zip(batch.ids, batch.vectors, batch.dicts, batch.texts)
        ]

    def add(self, batch):
        self.client.insert("records", self.rows(batch))

    def commit(self):
        self.client.flush("records")

    def search(self, query, k, condition=None):
        expression = ""
        if condition is not None:
            value = f'"{condition.value}"' if isinstance(condition.value, str) else condition.value
            expression = f"{condition.key} {'==' if condition.op == '=' else condition.op} {value}"
        hits = self.client.search(
            "records",
            [query],
            limit=k,
            filter=expression,
            anns_field="vec",
            output_fields=[*self.fields, "text"],
            search_params={"metric_type": "L2", "params": {"ef": max(self.effort, k)}},
        )[0]
        return [(hit["id"], hit["distance"], hit["entity"], hit["entity"]["text"]) for hit in hits]

    def get(self, id):
        rows = self.client.get("records", [id], output_fields=["vec", *self.fields, "text"])
        return (rows[0]["vec"], rows[0], rows[0]["text"]) if rows else None

    def delete(self, id):
        self.client.delete("records", ids=[id])
        self.client.flush("records")

    def update(self, batch):
        self.client.upsert("records", self.rows(batch))
        self.client.flush("records")

    def close(self):
        self.client.close()


class MilvusHNSW(MilvusFlat):
    name, kind = "milvus_lite_hnsw", "HNSW"
    efforts = [10, 16, 32, 64, 128, 256, 512]
    note = "effort: ef; M = 32, efConstruction = 200"
