# The built-in embedder's throughput; bench/embed_rivals.py is what it is measured against.
if(REEL_WITH_BUILTIN_EMBEDDER)
  add_executable(reel_embed_throughput embed_throughput.cpp ${PROJECT_SOURCE_DIR}/src/embed/builtin_embedder.cpp)
  target_link_libraries(reel_embed_throughput PRIVATE reel_base reel_warnings)
  add_dependencies(reel_embed_throughput reel_builtin)
endif()
