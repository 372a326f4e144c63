// The entry point of the test binary, the same for Catch2 2 and 3, natively and in node.
#define CATCH_CONFIG_RUNNER
#include "tests/core/catch.h"

int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
