# What setup.sh, demo.sh and test.sh share. Source it; it changes to the repository's root.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
cache=${XDG_CACHE_HOME:-$HOME/.cache}/reel
export REEL_TEST_TOOLS=$cache/test-tools
jobs=$(nproc)

say() { printf '\n== %s\n' "$*"; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "needs root or sudo for: $*"
  fi
}

# fingerprint FILE...: one hash of the files' contents and names.
fingerprint() { sha256sum -- "$@" | sha256sum | cut -d ' ' -f 1; }
