"""Timing, recall and memory, for steps.py and keyword.py."""

import os
import time

import numpy

TARGETS = (0.95, 0.99)  # recalls at which rivals are compared
ENOUGH = 0.999  # the curve ends here
BISECTIONS = 4  # efforts tried between the last below a target and the first above


def resident_mb(peak=False):
    """Of this process and its children."""
    field = "VmHWM:" if peak else "VmRSS:"
    total, todo = 0, [os.getpid()]
    while todo:
        process = todo.pop()
        try:
            with open(f"/proc/{process}/status", encoding="ascii") as lines:
                total += next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)
            for task in os.listdir(f"/proc/{process}/task"):
                with open(f"/proc/{process}/task/{task}/children", encoding="ascii") as children:
                    todo += map(int, children.read().split())
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended
    return round(total / 1024, 1)


def percentile(values, share):
    return float(numpy.percentile(values, share))


def recall(found, truth):
    """Mean share of the true ids among those found; -1 in `truth` is no id."""
    shares = []
    for ids, true in zip(found, truth):
        true = set(true[true >= 0].tolist())
        shares.append(len(true & set(ids)) / max(1, len(true)))
    return float(numpy.mean(shares))


def run_queries(ask, queries, truth=None, seconds=1.0, limit=8.0):
    """Calls ask(i, query), which returns ids, for all queries again and again until `seconds` have passed;
    stops after `limit` seconds even in the first round. The first questions are asked before, to warm up."""
    for i in range(min(3, len(queries))):
        ask(i, queries[i])
    took, found, started, used = [], [], time.perf_counter(), time.process_time()
    rounds = 0
    while rounds == 0 or time.perf_counter() - started < seconds:
        for i, query in enumerate(queries):
            before = time.perf_counter()
            ids = ask(i, query)
            now = time.perf_counter()
            took.append((now - before) * 1e3)
            if rounds == 0:
                found.append(ids)
                if now - started > limit:
                    break
        rounds += 1
        if time.perf_counter() - started > limit:
            break
    result = {
        "queries": len(took),
        "p50_ms": percentile(took, 50),
        "p99_ms": percentile(took, 99),
        "qps": 1e3 / float(numpy.mean(took)),
        "cpu_ms": (time.process_time() - used) * 1e3 / len(took),
    }
    if truth is not None:
        result["recall"] = recall(found, truth)
        result["short_answers"] = sum(len(ids) < (true >= 0).sum() for ids, true in zip(found, truth))
    return {key: int(value) if isinstance(value, numpy.integer) else value for key, value in result.items()}


def curve(efforts, measure):
    """measure(effort) for efforts, ascending, until recall is ENOUGH; whole numbers also between those that
    enclose a target, so that a point lies close above it."""
    points = {}
    for effort in efforts:
        points[effort] = measure(effort)
        if points[effort]["recall"] >= ENOUGH:
            break
    for target in TARGETS if isinstance(efforts[0], int) else ():
        for _ in range(BISECTIONS):
            below = [effort for effort in points if points[effort]["recall"] < target]
            above = [effort for effort in points if points[effort]["recall"] >= target]
            if not above or not below or min(above) - max(below) < 2:
                break
            middle = (min(above) + max(below)) // 2
            points[middle] = measure(middle)
    return [{"effort": effort, **points[effort]} for effort in sorted(points)]


def best_at(points, target):
    """The quickest point of a curve with at least that recall, or None."""
    reached = [point for point in points if point["recall"] >= target]
    return max(reached, key=lambda point: point["qps"], default=None)
