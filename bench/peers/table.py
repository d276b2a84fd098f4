"""Results as Markdown: table.py FOLDER FORM writes FOLDER/README.md from the cells and the machine's limits
there."""

import json
import pathlib
import sys

from measure import best_at


def number(value):
    """Three digits or so; a dash for what is not there."""
    if value is None:
        return "–"
    if abs(value) >= 100_000:
        return f"{value / 1000:,.0f}k"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"


def look(mapping, *keys):
    """mapping[key][key]..., or None where one is missing."""
    for key in keys:
        if not isinstance(mapping, dict):
            return None
        mapping = mapping.get(key)
    return mapping


def rows(header, lines):
    def cells(line):
        return " | ".join(" ".join(text.split()).replace("|", "/") for text in line)

    return (
        "\n".join(
            [
                f"| {cells(header)} |",
                "|" + " --- |" * len(header),
                *(f"| {cells(line)} |" for line in lines),
            ]
        )
        + "\n"
    )


def name_of(cell):
    return cell["peer"] + ("" if cell.get("holds", "all") == "all" else " *")


def point_text(point):
    if point is None:
        return "not reached"
    effort = f", {point['effort']}" if "effort" in point else ""
    return f"{number(point['qps'])} ({point['recall']:.3f}{effort})"


def search_line(cell):
    query, cores = look(cell, "steps", "query") or {}, look(cell, "steps", "query_all_cores")
    if "error" in query or not query:
        return [
            name_of(cell),
            query.get("error") or look(cell, "steps", "ingest", "error") or "not measured",
            *["–"] * 8,
        ]
    curve, exact = query.get("curve"), query.get("exact")
    if exact:
        points = ["exact"] * 3
        chosen = exact
    else:
        best = [best_at(curve, target) for target in (0.95, 0.99, 0.999)]
        points = [point_text(point) for point in best]
        chosen = best[1] or curve[-1]
    return [
        name_of(cell),
        (
            number(exact["qps"]) + (f" ({exact['recall']:.3f})" if exact["recall"] < 0.9995 else "")
            if exact
            else "–"
        ),
        *points,
        number(chosen["p50_ms"]),
        number(chosen["p99_ms"]),
        number(chosen["cpu_ms"]),
        number(look(cores, "single", "p50_ms")),
        number(look(cores, "batch", "qps")),
    ]


SEARCH_HEADER = [
    "peer",
    "exact: queries/s",
    "recall ≥ 0.95: queries/s (recall, effort)",
    "≥ 0.99",
    "≥ 0.999",
    "p50 ms",
    "p99 ms",
    "CPU ms",
    "all cores: p50 ms",
    "all cores, one batch: queries/s",
]


def case_text(case):
    if case is None:
        return "–"
    if "unsupported" in case or "error" in case:
        return case.get("unsupported") or "fails"
    short = f", {case['short_answers']} short" if case["short_answers"] else ""
    return f"{number(case['p50_ms'])} ({case['recall']:.3f}{short})"


def start_line(cell):
    query, start = look(cell, "steps", "query") or {}, look(cell, "steps", "start") or {}

    def open_and_query(kind):
        report = start.get(kind) or {}
        return number(report["open_ms"] + report["query_ms"]) if "open_ms" in report else "–"

    added = look(start, "warm", "open_mb") and start["warm"]["open_mb"] - start["warm"]["imported_mb"]
    return [
        name_of(cell),
        case_text(query.get("rare")),
        case_text(query.get("half")),
        number(query.get("get_us")),
        open_and_query("warm"),
        open_and_query("evicted"),
        number(look(start, "warm", "import_ms")),
        number(look(start, "warm", "total_ms")),
        number(added),
        number(query.get("peak_mb")),
    ]


START_HEADER = [
    "peer",
    "1 % filter: p50 ms (recall)",
    "50 %: p50 ms (recall)",
    "get µs",
    "open + first answer ms",
    "the same, evicted",
    "import ms",
    "new process to answer ms",
    "opening adds MB",
    "peak MB",
]


def change_text(cell, what):
    change = look(cell, "steps", "change", what)
    if change is None:
        return "–"
    return "no" if "error" in change else number(change["p50_ms"])


def kill_text(kill):
    if not kill or "committed" not in kill:
        return "–"
    if not kill.get("committed"):
        return "the append failed"
    if "error" in kill:
        return "does not open"
    if kill.get("found"):
        return "kept"
    return "kept, but not found" if kill.get("get") else "lost"


