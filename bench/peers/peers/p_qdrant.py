import os
import warnings

from base import Peer


class Qdrant(Peer):
    name, package, holds, batch = "qdrant_local", "qdrant-client", "all", 1000
    note = "the client's local mode, in Python, exact"

    def load(self):
        warnings.filterwarnings("ignore")
        global QdrantClient, models
        from qdrant_client import QdrantClient, models

    def open(self, path):
        self.client = QdrantClient(path=path)

    def create(self, path, dimension):
        os.makedirs(path)
        self.open(path)
        self.client.create_collection(
            "records", vectors_config=models.VectorParams(size=dimension, distance=models.Distance.EUCLID)
        )

    def add(self, batch):
        payloads = [{**d, "text": text} for d, text in zip(batch.dicts, batch.texts)]
        self.client.upsert(
            "records", models.Batch(ids=list(batch.ids), vectors=batch.vectors.tolist(), payloads=payloads)
        )

    def search(self, query, k, condition=None):
        wanted = None
        if condition is not None:
            how = (
                {"match": models.MatchValue(value=condition.value)}
                if condition.op == "="
                else {"range": models.Range(gte=condition.value)}
            )
            wanted = models.Filter(must=[models.FieldCondition(key=condition.key, **how)])
        points = self.client.query_points(
            "records", query=query, limit=k, query_filter=wanted, with_payload=True
        ).points
        return [(point.id, point.score, point.payload, point.payload["text"]) for point in points]

    def get(self, id):
        found = self.client.retrieve("records", [id], with_payload=True, with_vectors=True)
        return (found[0].vector, found[0].payload, found[0].payload["text"]) if found else None

    def delete(self, id):
        self.client.delete("records", models.PointIdsList(points=[id]))

    def update(self, batch):
        self.add(batch)

    def close(self):
        self.client.close()
