# One Catch2 binary: core, properties and truth. Natively it is build/tensorledger_tests; with
# Emscripten the same sources become build-wasm/tensorledger_tests.js, which node runs. That run
# catches what a 64-bit build cannot: size_t has 32 bits there.

file(GLOB test_sources CONFIGURE_DEPENDS
     tests/core/*.cpp tests/core/*/*.cpp tests/properties/*.cpp tests/truth/*.cpp)

add_executable(tensorledger_tests ${test_sources})
target_link_libraries(tensorledger_tests PRIVATE tensorledger_core tensorledger_flags
                                                 tensorledger_rapidjson)
target_compile_definitions(tensorledger_tests PRIVATE
                           TENSORLEDGER_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
set_target_properties(tensorledger_tests PROPERTIES
                      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

find_package(Catch2 3 QUIET)
if(Catch2_FOUND AND NOT EMSCRIPTEN)
  target_link_libraries(tensorledger_tests PRIVATE Catch2::Catch2)
else()
  tensorledger_header_only(tensorledger_catch2 catch2 catch2/catch.hpp)
  target_link_libraries(tensorledger_tests PRIVATE tensorledger_catch2)
endif()

if(EMSCRIPTEN)
  # Catch2 throws to leave a failed REQUIRE; the core beneath it stays without exceptions.
  # The module is read from disk at once: Emscripten before 3.1.10 would fetch() a path in node 18+.
  target_compile_options(tensorledger_tests PRIVATE -fexceptions)
  target_link_options(tensorledger_tests PRIVATE -fexceptions -O1 -sNODERAWFS=1 -sEXIT_RUNTIME=1
                      -sWASM_ASYNC_COMPILATION=0 -sENVIRONMENT=node -sALLOW_MEMORY_GROWTH=1
                      -sTOTAL_STACK=4194304 -sASSERTIONS=1)
endif()
