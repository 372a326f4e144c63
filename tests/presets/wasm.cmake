# emcmake cmake -C tests/presets/wasm.cmake -B build-wasm
set(CMAKE_BUILD_TYPE MinSizeRel CACHE STRING "")
set(CMAKE_CXX_FLAGS_MINSIZEREL "-Oz -flto -DNDEBUG" CACHE STRING "")
set(TENSORLEDGER_BUILD_TESTS ON CACHE BOOL "")
