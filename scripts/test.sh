#!/usr/bin/env bash
# Installs what is missing, builds Reel in every way and runs every test. The last line sums them up.
#
# usage: scripts/test.sh [SUITE...]        default: all of them but `long`, in this order
#
#   checks    layers of the includes, clang-format, shell and CMake presets
#   release   g++, optimised: unit tests, the command, other MP4 readers, FAISS, an installed Reel, the Python
#             module
#   asan      unit tests with the address and undefined-behaviour sanitizers
#   tsan      unit tests of everything that uses threads, with the thread sanitizer
#   clang     the second compiler builds everything; clang-tidy on what changed
#   fuzz      every fuzz target for FUZZ_SECONDS (20) each
#   neon      vector kernels for aarch64 under emulation
#   long      the tokenizer over every code point; a real Ollama server, where it can be built; the long crash
#             tests; a million random operations. Some minutes
#
# A run from nothing takes most of an hour on two cores; ccache and stamps in build/ make the next one short.
set -uo pipefail
source "$(dirname "$0")/lib.sh"
exec </dev/null

export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-halt_on_error=1}
passed=0 failed=0 skipped=0
failures=()

# The sanitizers of these compilers need addresses that newer kernels randomise away.
fixed_addresses=()
setarch "$(uname -m)" -R true 2>/dev/null && fixed_addresses=(setarch "$(uname -m)" -R)

count() { # count NAME PASSED FAILED SKIPPED
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
  [[ $3 == 0 ]] || failures+=("$1: $3 failed")
}

# check NAME COMMAND...: one test that is its exit code; its output is shown if it fails.
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    printf 'ok      %s\n' "$name"
    count "$name" 1 0 0
  else
    grep -vE '^\[[0-9]+/[0-9]+\] [A-Z][a-z]+ing ' <<<"$output"
    printf 'FAILED  %s\n' "$name"
    count "$name" 0 1 0
    return 1
  fi
}

skip() { # skip NAME REASON
  printf 'skipped %s: %s\n' "$1" "$2"
  count "$1" 0 0 1
}

build() { # build PRESET FOLDER [CMAKE OPTION...]
  local preset=$1 folder=$2
  shift 2
  check "$preset: configure" cmake --preset "$preset" -DREEL_WARNINGS_AS_ERRORS=ON -DREEL_BUILD_TESTS=ON "$@" &&
    check "$preset: build" nice -n 5 cmake --build "$folder" --parallel "$jobs"
}

run_ctest() { # run_ctest NAME FOLDER [CTEST OPTION...]
  local name=$1 folder=$2 results
  shift 2
  rm -f "$folder/results.xml"
  "${fixed_addresses[@]}" ctest --test-dir "$folder" --parallel "$jobs" --no-tests=error --output-on-failure \
    --progress --output-junit "$root/$folder/results.xml" "$@" | tee "$folder/ctest.log" |
    grep -vE '^ *[0-9]+/[0-9]+ +Test|^ *Start|^$' | tail -n 200
  if [[ ! -s $folder/results.xml ]]; then
    count "$name: ctest" 0 1 0
    return
  fi
  results=$(python3 scripts/test_results.py "$folder/results.xml") || results="0 1 0"
  # shellcheck disable=SC2086
  count "$name" $results
}

# Names the files that clang-format would change.
format_check() {
  local complaints
  complaints=$(git ls-files -z '*.h' '*.cpp' | xargs -0 clang-format-16 --dry-run -Werror 2>&1) && return
  sed -nE 's/^([^ ]+\.(h|cpp)):[0-9].*/\1/p' <<<"$complaints" | sort -u | sed 's/^/clang-format-16 -i /'
  return 1
}

