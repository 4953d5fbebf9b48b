# VERDICT_CUDA=AUTO|ON|OFF: are the CUDA sources built? AUTO builds them where nvcc and a torch for CUDA are found, with
# or without a GPU in the machine. Sets VERDICT_HAS_CUDA and, if it is on, makes two interface targets:
#   verdict_cuda   the CUDA runtime and c10's streams and allocator
#   verdict_nccl   the NCCL that torch uses: two copies of it in one process would not know of each other
#
# libtorch_cuda.so itself is linked nowhere. Its start costs every process 0.15 s and 350 MB, used or not, so a program loads
# it with dlopen when a GPU is to be used; ATen then finds its kernels through the dispatcher. What is linked costs nothing.
set(VERDICT_CUDA AUTO CACHE STRING "Build for GPUs: AUTO (where nvcc and a torch for CUDA are found), ON or OFF")
set_property(CACHE VERDICT_CUDA PROPERTY STRINGS AUTO ON OFF)
set(VERDICT_HAS_CUDA OFF)
set(VERDICT_CUDA_TEXT "none")
if(VERDICT_CUDA STREQUAL "OFF")
  return()
endif()

# An nvcc that was not there the last time is looked for again.
if(NOT CMAKE_CUDA_COMPILER)
  unset(CMAKE_CUDA_COMPILER CACHE)
endif()
include(CheckLanguage)
check_language(CUDA)
get_filename_component(site_packages "${TORCH_ROOT}" DIRECTORY)
find_library(C10_CUDA_LIBRARY c10_cuda HINTS "${TORCH_ROOT}/lib" NO_DEFAULT_PATH)
find_library(NCCL_LIBRARY NAMES libnccl.so.2 HINTS "${site_packages}/nvidia/nccl/lib" NO_DEFAULT_PATH)
find_path(NCCL_INCLUDE nccl.h HINTS "${site_packages}/nvidia/nccl/include" NO_DEFAULT_PATH)
# The runtime that torch was built with; the toolkit's own may be another.
find_library(CUDART_LIBRARY NAMES libcudart.so.13 libcudart.so.12 HINTS "${site_packages}/nvidia/cu13/lib"
             "${site_packages}/nvidia/cuda_runtime/lib" NO_DEFAULT_PATH)

set(missing "")
if(NOT CMAKE_CUDA_COMPILER)
  set(missing "nvcc was not found")
elseif(NOT C10_CUDA_LIBRARY)
  set(missing "the torch in ${TORCH_ROOT} is not built for CUDA")
elseif(NOT NCCL_LIBRARY OR NOT NCCL_INCLUDE)
  set(missing "NCCL was not found in ${site_packages}/nvidia/nccl")
elseif(NOT CUDART_LIBRARY)
  set(missing "the CUDA runtime was not found in ${site_packages}/nvidia")
endif()
if(missing AND VERDICT_CUDA STREQUAL "AUTO")
  message(STATUS "Built for CPU only: ${missing}")
  return()
elseif(missing)
  message(FATAL_ERROR "VERDICT_CUDA=${VERDICT_CUDA}: ${missing}")
endif()

# Machine code for the A100 and the H100, and PTX that the driver of a later GPU translates. CMake 3.25 knows no C++20 for
# CUDA, so headers that a .cu file includes keep to C++17.
set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
set(CMAKE_CUDA_STANDARD 17)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
set(CMAKE_CUDA_RUNTIME_LIBRARY None) # named below
if(CCACHE_PROGRAM AND NOT CMAKE_CUDA_COMPILER_LAUNCHER)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
enable_language(CUDA)
set(VERDICT_HAS_CUDA ON)

file(STRINGS "${NCCL_INCLUDE}/nccl.h" nccl_version REGEX "#define NCCL_(MAJOR|MINOR|PATCH) ")
string(REGEX REPLACE "[^0-9]+" "." nccl_version "${nccl_version}")
string(REGEX REPLACE "^\\.|\\.$" "" nccl_version "${nccl_version}")
string(REGEX MATCH "^[0-9]+\\.[0-9]+" cuda_version "${CMAKE_CUDA_COMPILER_VERSION}")
set(VERDICT_CUDA_TEXT "CUDA ${cuda_version}, NCCL ${nccl_version}")
message(STATUS "Built for GPUs as well: ${VERDICT_CUDA_TEXT}")

add_library(verdict_cuda INTERFACE)
target_include_directories(verdict_cuda SYSTEM INTERFACE ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
target_link_libraries(verdict_cuda INTERFACE ${C10_CUDA_LIBRARY} ${CUDART_LIBRARY})
target_compile_definitions(verdict_cuda INTERFACE VERDICT_HAS_CUDA=1)
add_library(verdict_nccl INTERFACE)
target_include_directories(verdict_nccl SYSTEM INTERFACE "${NCCL_INCLUDE}")
target_link_libraries(verdict_nccl INTERFACE verdict_cuda ${NCCL_LIBRARY})
foreach(library ${CUDART_LIBRARY} ${NCCL_LIBRARY})
  get_filename_component(folder "${library}" DIRECTORY)
  target_link_options(verdict_cuda INTERFACE "LINKER:-rpath,${folder}")
endforeach()
