# highs::highs: the C API of HiGHS. A system-wide HiGHS is preferred; else the pinned one that
# tools/fetch_highs.sh puts into .gw/highs (done here when it is missing, which needs pip).
set(GW_HIGHS_ROOT ${PROJECT_SOURCE_DIR}/.gw/highs CACHE PATH "Where HiGHS is when the system has none")

find_path(HIGHS_INCLUDE_DIR interfaces/highs_c_api.h PATH_SUFFIXES highs)
find_library(HIGHS_LIBRARY highs)
mark_as_advanced(HIGHS_INCLUDE_DIR HIGHS_LIBRARY)
if(HIGHS_INCLUDE_DIR AND HIGHS_LIBRARY)
  set(highs_include ${HIGHS_INCLUDE_DIR})
  set(highs_library ${HIGHS_LIBRARY})
else()
  set(highs_include ${GW_HIGHS_ROOT}/include/highs)
  set(highs_library ${GW_HIGHS_ROOT}/lib/libhighs.so)
  execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/fetch_highs.sh --check ${GW_HIGHS_ROOT} RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(STATUS "Fetching HiGHS into ${GW_HIGHS_ROOT}")
    execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/fetch_highs.sh ${GW_HIGHS_ROOT} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "HiGHS is missing: run ./gw build once, or install libhighs and its headers")
    endif()
  endif()
  install(FILES ${highs_library} DESTINATION lib/gigawatt COMPONENT program)
endif()

add_library(highs::highs SHARED IMPORTED GLOBAL)
set_target_properties(highs::highs PROPERTIES IMPORTED_LOCATION ${highs_library}
  INTERFACE_INCLUDE_DIRECTORIES ${highs_include})
