"""Libraries that hold vectors only and save an index as a whole file: faiss, usearch, hnswlib, voyager; and
two pairs with SQLite, which holds metadata and texts."""

import os

from base import Peer, replace_durably

M, EF_CONSTRUCTION = 32, 200  # of every HNSW graph here
EF_NOTE = f"effort: ef; M = {M}, efConstruction = {EF_CONSTRUCTION}"
EFS = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 800, 1200]


class IndexFile(Peer):
    batch = 10000

    @property
    def file(self):
        return self.path + "/index.bin"

    def create(self, path, dimension):
        os.makedirs(path)
        self.path = path
        self.new_index(dimension)

    def commit(self):
        self.save(self.file + ".new")
        replace_durably(self.file + ".new", self.file)

    def open(self, path):
        self.path = path
        self.load_index(self.file)

    def drop(self, query, k, condition, total):
        """Asks for more neighbours than k, until k of them are let through."""
        wanted = int(k / condition.share * 1.5) + 10
        while True:
            ids, distances = self.nearest(query, min(wanted, total))
            hits = [
                (int(id), float(distance), None, None)
                for id, distance in zip(ids, distances)
                if id < len(condition.mask) and condition.mask[id]
            ][:k]
            if len(hits) >= k or wanted >= total:
                return hits
            wanted *= 4

    def update(self, batch):
        self.remove(batch.ids[0])
        self.add(batch)
        self.commit()

    def delete(self, id):
        self.remove(id)
        self.commit()


class Faiss(IndexFile):
    package, filters = "faiss-cpu", "told"

    def load(self):
        global faiss, np
        import faiss
        import numpy as np

        if self.threads:
            faiss.omp_set_num_threads(self.threads)
        self.flags = 0

    def add(self, batch):
        self.index.add_with_ids(batch.vectors, np.asarray(batch.ids, np.int64))

    def save(self, file):
        faiss.write_index(self.index, file)

    def load_index(self, file):
        self.index = faiss.read_index(file, self.flags)

    def parameters(self, selector):
        return faiss.SearchParameters(sel=selector) if selector else None

    def search(self, query, k, condition=None):
        selector = None
        if condition is not None:
            if not hasattr(condition, "selector"):
                condition.selector = faiss.IDSelectorBitmap(np.packbits(condition.mask, bitorder="little"))
            selector = condition.selector
        distances, ids = self.index.search(query[None], k, params=self.parameters(selector))
        return [
            (int(id), float(distance), None, None) for id, distance in zip(ids[0], distances[0]) if id >= 0
        ]

    def search_batch(self, queries, k):
        return self.index.search(queries, k, params=self.parameters(None))[1].tolist()

    def get(self, id):
        try:
            return self.index.reconstruct(int(id)), None, None
        except RuntimeError:
            return None

    def remove(self, id):
        if self.index.remove_ids(np.array([id], np.int64)) != 1:
            raise RuntimeError("not removed")


class FaissFlat(Faiss):
    name = "faiss_flat"

    def new_index(self, dimension):
        self.index = faiss.IndexIDMap2(faiss.IndexFlatL2(dimension))


class FaissFlatMapped(FaissFlat):
    name, shares, note = "faiss_flat_mmap", "faiss_flat", "IO_FLAG_MMAP_IFC"

    def load(self):
        super().load()
        self.flags = faiss.IO_FLAG_MMAP_IFC


class FaissHNSW(Faiss):
    name, efforts, note = "faiss_hnsw", EFS, EF_NOTE

    def new_index(self, dimension):
        self.graph = faiss.IndexHNSWFlat(dimension, M)
        self.graph.hnsw.efConstruction = EF_CONSTRUCTION
        self.index = faiss.IndexIDMap2(self.graph)

    def parameters(self, selector):
        return faiss.SearchParametersHNSW(sel=selector, efSearch=self.effort)

    def remove(self, id):
        raise NotImplementedError("its HNSW has no removal")


class FaissHNSWMapped(FaissHNSW):
    name, shares, note = "faiss_hnsw_mmap", "faiss_hnsw", f"IO_FLAG_MMAP_IFC; {EF_NOTE}"

    def load(self):
        super().load()
        self.flags = faiss.IO_FLAG_MMAP_IFC


class FaissTrained(Faiss):
    """Keeps the vectors in memory until finish(), which trains on a sample of them."""

    def new_index(self, dimension):
        self.waiting, self.index = [], None

    def add(self, batch):
        if self.index is None:
            self.waiting.append((batch.ids, batch.vectors))
        else:
            self.append(batch.ids, batch.vectors)

    def append(self, ids, vectors):
        self.index.add_with_ids(vectors, np.asarray(ids, np.int64))

    def finish(self):
        total = sum(len(ids) for ids, _ in self.waiting)
        lists = int(2 * total**0.5)
        share, rng = min(1.0, 40 * lists / total), np.random.default_rng(0)
        sample = np.concatenate([vectors[rng.random(len(vectors)) < share] for _, vectors in self.waiting])
        self.index = self.make_index(sample.shape[1], lists)
        self.index.train(sample)
        self.waiting.reverse()
        while self.waiting:  # what is in the index is let go: at 5,000,000 there is no room for both
            self.append(*self.waiting.pop())


