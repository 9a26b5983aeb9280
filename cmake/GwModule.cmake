# Headers are read once for several sources of a target, which halves the time of a build. Names in anonymous namespaces
# must therefore differ within a module and within its tests (tools/check_local_names.py).
function(gw_batches target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
  target_compile_options(${target} PRIVATE -Wno-subobject-linkage)
endfunction()

# gw_module(name [COLD] DEPENDS other... LINK external...): one static library per module from src/gigawatt/<name>,
# and, when tests are on, one GoogleTest executable from its test/ folder.
function(gw_module name)
  cmake_parse_arguments(ARG "COLD" "" "DEPENDS;LINK;TEST_LINK;TEST_DEPENDS" ${ARGN})
  set(dir ${CMAKE_CURRENT_SOURCE_DIR})
  file(GLOB sources CONFIGURE_DEPENDS ${dir}/*.cpp)
  if(sources)
    add_library(gw_${name} STATIC ${sources})
    set(visibility PUBLIC)
  else()
    add_library(gw_${name} INTERFACE)
    set(visibility INTERFACE)
  endif()
  set_property(GLOBAL APPEND PROPERTY GW_MODULE_TARGETS gw_${name})
  if(sources AND GW_BATCHES)
    # Headers are read once for several sources of a module, which halves the time of a build. Names in anonymous
    # namespaces must therefore differ within a module (tools/check_files.py).
    set_target_properties(gw_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 16)
    target_compile_options(gw_${name} PRIVATE -Wno-subobject-linkage)
  endif()
  if(sources AND ARG_COLD)
    # Nothing in it takes long, so that a quarter of its compile time is worth more.
    target_compile_options(gw_${name} PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
  endif()
  if(sources AND GW_PIC)
    # The Python module is a shared library of the same objects; hidden names keep calls between them direct.
    set_target_properties(gw_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden
      VISIBILITY_INLINES_HIDDEN ON)
  endif()
  target_include_directories(gw_${name} ${visibility} ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM ARG_DEPENDS PREPEND gw_ OUTPUT_VARIABLE depends)
  target_link_libraries(gw_${name} ${visibility} gw_options ${depends} ${ARG_LINK})
  if(sources)
    target_link_libraries(gw_${name} PRIVATE gw_warnings)
  endif()
  file(GLOB tests CONFIGURE_DEPENDS ${dir}/test/*_test.cpp)
  if(GW_BUILD_TESTS AND tests)
    add_executable(${name}_test ${tests})
    list(TRANSFORM ARG_TEST_DEPENDS PREPEND gw_ OUTPUT_VARIABLE test_depends)
    target_link_libraries(${name}_test PRIVATE gw_${name} ${test_depends} ${ARG_TEST_LINK} gw_warnings GTest::gtest GTest::gtest_main)
    if(GW_BATCHES)
      gw_batches(${name}_test)
    endif()
    # Compiling tests takes longer than running them.
    target_compile_options(${name}_test PRIVATE $<$<CONFIG:RelWithDebInfo>:-O1>)
    target_compile_definitions(${name}_test PRIVATE GW_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    add_test(NAME ${name} COMMAND ${name}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS "unit" TIMEOUT ${GW_SECONDS_120})
  endif()
endfunction()
