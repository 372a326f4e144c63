// How many parameters each method of PEFT trains, confronted with what PEFT itself printed.
// Source: set peft-metamath, huggingface/peft@5d602fdbf, method_comparison/MetaMathQA/results (trainable parameters
// of one model) and .../experiments (the configurations).

#include <string>

#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "tests/core/catch.h"
#include "tests/truth/errors.h"

using namespace tensorledger;

namespace {

struct Record {
    const char* method;
    std::int64_t trainable;
};

constexpr Record kRecords[] = {
    {"full", 3212749824},
    {"lora&lora_rank=32&lora_targets=q_proj,v_proj", 9175040},
    {"lora&lora_rank=10&lora_targets=up_proj,gate_proj,down_proj", 9461760},
    {"ia3&lora_targets=default", 286720},
    {"loha&lora_rank=32&lora_targets=q_proj,v_proj", 18350080},
    {"oft&lora_rank=32&lora_targets=default", 8171520},
    {"fourierft&frequencies=1000&lora_targets=default", 56000},
    {"prompt&virtual_tokens=200", 614400},
    {"tokens&trained_tokens=2", 6144},
    {"vera&lora_rank=256&lora_targets=default", 129024},
    {"randlora&lora_rank=32&lora_targets=default", 9289728},
};

}  // namespace

TEST_CASE("The trained parameters of every method are those that PEFT counts",
          "[truth][adapters]") {
    for (const Record& record : kRecords) {
        INFO(record.method);
        const Parsed parsed = parse("model=meta-llama/Llama-3.2-3B&batch=4&seq=768&method=" +
                                    std::string(record.method));
        REQUIRE(parsed.ok());
        const Answer answer = estimate(parsed.config, Detail::totals);
        REQUIRE(answer.ok);
        CHECK(answer.params.trainable == record.trainable);
        record_error("PEFT, trained parameters", record.trainable, answer.params.trainable);
    }
}
