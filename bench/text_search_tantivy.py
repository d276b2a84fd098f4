#!/usr/bin/env python3
"""Makes texts and queries for reel_bench_text_search, and asks Tantivy the same (pip install tantivy numpy).

usage: text_search_tantivy.py make FOLDER              writes FOLDER/texts.txt and FOLDER/queries.txt
       text_search_tantivy.py queries TEXTS QUERIES    queries for texts of your own, one a line
       text_search_tantivy.py run TEXTS QUERIES        builds and asks, one thread
"""
import collections
import os
import shutil
import sys
import tempfile
import time

import numpy as np

SYLLABLES = ("ka ro mi ten lu sor vi da pel no gra shi tor en qua bel ri mos ul fa").split()


def make_texts(path, count=100_000):
    """500 bytes each: 80 words of 5,000, the one of rank r with a probability of about 1 / (5 + r)."""
    rng = np.random.default_rng([42, 4])
    words = np.array(["".join(rng.choice(SYLLABLES, rng.integers(2, 5))) for _ in range(5000)])
    chances = 1.0 / (5 + np.arange(5000))
    chosen = np.random.default_rng([42, 3]).choice(5000, (count, 80), p=chances / chances.sum())
    with open(path, "w") as file:
        for row in chosen:
            file.write(" ".join(words[row])[:500] + "\n")


def make_queries(texts, path, each=200):
    counts = collections.Counter()
    for line in open(texts):
        counts.update(set(word for word in line.lower().split() if word.isascii() and word.isalnum()))
    ranked = [word for word, count in counts.most_common() if count > 1]
    rng = np.random.default_rng(7)
    bands = [ranked[:50], ranked[50:500], ranked[500:5000]]
    with open(path, "w") as file:
        for _ in range(each):
            common, middle, rare = (band[rng.integers(len(band))] for band in bands)
            two = " ".join(bands[0][rng.integers(50)] for _ in range(2))
            file.write(f"or3\t{common} {middle} {rare}\n")
            file.write(f"or3 common\t{two} {common}\n")
            file.write(f"and3\t+{common} +{middle} +{rare}\n")
            file.write(f"and2\t+{common} +{middle}\n")
            file.write(f'phrase\t"{common} {middle}"\n')
            file.write(f"prefix\t{middle[:3]}*\n")


def run(texts, queries):
    import tantivy
    lines = open(texts).read().splitlines()
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", stored=False, tokenizer_name="default", index_option="freq")
    folder = tempfile.mkdtemp()
    start = time.perf_counter()
    index = tantivy.Index(builder.build(), path=folder)
    writer = index.writer(heap_size=500_000_000, num_threads=1)
    for line in lines:
        writer.add_document(tantivy.Document(text=line))
    writer.commit()
    writer.wait_merging_threads()
    print(f"build {time.perf_counter() - start:.2f} s")
    index.reload()
    searcher = index.searcher()
    size = sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder))
    print(f"index {size} bytes, {size / sum(len(line.encode()) for line in lines):.3f} of the texts, "
          f"{searcher.num_segments} segments")
    times = collections.defaultdict(list)
    for line in open(queries).read().splitlines():
        name, text = line.split("\t")
        if name in ("phrase", "prefix"):
            continue  # without positions it has no phrases; its parser has no prefixes of one word
        for _ in range(3):
            start = time.perf_counter()
            searcher.search(index.parse_query(text, ["text"]), 10)
            times[name].append((time.perf_counter() - start) * 1e3)
    for name, ms in sorted(times.items()):
        print(f"{name:14} median {np.median(ms):.3f} ms, p99 {np.percentile(ms, 99):.3f} ms, {len(ms)} queries")
    shutil.rmtree(folder)


if __name__ == "__main__":
    if sys.argv[1:2] == ["make"]:
        make_texts(sys.argv[2] + "/texts.txt")
        make_queries(sys.argv[2] + "/texts.txt", sys.argv[2] + "/queries.txt")
    elif sys.argv[1:2] == ["queries"]:
        make_queries(sys.argv[2], sys.argv[3])
    elif sys.argv[1:2] == ["run"]:
        run(sys.argv[2], sys.argv[3])
    else:
        sys.exit(__doc__)
