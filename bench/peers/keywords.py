"""Keyword search: 100,000 texts of 500 bytes, three words of which any may match, the ten best by BM25 with
their texts.

Run as keywords.py STEP ENGINE TEXTS FOLDER it does one step in its own process and prints JSON. Each
question has a common, a middling and a rare word. "agreement" is the share of the ten best ids that the
formula itself gives (k1 = 1.2, b = 0.75, exact lengths) for the first 100 questions: engines round lengths
and split words differently, so somewhat less than 1 is no fault; much less is.
"""

import collections
import json
import math
import os
import re
import shutil
import subprocess
import sys
import time

import numpy

import base
import measure

TEXTS = ("texts-generated-100000", "texts-glosses-100000")
SEED, QUESTIONS, JUDGED = 42, 1000, 100
TEXT_BYTES = 500
K1, B = 1.2, 0.75


# --- Texts and questions ---


def generated_texts(count):
    import generated

    source = generated.Source(count, generated.RANK)
    for _, _, texts in source.blocks(10_000):
        yield from texts


def gloss_texts(count):
    """Glosses of WordNet in a random order, put together until they fill a text; over and over again."""
    sys.path.insert(0, str(base.HERE.parent))
    import wordnet

    glosses = [synset.gloss for synset in wordnet.synsets()]
    rng, text = numpy.random.default_rng(SEED), ""
    while True:
        for place in rng.permutation(len(glosses)):
            text += glosses[place] + " "
            if len(text) >= TEXT_BYTES:
                yield text[:TEXT_BYTES]
                text, count = "", count - 1
                if count == 0:
                    return


def words_of(text):
    return re.findall(r"\w+", text.lower())


def bm25_truth(texts, questions):
    """The ids of the ten best texts for each question."""
    wanted = {word for question in questions for word in question}
    postings, lengths = collections.defaultdict(list), []
    for id, text in enumerate(texts):
        words = words_of(text)
        lengths.append(len(words))
        for word, times in collections.Counter(word for word in words if word in wanted).items():
            postings[word].append((id, times))
    lengths = numpy.array(lengths)
    norms = K1 * (1 - B + B * lengths / lengths.mean())
    best = []
    for question in questions:
        scores = numpy.zeros(len(texts))
        for word in question:
            ids, times = numpy.array(postings[word]).T
            weight = math.log(1 + (len(texts) - len(ids) + 0.5) / (len(ids) + 0.5))
            scores[ids] += weight * times * (K1 + 1) / (times + norms[ids])
        best.append(numpy.argsort(-scores, kind="stable")[:10].tolist())
    return best


def load(name):
    """{"texts", "questions" (lists of words), "truth"}; made once."""
    path = base.HOME / "data" / f"{name}.json"
    if not path.exists():
        _, kind, count = name.split("-")
        texts = list({"generated": generated_texts, "glosses": gloss_texts}[kind](int(count)))
        frequency = collections.Counter(word for text in texts for word in set(words_of(text)))
        ranked = [word for word, times in frequency.most_common() if times > 10 and word.isalpha()]
        rng = numpy.random.default_rng(SEED)
        bands = (ranked[20:200], ranked[200:1000], ranked[1000:])
        questions = [[str(rng.choice(band)) for band in bands] for _ in range(QUESTIONS)]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps(
                {"texts": texts, "questions": questions, "truth": bm25_truth(texts, questions[:JUDGED])}
            )
        )
    return json.loads(path.read_text())


# --- Engines ---


class Engine:
    """build() writes texts with ids from 0 and their index into a folder; index_bytes() says how much of that
    is the index alone; search() gives [(id, text)]."""

    package = None
    note = ""


class Reel(Engine):
    note = "index: what a store without one lacks"

    @staticmethod
    def version():
        from peers.p_reel import Reel as Peer

        return Peer.version()

    def module(self):
        from peers.p_reel import Reel as Peer

        Peer.load(None)
        import reeldb

        return reeldb

    def make(self, path, texts, text_index):
        with self.module().create(str(path), 2, "l2", text_index=text_index) as store:
            for first in range(0, len(texts), 10_000):
                part = texts[first : first + 10_000]
                store.add(
                    range(first, first + len(part)), numpy.ones((len(part), 2), numpy.float32), None, part
                )
            store.seal()

    def build(self, folder, texts):
        self.make(folder / "store.mp4", texts, True)

    def index_bytes(self, folder, texts):
        other = folder / "without.mp4"
        self.make(other, texts, False)
        without = other.stat().st_size
        other.unlink()
        return (folder / "store.mp4").stat().st_size - without

    def open(self, folder):
        self.store = self.module().open(str(folder / "store.mp4"))

    def search(self, words):
        return [
            (int(hit.id), hit.text) for hit in self.store.search(" ".join(words), 10, mode="text", threads=1)
        ]


