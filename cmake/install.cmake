# SPDX-License-Identifier: GPL-3.0-or-later
# What `cmake --install` puts where: the command, the libraries and a .pc file for each, the public headers, man page,
# completion. `cmake --build build/PRESET --target uninstall` removes it.
include(GNUInstallDirs)

foreach(library ${TIMBREL_LIBRARIES})
  install(TARGETS ${library} ${library}_shared)
endforeach()
if(TARGET timbrel_command)
  install(TARGETS timbrel_command)
endif()

# The public headers, as they are: #include <timbrel/audio.h>.
install(DIRECTORY include/timbrel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

# Folders are told from where the .pc file lies, so that all of it may be moved.
if(IS_ABSOLUTE ${CMAKE_INSTALL_LIBDIR} OR IS_ABSOLUTE ${CMAKE_INSTALL_INCLUDEDIR})
  set(prefix ${CMAKE_INSTALL_PREFIX})
  set(libdir ${CMAKE_INSTALL_FULL_LIBDIR})
  set(includedir ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" up ${up})
  set(prefix "\${pcfiledir}/${up}")
  set(libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
foreach(library ${TIMBREL_LIBRARIES})
  set(description ${${library}_DESCRIPTION})
  set(uses ${${library}_USES})
  set(flags ${${library}_LINK_FLAGS})
  configure_file(cmake/library.pc.in ${library}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${library}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

install(FILES docs/timbrel.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
install(FILES app/completion.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME timbrel OPTIONAL)
# The documents, in the folders that they have here, so that the links between them work.
install(FILES README.md NEWS.md DEVELOPERS.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN timbrel.1 EXCLUDE)
install(FILES presets/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/presets OPTIONAL)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Last: the run-time linker's list of libraries.
install(CODE "set(LIBDIR \"${CMAKE_INSTALL_LIBDIR}\")")
install(SCRIPT cmake/ldconfig.cmake)

add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -D MANIFEST=${CMAKE_BINARY_DIR}/install_manifest.txt
                  -P ${CMAKE_SOURCE_DIR}/cmake/uninstall.cmake VERBATIM)
