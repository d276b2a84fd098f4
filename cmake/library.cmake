# libreel: the layers of src/ as one library. Only what REEL_API marks is exported.

get_property(layers GLOBAL PROPERTY REEL_LAYERS)
set(reel_headers_only tl::expected nlohmann_json::nlohmann_json FastFloat::fast_float)

add_library(reel)
set(reel_links)
foreach(layer IN LISTS layers)
  target_sources(reel PRIVATE $<TARGET_OBJECTS:${layer}>)
  get_target_property(links ${layer} LINK_LIBRARIES)
  foreach(link IN LISTS links)
    # What is only headers was compiled in; what is a layer comes as objects.
    if(NOT link MATCHES "^reel_|^\\$<|^::@|NOTFOUND$" AND NOT link IN_LIST reel_headers_only)
      list(APPEND reel_links ${link})
    endif()
  endforeach()
endforeach()
list(REMOVE_DUPLICATES reel_links)

target_link_libraries(reel PUBLIC tl::expected PRIVATE ${reel_links})
target_include_directories(reel PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(reel PUBLIC cxx_std_20)
set_target_properties(reel PROPERTIES
  LINKER_LANGUAGE CXX
  VERSION ${PROJECT_VERSION}
  # Until 1.0 every minor version may change the interface.
  SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
add_library(reel::reel ALIAS reel)
