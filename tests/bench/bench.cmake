add_executable(tensorledger_bench EXCLUDE_FROM_ALL tests/bench/bench.cpp)
target_link_libraries(tensorledger_bench PRIVATE tensorledger_core tensorledger_flags)
set_target_properties(tensorledger_bench PROPERTIES
                      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
