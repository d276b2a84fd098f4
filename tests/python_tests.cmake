# The Python that scripts/setup.sh made for the tests, with what they import.
include(${PROJECT_SOURCE_DIR}/cmake/test_tools.cmake)
find_program(REEL_TEST_PYTHON NAMES python3 PATHS ${REEL_TEST_TOOLS}/venv/bin NO_DEFAULT_PATH)
if(NOT REEL_TEST_PYTHON)
  message(STATUS "No ${REEL_TEST_TOOLS}: tests that need its packages will be skipped; see scripts/setup.sh")
  find_program(REEL_SYSTEM_PYTHON NAMES python3 REQUIRED)
  set(reel_python ${REEL_SYSTEM_PYTHON})
else()
  set(reel_python ${REEL_TEST_PYTHON})
endif()

# reel_python_tests(FILE x_test.py LABEL label): one ctest test for each test
# method of a unittest file, so that each has its own line, time and result.
function(reel_python_tests)
  cmake_parse_arguments(TESTS "" "FILE;LABEL" "" ${ARGN})
  set(path ${CMAKE_CURRENT_SOURCE_DIR}/${TESTS_FILE})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
  file(STRINGS ${path} lines REGEX "^(class [A-Za-z0-9_]+|    def test_[a-z0-9_]+)")
  foreach(line IN LISTS lines)
    if(line MATCHES "^class ([A-Za-z0-9_]+)")
      set(class ${CMAKE_MATCH_1})
    elseif(line MATCHES "def (test_[a-z0-9_]+)")
      set(name ${class}.${CMAKE_MATCH_1})
      add_test(NAME ${TESTS_LABEL}.${name} COMMAND ${reel_python} -B ${path} -v ${name})
      set_tests_properties(${TESTS_LABEL}.${name} PROPERTIES
        LABELS ${TESTS_LABEL}
        TIMEOUT 300
        SKIP_REGULAR_EXPRESSION "OK \\(skipped="
        ENVIRONMENT "REEL=${PROJECT_BINARY_DIR}/reel;REEL_TEST_TOOLS=${REEL_TEST_TOOLS};PYTHONPATH=${PROJECT_BINARY_DIR}/python")
    endif()
  endforeach()
endfunction()
