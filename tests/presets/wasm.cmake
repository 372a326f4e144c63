# emcmake cmake -C tests/presets/wasm.cmake -B build-wasm
set(CMAKE_BUILD_TYPE MinSizeRel CACHE STRING "")
# -finline-functions: at -Oz Emscripten 3.1 asks for no inlining at all, which costs both size (a
# tenth) and speed (a half). Without -flto: it would merge what only the rest of the module needs into
# the functions of its first part (a tenth of that).
set(CMAKE_CXX_FLAGS_MINSIZEREL "-Oz -finline-functions -DNDEBUG" CACHE STRING "")
set(TENSORLEDGER_BUILD_TESTS ON CACHE BOOL "")