class FaissIVF(FaissTrained):
    name, note = "faiss_ivf", "effort: nprobe; 2 sqrt(n) lists"
    efforts = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256]

    def make_index(self, dimension, lists):
        self.quantizer = faiss.IndexFlatL2(dimension)
        index = faiss.IndexIVFFlat(self.quantizer, dimension, lists)
        index.set_direct_map_type(faiss.DirectMap.Hashtable)
        return index

    def parameters(self, selector):
        return faiss.SearchParametersIVF(sel=selector, nprobe=self.effort)


class FaissRaBitQ(FaissTrained):
    name, note = (
        "faiss_ivf_rabitq",
        "effort: nprobe; 2 sqrt(n) lists of 1-bit codes, the best 200 ranked by float32",
    )
    efforts = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256]

    def make_index(self, dimension, lists):
        return faiss.index_factory(dimension, f"RR{dimension},IVF{lists},RaBitQ,RFlat")

    def append(self, ids, vectors):
        if ids[0] != self.index.ntotal:
            raise NotImplementedError("IndexRefine numbers its vectors itself")
        self.index.add(vectors)

    def parameters(self, selector):
        lists = faiss.SearchParametersIVF(sel=selector, nprobe=self.effort)
        return faiss.IndexRefineSearchParameters(
            k_factor=20, base_index_params=faiss.SearchParametersPreTransform(index_params=lists)
        )

    def remove(self, id):
        raise NotImplementedError("IndexRefine has no removal")


class Usearch(IndexFile):
    package, filters, efforts = "usearch", "drops", EFS
    dtype, view = "f32", False

    def load(self):
        global Index, np
        import numpy as np
        from usearch.index import Index

    def new_index(self, dimension):
        self.index = Index(
            ndim=dimension,
            metric="cos" if self.dtype == "i8" else "l2sq",
            dtype=self.dtype,
            connectivity=M,
            expansion_add=EF_CONSTRUCTION,
        )

    def add(self, batch):
        self.index.add(np.asarray(batch.ids, np.uint64), batch.vectors, threads=self.threads)

    def save(self, file):
        self.index.save(file)

    def load_index(self, file):
        self.index = Index.restore(file, view=self.view)

    def set_effort(self, effort):
        self.index.expansion_search = effort

    def nearest(self, query, k):
        matches = self.index.search(query, k, threads=1)
        return matches.keys, matches.distances

    def search(self, query, k, condition=None):
        if condition is not None:
            return self.drop(query, k, condition, len(self.index))
        return [(int(id), float(distance), None, None) for id, distance in zip(*self.nearest(query, k))]

    def search_batch(self, queries, k):
        return self.index.search(queries, k).keys.tolist()

    def get(self, id):
        vector = self.index.get(int(id))
        return None if vector is None else (vector, None, None)

    def remove(self, id):
        self.index.remove(int(id))


class UsearchF32(Usearch):
    name, note = "usearch_f32", EF_NOTE


class UsearchF32View(Usearch):
    name, shares, view, note = "usearch_f32_view", "usearch_f32", True, f"mapped; {EF_NOTE}"


class UsearchF16(Usearch):
    name, dtype, note = "usearch_f16", "f16", EF_NOTE


class UsearchI8(Usearch):
    name, dtype, note = "usearch_i8", "i8", EF_NOTE


class UsearchI8View(Usearch):
    name, shares, view, dtype, note = "usearch_i8_view", "usearch_i8", True, "i8", f"mapped; {EF_NOTE}"


class Hnswlib(IndexFile):
    name, package, efforts, filters = "hnswlib", "hnswlib", EFS, "told"
    note = f"{EF_NOTE}, more where a filter, a Python callback, leaves too few"

    def load(self):
        global hnswlib, np
        import hnswlib
        import numpy as np

    @property
    def room(self):
        return max(self.count, 1000) + 1000

    def new_index(self, dimension):
        self.index = hnswlib.Index(space="l2", dim=dimension)
        self.index.init_index(max_elements=self.room, ef_construction=EF_CONSTRUCTION, M=M)
        with open(self.path + "/dimension", "w") as file:
            file.write(str(dimension))

    def add(self, batch):
        self.index.add_items(batch.vectors, np.asarray(batch.ids), num_threads=self.threads or -1)

    def save(self, file):
        self.index.save_index(file)

    def load_index(self, file):
        with open(self.path + "/dimension") as dimension:
            self.index = hnswlib.Index(space="l2", dim=int(dimension.read()))
        self.index.load_index(file, max_elements=self.room)

    def set_effort(self, effort):
        self.effort = effort
        self.index.set_ef(effort)

    def search(self, query, k, condition=None):
        if condition is None:
            ids, distances = self.index.knn_query(query, k, num_threads=1)
        else:
            k = min(k, len(condition.rows))
            ids, distances = self.filtered(query, k, lambda id: bool(condition.mask[id]))
        return [(int(id), float(distance), None, None) for id, distance in zip(ids[0], distances[0])]

    def filtered(self, query, k, allowed):
        """It refuses to answer where it finds less than k: then with more and more effort."""
        effort = self.effort
        try:
            while True:
                try:
                    return self.index.knn_query(query, k, num_threads=1, filter=allowed)
                except RuntimeError:
                    if effort > self.count:
                        raise
                    effort *= 4
                    self.index.set_ef(effort)
        finally:
            self.index.set_ef(self.effort)

    def search_batch(self, queries, k):
        return self.index.knn_query(queries, k, num_threads=-1)[0].tolist()

    def get(self, id):
        try:
            return self.index.get_items([id])[0], None, None
        except RuntimeError:
            return None

    def remove(self, id):
        self.index.mark_deleted(id)

    def update(self, batch):
        self.add(batch)
        self.commit()


