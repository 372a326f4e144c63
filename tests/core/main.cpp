// The entry point of the test binary, the same for Catch2 2 and 3, natively and in node.
#define CATCH_CONFIG_RUNNER
#include "tests/core/catch.h"

#include <cstdlib>
#include <string>

#include "tests/truth/errors.h"

int main(int argc, char** argv) {
    const int failures = Catch::Session().run(argc, argv);
    if (const char* path = std::getenv("TENSORLEDGER_ERRORS")) {
        const std::string file = path;
        std::ofstream(file) << error_table();
        std::ofstream(file + ".json") << error_json();
        std::ofstream(file + ".each.md") << figure_table();
    }
    return failures;
}
