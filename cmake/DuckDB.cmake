# duckdb::duckdb: DuckDB's C API. A system-wide DuckDB is preferred; else the pinned one that
# tools/fetch_duckdb.sh puts into .gw/duckdb (done here when it is missing, which needs npm).
set(GW_DUCKDB_ROOT ${PROJECT_SOURCE_DIR}/.gw/duckdb CACHE PATH "Where DuckDB is when the system has none")

find_path(DUCKDB_INCLUDE_DIR duckdb.h)
find_library(DUCKDB_LIBRARY duckdb)
mark_as_advanced(DUCKDB_INCLUDE_DIR DUCKDB_LIBRARY)
if(DUCKDB_INCLUDE_DIR AND DUCKDB_LIBRARY)
  set(duckdb_include ${DUCKDB_INCLUDE_DIR})
  set(duckdb_library ${DUCKDB_LIBRARY})
else()
  set(duckdb_include ${GW_DUCKDB_ROOT}/include)
  set(duckdb_library ${GW_DUCKDB_ROOT}/lib/libduckdb.so)
  if(NOT EXISTS ${duckdb_library} OR NOT EXISTS ${duckdb_include}/duckdb.h)
    message(STATUS "Fetching DuckDB into ${GW_DUCKDB_ROOT}")
    execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/fetch_duckdb.sh ${GW_DUCKDB_ROOT} RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "DuckDB is missing: run ./gw build once, or install libduckdb.so and duckdb.h")
    endif()
  endif()
  install(FILES ${duckdb_library} DESTINATION lib/gigawatt COMPONENT program)
endif()

add_library(duckdb::duckdb SHARED IMPORTED GLOBAL)
set_target_properties(duckdb::duckdb PROPERTIES IMPORTED_LOCATION ${duckdb_library}
  INTERFACE_INCLUDE_DIRECTORIES ${duckdb_include})
