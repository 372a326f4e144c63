#include "core/options/validate.h"

#include "core/catalog/accelerators.h"
#include "core/options/messages.h"
#include "core/options/table.h"

namespace tensorledger {

namespace {

bool is_llamacpp(const Config& config) {
    return config.task == Task::inference && config.engine == Engine::llamacpp;
}

bool is_paging(const Config& config) {
    return config.task == Task::inference &&
           (config.engine == Engine::vllm || config.engine == Engine::sglang);
}

/// "`task` is inference" for the clauses of a condition, with the values that this Config has.
std::string as_it_is(Condition condition, const Config& config) {
    std::string words;
    std::string_view rest = text_of(condition);
    while (!rest.empty()) {
        const std::string_view key = rest.substr(0, rest.find('='));
        if (!words.empty()) words += " and ";
        words += filled("`{}` is {}", {key, value_text(*find_option(key), config)});
        const auto end = rest.find('&');
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return words;
}

const ChoiceRow& chosen(const OptionRow& option, const Config& config) {
    return option.choices[*static_cast<const std::uint8_t*>(field_of(option, config))];
}

/// The values of an option that can be answered in this Config.
std::string answerable(const OptionRow& option, const Config& config) {
    std::string values;
    for (const ChoiceRow& choice : option.choices) {
        if (choice.status != Status::ready || !holds(choice.applies, config)) continue;
        if (!values.empty()) values += ", ";
        values += choice.value;
    }
    return values;
}

void refuse_does_not_apply(Issues& issues, const OptionRow& option, const Config& config) {
    refuse(issues, option.key, "does-not-apply", "`{}` means something only where {}; here {}.",
           {option.key, in_words(option.applies), as_it_is(option.applies, config)});
}

void refuse_not_yet(Issues& issues, const OptionRow& option, const Config& config) {
    const bool is_choice = option.type == OptionType::choice && option.status == Status::ready;
    refuse(issues, option.key, "not-yet",
           "`{}={}` is understood, but its memory is not modelled yet, so no figure is given; "
           "what can be answered here: {}.",
           {option.key, value_text(option, config),
            is_choice ? answerable(option, config) : value_text(option, default_config())});
}

void refuse_impossible(Issues& issues, const OptionRow& option, const ChoiceRow& choice,
                       const Config& config) {
    refuse(issues, option.key, "impossible", "`{}={}` can be answered only where {}; here {}.",
           {option.key, choice.value, in_words(choice.applies), as_it_is(choice.applies, config)});
}

/// Whether one of the options that a condition names has been refused: what depends on it goes without saying.
bool is_already_refused(Condition condition, const Issues& issues) {
    for (const Issue& issue : issues) {
        if (text_of(condition).find(issue.field + "=") != std::string_view::npos) return true;
    }
    return false;
}

void check_option(const OptionRow& option, const Config& config, Issues& issues) {
    if (is_default(option, config)) return;
    if (!holds(option.applies, config)) {
        refuse_does_not_apply(issues, option, config);
        return;
    }
    if (option.type == OptionType::choice) {
        const ChoiceRow& choice = chosen(option, config);
        if (!holds(choice.applies, config)) {
            const bool is_hf = config.task == Task::inference && config.engine == Engine::hf;
            if (is_hf && choice.applies == Condition::paging) {
                refuse_not_yet(issues, option, config);
            } else {
                refuse_impossible(issues, option, choice, config);
            }
            return;
        }
        // llama.cpp has a fused attention of its own, which is described.
        const bool is_own_flash = option.key == "attention" && is_llamacpp(config);
        if (choice.status == Status::not_yet && !is_own_flash) {
            refuse_not_yet(issues, option, config);
            return;
        }
    }
    if (option.status == Status::not_yet && !is_already_refused(option.applies, issues)) {
        refuse_not_yet(issues, option, config);
    }
}

void check_accelerator(const Config& config, Issues& issues) {
    if (find_accelerator(config.gpu) != nullptr) return;
    refuse(issues, "gpu", "unknown-gpu", "The catalog has no accelerator {}.{}",
           {quoted(config.gpu), suggestion(nearest_accelerators(config.gpu))});
}

/// Options of an optimizer that exclude each other.
void check_optimizer(const Config& config, Issues& issues) {
    const bool implementation = config.optimizer_impl != OptimizerImpl::foreach;
    if (config.optimizer_paged && (implementation || config.amsgrad)) {
        refuse(issues, "optimizer_paged", "impossible",
               "Paged states are bitsandbytes' own, whose fused kernels know neither "
               "`optimizer_impl` nor `amsgrad`.",
               {});
    }
    const bool in_backward =
        config.optimizer == Optimizer::lomo || config.optimizer == Optimizer::adalomo;
    if (in_backward && (config.clip_grad || !config.set_to_none || config.grad_accum > 1)) {
        refuse(issues, "optimizer", "impossible",
               "{} uses each gradient up inside the backward: none is left to be clipped by a "
               "common norm, kept or added up.",
               {value_text(*find_option("optimizer"), config)});
    }
    if (config.optimizer_in_backward &&
        (config.optimizer == Optimizer::badam || config.offload == Offload::optimizer)) {
        refuse(issues, "optimizer_in_backward", "impossible",
               "BAdam and an optimizer on the host take their step when the backward is done.", {});
    }
    if (config.offload == Offload::optimizer && (config.optimizer_paged || implementation)) {
        refuse(issues, "offload", "impossible",
               "An offloaded optimizer steps on the host, in PyTorch's own code: it is not paged, "
               "and `optimizer_impl` is not asked.",
               {});
    }
}

/// The degrees of parallelism, which one profile or another does not have.
void check_parallel(const Config& config, Issues& issues) {
    if (is_paging(config)) {
        const std::int64_t devices = config.tp <= 65536 ? config.tp * config.pp : 0;
        if (config.gpus != 1 && config.gpus != devices) {
            refuse(issues, "gpus", "impossible",
                   "`tp` × `pp` is {}; {} devices cannot be given to it.",
                   {grouped(devices), grouped(config.gpus)});
        }
        return;
    }
    for (const std::string_view key : {"tp", "pp", "ep"}) {
        const OptionRow& option = *find_option(key);
        if (!is_default(option, config)) refuse_not_yet(issues, option, config);
    }
    if (config.gpus != 1 && !is_llamacpp(config)) {
        refuse_not_yet(issues, *find_option("gpus"), config);
    }
}

/// What is listed of DeepSpeed: its own AdamW in stages 1 and 2.
void check_deepspeed(const Config& config, Issues& issues) {
    if (config.zero != 1 && config.zero != 2) refuse_not_yet(issues, *find_option("zero"), config);
    if (config.optimizer != Optimizer::adamw && config.optimizer != Optimizer::adam) {
        refuse(issues, "optimizer", "not-yet",
               "Under DeepSpeed the optimizers adamw and adam are modelled, as its FusedAdam.", {});
    }
    if (config.optimizer_in_backward || config.optimizer_paged || !config.set_to_none ||
        config.optimizer_library != OptimizerLibrary::automatic) {
        refuse(issues, "framework", "impossible",
               "DeepSpeed's engine steps by itself, after the backward, and drops the gradients as "
               "it reduces them: `optimizer_in_backward`, `optimizer_paged`, `set_to_none` and "
               "`optimizer_library` cannot be chosen.",
               {});
    }
}

/// What PEFT refuses of adapters on parameters.
void check_parameters(const Config& config, Issues& issues) {
    const bool none = config.lora_parameters == std::vector<std::string>{"none"};
    if (!none && config.lora_dropout.value_or(0) > 0) {
        refuse(issues, "lora_parameters", "impossible",
               "PEFT adds the change of a parameter to the parameter itself, so that no input is "
               "there to be dropped: `lora_dropout` has to be 0.",
               {});
    }
}

void check_serving(const Config& config, Issues& issues) {
    // The context of llama.cpp, vLLM and SGLang is a limit, whatever the prompt that is read.
    const bool is_limit = is_llamacpp(config) || is_paging(config);
    if (is_limit && !config.prompt.has_value()) return;
    const std::int64_t prompt = config.prompt.value_or(config.seq);
    if (config.context.has_value() && *config.context < prompt) {
        refuse(issues, "context", "impossible",
               "A context of {} tokens cannot hold a prompt of {}.",
               {grouped(*config.context), grouped(prompt)});
    }
    if (config.logits_to_keep > prompt) {
        refuse(issues, "logits_to_keep", "impossible",
               "Logits of {} tokens cannot be kept of a prompt of {}.",
               {grouped(config.logits_to_keep), grouped(prompt)});
    }
}

/// What Hugging Face's caches and formats can be.
void check_hf_cache(const Config& config, Issues& issues) {
    if (config.engine != Engine::hf) return;
    const bool quantised = config.cache == CacheKind::quantised;
    const bool quanto = config.cache_backend == CacheBackend::quanto;
    const std::int64_t bits = config.cache_bits;
    if (quantised && (quanto ? bits != 2 && bits != 4 : bits > 4 && bits != 8)) {
        refuse(issues, "cache_bits", "impossible",
               quanto ? "Quanto's cache has 2 or 4 bits." : "HQQ's cache has 1, 2, 3, 4 or 8 bits.",
               {});
    }
    const bool grouped =
        config.weights == WeightStorage::gptq || config.weights == WeightStorage::gptq_8bit ||
        config.weights == WeightStorage::gptq_3bit || config.weights == WeightStorage::awq ||
        config.weights == WeightStorage::hqq;
    if (config.quant_group.has_value() && !grouped) {
        refuse(issues, "quant_group", "impossible",
               "`quant_group` is the group of gptq, awq and hqq weights.", {});
    }
}

/// RoBERTa counts positions from its padding token on, so two rows of its table are never a token's.
bool counts_from_padding(const Model& network) {
    return network.model_type == "roberta" || network.model_type == "xlm-roberta" ||
           network.model_type == "camembert";
}

void check_length(std::string_view key, std::int64_t tokens, const Model& network, Issues& issues) {
    const auto longest = longest_sequence(network);
    if (!longest.has_value() || tokens <= *longest) return;
    refuse(issues, key, "impossible",
           "This model learned {} positions; a sequence of {} tokens cannot be run "
           "through it.",
           {grouped(*longest), grouped(tokens)});
}

}  // namespace

std::optional<std::int64_t> longest_sequence(const Model& network) {
    if (network.positions <= 0) return std::nullopt;
    const std::int64_t stated = network.max_position > 0 ? network.max_position : network.positions;
    return counts_from_padding(network) ? stated - 2 : stated;
}

Issues check(const Config& config) {
    Issues issues;
    for (const OptionRow& option : options()) check_option(option, config, issues);
    check_parallel(config, issues);
    check_accelerator(config, issues);
    check_optimizer(config, issues);
    check_parameters(config, issues);
    if (config.task == Task::train && config.framework == Framework::deepspeed) {
        check_deepspeed(config, issues);
    }
    if (config.task == Task::inference) {
        check_serving(config, issues);
        check_hf_cache(config, issues);
    }
    return issues;
}

Issues check_network(const Config& config) {
    Issues issues;
    const Model& network = *config.network;
    if (config.target_seq.has_value() && !network.encoder.has_value()) {
        refuse(issues, "target_seq", "impossible",
               "This model has no encoder beside its decoder, so it has no target "
               "sequence of another length; `seq` is all it takes.",
               {});
    }
    if (config.teacher_network) {
        const Model& teacher = *config.teacher_network;
        check_length("seq", config.seq, teacher, issues);
        if (teacher.vocab != network.vocab) {
            refuse(issues, "teacher_model", "impossible",
                   "The teacher knows {} tokens and the trained model {}; their logits can be "
                   "compared only where both have one vocabulary.",
                   {grouped(teacher.vocab), grouped(network.vocab)});
        }
    }
    if (config.task == Task::train) {
        check_length("seq", config.seq, network, issues);
        if (config.target_seq.has_value()) {
            check_length("target_seq", *config.target_seq, network, issues);
        }
    } else if (is_llamacpp(config) || is_paging(config)) {
        // whose own reports judge the context; llama.cpp
        // warns of a context longer than the model was trained for, and goes on
    } else if (!network.encoder.has_value()) {  // whose prompt is read by the encoder
        const std::int64_t prompt = config.prompt.value_or(config.seq);
        check_length(config.prompt.has_value() ? "prompt" : "seq", prompt, network, issues);
        if (config.context.has_value() && issues.empty()) {
            check_length("context", *config.context, network, issues);
        }
    }
    return issues;
}

}  // namespace tensorledger
