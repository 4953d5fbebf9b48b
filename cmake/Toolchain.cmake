# Warnings as errors, sanitizers, ccache and a fast linker: what every target of the project shares.
# In CUDA sources they are those of the host's half; what nvcc generates around it is neither pedantic nor cast in new style.
add_library(verdict_warnings INTERFACE)
target_compile_options(
  verdict_warnings
  INTERFACE
    "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wshadow;-Wconversion;-Wold-style-cast;-Werror>"
    "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra,-Wshadow,-Werror;--Werror=all-warnings>")
# GCC 12 raises these two falsely where it inlines std::string (GCC bugs 105329 and 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(verdict_warnings
                         INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict;-Wno-stringop-overflow>")
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # The precompiled header is part of the hash; its macros and times are not (ccache manual, PCH).
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_PCH_EXTSUM=1 ${CCACHE_PROGRAM})
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  add_link_options(-fuse-ld=mold)
endif()

# Options of the host's compiler for every source; nvcc passes them on.
function(verdict_compile_options)
  list(JOIN ARGN "," for_host)
  add_compile_options("$<$<NOT:$<COMPILE_LANGUAGE:CUDA>>:${ARGN}>" "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=${for_host}>")
endfunction()

if(VERDICT_SANITIZE_ADDRESS)
  verdict_compile_options(-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=undefined
                          -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(VERDICT_SANITIZE_THREAD)
  verdict_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()

# GCC needs this for reproducible floating point whatever the machine: no contraction across statements. Kernels keep to
# the same, so that what the tests compute with them on the CPU is what a GPU would; a product that is to be fused says fma.
verdict_compile_options(-ffp-contract=off)
add_compile_options("$<$<COMPILE_LANGUAGE:CUDA>:--fmad=false>")

# One kind of code everywhere, so that libraries and programs can share the precompiled header.
verdict_compile_options(-fPIC)
