#!/usr/bin/env bash
# Measures Reel and its rivals on the same data in one run; results go to bench/results/FORM.
#
# usage: scripts/bench.sh FORM [--only PEER,...] [--again] [--budget SECONDS] [--steps STEP,...] [--list]
#
#   quick     10,000 generated records and a few rivals: some minutes
#   100k      100,000 records: embedded glosses of WordNet, all rivals; generated ones of 768 dimensions. Hours
#   1m        1,000,000 generated records, the rivals that can. Hours
#   5m        5,000,000 generated records: hours, 20 GB of memory, 60 GB of disk
#   keyword   keyword search in 100,000 texts
#   quality   how good keyword, vector and hybrid search are at judged questions
#
# A cell (one rival, one set of data) that has a result is not measured again unless --again is given, so a
# run that was stopped goes on when it is started again. Leave the machine alone meanwhile.
#
# Rivals, data and stores are kept in $PEERS_HOME (~/.cache/reel-peers); the first run downloads 1 GB of rivals
# and embeds 117,659 glosses. $REEL_BUILD: a build folder with the command and the Python module (build).
set -euo pipefail
source "$(dirname "$0")/lib.sh"

form=${1:-}
case $form in
  quick | 100k | 1m | 5m | keyword | quality) ;;
  *) die "usage: scripts/bench.sh quick|100k|1m|5m|keyword|quality [OPTIONS]" ;;
esac

export PEERS_HOME=${PEERS_HOME:-${XDG_CACHE_HOME:-$HOME/.cache}/reel-peers}
export BENCH_RESULTS=${BENCH_RESULTS:-$root/bench/results}
build=${REEL_BUILD:-$root/build}
python=$PEERS_HOME/venv/bin/python
mkdir -p "$PEERS_HOME" "$BENCH_RESULTS"

install_rivals() {
  local stamp=$PEERS_HOME/requirements.stamp wanted
  wanted=$(fingerprint bench/peers/requirements.txt)
  [[ -x $python && -f $stamp && $(<"$stamp") == "$wanted" ]] && return
  say "Installing the rivals"
  python3 -m venv "$PEERS_HOME/venv"
  "$python" -m pip install --quiet --disable-pip-version-check -r bench/peers/requirements.txt
  printf '%s\n' "$wanted" >"$stamp"
}

build_reel() {
  [[ -z ${REEL_BUILD:-} ]] || return 0
  say "Building Reel"
  scripts/setup.sh demo
  scripts/fetch_model.sh
  cmake --preset release -DREEL_BUILD_PYTHON=ON -DPython_EXECUTABLE="$python" >/dev/null
  nice -n 5 cmake --build build --parallel "$jobs" --target reel_cli reeldb
}

measure_limits() {
  local newest
  newest=$(find "$BENCH_RESULTS/machine.json" -mmin -720 2>/dev/null || true)
  [[ -z $newest ]] || return 0
  say "Measuring the machine"
  gcc -O3 -march=native bench/peers/limits.c -o "$PEERS_HOME/limits" -pthread
  "$python" bench/peers/machine.py "$PEERS_HOME/limits" "$PEERS_HOME" >"$BENCH_RESULTS/machine.json"
}

install_rivals
build_reel
measure_limits
export REEL=$build/reel REEL_PYTHON=$build/python PYTHONDONTWRITEBYTECODE=1
say "Measuring: $form"
if [[ $form == quality ]]; then
  shift
  exec "$python" bench/quality.py --out "$BENCH_RESULTS/quality" "$@"
fi
exec "$python" bench/peers/run.py "$@"
