"""The data that all peers get: vectors of unit length with metadata and a text, questions, and the truth.

Data("generated-100000x384"): made from a fixed seed (generated.py).
Data("wordnet-100000x384"): real texts and real embeddings of them (glosses.py).

A set is made when it is first asked for and kept in $PEERS_HOME/data. Truth are the K nearest by float64,
ties by record number: of all records, and under the filter each question has in each of two cases: one that
lets about 1 % through and one that lets 50 % through.
"""

import json
import shutil
import sys

import numpy

from base import HOME, Batch, Filter

K = 10
CASES = ("rare", "half")  # names of the filter cases
BLOCK = 50_000  # rows in memory at once while a set is made
CANDIDATES = 3 * K  # kept by float32 for the float64 ranking


class Data:
    def __init__(self, name):
        folder = HOME / "data" / name
        if not (folder / "about.json").exists():
            make(name, folder)
        about = json.loads((folder / "about.json").read_text())
        self.name, self.folder = name, folder
        self.count, self.dimension = about["count"], about["dimension"]
        self.fields = about["fields"]
        self.raw_bytes = about["raw_bytes"]  # of vectors, metadata and texts
        self.conditions = about["conditions"]
        stored = numpy.load(folder / "questions.npz")
        self.queries, self.truth = stored["queries"], stored["truth"]
        self.case_truth = {case: stored[f"truth_{case}"] for case in CASES}

    def vectors(self):
        return numpy.load(self.folder / "vectors.npy", mmap_mode="r")

    def filters(self, case):
        """A Filter for each question; equal ones are one object."""
        columns = numpy.load(self.folder / "columns.npz")
        key, op, values = (self.conditions[case][name] for name in ("key", "op", "values"))
        made = {value: Filter(key, op, value, columns[key]) for value in set(values)}
        return [made[value] for value in values]

    def batches(self, size):
        vectors = self.vectors()
        with open(self.folder / "records.jsonl", encoding="utf-8") as lines:
            for first in range(0, self.count, size):
                ids = range(first, min(self.count, first + size))
                records = [json.loads(next(lines)) for _ in ids]
                yield Batch(
                    list(ids),
                    numpy.array(vectors[ids.start : ids.stop]),
                    [metadata for metadata, _ in records],
                    [text for _, text in records],
                )


def make(name, folder):
    kind, _, size = name.partition("-")
    count, dimension = map(int, size.split("x"))
    source = {"generated": "generated", "wordnet": "glosses"}[kind]
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = __import__(source).Source(count, dimension)

    vectors = numpy.lib.format.open_memmap(folder / "vectors.npy", "w+", numpy.float32, (count, dimension))
    columns = {key: [] for key in (made.conditions[case]["key"] for case in CASES)}
    raw_bytes = vectors.nbytes
    with open(folder / "records.jsonl", "w", encoding="utf-8") as lines:
        row = 0
        for block, metadata, texts in made.blocks(BLOCK):
            vectors[row : row + len(block)] = block
            row += len(block)
            for record, text in zip(metadata, texts):
                for key, column in columns.items():
                    column.append(record[key])
                record = json.dumps(record, ensure_ascii=False)
                raw_bytes += len(record.encode()) + len(text.encode())
                lines.write(json.dumps([record, text]) + "\n")
    columns = {key: numpy.array(column) for key, column in columns.items()}
    numpy.savez(folder / "columns.npz", **columns)
    truth = {"truth": true_nearest(vectors, made.queries, None)}
    for case in CASES:
        condition = made.conditions[case]
        filters = {
            value: Filter(condition["key"], condition["op"], value, columns[condition["key"]])
            for value in set(condition["values"])
        }
        truth[f"truth_{case}"] = true_nearest(
            vectors, made.queries, [filters[value] for value in condition["values"]]
        )
    numpy.savez(folder / "questions.npz", queries=made.queries, **truth)
    about = {
        "count": count,
        "dimension": dimension,
        "fields": made.fields,
        "raw_bytes": raw_bytes,
        "conditions": made.conditions,
    }
    (folder / "about.json").write_text(json.dumps(about))


def true_nearest(vectors, queries, filters):
    """The numbers of the K nearest rows to each query, of those its filter lets through; -1 fills up."""
    groups = {}  # queries with the same filter are answered together
    for i, condition in enumerate(filters or [None] * len(queries)):
        groups.setdefault(id(condition), (condition, []))[1].append(i)
    candidates = [[] for _ in queries]
    for first in range(0, len(vectors), BLOCK):
        block = numpy.asarray(vectors[first : first + BLOCK])
        norms = (block**2).sum(1)
        for condition, members in groups.values():
            rows = slice(None)
            numbers = numpy.arange(first, first + len(block))
            if condition is not None:
                rows = condition.mask[first : first + len(block)]
                numbers = numbers[rows]
            if not len(numbers):
                continue
            distances = norms[rows] - 2 * (queries[members] @ block[rows].T)
            keep = min(CANDIDATES, len(numbers))
            nearest = numpy.argpartition(distances, keep - 1, axis=1)[:, :keep]
            for member, places, row in zip(members, nearest, distances):
                candidates[member].append((row[places], numbers[places]))
    truth = numpy.full((len(queries), K), -1, numpy.int64)
    for i, parts in enumerate(candidates):
        if not parts:
            continue
        distances, numbers = (numpy.concatenate(values) for values in zip(*parts))
        numbers = numpy.sort(numbers[numpy.argsort(distances)[:CANDIDATES]])
        exact = ((vectors[numbers].astype(numpy.float64) - queries[i].astype(numpy.float64)) ** 2).sum(1)
        best = numbers[numpy.argsort(exact, kind="stable")[:K]]
        truth[i, : len(best)] = best
    return truth


if __name__ == "__main__":
    for given in sys.argv[1:]:
        data = Data(given)
        print(given, f"{data.raw_bytes / data.count:.0f} bytes a record", data.fields)
