# The layers of src/: every folder is one object library that links only the
# folders left of it (docs/architecture.md); libreel is all of them together.

add_library(reel_warnings INTERFACE)
target_compile_options(reel_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # Wrongly reports "literal" + std::string when it optimises (GCC bug 105651).
  target_compile_options(reel_warnings INTERFACE -Wno-restrict)
endif()
if(REEL_WARNINGS_AS_ERRORS)
  target_compile_options(reel_warnings INTERFACE -Werror)
endif()

set(REEL_SANITIZE "" CACHE STRING "Sanitizers for everything that is built, for example address,undefined")
if(REEL_SANITIZE)
  add_compile_options(-fsanitize=${REEL_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${REEL_SANITIZE})
endif()
if(REEL_BUILD_FUZZERS)
  add_compile_options(-fsanitize=fuzzer-no-link)  # counts what a fuzz target reaches
endif()

# reel_layer(NAME folder SOURCES a.cpp ... LINK left neighbours and libraries)
function(reel_layer)
  cmake_parse_arguments(LAYER "" "NAME" "SOURCES;LINK" ${ARGN})
  add_library(reel_${LAYER_NAME} OBJECT ${LAYER_SOURCES})
  target_include_directories(reel_${LAYER_NAME} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
  target_link_libraries(reel_${LAYER_NAME} PUBLIC ${LAYER_LINK} PRIVATE $<BUILD_INTERFACE:reel_warnings>)
  set_property(GLOBAL APPEND PROPERTY REEL_LAYERS reel_${LAYER_NAME})
endfunction()

# reel_plugin(NAME name SOURCES ... LINK libraries): a module that libreel
# loads only when it is used (src/base/plugin.h), so that a command that needs
# no embedder does not pay for loading oneDNN, ICU, libcurl or FAISS.
function(reel_plugin)
  cmake_parse_arguments(PLUGIN "" "NAME" "SOURCES;LINK" ${ARGN})
  add_library(reel_${PLUGIN_NAME} MODULE ${PLUGIN_SOURCES} $<TARGET_OBJECTS:reel_base>)
  set_target_properties(reel_${PLUGIN_NAME} PROPERTIES PREFIX "" OUTPUT_NAME reel_${PLUGIN_NAME})
  target_include_directories(reel_${PLUGIN_NAME} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(reel_${PLUGIN_NAME} PRIVATE ${PLUGIN_LINK} reel_base $<BUILD_INTERFACE:reel_warnings>)
  # Clang's sanitizers stand in the program alone: there a module does have undefined symbols.
  if(NOT (REEL_SANITIZE AND CMAKE_CXX_COMPILER_ID MATCHES "Clang"))
    target_link_options(reel_${PLUGIN_NAME} PRIVATE -Wl,--no-undefined)
  endif()
  set_property(GLOBAL APPEND PROPERTY REEL_PLUGINS reel_${PLUGIN_NAME})
  install(TARGETS reel_${PLUGIN_NAME} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/reel)
endfunction()
