# The wasm module: the Embind boundary over the core, and the npm package around it, complete in
# ${build}/package. Included by the top CMakeLists.txt when the compiler is Emscripten's.

# Debian's Emscripten runs its JavaScript optimiser in node and expects acorn on NODE_PATH.
if(EXISTS /usr/share/nodejs/acorn)
  set(CMAKE_CXX_LINKER_LAUNCHER ${CMAKE_COMMAND} -E env NODE_PATH=/usr/share/nodejs)
endif()

set(package ${PROJECT_BINARY_DIR}/package)

add_executable(tensorledger_wasm wasm/boundary.cpp wasm/catalog.cpp)
target_link_libraries(tensorledger_wasm PRIVATE tensorledger_core tensorledger_flags)
target_compile_options(tensorledger_wasm PRIVATE -fno-exceptions -fno-rtti)
target_compile_definitions(tensorledger_wasm PRIVATE EMSCRIPTEN_HAS_UNBOUND_TYPE_NAMES=0)
target_link_options(tensorledger_wasm PRIVATE
  --bind --no-entry -fno-exceptions -fno-rtti
  -sENVIRONMENT=web,worker                     # node too: index.js hands the binary over
  -sMODULARIZE=1 -sEXPORT_ES6=1
  -sINCOMING_MODULE_JS_API=instantiateWasm     # the one hook that index.js uses
  -sDYNAMIC_EXECUTION=0                        # a strict Content-Security-Policy holds: no eval
  -sFILESYSTEM=0 -sTEXTDECODER=2
  -sALLOW_MEMORY_GROWTH=1                      # a GGUF header has tens of megabytes
  -sMALLOC=emmalloc -sTOTAL_STACK=262144)
# Every answer waits for the replay of its run against the allocator.
set_source_files_properties(core/allocator/caching.cpp core/allocator/replay.cpp PROPERTIES COMPILE_OPTIONS -O2)
# Functions with one caller stay functions until the module is cut in two.
target_link_options(tensorledger_wasm PRIVATE
  -sBINARYEN_EXTRA_PASSES=--one-caller-inline-max-function-size=0)
set_target_properties(tensorledger_wasm PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/module OUTPUT_NAME tensorledger SUFFIX .js)

# The catalog stands beside the module as texts, loaded with its two parts; the bibliography as JSON,
# read when it is wanted. Inside they would be a third of the download.
add_executable(tensorledger_write_catalog wasm/write_catalog.cpp)
target_link_libraries(tensorledger_write_catalog PRIVATE tensorledger_core)
target_link_options(tensorledger_write_catalog PRIVATE
  -sENVIRONMENT=node -sNODERAWFS=1 -sWASM_ASYNC_COMPILATION=0 -sEXIT_RUNTIME=1)
set(writer node $<TARGET_FILE:tensorledger_write_catalog>)
add_custom_command(
  OUTPUT ${package}/catalog.txt ${package}/catalog.rest.txt ${package}/bibliography.json
  COMMAND ${writer} catalog > ${package}/catalog.txt
  COMMAND ${writer} rest > ${package}/catalog.rest.txt
  COMMAND ${writer} bibliography > ${package}/bibliography.json
  DEPENDS tensorledger_write_catalog)

# The glue, without its spaces and long names where there is esbuild (Debian: esbuild).
set(linked ${PROJECT_BINARY_DIR}/module/tensorledger)
find_program(esbuild esbuild HINTS ${PROJECT_SOURCE_DIR}/web/node_modules/.bin)
if(esbuild)
  set(shorten ${esbuild} ${linked}.js --minify --format=esm --target=es2022 --log-level=warning
      --outfile=${package}/tensorledger.js --allow-overwrite)
else()
  set(shorten ${CMAKE_COMMAND} -E copy ${linked}.js ${package}/tensorledger.js)
endif()
add_custom_command(OUTPUT ${package}/tensorledger.js VERBATIM
  COMMAND ${shorten}
  DEPENDS tensorledger_wasm)

# The binary in two parts. Binaryen's tools are Debian's, or stand beside the compiler of an emsdk.
find_program(wasm_split wasm-split HINTS ${EMSCRIPTEN_ROOT_PATH}/../bin)
cmake_path(GET wasm_split PARENT_PATH binaryen)
add_custom_command(OUTPUT ${package}/tensorledger.wasm ${package}/tensorledger.rest.wasm VERBATIM
  COMMAND ${CMAKE_COMMAND} -E env BINARYEN=${binaryen}
          node ${PROJECT_SOURCE_DIR}/wasm/split.mjs ${linked}.wasm ${linked}.js ${package}
  DEPENDS tensorledger_wasm ${package}/catalog.txt ${package}/index.js wasm/split.mjs wasm/first.txt)

configure_file(wasm/package.json.in ${package}/package.json @ONLY)
set(package_files ${package}/tensorledger.js ${package}/tensorledger.wasm ${package}/tensorledger.rest.wasm
    ${package}/catalog.txt ${package}/catalog.rest.txt ${package}/bibliography.json)
foreach(file wasm/index.js wasm/cli.js wasm/tensorledger.d.ts wasm/README.md LICENSE)
  cmake_path(GET file FILENAME name)
  add_custom_command(OUTPUT ${package}/${name} DEPENDS ${file} VERBATIM
    COMMAND ${CMAKE_COMMAND} -E copy ${PROJECT_SOURCE_DIR}/${file} ${package}/${name})
  list(APPEND package_files ${package}/${name})
endforeach()
set(notices core/THIRD_PARTY.txt wasm/THIRD_PARTY.txt)
add_custom_command(OUTPUT ${package}/THIRD_PARTY.txt DEPENDS ${notices} VERBATIM
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
  COMMAND ${CMAKE_COMMAND} -E cat ${notices} > ${package}/THIRD_PARTY.txt)
list(APPEND package_files ${package}/THIRD_PARTY.txt)
add_custom_target(tensorledger_package ALL DEPENDS tensorledger_wasm ${package_files})
