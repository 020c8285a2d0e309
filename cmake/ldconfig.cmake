# SPDX-License-Identifier: GPL-3.0-or-later
# Part of `cmake --install` and, with REMOVED set, of the target `uninstall`: the run-time linker lists the libraries
# anew, or the user learns what to do. Files that are only staged (DESTDIR) are the packager's.
if("$ENV{DESTDIR}" STREQUAL "")
  get_filename_component(libdir ${LIBDIR} ABSOLUTE BASE_DIR ${CMAKE_INSTALL_PREFIX})
  find_program(LDCONFIG ldconfig PATHS /sbin /usr/sbin)
  set(searched "")
  set(user "")
  if(LDCONFIG)
    execute_process(COMMAND ${LDCONFIG} -v -N -X OUTPUT_VARIABLE searched ERROR_QUIET)
    execute_process(COMMAND id -u OUTPUT_VARIABLE user OUTPUT_STRIP_TRAILING_WHITESPACE)
  endif()
  string(FIND "\n${searched}" "\n${libdir}:" found)
  if(found EQUAL -1 AND REMOVED)
    # the linker never listed them
  elseif(found EQUAL -1)
    message(STATUS "The system does not look for libraries in ${libdir}: programs that use them need "
                   "LD_LIBRARY_PATH=${libdir} (the timbrel command does not)")
  elseif(user STREQUAL "0")
    execute_process(COMMAND ${LDCONFIG} COMMAND_ERROR_IS_FATAL ANY)
  elseif(REMOVED)
    message(STATUS "Run `ldconfig` as root, so that the run-time linker lists the libraries no longer")
  else()
    message(STATUS "Run `ldconfig` as root, so that programs find the libraries (the timbrel command needs none)")
  endif()
endif()
