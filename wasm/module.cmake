# The wasm module: the Embind boundary over the core, and the npm package around it, complete in
# ${build}/package. Included by the top CMakeLists.txt when the compiler is Emscripten's.

# Debian's Emscripten runs its JavaScript optimiser in node and expects acorn on NODE_PATH.
if(EXISTS /usr/share/nodejs/acorn)
  set(CMAKE_CXX_LINKER_LAUNCHER ${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs)
endif()

if(NOT EXISTS ${PROJECT_SOURCE_DIR}/core/report/estimate.h)
  return()
endif()

set(package ${PROJECT_BINARY_DIR}/package)

add_executable(tensorledger_wasm wasm/boundary.cpp)
target_link_libraries(tensorledger_wasm PRIVATE tensorledger_core tensorledger_flags)
target_compile_options(tensorledger_wasm PRIVATE -fno-exceptions -fno-rtti)
target_compile_definitions(tensorledger_wasm PRIVATE EMSCRIPTEN_HAS_UNBOUND_TYPE_NAMES=0)
target_link_options(tensorledger_wasm PRIVATE
  --bind
  --no-entry
  -fno-exceptions -fno-rtti
  -sENVIRONMENT=web,worker       # node too: index.js hands the binary over
  -sMODULARIZE=1 -sEXPORT_ES6=1
  -sDYNAMIC_EXECUTION=0          # no eval, no new Function: a strict Content-Security-Policy holds
  -sFILESYSTEM=0
  -sALLOW_MEMORY_GROWTH=1        # a GGUF header has tens of megabytes
  -sMALLOC=emmalloc
  -sTOTAL_STACK=262144)
set_target_properties(tensorledger_wasm PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${package} OUTPUT_NAME tensorledger SUFFIX .js)

configure_file(wasm/package.json.in ${package}/package.json @ONLY)
set(package_files wasm/index.js wasm/tensorledger.d.ts wasm/bibliography.json LICENSE)
foreach(file IN LISTS package_files)
  configure_file(${file} ${package}/ COPYONLY)
endforeach()
