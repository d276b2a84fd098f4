#!/usr/bin/env python3
"""FAISS's flat scan of one query at a time, for comparison with
reel_bench_exact_search (same sizes, same JSON). Needs PyPI faiss-cpu and numpy.

    exact_search_faiss.py [--n 100000] [--d 384] [--k 10] [--threads 2] [--queries 40]
"""
import argparse
import json
import time

import faiss
import numpy as np

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--n", type=int, default=100000)
parser.add_argument("--d", type=int, default=384)
parser.add_argument("--k", type=int, default=10)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--queries", type=int, default=40)
options = parser.parse_args()

faiss.omp_set_num_threads(options.threads)
random = np.random.default_rng(42)
index = faiss.IndexFlatL2(options.d)
index.add(random.uniform(-1, 1, (options.n, options.d)).astype(np.float32))
queries = random.uniform(-1, 1, (options.queries, options.d)).astype(np.float32)

times = []
for query in queries:
    start = time.perf_counter()
    index.search(query[None, :], options.k)
    times.append((time.perf_counter() - start) * 1e3)
times.sort()
median = times[len(times) // 2]
print(json.dumps({
    "faiss": faiss.__version__, "n": options.n, "d": options.d, "k": options.k, "threads": options.threads,
    "contiguous": {"min_ms": round(times[0], 2), "median_ms": round(median, 2),
                   "p99_ms": round(times[min(len(times) - 1, len(times) * 99 // 100)], 2),
                   "GB_per_s": round(options.n * options.d * 4 / median / 1e6, 1)}}))
