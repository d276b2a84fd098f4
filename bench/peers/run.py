"""Measures the cells of a form, one after the other, and writes tables and curves.

usage: run.py FORM [--only PEER,...] [--again] [--budget SECONDS] [--steps STEP,...] [--list]

A cell whose file is there is not measured again, so an interrupted run goes on where it stopped; --again
measures the chosen ones anew. scripts/bench.sh calls this with everything prepared.
"""

import argparse
import json
import os
import pathlib
import sys
import time

import curves
import keywords
import table
from base import HERE
from cell import measure_cell

RESULTS = pathlib.Path(os.environ.get("BENCH_RESULTS", HERE.parent / "results"))
STEPS = "ingest,query,start,change,kill"

# Those that hold metadata and texts, those that hold vectors, and what opens their files in another way.
STORES = (
    "reel_exact reel_fast numpy sqlite_vec duckdb lancedb_flat lancedb_hnsw_sq chromadb milvus_lite_flat "
    "milvus_lite_hnsw zvec_flat zvec_hnsw faiss_flat+sqlite usearch_f32+sqlite"
).split()
VECTORS = (
    "faiss_flat faiss_flat_mmap faiss_hnsw faiss_hnsw_mmap faiss_ivf faiss_ivf_rabitq usearch_f32 "
    "usearch_f32_view usearch_f16 usearch_i8 usearch_i8_view hnswlib voyager"
).split()
LARGE = (
    "reel_exact reel_fast numpy zvec_hnsw lancedb_hnsw_sq faiss_flat faiss_hnsw faiss_ivf faiss_ivf_rabitq "
    "usearch_f32 hnswlib"
).split()

# {form: ({data: peers}, seconds a rival)}
FORMS = {
    "quick": (
        {"generated-10000x384": "reel_exact reel_fast numpy faiss_flat faiss_hnsw hnswlib zvec_hnsw".split()},
        90,
    ),
    "100k": (
        {
            "wordnet-100000x384": STORES + VECTORS,
            "generated-100000x768": "reel_exact reel_fast zvec_hnsw numpy faiss_flat faiss_hnsw faiss_ivf "
            "faiss_ivf_rabitq hnswlib usearch_f32".split(),
            "generated-1000x384": ["memvid_v2"],
        },
        600,
    ),
    "1m": ({"generated-1000000x384": LARGE}, 3600),
    "5m": ({"generated-5000000x384": "reel_exact reel_fast faiss_flat faiss_ivf_rabitq".split()}, 7200),
    "keyword": ({data: list(keywords.ENGINES) for data in keywords.TEXTS}, 600),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("form", choices=FORMS)
    parser.add_argument("--only", type=lambda names: names.split(","), help="these peers")
    parser.add_argument("--again", action="store_true", help="measure cells that have a result")
    parser.add_argument("--budget", type=float, help="seconds a rival and set of data")
    parser.add_argument("--steps", default=STEPS, help=f"of {STEPS},kill_after_bulk")
    parser.add_argument("--list", action="store_true", help="only name the cells")
    return parser.parse_args()


def measure(form, peer, data, budget, steps):
    if form == "keyword":
        return keywords.measure_cell(peer, data, budget)
    return measure_cell(peer, data, budget, steps.split(","))


def main():
    given = arguments()
    cells, budget = FORMS[given.form]
    budget = given.budget or budget
    folder = RESULTS / given.form
    for data, peers in cells.items():
        for peer in given.only or peers:
            path = folder / data / f"{peer}.json"
            if path.exists() and not given.again or peer not in peers:
                continue
            print(f"{data} {peer}", flush=True)
            if given.list:
                continue
            started = time.monotonic()
            result = measure(given.form, peer, data, budget, given.steps)
            result["command"] = f"scripts/bench.sh {' '.join(sys.argv[1:])}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(result, indent=1) + "\n")
            print(f"    {time.monotonic() - started:.0f} s", flush=True)
    if not given.list:
        table.write(folder, given.form)
        curves.write(folder)
        print(f"{folder}/README.md")


if __name__ == "__main__":
    main()