class Tantivy(Engine):
    package = "tantivy"
    note = "index: without its document store"

    def schema(self):
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("id", stored=True)
        builder.add_text_field("text", stored=True, index_option="freq")
        return builder.build()

    def build(self, folder, texts):
        import tantivy

        index = tantivy.Index(self.schema(), str(folder))
        writer = index.writer(heap_size=512_000_000)
        for id, text in enumerate(texts):
            writer.add_document(tantivy.Document(id=id, text=text))
        writer.commit()
        writer.wait_merging_threads()

    def index_bytes(self, folder, texts):
        return sum(file.stat().st_size for file in folder.iterdir() if file.suffix != ".store")

    def open(self, folder):
        import tantivy

        self.index = tantivy.Index.open(str(folder))
        self.searcher = self.index.searcher()

    def search(self, words):
        query = self.index.parse_query(" ".join(words), ["text"])
        documents = [self.searcher.doc(address) for _, address in self.searcher.search(query, 10).hits]
        return [(document["id"][0], document["text"][0]) for document in documents]


class Fts5(Engine):
    note = "detail=column; index: what it adds to the file"

    @staticmethod
    def version():
        import sqlite3

        return sqlite3.sqlite_version

    def open(self, folder):
        import sqlite3

        self.path = folder / "store.db"
        self.db = sqlite3.connect(self.path)

    def build(self, folder, texts):
        self.open(folder)
        self.db.execute("create table texts(id integer primary key, text text)")
        self.db.executemany("insert into texts values(?, ?)", enumerate(texts))
        self.db.commit()
        self.before = self.path.stat().st_size
        self.db.execute(
            "create virtual table words using fts5(text, content='texts', content_rowid='id', "
            "detail='column')"
        )
        self.db.execute("insert into words(words) values('rebuild')")
        self.db.commit()
        self.db.execute("insert into words(words) values('optimize')")
        self.db.commit()
        self.db.close()

    def index_bytes(self, folder, texts):
        return self.path.stat().st_size - self.before

    def search(self, words):
        return self.db.execute(
            "select rowid, text from words where words match ? order by rank limit 10", (" OR ".join(words),)
        ).fetchall()


class Lance(Engine):
    package = "lancedb"
    note = "without positions; index: what it adds to the folder"

    def build(self, folder, texts):
        import lancedb
        import pyarrow

        table = lancedb.connect(str(folder)).create_table(
            "texts", pyarrow.table({"id": pyarrow.array(range(len(texts)), pyarrow.int64()), "text": texts})
        )
        self.before = size_of(folder)
        table.create_fts_index("text", with_position=False, stem=False, remove_stop_words=False)

    def index_bytes(self, folder, texts):
        return size_of(folder) - self.before

    def open(self, folder):
        import lancedb

        self.table = lancedb.connect(str(folder)).open_table("texts")

    def search(self, words):
        rows = (
            self.table.search(" ".join(words), query_type="fts")
            .limit(10)
            .select(["id", "text", "_score"])
            .to_list()
        )
        return [(row["id"], row["text"]) for row in rows]


ENGINES = {"reel_text": Reel, "tantivy": Tantivy, "sqlite_fts5": Fts5, "lancedb_fts": Lance}


# --- Steps ---


def size_of(folder):
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def build(engine, texts, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started, used = time.perf_counter(), time.process_time()
    engine.build(folder, texts["texts"])
    took, used = time.perf_counter() - started, time.process_time() - used
    peak_mb = measure.resident_mb(peak=True)
    return {
        "seconds": took,
        "cpu_seconds": used,
        "index_bytes": engine.index_bytes(folder, texts["texts"]),
        "disk_bytes": size_of(folder),
        "text_bytes": sum(len(text.encode()) for text in texts["texts"]),
        "peak_mb": peak_mb,
    }


def query(engine, texts, folder):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    engine.open(folder)
    questions = texts["questions"]
    assert engine.search(questions[0])[0][1], "an answer has its text"
    result = measure.run_queries(
        lambda _, words: [id for id, _ in engine.search(words)], questions, seconds=3, limit=60
    )
    found = [[id for id, _ in engine.search(words)] for words in questions[:JUDGED]]
    result["agreement"] = measure.recall(found, numpy.array(texts["truth"]))
    return result


def measure_cell(name, data, budget):
    engine, folder = ENGINES[name], base.HOME / "stores" / data / name
    load(data)
    steps = {}
    for step in ("build", "query"):
        environment = os.environ | (
            {"RAYON_NUM_THREADS": "1", "LANCE_CPU_THREADS": "1"} if step == "query" else {}
        )
        try:
            done = subprocess.run(
                [sys.executable, __file__, step, name, data, str(folder)],
                capture_output=True,
                text=True,
                timeout=budget,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired:
            steps[step] = {"error": f"stopped after {budget:.0f} s"}
            break
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        steps[step] = json.loads(lines[-1]) if lines else {"error": " ".join(done.stderr.split())[-200:]}
        if not lines:
            break
    return {
        "peer": name,
        "data": data,
        "version": version_of(engine),
        "note": engine.note,
        "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        "load_before": round(os.getloadavg()[0], 2),
        "steps": steps,
    }


def version_of(engine):
    import importlib.metadata

    return importlib.metadata.version(engine.package) if engine.package else engine.version()


if __name__ == "__main__":
    import pathlib

    step_name, engine_name, data_name, folder_name = sys.argv[1:]
    step = {"build": build, "query": query}[step_name]
    print(json.dumps(step(ENGINES[engine_name](), load(data_name), pathlib.Path(folder_name))), flush=True)
