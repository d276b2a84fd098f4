# REEL_TEST_TOOLS: where `scripts/setup.sh test` put Python and npm packages.
if(DEFINED ENV{XDG_CACHE_HOME})
  set(reel_cache $ENV{XDG_CACHE_HOME}/reel)
else()
  set(reel_cache $ENV{HOME}/.cache/reel)
endif()
set(REEL_TEST_TOOLS ${reel_cache}/test-tools CACHE PATH "Where scripts/setup.sh test put Python and npm packages")
