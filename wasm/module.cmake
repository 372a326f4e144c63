# The wasm module: the Embind boundary over the core. Included by the top CMakeLists.txt when the
# compiler is Emscripten's.

# Debian's Emscripten runs its optimiser with node and expects the acorn package on NODE_PATH.
if(EXISTS /usr/share/nodejs/acorn)
  set(CMAKE_CXX_LINKER_LAUNCHER ${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs)
endif()
