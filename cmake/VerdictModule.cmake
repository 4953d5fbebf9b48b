# One folder, one static library, one alias, one direction.
#
#   verdict_module(model SOURCES decoder.cpp … DEPENDS verdict::core verdict::comm [LIBRARIES verdict_torch] [TORCH])
#   verdict_module(comm SOURCES … CUDA_SOURCES nccl_communicator.cpp scale.cu CUDA_LIBRARIES verdict_nccl)
#   verdict_test(parity_test SOURCES model/parity_test.cpp DEPENDS verdict::model RANKS 1 2 4 [LABEL full])
#   verdict_python_test(resume_test SCRIPT resume_test.py ARGUMENTS $<TARGET_FILE:verdict_program> RANKS 3)
#
# CUDA_SOURCES (.cu, and .cpp that call CUDA or NCCL) are left out of a build without CUDA; with it the module, and whoever
# links it, is compiled with VERDICT_HAS_CUDA.
#
# The layering check compares every `#include "verdict/<module>/…"` with DEPENDS, keeps the private headers of a module
# (`#include "<module>/…"`) to itself, and compares every restricted header with the places that may include it. It
# stops the configure at the first wrong one. tests/build/layering_test.py shows that it does.

# header, as a regular expression | the beginnings of places, in src/ or include/verdict/, that may include it
set(VERDICT_RESTRICTED_HEADERS
    "^mpi\\.h$|comm/"
    "^nccl\\.h$|comm/nccl"
    "^cuda[a-z_0-9]*\\.h$|comm/cuda comm/nccl model/ eval/"
    "^hdf5[a-z_]*\\.h$|hdf5/"
    "^CLI/|app/"
    "^toml\\+\\+/|core/"
    "^ATen/|comm/ model/ eval/ app/"
    "^c10/|comm/ model/ eval/ app/"
    "^torch/torch\\.h$|none"
    "^torch/|eval/")

# May `module` include a header of ours? The modules that it may include come last.
function(verdict_check_own_header file module header)
  if(header MATCHES "^verdict/([a-z0-9_]+)/" AND NOT CMAKE_MATCH_1 IN_LIST ARGN)
    message(FATAL_ERROR "Layering: ${file} includes '${header}', but module '${module}' may only include: ${ARGN}")
  endif()
  if(header MATCHES "^([a-z0-9_]+)/" AND NOT CMAKE_MATCH_1 STREQUAL module
     AND EXISTS "${CMAKE_SOURCE_DIR}/src/${header}")
    message(FATAL_ERROR "Layering: ${file} of module '${module}' includes '${header}', which is private to module "
                        "'${CMAKE_MATCH_1}'")
  endif()
endfunction()

function(verdict_check_restricted_header file module header)
  string(REGEX REPLACE "^.*/(src|include/verdict)/${module}/" "${module}/" place "${file}")
  foreach(rule ${VERDICT_RESTRICTED_HEADERS})
    string(REGEX REPLACE "\\|[^|]*$" "" pattern "${rule}")
    string(REGEX REPLACE "^.*\\|" "" owners "${rule}")
    if(header MATCHES "${pattern}")
      string(REPLACE " " "|" owner_pattern "^(${owners})")
      if(NOT place MATCHES "${owner_pattern}")
        message(FATAL_ERROR "Layering: ${file} of module '${module}' includes '${header}', which only '${owners}' may do")
      endif()
    endif()
  endforeach()
endfunction()

