// The entry point of the test binary, the same for Catch2 2 and 3, natively and in node.
#define CATCH_CONFIG_RUNNER
#include "tests/core/catch.h"

#include <cstdlib>

#include "tests/truth/errors.h"

int main(int argc, char** argv) {
    const int failures = Catch::Session().run(argc, argv);
    if (const char* path = std::getenv("TENSORLEDGER_ERRORS")) {
        std::ofstream(path) << error_table();
    }
    return failures;
}
