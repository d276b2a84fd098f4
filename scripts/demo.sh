#!/usr/bin/env bash
# From nothing to answers: builds Reel, embeds a real book into an MP4 and asks it three questions.
#
# usage: scripts/demo.sh       (Debian 12; root or sudo if packages are missing)
#
# Leaves build/reel and build/demo.mp4; run again, it skips what is there.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

# The Debian Reference (package debian-reference-en, GPL-2+): about seven hundred passages of plain English
# about running a Debian system, so that everybody can judge the answers. The package is unpacked, not
# installed: small systems are set up to leave documentation out.
package=debian-reference-en
book=build/demo/$package
store=build/demo.mp4
questions=(
  "How can I get back a file that I deleted by mistake?"
  "Which editor should a beginner use?"
  "What can I do when I forgot the root password?"
)

fetch_book() {
  [[ -f $book/ch01.en.html ]] && return
  rm -rf build/demo && mkdir -p build/demo/unpacked "$book"
  if ! (cd build/demo && apt-get -qq download "$package" 2>/dev/null); then
    as_root apt-get -qq update
    (cd build/demo && apt-get -qq download "$package")
  fi
  dpkg-deb -x build/demo/"$package"_*.deb build/demo/unpacked
  # The chapters as pages; the package holds them again as one text and as PDF.
  cp build/demo/unpacked/usr/share/debian-reference/ch*.en.html "$book/"
}

say "Setting up"
scripts/setup.sh demo
scripts/fetch_model.sh

mkdir -p build
say "Building"
cmake --preset release -DREEL_BUILD_TESTS=OFF -DREEL_BUILD_BENCH=OFF >build/configure.log 2>&1 || { cat build/configure.log; exit 1; }
cmake --build build --parallel "$jobs"

say "Embedding the Debian Reference into $store"
fetch_book
build/reel add "$store" "$book"

for question in "${questions[@]}"; do
  say "$question"
  build/reel search "$store" "$question" -k 2
done

cat <<END

== Your turn
  build/reel search $store "your question"
  build/reel info $store                      what the store knows about itself
  build/reel get $store ID                    one record, by an id from above
  build/reel add notes.mp4 ~/your/notes       a store of your own texts
  ffprobe $store                              it really is an MP4
  build/reel --help
END
