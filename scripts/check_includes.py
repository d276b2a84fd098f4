#!/usr/bin/env python3
"""Checks that every #include keeps to the layers (docs/architecture.md) and that each third-party library has one door.

usage: scripts/check_includes.py [ROOT]      prints one line a violation; exit code 1 if there is any
"""
import pathlib
import re
import sys

# What each folder of src/ may include besides itself and include/reel.
LAYERS = {
    "base": [],
    "boxes": ["base"],
    "container": ["base", "boxes"],
    "store": ["base", "boxes", "container"],
    "vector": ["base"],
    "text": ["base"],
    "filter": ["base"],
    "embed": ["base"],
    "db": ["base", "boxes", "container", "store", "vector", "text", "filter", "embed"],
}
LAYERS["ingest"] = LAYERS["db"] + ["db"]
LAYERS["server"] = LAYERS["ingest"] + ["ingest"]
LAYERS["cli"] = LAYERS["server"] + ["server"]

# Third-party headers and the only files that may include them.
DOORS = {
    r"nlohmann/.*": [r"src/base/json\.(h|cpp)"],
    r"openssl/.*": [r"src/base/checksum\.cpp"],
    r"(isa-l|crc)(/.*|\.h)": [r"src/base/checksum\.cpp"],
    r"fast_float/.*": [r"src/base/\w+\.cpp"],
    r"tl/.*": [r"include/reel/error\.h"],
    r"curl/.*": [r"src/embed/http/\w+\.(h|cpp)"],
    r"unicode/.*": [r"src/embed/builtin/\w+\.(h|cpp)", r"src/text/unicode/icu_words\.cpp"],
    r"libstemmer\.h": [r"src/text/unicode/snowball_stemmer\.cpp"],
    r"(oneapi/)?dnnl.*|cblas\.h": [r"src/embed/builtin/\w+\.(h|cpp)"],
    r"omp\.h": [r"src/embed/builtin/\w+\.(h|cpp)", r"src/vector/faiss_plugin\.cpp"],
    r"libxml/.*|iconv\.h": [r"src/ingest/html/\w+\.(h|cpp)"],
    r"faiss/.*": [r"src/vector/faiss_\w+\.(h|cpp)"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes(path):
    """(line number, "<" or the quote, name) of each #include."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if found := INCLUDE.match(line):
            yield number, found[1], found[2]


def layer_problem(layer, name):
    if layer not in LAYERS:
        return f"src/{layer} is no layer; name it in scripts/check_includes.py"
    target = name.split("/")[0]
    if target in LAYERS and target != layer and target not in LAYERS[layer]:
        return f"src/{layer} must not include src/{target}"
    return None


def quoted_problem(root, path, name):
    """A quoted name is a file of ours, written from include/, src/ or tests/."""
    if path.is_relative_to(root / "include") and not name.startswith("reel/"):
        return "an installed header includes only reel/ headers of ours"
    places = [root / "include", root / "src", root / "tests", root]
    if not any((place / name).is_file() for place in places):
        return f'"{name}" is not a path from include/ or src/'
    return None


def door_problem(file, name):
    for library, allowed in DOORS.items():
        if re.fullmatch(library, name) and not any(re.fullmatch(door, file) for door in allowed):
            return f"<{name}> belongs to {' and '.join(allowed)} alone"
    return None


def problems(root, path):
    file = path.relative_to(root).as_posix()
    in_source = file.startswith("src/")
    layer = file.split("/")[1] if in_source else None
    for number, bracket, name in includes(path):
        found = []
        if bracket == '"':
            found.append(quoted_problem(root, path, name))
            if in_source and not name.startswith("reel/"):
                found.append(layer_problem(layer, name))
        if in_source or file.startswith("include/"):
            found.append(door_problem(file, name))
        for problem in filter(None, found):
            yield f"{file}:{number}: {problem}"


def main(root):
    files = sorted(path for folder in ("include", "src") for path in (root / folder).rglob("*")
                   if path.suffix in {".h", ".cpp", ".inc"})
    if not files:
        sys.exit(f"{root}: no sources found")
    found = [line for path in files for line in problems(root, path)]
    print("\n".join(found) or f"{len(files)} files keep to the layers")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()))
