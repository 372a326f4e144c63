# One Catch2 binary: core, properties and truth. Natively it is build/tensorledger_tests; with
# Emscripten the same sources become build-wasm/tensorledger_tests.js, which node runs. That run
# catches what a 64-bit build cannot: size_t has 32 bits there.

file(GLOB test_sources CONFIGURE_DEPENDS
     tests/core/*.cpp tests/core/*/*.cpp tests/properties/*.cpp tests/truth/*.cpp
     tests/fuzz/*.cpp)

# Catch2 2 is headers alone; 3 is a library, which for wasm has to be compiled from its sources.
if(NOT EMSCRIPTEN)
  find_package(Catch2 3 QUIET)
endif()
if(Catch2_FOUND)
  set(catch2 Catch2::Catch2)
else()
  tensorledger_header_only(tensorledger_catch2 catch2 catch2/catch.hpp)
  if(TARGET tensorledger_catch2)
    set(catch2 tensorledger_catch2)
  elseif(EMSCRIPTEN AND EXISTS /usr/include/catch2/catch_all.hpp)
    include(FetchContent)
    FetchContent_Declare(Catch2 URL https://github.com/catchorg/Catch2/archive/refs/tags/v3.7.1.tar.gz)
    FetchContent_MakeAvailable(Catch2)
    set(catch2 Catch2::Catch2)
  else()
    message(STATUS "Catch2 is not installed (Debian: catch2): the tests are not built")
    return()
  endif()
endif()

add_executable(tensorledger_tests ${test_sources})
target_link_libraries(tensorledger_tests PRIVATE tensorledger_core tensorledger_flags
                                                 tensorledger_rapidjson ${catch2})
target_compile_definitions(tensorledger_tests PRIVATE
                           TENSORLEDGER_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
set_target_properties(tensorledger_tests PROPERTIES
                      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

if(EMSCRIPTEN)
  # Catch2 throws to leave a failed REQUIRE; the core beneath it stays without exceptions.
  # The module is read from disk at once: Emscripten before 3.1.10 would fetch() a path in node 18+.
  target_compile_options(tensorledger_tests PRIVATE -fexceptions)
  target_link_options(tensorledger_tests PRIVATE -fexceptions -O1 -sNODERAWFS=1 -sEXIT_RUNTIME=1
                      -sWASM_ASYNC_COMPILATION=0 -sENVIRONMENT=node -sALLOW_MEMORY_GROWTH=1
                      -sTOTAL_STACK=4194304 -sASSERTIONS=1)
endif()
