# Packages of others. Each is found once here; launch/setup.sh installs them.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(MPI REQUIRED COMPONENTS C)
# The C++ bindings were removed in MPI 3.0; headers that still carry them must not pull them in.
target_compile_definitions(MPI::MPI_C INTERFACE OMPI_SKIP_MPICXX MPICH_SKIP_MPICXX)
find_package(HDF5 REQUIRED COMPONENTS C HL)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
find_path(TOMLPLUSPLUS_INCLUDE toml++/toml.h REQUIRED)

add_library(verdict_tomlplusplus INTERFACE)
target_include_directories(verdict_tomlplusplus SYSTEM INTERFACE ${TOMLPLUSPLUS_INCLUDE})

add_library(verdict_hdf5_c INTERFACE)
target_include_directories(verdict_hdf5_c SYSTEM INTERFACE ${HDF5_INCLUDE_DIRS})
target_link_libraries(verdict_hdf5_c INTERFACE ${HDF5_HL_LIBRARIES} ${HDF5_LIBRARIES})

# libtorch comes with the Python package. find_package(Torch) would demand a CUDA toolkit whenever the package
# was built for CUDA; the forward pass needs three libraries and the headers, so these are named directly.
set(VERDICT_PYTHON "${CMAKE_SOURCE_DIR}/.venv/bin/python" CACHE FILEPATH "Python that has torch")
if(NOT TORCH_ROOT)
  execute_process(
    COMMAND ${VERDICT_PYTHON} -c
            "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])"
    OUTPUT_VARIABLE TORCH_ROOT
    OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE found)
  if(NOT found EQUAL 0)
    message(FATAL_ERROR "No torch in ${VERDICT_PYTHON}: run launch/setup.sh, or give -DVERDICT_PYTHON=…")
  endif()
endif()
find_library(TORCH_CPU_LIBRARY torch_cpu REQUIRED HINTS "${TORCH_ROOT}/lib" NO_DEFAULT_PATH)
find_library(C10_LIBRARY c10 REQUIRED HINTS "${TORCH_ROOT}/lib" NO_DEFAULT_PATH)
add_library(verdict_torch INTERFACE)
target_include_directories(verdict_torch SYSTEM INTERFACE "${TORCH_ROOT}/include")
target_link_libraries(verdict_torch INTERFACE ${TORCH_CPU_LIBRARY} ${C10_LIBRARY})
target_link_options(verdict_torch INTERFACE "LINKER:-rpath,${TORCH_ROOT}/lib")