function(verdict_check_layering module)
  set(allowed ${module})
  foreach(dependency ${ARGN})
    string(REGEX REPLACE "^verdict::" "" dependency "${dependency}")
    list(APPEND allowed ${dependency})
  endforeach()
  file(GLOB_RECURSE files CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/src/${module}/*.h"
       "${CMAKE_SOURCE_DIR}/src/${module}/*.cpp" "${CMAKE_SOURCE_DIR}/src/${module}/*.cu*"
       "${CMAKE_SOURCE_DIR}/include/verdict/${module}/*.h")
  # A changed include must be looked at even if no list of sources changed.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  foreach(file ${files})
    file(STRINGS "${file}" includes REGEX "^[ \t]*#[ \t]*include")
    foreach(line ${includes})
      if(line MATCHES "[<\"]([^>\"]+)[>\"]")
        set(header "${CMAKE_MATCH_1}")
        verdict_check_own_header("${file}" ${module} "${header}" ${allowed})
        verdict_check_restricted_header("${file}" ${module} "${header}")
      endif()
    endforeach()
  endforeach()
endfunction()

# The one precompiled header, for targets that include ATen (10 s a file without it).
function(verdict_use_torch target)
  target_link_libraries(${target} PUBLIC verdict_torch)
  if(NOT VERDICT_PCH)
    return()
  endif()
  if(NOT TARGET verdict_torch_pch)
    file(WRITE "${CMAKE_BINARY_DIR}/generated/torch_pch.cpp" "// Only carries the precompiled header.\n")
    add_library(verdict_torch_pch STATIC "${CMAKE_BINARY_DIR}/generated/torch_pch.cpp")
    target_link_libraries(verdict_torch_pch PRIVATE verdict_torch verdict_warnings)
    target_precompile_headers(verdict_torch_pch PRIVATE <ATen/ATen.h>)
  endif()
  target_precompile_headers(${target} REUSE_FROM verdict_torch_pch)
endfunction()

function(verdict_module module)
  cmake_parse_arguments(ARG "TORCH" "" "SOURCES;DEPENDS;LIBRARIES;CUDA_SOURCES;CUDA_LIBRARIES" ${ARGN})
  verdict_check_layering(${module} ${ARG_DEPENDS})
  add_library(verdict_${module} STATIC ${ARG_SOURCES})
  add_library(verdict::${module} ALIAS verdict_${module})
  target_include_directories(verdict_${module} PUBLIC "${CMAKE_SOURCE_DIR}/include"
                             PRIVATE "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(verdict_${module} PUBLIC ${ARG_DEPENDS} PRIVATE verdict_warnings ${ARG_LIBRARIES})
  if(ARG_CUDA_SOURCES AND VERDICT_HAS_CUDA)
    target_sources(verdict_${module} PRIVATE ${ARG_CUDA_SOURCES})
    target_link_libraries(verdict_${module} PUBLIC verdict_cuda ${ARG_CUDA_LIBRARIES})
  endif()
  if(ARG_TORCH)
    verdict_use_torch(verdict_${module})
  endif()
endfunction()

set(VERDICT_TEST_ENVIRONMENT "ASAN_OPTIONS=detect_leaks=0" "OMP_NUM_THREADS=1" "HDF5_USE_FILE_LOCKING=FALSE")
# As root, and with more ranks than cores, Open MPI wants to be told.
set(VERDICT_MPI_TEST_ENVIRONMENT "OMPI_ALLOW_RUN_AS_ROOT=1" "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"
                                 "OMPI_MCA_rmaps_base_oversubscribe=1")

# Registers one ctest per rank count.
function(verdict_test name)
  cmake_parse_arguments(ARG "TORCH" "LABEL;TIMEOUT" "SOURCES;DEPENDS;LIBRARIES;RANKS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL quick)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  if(ARG_RANKS)
    add_executable(${name} ${ARG_SOURCES} "${CMAKE_SOURCE_DIR}/tests/mpi_main.cpp")
    list(APPEND ARG_LIBRARIES MPI::MPI_C)
  else()
    add_executable(${name} ${ARG_SOURCES})
    list(APPEND ARG_LIBRARIES GTest::gtest_main)
  endif()
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/tests" "${CMAKE_SOURCE_DIR}/src")
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} ${ARG_LIBRARIES} verdict_warnings GTest::gmock
                                        verdict::version)
  target_compile_definitions(${name} PRIVATE VERDICT_TEST_DIR="${CMAKE_SOURCE_DIR}/tests"
                                             VERDICT_BINARY_DIR="${CMAKE_BINARY_DIR}"
                                             VERDICT_PYTHON="${VERDICT_PYTHON}")
  if(ARG_TORCH)
    verdict_use_torch(${name})
  endif()
  if(ARG_RANKS)
    foreach(ranks ${ARG_RANKS})
      add_test(NAME ${name}_np${ranks} COMMAND ${MPIEXEC_EXECUTABLE} -n ${ranks} $<TARGET_FILE:${name}>)
      set_tests_properties(
        ${name}_np${ranks}
        PROPERTIES
          LABELS ${ARG_LABEL}
          TIMEOUT ${ARG_TIMEOUT}
          PROCESSORS ${ranks}
          ENVIRONMENT "${VERDICT_TEST_ENVIRONMENT};${VERDICT_MPI_TEST_ENVIRONMENT}")
    endforeach()
  else()
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT} ENVIRONMENT
                                            "${VERDICT_TEST_ENVIRONMENT}")
  endif()
endfunction()

# Registers a file of Python's unittest as one ctest. RANKS: how many processes it keeps busy.
function(verdict_python_test name)
  cmake_parse_arguments(ARG "" "SCRIPT;LABEL;TIMEOUT;RANKS" "ARGUMENTS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL quick)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  if(NOT ARG_RANKS)
    set(ARG_RANKS 1)
  endif()
  add_test(NAME ${name} COMMAND ${VERDICT_PYTHON} "${CMAKE_CURRENT_SOURCE_DIR}/${ARG_SCRIPT}" ${ARG_ARGUMENTS})
  set_tests_properties(
    ${name}
    PROPERTIES
      LABELS ${ARG_LABEL}
      TIMEOUT ${ARG_TIMEOUT}
      PROCESSORS ${ARG_RANKS}
      ENVIRONMENT
      "${VERDICT_TEST_ENVIRONMENT};${VERDICT_MPI_TEST_ENVIRONMENT};PYTHONDONTWRITEBYTECODE=1")
endfunction()
