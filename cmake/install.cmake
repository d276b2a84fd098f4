# What is installed: the library, its headers, the command and its modules, and
# what find_package(reel) and pkg-config need to find them (tests/consumer tries both).

include(CMakePackageConfigHelpers)

install(TARGETS reel EXPORT reelTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/reel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")
install(EXPORT reelTargets NAMESPACE reel:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/reel)

set(REEL_IS_STATIC ON)
if(BUILD_SHARED_LIBS)
  set(REEL_IS_STATIC OFF)
endif()
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/reelConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cmake/reelConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/reel)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/reelConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/cmake/reelConfig.cmake ${PROJECT_BINARY_DIR}/cmake/reelConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/reel)

# A static libreel is linked together with what it uses; a shared one brings it along.
# Paths relative to the file itself, so that `cmake --install --prefix` may put it anywhere.
file(RELATIVE_PATH REEL_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" REEL_PC_TO_PREFIX ${REEL_PC_TO_PREFIX})
set(REEL_PC_REQUIRES "libcrypto libisal")
set(REEL_PC_LIBS "-pthread -ldl")
if(REEL_IS_STATIC)
  set(REEL_PC_PUBLIC_REQUIRES "${REEL_PC_REQUIRES}")
  set(REEL_PC_PUBLIC_LIBS " ${REEL_PC_LIBS}")
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/reel.pc.in ${PROJECT_BINARY_DIR}/cmake/reel.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/cmake/reel.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
