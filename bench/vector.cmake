# Exact search (docs/design/0003-exact-search.md); included by bench/CMakeLists.txt.
add_executable(reel_bench_exact_search ${CMAKE_CURRENT_LIST_DIR}/exact_search.cpp)
target_link_libraries(reel_bench_exact_search PRIVATE reel_vector reel_base reel_warnings)