suite_checks() {
  check "includes keep to the layers" python3 scripts/check_includes.py
  check "clang-format" format_check
  check "shell scripts parse" bash -n scripts/*.sh .ci/run
}

suite_release() {
  check "model of the built-in embedder" scripts/fetch_model.sh
  build release build -DREEL_BUILD_BENCH=ON -DREEL_BUILD_PYTHON=ON && run_ctest release build -LE '^long$'
}

suite_long() {
  check "model of the built-in embedder" scripts/fetch_model.sh
  build release build -DREEL_BUILD_BENCH=ON && run_ctest long build -L '^long$'
  check "crash tests, long form" scripts/crash_test.sh build
  check "a million random operations" env REEL_MODEL_OPERATIONS=1000000 build/reel_db_test \
    --gtest_filter='AgainstAMap*'
}

# What is not a unit test has a label (tests/CMakeLists.txt).
not_unit='^(api|cli|interop|consumer|crash|python|long)$'

# Sanitized, tens of thousands of random searches take minutes; the release suite runs them all.
fewer=6000

suite_asan() { build asan build/asan && REEL_CERTIFIED_CASES=$fewer run_ctest asan build/asan -LE "$not_unit"; }

suite_tsan() { build tsan build/tsan && REEL_CERTIFIED_CASES=$fewer run_ctest tsan build/tsan -LE "$not_unit"; }

suite_clang() {
  build clang build/clang
  check "clang-tidy" nice -n 5 python3 scripts/run_tidy.py build/clang
}

suite_fuzz() {
  local target targets seeds
  build fuzz build/fuzz || return
  mapfile -t targets < <(find build/fuzz -maxdepth 1 -name 'reel_fuzz_*' -type f -executable | sort)
  [[ ${#targets[@]} -gt 0 ]] || skip fuzz "there are no targets"
  for target in "${targets[@]}"; do
    mkdir -p "$target.corpus"
    # Inputs that a fault was found with, or that reach what others do not; the fuzzer only reads them.
    seeds=("tests/fuzz/corpus/${target##*reel_fuzz_}")
    [[ -d ${seeds[0]} ]] || seeds=()
    check "$(basename "$target")" "${fixed_addresses[@]}" "$target" -max_total_time="${FUZZ_SECONDS:-20}" \
      -rss_limit_mb=2048 -timeout=20 -print_final_stats=0 -verbosity=0 \
      -artifact_prefix="$target." "$target.corpus" "${seeds[@]}"
  done
}

suite_neon() {
  local output
  if [[ $(uname -m) == aarch64 ]]; then
    skip neon "this machine is one: the unit tests ran its kernels"
    return
  fi
  output=$(scripts/test_neon.sh build/neon 2>&1) || { printf '%s\n' "$output"; }
  count neon "$(sed -nE 's/^\[  PASSED  \] ([0-9]+) test.*/\1/p' <<<"$output" | grep . || echo 0)" \
    "$(sed -nE 's/^\[  FAILED  \] ([0-9]+) test.*/\1/p' <<<"$output" | head -n 1 | grep . ||
      { grep -q 'PASSED' <<<"$output" && echo 0 || echo 1; })" 0
}

suites=("$@")
[[ ${#suites[@]} -gt 0 ]] || suites=(checks release asan tsan clang fuzz neon)
for suite in "${suites[@]}"; do
  declare -F "suite_$suite" >/dev/null || die "no suite '$suite'; there are checks release asan tsan clang fuzz neon long"
done

say "Setting up"
scripts/setup.sh test || die "the set-up failed; nothing was tested"
mkdir -p build
for suite in "${suites[@]}"; do
  say "$suite"
  started=$SECONDS
  "suite_$suite"
  printf '%s: %d s\n' "$suite" $((SECONDS - started))
done

say "Sum"
[[ ${#failures[@]} == 0 ]] || printf '%s\n' "${failures[@]}"
summary="$passed passed, $failed failed"
[[ $skipped == 0 ]] || summary+=", $skipped skipped"
printf '%s\n' "$summary"
[[ $failed == 0 ]]
