"""Processes around one store, and what they are to leave in it; driver.cpp has the same functions of a record."""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "cli"))
from support import OK, PARTLY, environment, run  # noqa: E402

DRIVER = os.environ["REEL_CRASH_DRIVER"]
REEL = os.environ["REEL"]
SUM = "sum"


def setting(name, otherwise):
    return int(os.environ.get(name, otherwise))


def weight(record_id, version):
    value = 14695981039346656037
    for byte in f"{record_id}@{version}".encode():
        value = (value ^ byte) * 1099511628211 % 2**64
    return value


def text_of(record_id, version):
    return f"{record_id}@{version} " * (40_000 if version % 50 == 0 else 1 + version % 7 * 40)


def vector_of(record_id, version):
    value = weight(record_id, version)
    return [float(value & 255), float(value >> 8 & 255), float(value >> 16 & 255), 1.0]


def record_of(record_id, version):
    return {"id": record_id, "text": text_of(record_id, version), "metadata": {"v": version},
            "vector": vector_of(record_id, version)}


def sum_record(versions, turn):
    total = sum(weight(*item) for item in versions.items()) % 2**64
    return {"id": SUM, "text": "the sum", "metadata": {"sum": total, "turn": turn}, "vector": [0.0, 0.0, 0.0, 0.0]}


def start(*words, **options):
    return subprocess.Popen(list(map(str, words)), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env=environment(), **options)


class Writer:
    """A writing driver and what it has said."""

    def __init__(self, store, prefix, seed, *sessions):
        self.process = start(DRIVER, "write", store, prefix, seed, *sessions)
        self.out = b""

    def wait_for(self, line, times=1):
        """Until it has said that so often, or has ended."""
        while (self.out.count(line) < times
               and (more := os.read(self.process.stdout.fileno(), 65536))):
            self.out += more

    def kill(self):
        self.process.kill()
        return self.finish()

    def finish(self):
        """The changes that were acknowledged and those that were not, each a dictionary id -> version."""
        rest, self.errors = self.process.communicate()
        acknowledged, tried = [], []
        for line in (self.out + rest).decode().splitlines():
            if line.startswith("try "):
                tried.append(dict(word.split("=") for word in line.split()[1:]))
            elif line == "done":
                acknowledged += tried
                tried = []
        return acknowledged, tried


def apply(versions, change):
    after = dict(versions)
    for record_id, version in change.items():
        if version == "-":
            after.pop(record_id, None)
        elif record_id != "turn":
            after[record_id] = int(version)
    return after


class Reader:
    """A reading driver, which ends with an error if anything it sees is wrong."""

    def __init__(self, store):
        self.process = start(DRIVER, "read", store, stdin=subprocess.PIPE)

    def is_well(self):
        return self.process.poll() is None

    def finish(self):
        """How often it has looked; its error otherwise."""
        out, err = self.process.communicate()
        if self.process.returncode != 0:
            raise AssertionError("a reader has seen: " + err.decode())
        return int(out.decode().split()[0].split("=")[1])


class CrashTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.store = self.folder / "store.mp4"
        self.processes = []
        self.addCleanup(self.end_processes)

    def end_processes(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()

    def watched(self, thing):
        self.processes.append(thing.process)
        return thing

    def create(self):
        outcome = run("create", self.store, "--embedder", "none", "--dim", 4, "--metric", "l2")
        self.assertEqual(outcome.code, OK, outcome)

    def create_with_sum(self):
        """What the driver goes on from."""
        self.create()
        outcome = run("import", self.store, "-", stdin=json.dumps(sum_record({}, 0)).encode())
        self.assertEqual(outcome.code, OK, outcome)

    def contents(self):
        """The store's records as id -> version, each checked against what it must be."""
        outcome = run("export", self.store, "--vectors")
        self.assertEqual(outcome.code, OK, outcome)
        versions, total = {}, None
        for record in outcome.json:
            if record["id"] == SUM:
                total = record["metadata"]
                continue
            version = record["metadata"]["v"]
            expected = record_of(record["id"], version)
            self.assertEqual(record["text"], expected["text"], record["id"])
            self.assertEqual([struct.unpack("<f", struct.pack("<f", x))[0] for x in record["vector"]],
                             expected["vector"], record["id"])
            self.assertNotIn(record["id"], versions)
            versions[record["id"]] = version
        if total is not None:
            self.assertEqual(total, sum_record(versions, total["turn"])["metadata"])
        return versions

    def verify(self, torn=False):
        """Nothing is wrong; where a writer was killed the tail that the next one cuts off may be there."""
        outcome = run("verify", self.store, "--json")
        findings = [line["finding"] for line in outcome.json if "finding" in line]
        tails = [finding for finding in findings if finding.startswith("an unfinished commit")]
        self.assertEqual(findings, tails if torn else [], outcome)
        self.assertEqual(outcome.code, PARTLY if findings else OK, outcome)
        return bool(findings)
