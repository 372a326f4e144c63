# cmake -C tests/presets/sanitizers.cmake -B build-sanitizers
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "")
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1" CACHE STRING "Asserts stay on")
set(TENSORLEDGER_SANITIZE ON CACHE BOOL "")