class Voyager(IndexFile):
    name, package, efforts, filters, note = "voyager", "voyager", EFS, "drops", EF_NOTE

    def load(self):
        global voyager
        import voyager

    def new_index(self, dimension):
        self.index = voyager.Index(
            voyager.Space.Euclidean, num_dimensions=dimension, M=M, ef_construction=EF_CONSTRUCTION
        )

    def add(self, batch):
        self.index.add_items(batch.vectors, ids=list(batch.ids), num_threads=self.threads or -1)

    def save(self, file):
        self.index.save(file)

    def load_index(self, file):
        self.index = voyager.Index.load(file)

    def nearest(self, query, k):
        return self.index.query(query, k, num_threads=1, query_ef=max(self.effort, k))

    def search(self, query, k, condition=None):
        if condition is not None:
            return self.drop(query, k, condition, len(self.index))
        return [(int(id), float(distance), None, None) for id, distance in zip(*self.nearest(query, k))]

    def search_batch(self, queries, k):
        return self.index.query(queries, k, num_threads=-1, query_ef=max(self.effort, k))[0].tolist()

    def get(self, id):
        try:
            return self.index.get_vector(id), None, None
        except RuntimeError:
            return None

    def remove(self, id):
        self.index.mark_deleted(id)

    def update(self, batch):
        self.add(batch)
        self.commit()


class SqliteFilter:
    """What SQLite lets through, in the form the vector libraries want it."""

    def __init__(self, rows, count, np):
        self.mask = np.zeros(count + 10000, bool)
        self.mask[rows] = True
        self.share = len(rows) / count


class WithSqlite:
    """A vector library beside SQLite (WAL, synchronous=FULL) with ids, metadata and texts."""

    holds, filters = "all", "native"

    def load(self):
        super().load()
        global sqlite3
        import sqlite3

    def connect(self):
        self.db = sqlite3.connect(self.path + "/records.db")
        self.db.execute("pragma journal_mode=wal")
        self.db.execute("pragma synchronous=full")

    def create(self, path, dimension):
        super().create(path, dimension)
        self.connect()
        columns = ", ".join(self.fields)
        self.db.execute(f"create table records(id integer primary key, text text, {columns})")

    def open(self, path):
        super().open(path)
        self.connect()

    def add(self, batch):
        super().add(batch)
        marks = ", ".join("?" * (2 + len(self.fields)))
        self.db.executemany(
            f"insert or replace into records values({marks})",
            [
                (id, text, *(d[key] for key in self.fields))
                for id, d, text in zip(batch.ids, batch.dicts, batch.texts)
            ],
        )

    def finish(self):
        super().finish()
        for key in self.fields:
            self.db.execute(f"create index {key}_index on records({key})")

    def commit(self):
        self.db.commit()
        super().commit()

    def search(self, query, k, condition=None):
        if condition is not None:
            rows = self.db.execute(f"select id from records where {condition.sql}").fetchall()
            condition = SqliteFilter([row[0] for row in rows], self.count, np)
        hits = super().search(query, k, condition)
        ids = ", ".join(str(hit[0]) for hit in hits)
        records = {row[0]: row for row in self.db.execute(f"select * from records where id in ({ids})")}
        return [
            (id, distance, records[id][2:], records[id][1]) for id, distance, _, _ in hits if id in records
        ]

    search_batch = Peer.search_batch  # the libraries' own would leave the records out

    def get(self, id):
        found = super().get(id)
        row = self.db.execute("select * from records where id = ?", (id,)).fetchone()
        return None if found is None or row is None else (found[0], row[2:], row[1])

    def delete(self, id):
        self.db.execute("delete from records where id = ?", (id,))
        super().delete(id)


class FaissFlatSqlite(WithSqlite, FaissFlat):
    name = "faiss_flat+sqlite"


class UsearchF32Sqlite(WithSqlite, UsearchF32):
    name = "usearch_f32+sqlite"
