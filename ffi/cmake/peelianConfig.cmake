# find_package(peelian) defines the targets peelian::peelian (shared) and peelian::peelian_static.
#
# This file is installed in share/cmake/peelian/, below the same prefix as the header and the libraries.
get_filename_component(_peelian_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(_peelian_include "${_peelian_prefix}/include")
set(_peelian_hints "${_peelian_prefix}/lib" "${_peelian_prefix}/lib64" "${_peelian_prefix}/lib/${CMAKE_LIBRARY_ARCHITECTURE}")

find_library(_peelian_shared peelian HINTS ${_peelian_hints} NO_DEFAULT_PATH NO_CACHE)
if(_peelian_shared AND NOT TARGET peelian::peelian)
  add_library(peelian::peelian SHARED IMPORTED)
  set_target_properties(peelian::peelian PROPERTIES
    IMPORTED_LOCATION "${_peelian_shared}"
    INTERFACE_INCLUDE_DIRECTORIES "${_peelian_include}")
endif()

find_library(_peelian_static libpeelian.a HINTS ${_peelian_hints} NO_DEFAULT_PATH NO_CACHE)
if(_peelian_static AND NOT TARGET peelian::peelian_static)
  add_library(peelian::peelian_static STATIC IMPORTED)
  set_target_properties(peelian::peelian_static PROPERTIES
    IMPORTED_LOCATION "${_peelian_static}"
    INTERFACE_INCLUDE_DIRECTORIES "${_peelian_include}"
    INTERFACE_LINK_LIBRARIES "pthread;dl;m")
endif()

if(NOT _peelian_shared AND NOT _peelian_static)
  set(peelian_FOUND FALSE)
  set(peelian_NOT_FOUND_MESSAGE "no library below ${_peelian_prefix}")
endif()