def sync_text(syncs):
    if syncs is None or "error" in syncs:
        return "–"
    return ", ".join(f"{count} {name}" for name, count in syncs.items()) or "none"


def write_line(cell):
    steps = cell["steps"]
    ingest = steps.get("ingest") or {}
    if not ingest.get("complete"):
        why = ingest.get("error") or f"stopped at {ingest.get('records', 0):,} records"
        return [name_of(cell), why, *["–"] * 10]
    finish = ingest["seconds"] - ingest["add_seconds"]
    return [
        name_of(cell),
        number(ingest["records_per_s"]),
        number(ingest["seconds"]),
        number(finish),
        number(ingest["cpu_seconds"]),
        number(ingest["bytes_per_record"]),
        number(ingest["times_raw"]),
        *(change_text(cell, what) for what in ("append", "update", "delete")),
        kill_text(steps.get("kill")),
        sync_text(steps.get("syncs")),
    ]


WRITE_HEADER = [
    "peer",
    "records/s, durable",
    "seconds",
    "of them finishing",
    "CPU s",
    "bytes a record",
    "× raw",
    "append one ms",
    "update ms",
    "delete ms",
    "killed after commit",
    "syncs for one record",
]


def keyword_line(cell):
    build, query = cell["steps"].get("build") or {}, cell["steps"].get("query") or {}
    if "error" in build or "error" in query or not query:
        return [cell["peer"], build.get("error") or query.get("error") or "not measured", *["–"] * 7]
    return [
        cell["peer"],
        number(query["p50_ms"]),
        number(query["p99_ms"]),
        number(query["qps"]),
        f"{query['agreement']:.3f}",
        number(build["seconds"]),
        number(build["cpu_seconds"]),
        number(build["index_bytes"] / build["text_bytes"]),
        number(build["disk_bytes"] / build["text_bytes"]),
    ]


KEYWORD_HEADER = [
    "engine",
    "p50 ms",
    "p99 ms",
    "queries/s",
    "agreement",
    "build s",
    "build CPU s",
    "index / text",
    "disk / text",
]

NOTES = """
One thread on one core but where "all cores" is said; top 10; the median of at least a second of queries.
Rows with `*` hold vectors only, the others also find metadata and text. Effort is what the peer calls it
(see below). Latencies and the filter columns are at the effort of recall ≥ 0.99 (the highest tried, where
that is not reached). "short": answers with fewer hits than there are matching records. Writing: all cores,
up to the moment everything is durable and indexed; "× raw": bytes on the disk for each byte of vectors,
metadata and texts.
"""


def machine_text(folder):
    path = folder.parent / "machine.json"
    if not path.exists():
        return ""
    machine = json.loads(path.read_text())
    return rows(["machine", ""], [[key, str(value)] for key, value in machine.items()]) + "\n"


def write(folder, form):
    cells = [json.loads(path.read_text()) for path in sorted(folder.glob("*/*.json"))]
    parts = [
        f"# Results: {form}\n\nMade by `scripts/bench.sh {form}` (bench/peers/table.py); do not edit.\n",
        machine_text(folder),
    ]
    for data in sorted({cell["data"] for cell in cells}):
        here = [cell for cell in cells if cell["data"] == data]
        # Reel first, then by name.
        here.sort(key=lambda cell: (not cell["peer"].startswith("reel"), cell["peer"]))
        parts.append(f"## {data}\n")
        if form == "keyword":
            parts.append(rows(KEYWORD_HEADER, map(keyword_line, here)))
        else:
            parts.append(f"![Queries a second at each recall]({data}.svg)\n")
            parts.append("### Search\n\n" + rows(SEARCH_HEADER, map(search_line, here)))
            parts.append("### Filters, start, memory\n\n" + rows(START_HEADER, map(start_line, here)))
            writers = [cell for cell in here if "ingest" in cell["steps"]]
            parts.append("### Writing\n\n" + rows(WRITE_HEADER, map(write_line, writers)))
        parts.append(
            rows(
                ["peer", "version", "measured", "load before", "note"],
                [
                    [cell["peer"], cell["version"], cell["date"], str(cell["load_before"]), cell["note"]]
                    for cell in here
                ],
            )
        )
    if form != "keyword":
        parts.append(NOTES.strip() + "\n")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "README.md").write_text("\n".join(parts))


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]), sys.argv[2])
