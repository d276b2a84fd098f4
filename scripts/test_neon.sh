#!/bin/sh
# Builds the kernel tests for AArch64 with Debian's cross compiler and runs
# them under qemu-user, so that the NEON kernels are tested on any machine.
#
#   scripts/test_neon.sh [build folder]      default: build/neon
#
# Needs the packages g++-aarch64-linux-gnu, qemu-user, googletest and
# libexpected-dev. Prints GoogleTest's counts; fails if a test fails.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-$root/build/neon}
cxx=aarch64-linux-gnu-g++
googletest=/usr/src/googletest/googletest

for tool in $cxx qemu-aarch64; do
    command -v $tool > /dev/null || { echo "$0: $tool is missing (g++-aarch64-linux-gnu, qemu-user)" >&2; exit 2; }
done
[ -d $googletest ] || { echo "$0: $googletest is missing (googletest)" >&2; exit 2; }

# Only the headers that do not depend on the machine may come from /usr/include.
mkdir -p "$build/include"
ln -sfn /usr/include/tl "$build/include/tl"
flags="-std=c++20 -O2 -ffp-contract=off -Wall -Wextra -pthread
    -I$build/include -I$root/include -I$root/src -I$googletest/include
    -DREEL_LIBRARY_FOLDER=\"lib\" -DREEL_PLUGIN_FOLDER=\"/usr/lib/reel\""

for name in gtest-all gtest_main; do
    [ -e "$build/$name.o" ] || $cxx $flags -w -I$googletest -c $googletest/src/$name.cc -o "$build/$name.o"
done
objects=
for source in src/base/metric src/vector/check_vector src/vector/query_vector src/vector/kernels \
    src/vector/kernels_scalar src/vector/kernels_neon src/vector/flat_scan src/vector/rank_rows \
    src/vector/nibble_kernels src/vector/nibble_kernels_neon src/vector/int8_column \
    src/vector/int8_column_encode src/vector/int8_column_build src/vector/certified_scan \
    src/vector/certified_scan_bounds src/vector/certified_scan_query tests/support/plain_crc32c \
    src/base/plugin src/vector/rotation src/vector/code_kernels src/vector/code_kernels_neon src/vector/code_query \
    src/vector/code_section src/vector/code_builder src/vector/code_builder_calibration \
    src/vector/code_builder_frame src/vector/code_builder_rows src/vector/code_search \
    src/vector/code_search_effort src/vector/code_search_part src/vector/code_search_run \
    src/vector/partition src/vector/partition_training \
    tests/unit/vector/rotation_test tests/unit/vector/code_kernels_test \
    tests/unit/vector/code_section_test tests/unit/vector/code_builder_test \
    tests/unit/vector/code_search_test \
    tests/unit/vector/kernels_test tests/unit/vector/query_vector_test tests/unit/vector/flat_scan_test \
    tests/unit/vector/nibble_kernels_test tests/unit/vector/int8_column_test \
    tests/unit/vector/certified_bounds_test tests/unit/vector/certified_scan_test; do
    object=$build/$(basename $source).o
    $cxx $flags -c "$root/$source.cpp" -o "$object"
    objects="$objects $object"
done
$cxx -pthread $objects "$build/gtest-all.o" "$build/gtest_main.o" -o "$build/vector_test"
# An emulated processor is slow: fewer of the random searches than elsewhere.
REEL_CERTIFIED_CASES=${REEL_CERTIFIED_CASES:-3000} \
    qemu-aarch64 -L /usr/aarch64-linux-gnu "$build/vector_test" --gtest_brief=1
