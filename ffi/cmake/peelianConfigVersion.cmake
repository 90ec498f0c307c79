# The version is that of the header. Releases 0.x are not compatible across minor versions.
file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../../../include/peelian.h" _peelian_version REGEX "^#define PEELIAN_VERSION \"")
string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" PACKAGE_VERSION "${_peelian_version}")
string(REGEX MATCH "^[0-9]+\\.[0-9]+" _peelian_series "${PACKAGE_VERSION}")

if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()
if(PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION AND "${PACKAGE_FIND_VERSION}." MATCHES "^${_peelian_series}\\.")
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
