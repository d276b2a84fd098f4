"""memvid v2. Only for some hundred records: it adds 6 to 23 a second."""

import os

from base import Peer


class Memvid(Peer):
    name, package, holds, batch = "memvid_v2", "memvid-sdk", "all", 50
    note = "given vectors; equality only through the path of a record"

    def load(self):
        os.environ.update(MEMVID_TELEMETRY="0", MEMVID_OFFLINE="1")
        global memvid_sdk
        import memvid_sdk

    def create(self, path, dimension):
        os.makedirs(path)
        self.store = memvid_sdk.create(path + "/store.mv2", enable_vec=True, enable_lex=False)

    def open(self, path):
        self.store = memvid_sdk.use("basic", path + "/store.mv2", mode="open")

    @property
    def folder_key(self):
        """The key that stands in a record's path."""
        return "category" if "category" in self.fields else "lexicographer"

    def add(self, batch):
        requests = [
            {
                "title": str(id),
                "label": d[self.folder_key],
                "text": text,
                "uri": f"mv2://{d[self.folder_key]}/{id}",
                "metadata": {**d, "id": id},
            }
            for id, d, text in zip(batch.ids, batch.dicts, batch.texts)
        ]
        self.store.put_many(requests, embeddings=batch.vectors.tolist())

    def commit(self):
        self.store.commit()

    def search(self, query, k, condition=None):
        scope = {}
        if condition is not None:
            if condition.key != self.folder_key:
                raise NotImplementedError("no range filter")
            scope = {"scope": f"mv2://{condition.value}/"}
        answer = self.store.find(
            "x", k=k, mode="sem", query_embedding=query.tolist(), snippet_chars=600, **scope
        )
        return [
            (
                int(hit["uri"].split("/")[3].split("#")[0]),
                hit.get("score"),
                hit.get("metadata"),
                hit.get("text") or hit.get("snippet"),
            )
            for hit in answer["hits"]
        ]

    def get(self, id):
        raise NotImplementedError("records are found by path, not by id")

    def update(self, batch):
        raise NotImplementedError("the SDK has no update")

    def delete(self, id):
        raise NotImplementedError("records are found by path, not by id")

    def close(self):
        self.store.close()
