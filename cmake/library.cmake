# SPDX-License-Identifier: GPL-3.0-or-later
# timbrel_library(NAME FOLDERS ... PACKAGES ... USES ... DESCRIPTION ...): see CMakeLists.txt. Each folder lists its own
# sources and includes only headers of the folders that come before it (tests/lint.sh layers).
set(TIMBREL_LIBRARIES "") # those that are built
set(TIMBREL_FOLDERS "")

function(timbrel_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "DESCRIPTION" "FOLDERS;PACKAGES;USES")

  set(links Threads::Threads m)
  foreach(package ${arg_PACKAGES})
    pkg_check_modules(${package} REQUIRED IMPORTED_TARGET ${package})
    list(APPEND links PkgConfig::${package})
  endforeach()

  add_library(${name}_objects OBJECT)
  set_target_properties(${name}_objects PROPERTIES POSITION_INDEPENDENT_CODE ON C_VISIBILITY_PRESET hidden)
  target_compile_definitions(${name}_objects PUBLIC _GNU_SOURCE)
  # Vectors are passed between functions of one file only, where nobody else's calling convention matters: no -Wpsabi.
  target_compile_options(${name}_objects PUBLIC -Wall -Wextra -Wshadow -Wstrict-prototypes -Wvla -Wno-psabi)
  # A section for each function: programs leave out what they do not call, and tests/render_symbols.sh sees who calls whom.
  target_compile_options(${name}_objects PRIVATE -ffunction-sections -fdata-sections)
  target_include_directories(${name}_objects PUBLIC ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name}_objects PUBLIC ${links})
  foreach(folder ${arg_FOLDERS})
    add_subdirectory(${folder})
  endforeach()

  add_library(${name} STATIC $<TARGET_OBJECTS:${name}_objects>)
  target_link_libraries(${name} PUBLIC ${name}_objects ${arg_USES})

  # What the shared library shows. The resolvers of TB_MULTIVERSION are global whatever their visibility: only the map
  # keeps their names inside.
  set(symbols ${CMAKE_SOURCE_DIR}/cmake/lib${name}.symbols)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${symbols})
  file(STRINGS ${symbols} shown REGEX "^tb_")
  list(JOIN shown ";\n    " shown)
  set(map ${CMAKE_BINARY_DIR}/lib${name}.map)
  file(CONFIGURE OUTPUT ${map} CONTENT "TIMBREL_${TIMBREL_ABI} {\n  global:\n    ${shown};\n  local: *;\n};\n" @ONLY)
  list(TRANSFORM arg_USES APPEND _shared OUTPUT_VARIABLE uses_shared)
  add_library(${name}_shared SHARED $<TARGET_OBJECTS:${name}_objects>)
  set_target_properties(${name}_shared PROPERTIES OUTPUT_NAME ${name} VERSION ${PROJECT_VERSION}
                        SOVERSION ${TIMBREL_ABI} LINK_DEPENDS ${map} INSTALL_RPATH "$ORIGIN")
  target_link_options(${name}_shared PRIVATE "LINKER:--version-script=${map}")
  if(NOT TIMBREL_SANITIZE) # whose runtime is the program's
    target_link_options(${name}_shared PRIVATE LINKER:--no-undefined)
  endif()
  target_link_libraries(${name}_shared PRIVATE ${uses_shared} ${links})

  set(flags "")
  foreach(package ${arg_PACKAGES})
    list(APPEND flags ${${package}_LDFLAGS})
  endforeach()
  list(JOIN flags " " flags)
  set(${name}_LINK_FLAGS ${flags} PARENT_SCOPE)
  set(${name}_USES ${arg_USES} PARENT_SCOPE)
  set(${name}_DESCRIPTION ${arg_DESCRIPTION} PARENT_SCOPE)
  set(TIMBREL_LIBRARIES ${TIMBREL_LIBRARIES} ${name} PARENT_SCOPE)
  set(TIMBREL_FOLDERS ${TIMBREL_FOLDERS} ${arg_FOLDERS} PARENT_SCOPE)
endfunction()
