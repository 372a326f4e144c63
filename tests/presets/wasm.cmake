# emcmake cmake -C tests/presets/wasm.cmake -B build-wasm
set(CMAKE_BUILD_TYPE MinSizeRel CACHE STRING "")
# -finline-functions: at -Oz Emscripten 3.1 asks for no inlining at all, which costs both size (a
# tenth) and speed (a half).
set(CMAKE_CXX_FLAGS_MINSIZEREL "-Oz -finline-functions -flto -DNDEBUG" CACHE STRING "")
set(TENSORLEDGER_BUILD_TESTS ON CACHE BOOL "")
