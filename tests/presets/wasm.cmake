# emcmake cmake -C tests/presets/wasm.cmake -B build-wasm
set(CMAKE_BUILD_TYPE MinSizeRel CACHE STRING "")
# -finline-hint-functions: at -Oz Emscripten 3.1 asks for no inlining at all, which costs size (a tenth) and
# speed (a half); with all inlining, as with -flto, functions of the module's first part take in what only its
# second part needs (a tenth of the first).
set(CMAKE_CXX_FLAGS_MINSIZEREL "-Oz -finline-hint-functions -DNDEBUG" CACHE STRING "")
set(TENSORLEDGER_BUILD_TESTS ON CACHE BOOL "")
