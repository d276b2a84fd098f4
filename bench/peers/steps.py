"""One step of a cell in one process: steps.py STEP PEER DATA FOLDER; the last line it prints is JSON.

Environment: THREADS (1: one core only; 0: all), LIMIT (seconds for adding), EFFORT (of the search, as JSON),
STARTED (time.monotonic() when the process was started).
"""

import json
import os
import signal
import sys
import time

import numpy

import base
import measure

step, peer_name, data_name, folder = sys.argv[1:5]
threads = int(os.environ.get("THREADS", "0"))
effort = json.loads(os.environ.get("EFFORT", "null"))
peer_file = os.environ["PEER_FILE"]
if threads == 1:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def report(**values):
    print("\n" + json.dumps(values), flush=True)


def make_peer(count, fields):
    return base.peer_classes(peer_file)[peer_name](threads, count, fields)


def ids_of(hits):
    return [hit[0] for hit in hits]


def error_text(error):
    return repr(error)[:300]


def opened(data, peer):
    peer.open(folder)
    if peer.efforts:
        peer.set_effort(effort if effort is not None else peer.efforts[len(peer.efforts) // 2])


def new_record(data, number, id=None):
    """A record like the others', but with a vector that nothing is near to."""
    rng = numpy.random.default_rng([99, number])
    vector = rng.standard_normal(data.dimension).astype(numpy.float32)
    vector /= numpy.linalg.norm(vector)
    samples = {"string": "appended", "int": 2011, "float": 0.5}
    metadata = json.dumps({key: samples[kind] for key, kind in data.fields.items()})
    return base.Batch(
        [data.count + number if id is None else id], vector[None], [metadata], ["appended text " * 35]
    )


def start(data):
    """From a new process to the first answer. What the interpreter does when it ends is not counted."""
    question = numpy.load(os.environ["QUESTION"])
    fields = json.loads(os.environ["FIELDS"])
    peer = make_peer(int(os.environ["COUNT"]), fields)
    ready, base_mb = time.monotonic(), measure.resident_mb()
    peer.load()
    imported, imported_mb = time.monotonic(), measure.resident_mb()
    opened(None, peer)
    open_, open_mb = time.monotonic(), measure.resident_mb()
    hits = peer.search(question, 10)
    answered = time.monotonic()
    report(
        total_ms=(answered - float(os.environ["STARTED"])) * 1e3,
        import_ms=(imported - ready) * 1e3,
        open_ms=(open_ - imported) * 1e3,
        query_ms=(answered - open_) * 1e3,
        base_mb=base_mb,
        imported_mb=imported_mb,
        open_mb=open_mb,
        end_mb=measure.resident_mb(),
        has_text=bool(hits and hits[0][3]),
    )


def ingest(data):
    limit = float(os.environ.get("LIMIT", "100"))
    peer = make_peer(data.count, data.fields)
    peer.load()
    before_mb, took, used, done = measure.resident_mb(), 0.0, 0.0, 0

    def timed(call, *arguments):
        nonlocal took, used
        started, cpu = time.monotonic(), time.process_time()
        call(*arguments)
        took += time.monotonic() - started
        used += time.process_time() - cpu

    timed(peer.create, folder, data.dimension)
    for batch in data.batches(peer.batch):
        timed(peer.add, batch)
        done += len(batch.ids)
        if took > limit:
            break
    complete, add_s = done == data.count, took
    if complete:
        timed(peer.finish)
        timed(peer.commit)
    peak_mb = measure.resident_mb(peak=True)
    peer.close()
    report(
        records=done,
        complete=complete,
        seconds=took,
        add_seconds=add_s,
        records_per_s=done / took,
        cpu_seconds=used,
        before_mb=before_mb,
        peak_mb=peak_mb,
    )
    sys.stdout.flush()
    sys.exit(0)  # the ordinary way: some peers write at the end


def query(data):
    peer = make_peer(data.count, data.fields)
    peer.load()
    before_mb = measure.resident_mb()
    opened(data, peer)
    result = {"before_mb": before_mb, "open_mb": measure.resident_mb()}

    def at(value):
        peer.set_effort(value)
        return measure.run_queries(lambda _, q: ids_of(peer.search(q, 10)), data.queries, data.truth)

    if peer.efforts:
        result["curve"] = measure.curve(peer.efforts, at)
        best = measure.best_at(result["curve"], 0.99) or result["curve"][-1]
        result["effort"] = best["effort"]
        peer.set_effort(best["effort"])
    else:
        result["exact"] = measure.run_queries(
            lambda _, q: ids_of(peer.search(q, 10)), data.queries, data.truth, seconds=3
        )
    for case in ("rare", "half"):
        filters = data.filters(case)
        try:
            result[case] = measure.run_queries(
                lambda i, q, filters=filters: ids_of(peer.search(q, 10, filters[i])),
                data.queries,
                data.case_truth[case],
                limit=5,
            )
        except NotImplementedError as error:
            result[case] = {"unsupported": str(error)}
        except Exception as error:  # a rival that fails is a result
            result[case] = {"error": error_text(error)}
    numbers = numpy.random.default_rng(7).integers(0, data.count, 500).tolist()
    try:
        gets = measure.run_queries(lambda _, id: [peer.get(id)[0] is not None], numbers, limit=2)
        result["get_us"] = gets["p50_ms"] * 1e3
    except Exception as error:
        result["get_us"] = None
        result["get_error"] = error_text(error)
    result["peak_mb"] = measure.resident_mb(peak=True)
    report(**result)


def query_all_cores(data):
    """One question at a time, and all of them in one call where the peer has one."""
    peer = make_peer(data.count, data.fields)
    peer.load()
    opened(data, peer)
    result = {
        "single": measure.run_queries(lambda _, q: ids_of(peer.search(q, 10)), data.queries, data.truth)
    }
    try:
        found = peer.search_batch(data.queries, 10)
        took = []
        while sum(took) < 1 and len(took) < 20:
            started = time.perf_counter()
            peer.search_batch(data.queries, 10)
            took.append(time.perf_counter() - started)
        result["batch"] = {
            "qps": len(data.queries) / float(numpy.median(took)),
            "recall": measure.recall(found, data.truth),
        }
    except NotImplementedError:
        pass
    report(**result)


def change(data):
    """Durable changes of one record."""
    peer = make_peer(data.count, data.fields)
    peer.load()
    opened(data, peer)

    def append(i):
        peer.add(new_record(data, i))
        peer.commit()

    def update(i):
        peer.update(new_record(data, 500 + i, id=10 + i))

    def delete(i):
        peer.delete(100 + i)

    result = {}
    for call, times, limit in ((append, 20, 5), (update, 8, 4), (delete, 8, 4)):
        try:
            took, started = [], time.perf_counter()
            for i in range(times):
                before = time.perf_counter()
                call(i)
                took.append((time.perf_counter() - before) * 1e3)
                if time.perf_counter() - started > limit:
                    break
            result[call.__name__] = {
                "times": len(took),
                "p50_ms": measure.percentile(took, 50),
                "max_ms": max(took),
            }
        except Exception as error:
            result[call.__name__] = {"error": error_text(error)}
    if "error" not in result["update"]:
        hits = peer.search(new_record(data, 500).vectors[0], 1)
        result["update"]["is_found"] = bool(hits and hits[0][0] == 10)
    if "error" not in result["delete"]:
        try:
            result["delete"]["is_gone"] = peer.get(100) is None
        except Exception:  # some raise for an id that is not there
            result["delete"]["is_gone"] = True
    report(**result)


KILLED_RECORD = 900


def kill(data):
    """Adds a record, commits, and is killed (SIGKILL) at once."""
    peer = make_peer(data.count, data.fields)
    peer.load()
    opened(data, peer)
    peer.add(new_record(data, KILLED_RECORD))
    peer.commit()
    print("COMMITTED", flush=True)
    os.killpg(0, signal.SIGKILL)  # cell.py gave this process a group of its own


def kill_after_bulk(data):
    """Adds all records, commits, and is killed at once."""
    peer = make_peer(data.count, data.fields)
    peer.load()
    peer.create(folder, data.dimension)
    for batch in data.batches(peer.batch):
        peer.add(batch)
    peer.finish()
    peer.commit()
    print("COMMITTED", flush=True)
    os.killpg(0, signal.SIGKILL)


def append_traced(data):
    """One durable append between two lines with the time, for counting its syncs with strace."""
    peer = make_peer(data.count, data.fields)
    peer.load()
    opened(data, peer)
    peer.add(new_record(data, 901))  # the first may do more
    peer.commit()
    print("MARK", time.time(), flush=True)
    peer.add(new_record(data, 902))
    peer.commit()
    print("MARK", time.time(), flush=True)


def verify(data):
    """What is left after a kill."""
    peer = make_peer(data.count, data.fields)
    result = {}
    try:
        peer.load()
        opened(data, peer)
        killed = new_record(data, KILLED_RECORD)
        try:
            result["get"] = peer.get(killed.ids[0]) is not None
        except Exception as error:
            result["get"] = False
            result["get_error"] = error_text(error)
        hits = peer.search(killed.vectors[0], 1)
        result["found"] = bool(hits and hits[0][0] == killed.ids[0])
        result["recall"] = measure.recall([ids_of(peer.search(q, 10)) for q in data.queries[:50]], data.truth)
    except Exception as error:
        result["error"] = error_text(error)
    report(**result)


STEPS = {
    function.__name__: function
    for function in (ingest, query, query_all_cores, change, kill, kill_after_bulk, append_traced, verify)
}

if step == "start":
    start(None)
else:
    from data import Data

    STEPS[step](Data(data_name))
os._exit(0)  # what a rival does at the end of a process that only read is not measured
