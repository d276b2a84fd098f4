"""One cell of the tables: all steps of one rival on one set of data, each in a process of its own."""

import importlib.metadata
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy

from base import HERE, HOME, peer_classes
from data import Data

ONE_THREAD = {
    name: "1"
    for name in (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "RAYON_NUM_THREADS",
        "TOKIO_WORKER_THREADS",
        "LANCE_CPU_THREADS",
        "LANCE_IO_THREADS",
    )
} | {"THREADS": "1"}
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "PYTHONWARNINGS": "ignore",
    "GRPC_VERBOSITY": "ERROR",
}
SYNCS = "fsync,fdatasync,msync,sync_file_range,sync,syncfs"


class Cell:
    """Runs the steps; what they report, or why they failed, is collected in `steps`."""

    def __init__(self, peer_name, data, budget, wanted):
        self.peer = peer_classes()[peer_name]
        self.peer_name, self.data, self.wanted = peer_name, data, wanted
        self.ends = time.monotonic() + budget
        self.folder = HOME / "stores" / data.name / (self.peer.shares or peer_name)
        self.steps = {}

    def left(self):
        return self.ends - time.monotonic()

    def step(self, name, folder, limit, environment=None, prefix=()):
        """(report, standard output) of steps.py; a report with "error" if it failed or took too long."""
        env = (
            os.environ
            | QUIET
            | {"PEER_FILE": self.peer.__module__.removeprefix("peers."), "STARTED": repr(time.monotonic())}
            | (environment or {})
        )
        command = [
            *prefix,
            sys.executable,
            str(HERE / "steps.py"),
            name,
            self.peer_name,
            self.data.name,
            str(folder),
        ]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
            start_new_session=True,
        )
        limit = max(5.0, min(limit, self.left()))
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return {"error": f"stopped after {limit:.0f} s"}, ""
        lines = [line for line in out.splitlines() if line.startswith("{")]
        if lines:
            return json.loads(lines[-1]), out
        last_words = " ".join((err or out).split())[-200:]
        return {"error": f"exit code {process.returncode}: {last_words}"}, out

    def effort(self):
        value = self.steps.get("query", {}).get("effort")
        return {} if value is None else {"EFFORT": json.dumps(value)}

    def copy(self):
        """A copy of the peer's files to be changed."""
        folder = self.folder.with_name(self.folder.name + ".copy")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder)
        return folder

    def run(self):
        for name in ("ingest", "query", "start", "change", "kill"):
            if name not in self.wanted or self.peer.shares and name not in ("query", "start"):
                continue
            if self.left() < 5:
                self.steps[name] = {"error": "the time for this rival was used up"}
                continue
            getattr(self, f"run_{name}")()
            if name == "ingest" and not self.steps[name].get("complete"):
                shutil.rmtree(self.folder, ignore_errors=True)
                break
        return self.steps

    def run_ingest(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        result, _ = self.step("ingest", self.folder, self.left(), {"LIMIT": repr(self.left() * 0.8)})
        if result.get("complete"):
            result |= disk_use(self.folder)
            result["bytes_per_record"] = result["disk_bytes"] / self.data.count
            result["times_raw"] = result["disk_bytes"] / self.data.raw_bytes
        self.steps["ingest"] = result

    def run_query(self):
        self.steps["query"], _ = self.step("query", self.folder, self.left(), ONE_THREAD)
        self.steps["query_all_cores"], _ = self.step("query_all_cores", self.folder, 60, self.effort())

    def run_start(self):
        question = HOME / "data" / "question.npy"
        numpy.save(question, self.data.queries[0])
        environment = self.effort() | {
            "QUESTION": str(question),
            "FIELDS": json.dumps(self.data.fields),
            "COUNT": str(self.data.count),
        }
        result = {}
        for kind, repeats in (("warm", 5), ("evicted", 1)):
            reports = []
            for _ in range(repeats):
                if kind == "evicted":
                    evict(self.folder)
                reports.append(self.step("start", self.folder, 60, environment)[0])
                if "error" in reports[-1]:
                    break
            failed = "error" in reports[-1]
            result[kind] = (
                reports[-1] if failed else sorted(reports, key=lambda r: r["total_ms"])[len(reports) // 2]
            )
        self.steps["start"] = result

    def run_change(self):
        folder = self.copy()
        self.steps["change"], _ = self.step("change", folder, 60, self.effort())
        shutil.rmtree(folder, ignore_errors=True)

    def run_kill(self):
        folder = self.copy()
        _, out = self.step("kill", folder, 60)
        result, _ = self.step("verify", folder, 60, self.effort())
        self.steps["kill"] = result | {"committed": "COMMITTED" in out}
        if "kill_after_bulk" in self.wanted:
            shutil.rmtree(folder, ignore_errors=True)
            _, out = self.step("kill_after_bulk", folder, self.left())
            result, _ = self.step("verify", folder, 60, self.effort())
            self.steps["kill_after_bulk"] = result | {"committed": "COMMITTED" in out}
        if shutil.which("strace"):
            self.steps["syncs"] = self.count_syncs(self.copy())
        shutil.rmtree(folder, ignore_errors=True)

    def count_syncs(self, folder):
        """System calls that make one appended record durable."""
        log = HOME / "strace.log"
        _, out = self.step(
            "append_traced",
            folder,
            60,
            prefix=("strace", "-f", "-ttt", "-o", str(log), "-e", f"trace={SYNCS}"),
        )
        marks = [float(line.split()[1]) for line in out.splitlines() if line.startswith("MARK")]
        counts = {}
        if len(marks) == 2:
            for line in log.read_text(errors="replace").splitlines():
                _, moment, call = (line.split(None, 2) + ["", "", ""])[:3]
                if "(" in call and "resumed" not in call and marks[0] <= float(moment) <= marks[1]:
                    name = call.split("(")[0]
                    counts[name] = counts.get(name, 0) + 1
        log.unlink(missing_ok=True)
        return counts if len(marks) == 2 else {"error": "the append failed"}


def disk_use(folder):
    stats = [path.lstat() for path in folder.rglob("*") if path.is_file()]
    return {
        "disk_bytes": sum(stat.st_blocks * 512 for stat in stats),
        "apparent_bytes": sum(stat.st_size for stat in stats),
        "files": len(stats),
    }


def evict(folder):
    """Drops a folder's files from the page cache."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def version_of(peer):
    if peer.package is None:
        return getattr(peer, "version", lambda: "")()
    return importlib.metadata.version(peer.package)


def measure_cell(peer_name, data_name, budget, wanted):
    """The cell as it is written to bench/results."""
    data = Data(data_name)
    peer = peer_classes()[peer_name]
    load = os.getloadavg()[0]
    started = time.time()
    steps = Cell(peer_name, data, budget, wanted).run()
    return {
        "peer": peer_name,
        "data": data_name,
        "version": version_of(peer),
        "holds": peer.holds,
        "note": peer.note,
        "date": time.strftime("%Y-%m-%d %H:%M", time.gmtime(started)),
        "load_before": round(load, 2),
        "budget_s": budget,
        "seconds": round(time.time() - started, 1),
        "raw_bytes_per_record": data.raw_bytes / data.count,
        "steps": steps,
    }
