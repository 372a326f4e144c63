// Prints the answer to the set-up that is its argument, as JSON.

#include <cstdio>

#include "core/search/answer.h"

int main(int count, char** values) {
    std::puts(tensorledger::estimate_json(count > 1 ? values[1] : "").c_str());
}
