#!/usr/bin/env bash
# Runs the embedder's tests, and the reel command if it is built, against a real
# Ollama server with all-minilm, on a free port of 127.0.0.1.
#
# usage: tests/long/ollama_test.sh BUILD_DIR
#
# The server is built once into $REEL_OLLAMA_CACHE (default ~/.cache/reel-ollama).
# Exits with 77, and says why, where it cannot be: no Go, no network, no model.
set -euo pipefail

build=$(cd "${1:?usage: ollama_test.sh BUILD_DIR}" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
cache=${REEL_OLLAMA_CACHE:-$HOME/.cache/reel-ollama}
model_dir=${REEL_MODEL_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/reel/all-MiniLM-L6-v2}
work=$(mktemp -d)
server=
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT

skip() {
    echo "SKIPPED: the test against a real Ollama server did not run: $1"
    exit 77
}

run_or_skip() {  # run_or_skip REASON COMMAND...
    local reason=$1
    shift
    if ! "$@" >"$work/log" 2>&1; then
        tail -n 20 "$work/log"
        skip "$reason"
    fi
}

build_server() {
    [ -x "$cache/bin/ollama" ] && return
    command -v go >/dev/null || skip "no Go compiler (1.24 or newer) to build the server with"
    run_or_skip "the server could not be built (see above)" "$root/scripts/ollama/build.sh" "$cache"
}

make_model_file() {
    [ -s "$cache/all-minilm.gguf" ] && return
    run_or_skip "the weights could not be fetched (see above)" "$root/scripts/fetch_model.sh"
    run_or_skip "no Python environment" python3 -m venv "$cache/venv"
    run_or_skip "no gguf package" "$cache/venv/bin/pip" install -q gguf safetensors numpy
    "$cache/venv/bin/python" "$root/scripts/ollama/make_gguf.py" "$model_dir" "$work/model.gguf" f16
    mv "$work/model.gguf" "$cache/all-minilm.gguf"
}

start_server() {
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    export OLLAMA_HOST=127.0.0.1:$port
    HOME=$work OLLAMA_MODELS=$work/models "$cache/bin/ollama" serve >"$work/server.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        if python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$port" 2>/dev/null
        then
            return
        fi
        sleep 0.1
    done
    cat "$work/server.log"
    echo "ollama_test.sh: the server did not start within 10 s" >&2
    exit 1
}

load_model() {
    printf 'FROM %s\n' "$cache/all-minilm.gguf" >"$work/Modelfile"
    HOME=$work "$cache/bin/ollama" create all-minilm -f "$work/Modelfile" >"$work/log" 2>&1 || {
        cat "$work/log"
        exit 1
    }
}

# Texts go in and a question finds the right one, through the command.
run_command() {
    local reel=$build/reel
    if [ ! -x "$reel" ]; then
        echo "(the reel command is not built: only the embedder was tested)"
        return
    fi
    local store=$work/store.mp4
    "$reel" add "$store" --embedder ollama:all-minilm --id cats --text "Cats purr when they are content."
    "$reel" add "$store" --id tides --text "The moon's gravity moves the tides."
    "$reel" search "$store" --json -k 1 "Why does the sea rise and fall?" | tee "$work/hits"
    grep -q '"id": *"tides"' "$work/hits"
    if OLLAMA_HOST=127.0.0.1:1 "$reel" search "$store" "anything" 2>"$work/log"; then
        echo "ollama_test.sh: a search without a server succeeded" >&2
        exit 1
    fi
    grep -q "OLLAMA_HOST" "$work/log"
    echo "reel add and reel search work with a real server"
}

build_server
make_model_file
start_server
load_model
REEL_OLLAMA_URL=http://$OLLAMA_HOST "$build/reel_ollama_live_test"
run_command
