# cmake --install build/release --prefix DIR, and a Debian package: cpack --config build/release/CPackConfig.cmake.
# The component "python" is the wheel's (python/CMakeLists.txt); all else is of "program".
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)
if(TARGET gigawatt)
  install(TARGETS gigawatt RUNTIME DESTINATION bin)
  # The manual and the completions come from the program's own description of itself.
  set(own_pages ${CMAKE_CURRENT_BINARY_DIR}/own_pages)
  foreach(page "man:gigawatt.1:share/man/man1" "bash:gigawatt:share/bash-completion/completions"
               "zsh:_gigawatt:share/zsh/site-functions" "fish:gigawatt.fish:share/fish/vendor_completions.d")
    string(REPLACE ":" ";" page ${page})
    list(POP_FRONT page kind name folder)
    install(CODE "
      file(MAKE_DIRECTORY \"${own_pages}/${kind}\")
      execute_process(COMMAND \"$<TARGET_FILE:gigawatt>\" reference ${kind} OUTPUT_FILE \"${own_pages}/${kind}/${name}\"
        COMMAND_ERROR_IS_FATAL ANY)")
    install(FILES ${own_pages}/${kind}/${name} DESTINATION ${folder})
  endforeach()
endif()
foreach(folder data scenarios schema)
  if(EXISTS ${PROJECT_SOURCE_DIR}/${folder})
    install(DIRECTORY ${folder} DESTINATION share/gigawatt)
  endif()
endforeach()
install(FILES LICENSE DESTINATION share/doc/gigawatt)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gigawatt)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Digital twin of AI superclusters, from watts to tokens")
set(CPACK_PACKAGE_CONTACT "Gigawatt")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME gigawatt)
set(CPACK_DEBIAN_PROGRAM_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
# The libraries of Debian that it needs follow from the program; those that come with it are its own.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${GW_DUCKDB_ROOT}/lib ${GW_HIGHS_ROOT}/lib)
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_BINARY_DIR})
include(CPack)
