# The targets of libFuzzer, one program each: build-sanitizers/fuzz/NAME. Only clang has it.

add_custom_target(fuzz)
file(GLOB fuzz_targets CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/fuzz/targets/*.cpp)
foreach(source ${fuzz_targets})
  cmake_path(GET source STEM name)
  add_executable(fuzz_${name} ${source} ${PROJECT_SOURCE_DIR}/tests/fuzz/faults.cpp)
  target_link_libraries(fuzz_${name} PRIVATE tensorledger_core tensorledger_flags tensorledger_rapidjson)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  set_target_properties(fuzz_${name} PROPERTIES OUTPUT_NAME ${name}
                        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  add_dependencies(fuzz fuzz_${name})
endforeach()

# Where they start from: real configurations, headers and command lines, written by a program of our own.
add_executable(fuzz_seeds ${PROJECT_SOURCE_DIR}/tests/fuzz/seeds/seeds.cpp)
target_link_libraries(fuzz_seeds PRIVATE tensorledger_core tensorledger_flags)
target_compile_definitions(fuzz_seeds PRIVATE TENSORLEDGER_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data")
set_target_properties(fuzz_seeds PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
add_dependencies(fuzz fuzz_seeds)
