# cmake --install build/release --prefix PREFIX: the two programs, the scripts around them, and module files for a cluster.
# torch stays where it is, in the Python environment; the programs find it by the path they were linked with.
include(GNUInstallDirs)
set_target_properties(verdict_program verdict_eval_program PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS verdict_program verdict_eval_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

set(shared ${CMAKE_INSTALL_DATADIR}/verdict)
install(PROGRAMS launch/mpirun.sh launch/epoch.sh launch/stage_models.py launch/prepare_data.py
                 launch/chain.py DESTINATION ${shared}/launch)
install(FILES launch/common.sh launch/mpi_env.sh launch/program.sh launch/requirements-chain.txt DESTINATION ${shared}/launch)
install(DIRECTORY launch/staging launch/shards launch/subnet DESTINATION ${shared}/launch PATTERN __pycache__ EXCLUDE)
install(DIRECTORY slurm DESTINATION ${shared} USE_SOURCE_PERMISSIONS PATTERN __pycache__ EXCLUDE)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

foreach(kind tcl lua)
  configure_file(cmake/modulefiles/verdict.${kind}.in generated/modulefiles/verdict.${kind} @ONLY)
endforeach()
install(FILES "${CMAKE_BINARY_DIR}/generated/modulefiles/verdict.tcl" DESTINATION ${shared}/modulefiles/verdict
        RENAME ${PROJECT_VERSION})
install(FILES "${CMAKE_BINARY_DIR}/generated/modulefiles/verdict.lua" DESTINATION ${shared}/modulefiles/verdict
        RENAME ${PROJECT_VERSION}.lua)
