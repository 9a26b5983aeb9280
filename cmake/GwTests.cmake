# What tests are told of the build that they test, and what is collected of an instrumented one.

# Where a sanitizer writes what it finds: also of a process that a test kills, or expects to fail.
set(GW_REPORTS ${PROJECT_BINARY_DIR}/reports)
set(test_environment "PYTHONDONTWRITEBYTECODE=1" "PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/support")
if(GW_SANITIZE)
  # A status of its own, since the program's own mistakes end with 1. Fewer random inputs: each takes ten times as long.
  list(APPEND test_environment "GW_PATIENCE=${GW_PATIENCE}" "GW_RANDOM_SCENARIOS=8"
    "ASAN_OPTIONS=exitcode=99:detect_leaks=1:log_path=${GW_REPORTS}/report"
    "UBSAN_OPTIONS=exitcode=99:print_stacktrace=1:log_path=${GW_REPORTS}/report"
    "TSAN_OPTIONS=exitcode=99:second_deadlock_stack=1:log_path=${GW_REPORTS}/report")
endif()

# gw_test_environment(NAME [VARIABLE=VALUE...])
function(gw_test_environment name)
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "${test_environment};${ARGN}")
  if(GW_SANITIZE)
    set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED sanitizer_reports)
  endif()
endfunction()

# gw_unittests(NAME LABEL SECONDS [PROGRAM]): the test_*.py of this folder, which drive a program (gigawatt).
function(gw_unittests name label seconds)
  find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
  set(program ${ARGN})
  if(NOT program)
    set(program gigawatt)
  endif()
  add_test(NAME ${name} COMMAND ${Python3_EXECUTABLE} -m unittest discover -s ${CMAKE_CURRENT_SOURCE_DIR} -p "test_*.py")
  set_tests_properties(${name} PROPERTIES LABELS ${label} TIMEOUT ${GW_SECONDS_${seconds}})
  gw_test_environment(${name} "GIGAWATT_BINARY=$<TARGET_FILE:${program}>")
endfunction()

# The last test of an instrumented build: nothing was reported by any process of the others.
if(GW_SANITIZE AND GW_BUILD_TESTS)
  set(reports ${PROJECT_SOURCE_DIR}/tools/check_reports.sh)
  add_test(NAME reports_emptied COMMAND ${reports} empty ${GW_REPORTS})
  add_test(NAME reports_none COMMAND ${reports} none ${GW_REPORTS})
  set_tests_properties(reports_emptied PROPERTIES FIXTURES_SETUP sanitizer_reports)
  set_tests_properties(reports_none PROPERTIES FIXTURES_CLEANUP sanitizer_reports)
endif()
