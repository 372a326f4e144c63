#include "core/report/estimate.h"

#include <algorithm>

#include "core/formats/config_json.h"
#include "core/options/messages.h"
#include "core/options/parse.h"
#include "core/profiles/hf/inference.h"
#include "core/profiles/hf/training.h"
#include "core/report/device.h"
#include "core/report/launch.h"
#include "core/report/ledger.h"
#include "core/report/llamacpp.h"
#include "core/report/paged.h"
#include "core/run/run.h"

namespace tensorledger {

namespace {

void refuse(Answer& answer, Issue issue) {
    Answer refusal;
    refusal.query = answer.query;
    refusal.issues.push_back(std::move(issue));
    answer = std::move(refusal);
}

/// The reasons of what takes nothing: a zero row says why, so that nobody looks for it.
void add_zero_rows(const Run& run, const torch::StatesElsewhere& elsewhere, Answer& answer) {
    const auto zero = [&](std::string_view row, Group group, std::string_view note,
                          std::string_view source) {
        answer.rows.push_back({.name = std::string(row),
                               .group = group,
                               .bytes = Bytes(0),
                               .count = 0,
                               .shape = "—",
                               .dtype = "—",
                               .alive = "never",
                               .formula = "0 B",
                               .source = std::string(source),
                               .note = std::string(note)});
    };
    const auto absent = [&](Group group) {
        return answer.bytes[static_cast<std::uint8_t>(group)] == Bytes(0);
    };
    if (run.task == Task::inference) {
        zero("gradients", Group::gradients, "0 B: nothing is trained.", "pytorch:torch/autograd");
        zero("optimizer states", Group::optimizer, "0 B: nothing is trained.",
             "pytorch:torch/optim");
    } else {
        if (absent(Group::optimizer) &&
            (run.optimizer == Optimizer::sgd || run.optimizer == Optimizer::lomo)) {
            zero("optimizer states", Group::optimizer, "0 B: plain SGD remembers nothing.",
                 torch::optimizer_source(run));
        }
        if (elsewhere.paged > Bytes(0)) {
            zero("optimizer states, paged", Group::optimizer,
                 "0 B of PyTorch's memory: " + std::to_string(elsewhere.paged.count()) +
                     " bytes of managed memory, which the driver brings to the device for the step "
                     "and moves to the host when room is short.",
                 "bitsandbytes:bitsandbytes/functional.py");
        }
        if (elsewhere.host > Bytes(0)) {
            zero("optimizer states on the host", Group::optimizer,
                 "0 B of the device: " + std::to_string(elsewhere.host.count()) +
                     " bytes, with a copy of weights and gradients, are in the host's memory, "
                     "where the step is taken.",
                 "torchao:torchao/optim/cpu_offload.py");
        }
        zero("key/value cache", Group::kv_cache, "0 B: a training step reads no cache.",
             "transformers:cache_utils.py");
    }
    if (run.attention == AttentionKind::sdpa && run.task == Task::train) {
        bool has_scores = false;
        for (const Row& row : answer.rows) {
            has_scores = has_scores || row.name.find("attention weights") != std::string::npos;
        }
        if (!has_scores) {
            zero("attention scores", Group::activations,
                 "0 B: the fused attention kernel computes the scores tile by tile and never "
                 "stores them.",
                 "dao2023");
        }
    }
    std::stable_sort(answer.rows.begin(), answer.rows.end(),
                     [](const Row& left, const Row& right) { return left.group < right.group; });
}

bool every_size_is_exact(const Answer& answer) {
    bool exact = answer.totals.device.is_exact_in_json() && answer.saved.total.is_exact_in_json();
    for (const PhaseSummary& phase : answer.phases) {
        exact = exact && phase.peak.is_exact_in_json() && phase.end.is_exact_in_json();
    }
    for (const CacheRow& kind : answer.cache) {
        exact = exact && kind.bytes.is_exact_in_json() && kind.capped.is_exact_in_json();
    }
    return exact;
}

/// Says what the first step takes, where that differs from a step in the steady state.
void add_first_step(const Model& model, const Run& run, Answer& answer) {
    const Folded first = fold(hf::first_training_step(model, run));
    if (first.peak_phase < 0) {
        return;
    }
    answer.first_peak = first.peak;
    answer.first_peak_phase = first.phases[static_cast<std::uint32_t>(first.peak_phase)].name;
    if (first.peak == answer.peak) {
        return;
    }
    answer.notes.push_back(
        {"first-step",
         filled("The figures are those of a step in the steady state. The first step peaks at {} "
                "bytes, in its {} phase: what the steady state brings along from the step before "
                "is not there yet.",
                {grouped(first.peak.count()), answer.first_peak_phase})});
}

struct Listed {
    Program program;
    std::int64_t trainable = 0;
    torch::StatesElsewhere states_elsewhere;
    Saved saved;
    // What one layer of each kind of `saved.layers` keeps, and last what is kept outside of them.
    std::vector<std::vector<torch::Tape::KeptTensor>> kept;
};

/// Names what autograd keeps, tensor by tensor.
void list_saved(const Listed& listed, Saved& saved) {
    for (std::uint32_t kind = 0; kind < listed.kept.size(); ++kind) {
        std::vector<Row>& rows =
            kind < saved.layers.size() ? saved.layers[kind].tensors : saved.outside_tensors;
        for (const auto& [tensor, count] : listed.kept[kind]) {
            rows.push_back(row_of(
                listed.program, listed.program.tensors[static_cast<std::uint32_t>(tensor)], count));
        }
    }
}

/// The program of the set-up, or the issue that stands against it.
std::optional<Issue> list_program(const Model& model, const Run& run, Answer& answer,
                                  Listed& listed) {
    if (run.task == Task::inference) {
        hf::GenerationOrIssue result = hf::generation(model, run);
        if (!result.generation) {
            return std::move(result.issue);
        }
        listed.program = std::move(result.generation->program);
        answer.cache = std::move(result.generation->cache);
        answer.notes.insert(answer.notes.end(), result.generation->notes.begin(),
                            result.generation->notes.end());
        return std::nullopt;
    }
    hf::TrainingStepOrIssue result = hf::training_step(model, run);
    if (!result.step) {
        return std::move(result.issue);
    }
    listed.program = std::move(result.step->program);
    listed.trainable = result.step->trainable;
    listed.states_elsewhere = result.step->states_elsewhere;
    for (const hf::SavedLayers& layers : result.step->saved_layers) {
        listed.saved.layers.push_back(
            {std::string(layers.kind), layers.count, layers.bytes_each * layers.count});
        listed.kept.push_back(layers.tensors);
    }
    listed.kept.push_back(result.step->saved_outside_tensors);
    listed.saved.outside = result.step->saved_outside;
    listed.saved.total = result.step->saved_total;
    answer.notes.insert(answer.notes.end(), result.step->notes.begin(), result.step->notes.end());
    return std::nullopt;
}

DeviceDetail device_detail(Detail detail) {
    switch (detail) {
        case Detail::tensors:
        case Detail::verdict: return DeviceDetail::verdict;
        case Detail::totals: return DeviceDetail::totals;
        case Detail::ledger: return DeviceDetail::timeline;
    }
    return DeviceDetail::totals;
}

}  // namespace

std::optional<Program> program_of(const Config& config) {
    const Run run = run_of(config);
    Answer answer;
    Listed listed;
    const bool is_listed = run.task == Task::train || run.engine == Engine::hf;
    if (!is_listed || list_program(*config.network, run, answer, listed)) {
        return std::nullopt;
    }
    return std::move(listed.program);
}

Answer estimate(const Config& config, Detail detail) {
    Answer answer;
    const Model& model = *config.network;
    const Run run = run_of(config);
    const bool is_shown = detail >= Detail::totals;
    if (is_shown) {
        answer.query = query_of(config);
        answer.notes = model.notes;
    }
    if (run.task == Task::inference && run.engine == Engine::llamacpp) {
        answer_llamacpp(config, detail, answer);
        if (detail == Detail::ledger) answer.launch = launch_line(config);
        if (!answer.ok) answer.notes.clear();
        return answer;
    }
    if (run.task == Task::inference &&
        (run.engine == Engine::vllm || run.engine == Engine::sglang)) {
        answer_paged(config, detail, answer);
        if (answer.ok && detail == Detail::ledger) answer.launch = launch_line(config);
        return answer;
    }
    Listed listed;
    if (std::optional<Issue> issue = list_program(model, run, answer, listed)) {
        refuse(answer, *std::move(issue));
        return answer;
    }
    const Folded folded = fold(listed.program);
    if (!is_shown) {
        answer.ok = folded.peak.is_exact_in_json();
        if (!answer.ok) return answer;
        answer.totals = {folded.peak, folded.peak, folded.peak};
        answer.phases = phases_of(folded);
        if (detail == Detail::verdict) {
            add_device(listed.program, config, DeviceDetail::verdict, answer);
        }
        return answer;
    }
    const std::vector<std::int64_t> live = live_at_peak(listed.program, folded);
    answer.ok = true;
    answer.params = count_parameters(model);
    answer.params.trainable = listed.trainable;
    answer.bytes = group_bytes(listed.program, live);
    answer.totals.allocated = folded.peak;
    answer.peak = folded.peak;
    answer.peak_phase = folded.peak_phase < 0
                            ? "load"
                            : folded.phases[static_cast<std::uint32_t>(folded.peak_phase)].name;
    answer.phases = phases_of(folded);
    answer.saved = std::move(listed.saved);
    if (detail == Detail::ledger) {
        Timeline timeline = timeline_of(listed.program);
        answer.timeline = std::move(timeline.points);
        answer.stretches = std::move(timeline.stretches);
    }
    add_device(listed.program, config, device_detail(detail), answer);
    if (!every_size_is_exact(answer)) {
        refuse(answer,
               {"", "too-large",
                "The sizes of this set-up leave what can be counted exactly (2^53 bytes, 8 PiB)."});
        return answer;
    }
    answer.article = article_of(model, run);
    answer.article_variable = run.task == Task::train ? "seq" : "prompt";
    if (detail == Detail::ledger) {
        answer.rows = rows_of(listed.program, live);
        list_saved(listed, answer.saved);
        add_zero_rows(run, listed.states_elsewhere, answer);
        if (run.task == Task::train && run.offload != Offload::optimizer) {
            add_first_step(model, run, answer);
        }
    }
    return answer;
}

}  // namespace tensorledger
