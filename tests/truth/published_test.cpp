// Peaks that others logged, in papers, READMEs and benchmark results, confronted with the tool. The records are
// tests/data/published, one set a file:
//   request   what the tool is asked           bytes     the figure, in each reading of its unit ("GB" may be GiB)
//   meter     what was read (see computed())   context   bytes of the CUDA context, where the source measured it
//   assumed   in words, what the source lacks  skip      why a record is not compared
//   oom       the run failed for memory: the tool must not say that it fits
// The errors are shown, not bounded: what a source leaves out cannot be asked of the tool. Hard is one thing alone,
// that nothing "fits" which ran out of memory.

#include <algorithm>
#include <cstdlib>
#include <string>

#include "tests/core/catch.h"
#include "tests/truth/errors.h"
#include "tests/truth/records.h"

using namespace tensorledger;

namespace {

struct PublishedSet {
    const char* file;
    const char* name;  // the row of the table of errors
};

constexpr PublishedSet kSets[] = {
    {"qwen1-finetune", "published: Qwen-1 fine-tuning (full, LoRA, GPTQ)"},
    {"peft-metamath", "published: PEFT methods, Llama 3.2 3B, reserved"},
    {"hf-bert-large", "published: BERT large, nvidia-smi"},
    {"lomo-table1", "published: LOMO table 1, sum of parts"},
    {"badam-table2", "published: BAdam table 2, 24 GB card"},
    {"torchtune", "published: torchtune"},
    {"ao-optim", "published: torchao optimizers"},
    {"fsdp-qlora", "published: FSDP + QLoRA"},
    {"overheads", "published: CUDA contexts"},
    {"without-request", "published: records that state too little"},
    {"qwen3-speed", "published: Qwen3 generation, allocated"},
    {"autoawq", "published: AutoAWQ, fused"},
    {"gptq-for-llama", "published: GPTQ-for-LLaMa, token by token"},
    {"baichuan2", "published: Baichuan 2, weights"},
    {"whisper", "published: Whisper large-v2"},
    {"qwen1-inference", "published: Qwen-1 generation"},
    {"deepseek-llm-inference", "published: DeepSeek LLM 7B, prompts"},
};

const PhaseSummary* phase_named(const Answer& answer, std::string_view name) {
    for (const PhaseSummary& phase : answer.phases) {
        if (phase.name == name) return &phase;
    }
    return nullptr;
}

/// The weights, gradients and states that are there together after a backward, and beside them the activations at
/// the end of the forward: some papers add them up, though they are never alive at one time.
std::int64_t sum_of_parts(const Answer& answer) {
    const PhaseSummary* forward = phase_named(answer, "forward");
    const PhaseSummary* backward = phase_named(answer, "backward");
    REQUIRE(forward != nullptr);
    REQUIRE(backward != nullptr);
    return (backward->end + forward->end - forward->start).count();
}

/// torch.cuda.memory_allocated when the last phase is done: its tensors, and the workspaces that cuBLAS has by then.
std::int64_t at_the_end(const Answer& answer) {
    Bytes figure = answer.phases.back().end;
    for (const Beside& beside : answer.beside) {
        if (beside.name == "cuBLAS workspaces") figure += beside.bytes;
    }
    return figure.count();
}

/// The tool's figure for what the record's meter read.
std::int64_t computed(const Answer& answer, JsonValue record) {
    const std::string meter = text_of(record, "meter");
    // torch.cuda.max_memory_allocated counts blocks and cuBLAS's workspaces, not the tensors' own bytes.
    if (meter == "allocated") return answer.allocator.allocated.count();
    if (meter == "reserved") return answer.totals.reserved.count();
    if (meter == "weights") return answer.bytes[static_cast<int>(Group::weights)].count();
    if (meter == "context") return (answer.totals.device - answer.totals.reserved).count();
    if (meter == "sum of parts") return sum_of_parts(answer);
    if (meter == "end") return at_the_end(answer);
    REQUIRE(meter == "device");
    const std::int64_t context = integer(record, "context");
    return context < 0 ? answer.totals.device.count() : answer.totals.reserved.count() + context;
}

/// The reading of the printed unit that is nearer to the tool's figure.
std::int64_t nearest_reading(JsonValue readings, std::int64_t figure) {
    std::int64_t nearest = *readings.at(0).as_integer();
    for (std::int64_t index = 1; index < readings.size(); ++index) {
        const std::int64_t reading = *readings.at(index).as_integer();
        if (std::abs(reading - figure) < std::abs(nearest - figure)) nearest = reading;
    }
    return nearest;
}

/// A word that the option table does not have (an optimizer, a quantisation) is a gap as well.
bool is_gap(const Issue& issue) {
    return is_not_described(issue) || issue.code == "unknown-value" || issue.code == "unknown-key";
}

struct Tally {
    int compared = 0;
    int skipped = 0;
    int refused = 0;
    int too_large = 0;  // ran, and the tool says that it does not fit
    int out_of_memory = 0;
};

void confront(const PublishedSet& set, const std::string& line, JsonValue record,
              NetworkCache& networks, Tally& tally) {
    const std::string id = text_of(record, "id");
    INFO(id);
    if (!record.find("skip").is_missing()) {
        record_gap(set.name, id, text_of(record, "skip"));
        ++tally.skipped;
        return;
    }
    const Answer answer = answer_to(line, networks);
    if (!answer.ok) {
        const Issue& issue = answer.issues.front();
        INFO(issue.code << ": " << issue.message);
        CHECK(is_gap(issue));
        record_gap(set.name, id, "refused: " + issue.message);
        ++tally.refused;
        return;
    }
    if (record.find("oom").as_boolean().value_or(false)) {
        CHECK_FALSE(answer.fit.fits);
        ++tally.out_of_memory;
        return;
    }
    const std::int64_t figure = computed(answer, record);
    record_published({.set = set.name,
                      .id = id,
                      .printed = text_of(record, "printed"),
                      .assumed = text_of(record, "assumed"),
                      .measured = nearest_reading(record.find("bytes"), figure),
                      .computed = figure});
    tally.too_large += answer.fit.fits ? 0 : 1;
    ++tally.compared;
}

}  // namespace

TEST_CASE("Published peaks are confronted, and nothing fits that ran out of memory", "[truth]") {
    NetworkCache networks;
    for (const PublishedSet& set : kSets) {
        Tally tally;
        each_line("published/" + std::string(set.file) + ".jsonl",
                  [&](const std::string& line, JsonValue record) {
                      confront(set, line, record, networks, tally);
                  });
        WARN(set.file << ": " << tally.compared << " compared (" << tally.too_large
                      << " ran where the tool says they do not fit), " << tally.out_of_memory
                      << " out of memory as said, " << tally.refused << " refused, "
                      << tally.skipped << " not comparable");
        CHECK(tally.compared + tally.out_of_memory + tally.refused + tally.skipped > 0);
    }
}
