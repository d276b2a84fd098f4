#!/usr/bin/env bash
# The long form of all crash tests: power cuts in every state of the disk that the model allows, and
# processes that are killed, raced and left without space. Some twenty minutes. The last lines are the counts.
#
# usage: scripts/crash_test.sh [BUILD_FOLDER]        default: build, which is configured if it is not there
#
#   REEL_KILLS            kills of each of the two kinds of writers (1000)
#   REEL_RACES            sessions of each of two writers beside a process that compacts (200)
#   REEL_CRASH_IMAGES     random mixtures of unsynced writes at every moment (100)
#   REEL_CRASH_WORKLOADS  random workloads (700)
set -uo pipefail
source "$(dirname "$0")/lib.sh"
exec </dev/null

export REEL_KILLS=${REEL_KILLS:-1000} REEL_RACES=${REEL_RACES:-200}
export REEL_CRASH_IMAGES=${REEL_CRASH_IMAGES:-100} REEL_CRASH_WORKLOADS=${REEL_CRASH_WORKLOADS:-700}
folder=${1:-build}
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

say "Building"
[[ -f $folder/CMakeCache.txt ]] || cmake --preset release -B "$folder" -DREEL_BUILD_TESTS=ON >"$log" ||
  die "cannot be configured: $(tail -n 20 "$log")"
nice -n 5 cmake --build "$folder" --parallel "$jobs" --target reel_store_test reel_cli reel_crash_driver \
  >"$log" 2>&1 || die "cannot be built: $(tail -n 40 "$log")"

say "Power cuts and failing disks"
started=$SECONDS
"$folder/reel_store_test" --gtest_brief=1 \
  --gtest_filter='*PowerCut*:ARandomWorkload*:ALargeBatch*:ACompact*:Creating*:*FailingDisk*:*DiskThatFails*' \
  >"$log" 2>&1 || failed=1
tail -n 60 "$log"
images=$(grep '^crash images' "$log")
ran=$(sed -nE 's/^\[=+\] ([0-9]+) tests? from.*/\1/p' "$log" | tail -n 1)
printf '%d s\n' $((SECONDS - started))

say "Processes"
started=$SECONDS
ctest --test-dir "$folder" --label-regex '^crash$' --no-tests=error --verbose >"$log" 2>&1 || failed=1
grep -E '\.\.\. +(kills|sessions):|Failed|AssertionError|[Ss]kipped|tests passed' "$log" |
  sed -E 's/^[0-9]+: //; s/^test_([a-z_]+) \(.*\) \.\.\. /\1: /'
printf '%d s\n' $((SECONDS - started))

say "Sum"
printf 'tests of power cuts and failing disks: %s\n%s\n' "${ran:-0}" "${images:-crash images: none were counted}"
grep -oE '(kills|sessions): [0-9].*' "$log"
if [[ $failed != 0 ]]; then
  printf 'failed\n'
  exit 1
fi
printf '0 failed\n'
