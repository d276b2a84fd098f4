#!/usr/bin/env python3
"""Runs clang-tidy over src/, skipping what has not changed since it last passed.

usage: scripts/run_tidy.py BUILD_DIR      a folder with clang's compile_commands.json; stamps go to BUILD_DIR/tidy

A file's stamp is a hash of .clang-tidy, of its command and of every file of ours that it includes.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent.resolve()
TIDY = "clang-tidy-16"


def commands(build):
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = pathlib.Path(entry["file"]).resolve()
        if file.is_relative_to(ROOT / "src") and file.suffix == ".cpp":
            yield file, entry


def our_dependencies(file, entry):
    """The file and its headers within the repository, as the compiler sees them."""
    words = shlex.split(entry["command"])
    if os.path.basename(words[0]) == "ccache":
        words = words[1:]
    if "-o" in words:
        at = words.index("-o")
        del words[at:at + 2]
    rule = subprocess.run([*words, "-MM"], capture_output=True, text=True, check=True, cwd=entry["directory"]).stdout
    names = rule.split(":", 1)[1].replace("\\\n", " ").split()
    paths = {(pathlib.Path(entry["directory"]) / name).resolve() for name in names}
    return sorted(path for path in paths | {file} if path.is_relative_to(ROOT))


def stamp_of(build, file, entry):
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
    digest.update(entry["command"].encode())
    for path in our_dependencies(file, entry):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return build / "tidy" / digest.hexdigest()


def check(build, file, entry):
    """The complaints about one file, or None if it passed."""
    try:
        stamp = stamp_of(build, file, entry)
    except subprocess.CalledProcessError as error:
        return error.stderr
    if stamp.exists():
        return None
    done = subprocess.run([TIDY, "--quiet", "-p", str(build), str(file)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stdout + done.stderr
    stamp.touch()
    return None


def main(build):
    (build / "tidy").mkdir(exist_ok=True)
    work = dict(commands(build))
    if not work:
        sys.exit(f"{build}: no file of src/ in compile_commands.json")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [text for text in pool.map(lambda item: check(build, *item), work.items()) if text]
    print("\n".join(found) or f"clang-tidy: {len(work)} files are clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
