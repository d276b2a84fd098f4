import os

from base import Peer


class Chroma(Peer):
    name, package, holds, batch = "chromadb", "chromadb", "all", 5000
    efforts = [10, 32, 64, 128, 256, 512]
    note = "effort: ef; M = 32, efConstruction = 200"

    def load(self):
        global chromadb, Settings, SharedSystemClient
        import chromadb
        from chromadb.api.shared_system_client import SharedSystemClient
        from chromadb.config import Settings

    def client(self, path):
        return chromadb.PersistentClient(path=path, settings=Settings(anonymized_telemetry=False))

    def create(self, path, dimension):
        os.makedirs(path)
        hnsw = {"space": "l2", "ef_construction": 200, "max_neighbors": 32, "ef_search": 64}
        self.table = self.client(path).create_collection(
            "records", configuration={"hnsw": hnsw}, embedding_function=None
        )

    def open(self, path):
        self.path = path
        self.table = self.client(path).get_collection("records", embedding_function=None)

    def add(self, batch):
        self.table.add(
            ids=[str(id) for id in batch.ids],
            embeddings=batch.vectors,
            metadatas=batch.dicts,
            documents=batch.texts,
        )

    def set_effort(self, effort):
        """The value is read when a collection is loaded, so the client is made anew."""
        self.table.modify(configuration={"hnsw": {"ef_search": effort}})
        SharedSystemClient.clear_system_cache()
        self.open(self.path)

    def search(self, query, k, condition=None):
        where = None
        if condition is not None:
            where = {condition.key: condition.value if condition.op == "=" else {"$gte": condition.value}}
        answer = self.table.query(
            query_embeddings=[query],
            n_results=k,
            where=where,
            include=["metadatas", "documents", "distances"],
        )
        columns = (answer[name][0] for name in ("ids", "distances", "metadatas", "documents"))
        return [(int(id), *rest) for id, *rest in zip(*columns)]

    def get(self, id):
        found = self.table.get(ids=[str(id)], include=["metadatas", "documents", "embeddings"])
        if not found["ids"]:
            return None
        return found["embeddings"][0], found["metadatas"][0], found["documents"][0]

    def delete(self, id):
        self.table.delete(ids=[str(id)])

    def update(self, batch):
        self.table.update(
            ids=[str(batch.ids[0])], embeddings=batch.vectors, metadatas=batch.dicts, documents=batch.texts
        )
