# Exact search (docs/design/0003-exact-search.md); included by bench/CMakeLists.txt.
add_executable(reel_bench_exact_search ${CMAKE_CURRENT_LIST_DIR}/exact_search.cpp)
target_link_libraries(reel_bench_exact_search PRIVATE reel_vector reel_base reel_warnings)

# Search by 1-bit codes (docs/design/0007-codes-and-partitions.md).
add_executable(reel_bench_code_search ${CMAKE_CURRENT_LIST_DIR}/code_search.cpp)
target_link_libraries(reel_bench_code_search PRIVATE reel_vector reel_base reel_warnings)
if(TARGET reel_faiss)
  add_dependencies(reel_bench_code_search reel_faiss)
endif()
