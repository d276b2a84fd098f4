#!/usr/bin/env bash
# Installs what is missing to build Reel (and, for test, to test it) on Debian 12. Quick when nothing is.
#
# usage: scripts/setup.sh demo|test
#
# Packages come through apt-get, pip and npm as this machine has them configured. Python and npm packages go to
# $XDG_CACHE_HOME/reel/test-tools (~/.cache/reel/test-tools), nothing of theirs into the system or this folder.
set -euo pipefail
source "$(dirname "$0")/lib.sh"
mode=${1:-}
[[ $mode == demo || $mode == test ]] || die "usage: scripts/setup.sh demo|test"

build_packages=(
  ca-certificates git g++ cmake ninja-build pkg-config ccache python3 python3-pip python3-venv unzip
  libexpected-dev nlohmann-json3-dev libssl-dev libisal-dev libicu-dev libopenblas-dev libfaiss-dev
  libcurl4-openssl-dev libfast-float-dev libxml2-dev libstemmer-dev
)
test_packages=(
  clang-16 clang-format-16 clang-tidy-16 libclang-rt-16-dev libomp-16-dev lld-16 libgtest-dev libgmock-dev googletest
  ffmpeg mediainfo wordnet-base libsqlite3-dev python3-dev
)
# Debian's oneDNN for aarch64 lacks the Arm Compute Library: OpenBLAS takes its place there.
# libdnnl-dev does not depend on ocl-icd-opencl-dev, but its CMake package asks for OpenCL.
if [[ $(uname -m) == x86_64 ]]; then
  build_packages+=(libdnnl-dev ocl-icd-opencl-dev)
  test_packages+=(qemu-user g++-aarch64-linux-gnu libc6-dev-arm64-cross)
fi
# Other sources of Node.js bring npm in the same package.
command -v node >/dev/null && command -v npm >/dev/null || test_packages+=(nodejs npm)

is_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

install_packages() {
  local package missing=()
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  command -v apt-get >/dev/null || die "no apt-get here; install what these Debian packages hold: ${missing[*]}"
  say "Installing ${missing[*]}"
  local options=(-qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get "${options[@]}" install -y --no-install-recommends "${missing[@]}"
}

# install_once NAME FINGERPRINT COMMAND: runs COMMAND unless it has succeeded for the same fingerprint.
install_once() {
  local stamp=$REEL_TEST_TOOLS/$1.stamp
  [[ ! -f $stamp || $(<"$stamp") != "$2" ]] || return 0
  say "Installing the $1 packages for the tests"
  rm -f "$stamp"
  "$3"
  printf '%s\n' "$2" >"$stamp"
}

install_python() {
  rm -rf "$REEL_TEST_TOOLS/venv"
  python3 -m venv "$REEL_TEST_TOOLS/venv"
  "$REEL_TEST_TOOLS/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps \
    -r tests/interop/requirements.txt -r python/requirements.txt
}

install_npm() {
  cp tests/interop/package.json tests/interop/package-lock.json "$REEL_TEST_TOOLS/"
  # mp4box.js asks for a newer Node.js than Debian's, but only to build it.
  npm --prefix "$REEL_TEST_TOOLS" ci --no-audit --no-fund --loglevel=error
}

install_packages "${build_packages[@]}"
[[ $mode == test ]] || exit 0
install_packages "${test_packages[@]}"
mkdir -p "$REEL_TEST_TOOLS"
install_once Python "$(fingerprint tests/interop/requirements.txt python/requirements.txt) $(python3 --version)" \
  install_python
install_once npm "$(fingerprint tests/interop/package-lock.json)" install_npm
