# verdict::version: the version and, made anew at every build, the git commit and whether the tree was clean.
set(version_source "${CMAKE_BINARY_DIR}/generated/version.cpp")
add_custom_target(
  verdict_version_source
  BYPRODUCTS ${version_source}
  COMMAND ${CMAKE_COMMAND} -D SOURCE_DIR=${CMAKE_SOURCE_DIR} -D OUTPUT=${version_source}
          -D VERSION=${PROJECT_VERSION} -D "CUDA=${VERDICT_CUDA_TEXT}" -D "BUILD_TYPE=${CMAKE_BUILD_TYPE}"
          -D "COMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
          -P ${CMAKE_SOURCE_DIR}/cmake/WriteVersion.cmake
  VERBATIM)
add_library(verdict_version STATIC ${version_source})
add_dependencies(verdict_version verdict_version_source)
target_include_directories(verdict_version PRIVATE ${CMAKE_SOURCE_DIR}/include)
add_library(verdict::version ALIAS verdict_version)
