# SPDX-License-Identifier: GPL-3.0-or-later
# What `cmake --install` puts where: the command, both libraries, the public headers, timbrel.pc, man page, completion.
include(GNUInstallDirs)

install(TARGETS timbrel timbrel_shared)
if(TARGET timbrel_command)
  install(TARGETS timbrel_command)
endif()

# The public headers, as they are: #include <timbrel/audio.h>.
install(DIRECTORY include/timbrel DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

configure_file(cmake/timbrel.pc.in timbrel.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/timbrel.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES docs/timbrel.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
install(FILES app/completion.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME timbrel OPTIONAL)
install(FILES README.md NEWS.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
