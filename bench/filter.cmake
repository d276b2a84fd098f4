# Filters on metadata (docs/design/0008-filters.md); included by bench/CMakeLists.txt.
add_executable(reel_bench_filter ${CMAKE_CURRENT_LIST_DIR}/filter.cpp)
target_link_libraries(reel_bench_filter PRIVATE reel_filter reel_base reel_warnings)
