# Interface targets that carry compiler options: gw_options for everything, gw_warnings for our own sources.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

set(GW_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined or thread")
# Time limits of tests, GW_SECONDS_120 and so on: what a sanitized program takes is no sign of a hang.
set(GW_PATIENCE 1)
if(GW_SANITIZE)
  set(GW_PATIENCE 30)
endif()
foreach(seconds 60 120 300 600)
  math(EXPR GW_SECONDS_${seconds} "${seconds} * ${GW_PATIENCE}")
endforeach()
add_library(gw_options INTERFACE)
# Contraction differs between compilers and would change the last bit of stored results.
target_compile_options(gw_options INTERFACE -ffp-contract=off)
if(GW_SANITIZE)
  target_compile_options(gw_options INTERFACE -fsanitize=${GW_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  target_link_options(gw_options INTERFACE -fsanitize=${GW_SANITIZE})
endif()
option(GW_COVERAGE "Instrument for gcov" OFF)
if(GW_COVERAGE)
  target_compile_options(gw_options INTERFACE --coverage -O1)
  target_link_options(gw_options INTERFACE --coverage)
endif()

add_library(gw_warnings INTERFACE)
target_compile_options(gw_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
  -Wcast-qual -Woverloaded-virtual -Wdouble-promotion)
# Unoptimized and sanitized builds of g++ 12 see uninitialized values in std::shared_ptr and std::optional.
target_compile_options(gw_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
option(GW_WERROR "Warnings are errors" ON)
if(GW_WERROR)
  target_compile_options(gw_warnings INTERFACE -Werror)
endif()

# gw_data: carries the default data folder to those who link it. The program looks in $GIGAWATT_DATA, then in this
# folder, then in ../share/gigawatt/data beside its executable.
add_library(gw_data INTERFACE)
target_compile_definitions(gw_data INTERFACE GIGAWATT_DEFAULT_DATA_DIR="${PROJECT_SOURCE_DIR}/data")
# Installed programs find the libraries that come with them.
set(CMAKE_INSTALL_RPATH $ORIGIN/../lib/gigawatt)
