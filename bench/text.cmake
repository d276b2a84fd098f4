# Keyword search (docs/design/0009-text-index.md); included by bench/CMakeLists.txt.
add_executable(reel_bench_text_search ${CMAKE_CURRENT_LIST_DIR}/text_search.cpp)
target_link_libraries(reel_bench_text_search PRIVATE reel_text reel_base reel_warnings)
