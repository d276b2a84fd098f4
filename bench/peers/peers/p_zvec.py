from base import Peer


class ZvecFlat(Peer):
    name, package, holds, batch = "zvec_flat", "zvec", "all", 1000

    def load(self):
        global zvec
        import zvec

        threads = {"query_threads": self.threads, "optimize_threads": self.threads} if self.threads else {}
        zvec.init(log_level=zvec.LogLevel.ERROR, **threads)

    def index(self):
        return zvec.FlatIndexParam(metric_type=zvec.MetricType.L2)

    def parameters(self):
        return None

    def create(self, path, dimension):
        kinds = {"string": zvec.DataType.STRING, "int": zvec.DataType.INT32, "float": zvec.DataType.FLOAT}
        inverted = zvec.InvertIndexParam()
        fields = [
            zvec.FieldSchema(key, kinds[kind], index_param=inverted) for key, kind in self.fields.items()
        ]
        vector = zvec.VectorSchema("vec", zvec.DataType.VECTOR_FP32, dimension, index_param=self.index())
        schema = zvec.CollectionSchema(
            name="records", vectors=vector, fields=[*fields, zvec.FieldSchema("text", zvec.DataType.STRING)]
        )
        self.collection = zvec.create_and_open(path, schema)

    def open(self, path):
        self.collection = zvec.open(path)

    def documents(self, batch):
        return [
            zvec.Doc(id=str(id), vectors={"vec": vector}, fields={**d, "text": text})
            for id, vector, d, text in zip(batch.ids, batch.vectors.tolist(), batch.dicts, batch.texts)
        ]

    @staticmethod
    def check(statuses):
        for status in statuses if isinstance(statuses, list) else [statuses]:
            if not status.ok():
                raise RuntimeError(str(status))

    def add(self, batch):
        self.check(self.collection.insert(self.documents(batch)))

    def finish(self):
        self.collection.optimize()

    def commit(self):
        self.collection.flush()

    def search(self, query, k, condition=None):
        documents = self.collection.query(
            zvec.Query("vec", vector=query, param=self.parameters()),
            topk=k,
            filter=condition and condition.sql,
            output_fields=[*self.fields, "text"],
        )
        return [
            (int(document.id), document.score, document.fields, document.fields["text"])
            for document in documents
        ]

    def get(self, id):
        document = self.collection.fetch(str(id)).get(str(id))
        return document and (document.vectors["vec"], document.fields, document.fields["text"])

    def delete(self, id):
        self.check(self.collection.delete(str(id)))
        self.collection.flush()

    def update(self, batch):
        self.check(self.collection.upsert(self.documents(batch)))
        self.collection.flush()

    def close(self):
        self.collection.close()


class ZvecHNSW(ZvecFlat):
    name = "zvec_hnsw"
    efforts = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 800]
    note = "effort: ef; m = 32, efConstruction = 200"

    def index(self):
        return zvec.HnswIndexParam(metric_type=zvec.MetricType.L2, m=32, ef_construction=200)

    def parameters(self):
        return zvec.HnswQueryParam(ef=self.effort)
