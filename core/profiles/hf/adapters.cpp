#include "core/profiles/hf/adapters.h"

#include <algorithm>
#include <array>

#include "core/profiles/hf/blocks.h"

namespace tensorledger::hf {

namespace {

// --- which modules -------------------------------------------------------------------------------

/// The modules that PEFT takes for an architecture when none is named.
/// Source: peft, src/peft/utils/constants.py.
struct Defaults {
    std::string_view model_type;
    std::string_view lora;
    std::string_view ia3;
    std::string_view ia3_feed_forward;
    std::string_view norms;
};

// clang-format off
constexpr std::array kDefaults = {
    Defaults{"llama",       "q_proj,v_proj",   "k_proj,v_proj,down_proj", "down_proj", "input_layernorm,post_attention_layernorm,norm"},
    Defaults{"mistral",     "q_proj,v_proj",   "k_proj,v_proj,down_proj", "down_proj", "input_layernorm,post_attention_layernorm,norm"},
    Defaults{"qwen2",       "q_proj,v_proj",   "q_proj,v_proj,down_proj", "down_proj", "post_attention_layernorm"},
    Defaults{"qwen3",       "q_proj,v_proj",   "q_proj,v_proj,down_proj", "down_proj", "post_attention_layernorm"},
    Defaults{"gemma",       "q_proj,v_proj",   "q_proj,v_proj,down_proj", "down_proj", "input_layernorm,post_attention_layernorm,norm"},
    Defaults{"gemma2",      "q_proj,v_proj",   "q_proj,v_proj,down_proj", "down_proj", "input_layernorm,post_attention_layernorm,pre_feedforward_layernorm,post_feedforward_layernorm,norm"},
    Defaults{"gemma3_text", "q_proj,v_proj",   "q_proj,v_proj,down_proj", "down_proj", "input_layernorm,post_attention_layernorm,pre_feedforward_layernorm,post_feedforward_layernorm,norm"},
    Defaults{"mixtral",     "q_proj,v_proj",   "k_proj,v_proj,w2",        "w2",        ""},
    Defaults{"phi",         "q_proj,v_proj,fc1,fc2", "q_proj,v_proj,fc2", "fc2",       "input_layernorm,final_layernorm"},
    Defaults{"gpt2",        "c_attn",          "c_attn,mlp.c_proj",       "mlp.c_proj", "ln_1,ln_2,ln_f"},
    Defaults{"gpt_neo",     "q_proj,v_proj",   "q_proj,v_proj,c_proj",    "c_proj",    ""},
    Defaults{"gptj",        "q_proj,v_proj",   "q_proj,v_proj,fc_out",    "fc_out",    "ln_1,ln_f"},
    Defaults{"gpt_neox",    "query_key_value", "query_key_value,dense_4h_to_h", "dense_4h_to_h", ""},
    Defaults{"bloom",       "query_key_value", "query_key_value,mlp.dense_4h_to_h", "mlp.dense_4h_to_h", "input_layernorm,post_attention_layernorm,ln_f"},
    Defaults{"falcon",      "query_key_value", "query_key_value,dense_4h_to_h", "dense_4h_to_h", "input_layernorm,post_attention_layernorm,ln_f"},
    Defaults{"opt",         "q_proj,v_proj",   "q_proj,k_proj,fc2",       "fc2",       ""},
    Defaults{"mpt",         "Wqkv",            "",                        "",          ""},
    Defaults{"t5",          "q,v",             "k,v,wo",                  "wo",        "layer_norm,final_layer_norm"},
    Defaults{"bart",        "q_proj,v_proj",   "q_proj,v_proj,fc2",       "fc2",       "self_attn_layer_norm,encoder_attn_layer_norm,final_layer_norm"},
    Defaults{"bert",        "query,value",     "key,value,output.dense",  "output.dense", ""},
    Defaults{"roberta",     "query,value",     "key,value,output.dense",  "output.dense", ""},
    Defaults{"electra",     "query,value",     "",                        "",          ""},
    Defaults{"deberta-v2",  "query_proj,value_proj", "key_proj,value_proj,output.dense", "output.dense", ""},
};
// clang-format on

std::vector<std::string> words_of(std::string_view list) {
    std::vector<std::string> words;
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        words.emplace_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return words;
}

bool is_the_word(const std::vector<std::string>& words, std::string_view word) {
    return words.size() == 1 && words.front() == word;
}

std::string_view default_targets(const Defaults& defaults, Method method) {
    switch (method) {
        case Method::ia3: return defaults.ia3;
        case Method::lntuning: return defaults.norms;
        case Method::fourierft: return defaults.model_type == "gpt2" ? "mlp.c_proj" : defaults.lora;
        default: return defaults.lora;
    }
}

std::string_view last_name(std::string_view path) {
    const auto dot = path.rfind('.');
    return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::string quoted_list(const std::vector<std::string>& words) {
    std::string list;
    for (const std::string& word : words) {
        list += (list.empty() ? "`" : ", `") + word + "`";
    }
    return list;
}

}  // namespace

bool is_output_head(std::string_view module) {
    return module == "lm_head" || module == "embed_out" || module == "vocab_projector" ||
           module == "decoder";
}

bool names_module(std::string_view word, std::string_view path) {
    if (word == path) {
        return true;
    }
    return path.size() > word.size() && path.ends_with(word) &&
           path[path.size() - word.size() - 1] == '.';
}

AdapterSites::AdapterSites(const Model& model, const Run& run)
    : targets(run.adapter.targets),
      parameters(run.adapter.parameters),
      feed_forward(run.adapter.feed_forward),
      saved(run.adapter.saved_modules) {
    const Defaults* defaults = nullptr;
    for (const Defaults& row : kDefaults) {
        defaults = row.model_type == model.model_type ? &row : defaults;
    }
    all_linear = is_the_word(targets, "all-linear") && run.method != Method::lntuning;
    if (is_the_word(targets, "default") ||
        (run.method == Method::lntuning && is_the_word(targets, "all-linear"))) {
        targets = defaults != nullptr ? words_of(default_targets(*defaults, run.method))
                                      : std::vector<std::string>();
        no_default = targets.empty();
    }
    if (is_the_word(feed_forward, "default")) {
        feed_forward =
            defaults != nullptr ? words_of(defaults->ia3_feed_forward) : std::vector<std::string>();
        no_default = no_default || (run.method == Method::ia3 && feed_forward.empty());
    }
    if (is_the_word(targets, "none") && !parameters.empty()) {
        targets.clear();
    }
    found_parameters.assign(parameters.size(), false);
    found.assign(targets.size(), false);
    found_saved.assign(saved.size(), false);
}

bool AdapterSites::trains_copy_of(const Run& run, std::string_view path) {
    bool copied = false;
    for (std::uint32_t index = 0; index < saved.size(); ++index) {
        if (path.ends_with(saved[index])) {
            found_saved[index] = true;
            copied = true;
        }
    }
    if (run.method == Method::lntuning) {
        for (std::uint32_t index = 0; index < targets.size(); ++index) {
            if (names_module(targets[index], path)) {
                found[index] = true;
                copied = true;
            }
        }
    }
    return copied;
}

bool AdapterSites::targets_parameter(std::string_view path) {
    bool wanted = false;
    for (std::uint32_t index = 0; index < parameters.size(); ++index) {
        if (names_module(parameters[index], path)) {
            found_parameters[index] = true;
            wanted = true;
        }
    }
    return wanted;
}

bool AdapterSites::targets_module(std::string_view path, bool is_projection) {
    const std::string_view name = last_name(path);
    if (std::find(modules.begin(), modules.end(), name) == modules.end()) {
        modules.emplace_back(name);
    }
    for (const std::string& word : saved) {
        if (path.ends_with(word)) {
            return false;
        }
    }
    if (all_linear) {
        return is_projection && !is_output_head(name);
    }
    bool wanted = false;
    for (std::uint32_t index = 0; index < targets.size(); ++index) {
        if (names_module(targets[index], path)) {
            found[index] = true;
            wanted = true;
        }
    }
    return wanted;
}

std::optional<Issue> issue_of(const Context& c) {
    if (!c.frozen_base()) {
        return std::nullopt;
    }
    const AdapterSites& sites = c.sites;
    if (sites.no_default) {
        return Issue{"lora_targets", "impossible",
                     "PEFT has no default modules for the architecture \"" + c.model.model_type +
                         "\" and this method; name them, among " + quoted_list(sites.modules) +
                         "."};
    }
    for (std::uint32_t index = 0; index < sites.found.size(); ++index) {
        if (!sites.found[index] && !sites.all_linear && c.run.method != Method::bitfit) {
            return Issue{"lora_targets", "impossible",
                         "No module of this model that can be trained so is named `" +
                             sites.targets[index] + "`; there are " + quoted_list(sites.modules) +
                             "."};
        }
    }
    for (std::uint32_t index = 0; index < sites.found_saved.size(); ++index) {
        if (!sites.found_saved[index]) {
            return Issue{"modules_to_save", "impossible",
                         "No module of this model is named `" + sites.saved[index] +
                             "`; its projections and embeddings are " + quoted_list(sites.modules) +
                             "."};
        }
    }
    for (std::uint32_t index = 0; index < sites.found_parameters.size(); ++index) {
        if (!sites.found_parameters[index]) {
            return Issue{"lora_parameters", "impossible",
                         "This model has no weight that is fused for all experts and named `" +
                             sites.parameters[index] +
                             "`; where there are experts, `mlp.experts.gate_up_proj` and "
                             "`mlp.experts.down_proj` are."};
        }
    }
    const auto& parameters = c.t.parameters();
    if (std::none_of(parameters.begin(), parameters.end(),
                     [](const torch::ParameterState& one) { return one.node >= 0; })) {
        return Issue{"method", "impossible",
                     c.run.method == Method::bitfit
                         ? "This model has no biases, so BitFit would train nothing."
                         : "No module of this model gets an adapter, so nothing would be trained."};
    }
    return std::nullopt;
}

// --- parameters ----------------------------------------------------------------------------------

namespace {

constexpr std::int64_t ceiling(std::int64_t value, std::int64_t step) {
    return (value + step - 1) / step;
}

/// Makes trained parameters of an adapter while it lives.
class Trained {
public:
    Trained(Context& c, std::vector<Parameter>& parts) : c_(c), parts_(parts) {
        c_.t.trains_new_parameters = true;
    }
    Trained(const Trained&) = delete;
    Trained& operator=(const Trained&) = delete;
    ~Trained() { c_.t.trains_new_parameters = false; }

    void add(const char* name, std::initializer_list<Dim> dims) {
        parts_.push_back(c_.t.parameter(name, dims, c_.run.adapter.dtype));
    }

private:
    Context& c_;
    std::vector<Parameter>& parts_;
};

/// LyCORIS' factorization(): two factors of a dimension, the first at most `factor`.
std::array<std::int64_t, 2> factors_of(std::int64_t dimension, std::int64_t factor) {
    if (factor > 0 && dimension % factor == 0) {
        return {factor, dimension / factor};
    }
    const std::int64_t most = factor == -1 ? dimension : factor;
    std::int64_t m = 1;
    std::int64_t n = dimension;
    const std::int64_t length = m + n;
    while (m < n) {
        std::int64_t next = m + 1;
        while (dimension % next != 0) {
            ++next;
        }
        if (next + dimension / next > length || next > most) {
            break;
        }
        m = next;
        n = dimension / next;
    }
    return {std::min(m, n), std::max(m, n)};
}

/// OFT: how many blocks of how many elements; the size comes down to one that divides the input.
struct Blocks {
    std::int64_t count = 0;
    std::int64_t size = 0;
};

/// adjust_oft_parameters(): the nearest number that divides the input, the larger of two as near.
std::int64_t nearest_divisor(std::int64_t inputs, std::int64_t wanted) {
    std::int64_t above = std::min(wanted, inputs);
    while (above < inputs && inputs % above != 0) {
        ++above;
    }
    std::int64_t below = std::min(wanted, inputs);
    while (below > 1 && inputs % below != 0) {
        --below;
    }
    return wanted - below <= above - wanted ? below : above;
}

Blocks oft_blocks(const Adapter& adapter, std::int64_t inputs) {
    if (adapter.block_size > 0) {
        const std::int64_t size = nearest_divisor(inputs, adapter.block_size);
        return {inputs / size, size};
    }
    const std::int64_t count = nearest_divisor(inputs, adapter.rank);
    return {count, inputs / count};
}

void make_oft(Context& c, const Linear& base, std::vector<Parameter>& parts) {
    const Blocks blocks = oft_blocks(c.run.adapter, base.in.size);
    const Dim elements{blocks.size * (blocks.size - 1) / 2, "n·(n−1)/2"};
    Trained(c, parts).add("oft_R.weight", {{blocks.count, "r"}, elements});
    for (const char* name : {"rows", "cols"}) {
        c.t.keep_resident(c.t.resident(name, {elements}, DType::int64, Group::buffers));
    }
}

/// BOFT's blocks divide the input; PEFT refuses others.
void make_boft(Context& c, const Linear& base, std::vector<Parameter>& parts) {
    const std::int64_t asked = c.run.adapter.block_size;
    const std::int64_t size = asked > 0 ? asked : 4;
    if (base.in.size % size != 0) {
        c.not_listed_with = "BOFT in blocks that do not divide a projection's input";
    }
    const Dim n{size, "n"};
    Trained trained(c, parts);
    trained.add("boft_R", {{std::max<std::int64_t>(1, base.in.size / size), "blocks"}, n, n});
    trained.add("boft_s", {base.out, {1, "1"}});
}

void make_lokr(Context& c, const Linear& base, std::vector<Parameter>& parts) {
    const Adapter& adapter = c.run.adapter;
    const auto [m, n] = factors_of(base.in.size, adapter.factor);
    const auto [l, k] = factors_of(base.out.size, adapter.factor);
    Trained trained(c, parts);
    trained.add("lokr_w1", {{l, "l"}, {m, "m"}});
    const Dim rank{adapter.rank, "r"};
    if (2 * adapter.rank < std::max(k, n)) {
        trained.add("lokr_w2_a", {{k, "k"}, rank});
        trained.add("lokr_w2_b", {rank, {n, "n"}});
    } else {
        trained.add("lokr_w2", {{k, "k"}, {n, "n"}});
    }
}

/// The bases that give a change of this rank every direction.
Dim bases_of(const Context& c, const Linear& base) {
    return {ceiling(std::min(base.in.size, base.out.size), c.run.adapter.rank), "bases"};
}

void make_parts(Context& c, const Linear& base, ModuleAdapter& adapter) {
    std::vector<Parameter>& parts = adapter.parts;
    const Dim rank{c.run.adapter.rank, "r"};
    const Dim one{1, "1"};
    const Dim in = base.in;
    const Dim out = base.out;
    switch (c.run.method) {
        case Method::lora:
        case Method::qlora:
        case Method::dora: {
            Trained trained(c, parts);
            trained.add("lora_A.weight", {rank, in});
            trained.add("lora_B.weight", {out, rank});
            if (c.run.method == Method::dora) {
                trained.add("lora_magnitude_vector.weight", {out});
            }
            break;
        }
        case Method::adalora: {
            Trained trained(c, parts);
            trained.add("lora_A", {rank, in});
            trained.add("lora_E", {rank, one});
            trained.add("lora_B", {out, rank});
            break;
        }
        case Method::vera: {
            Trained trained(c, parts);
            trained.add("vera_lambda_b", {out});
            trained.add("vera_lambda_d", {rank});
            break;
        }
        case Method::randlora: {
            const bool narrow_input = in.size <= out.size;
            Trained trained(c, parts);
            trained.add("randlora_lambda", {rank, bases_of(c, base)});
            trained.add("randlora_gamma", {bases_of(c, base), narrow_input ? in : out});
            break;
        }
        case Method::loha: {
            Trained trained(c, parts);
            trained.add("hada_w1_a", {out, rank});
            trained.add("hada_w1_b", {rank, in});
            trained.add("hada_w2_a", {out, rank});
            trained.add("hada_w2_b", {rank, in});
            break;
        }
        case Method::lokr: make_lokr(c, base, parts); break;
        case Method::oft: make_oft(c, base, parts); break;
        case Method::boft: make_boft(c, base, parts); break;
        case Method::miss:
            if (in.size % rank.size != 0) {
                c.not_listed_with = "MiSS with a rank that does not divide a projection's input";
            }
            Trained(c, parts).add("miss_block", {rank, out});
            break;
        case Method::fourierft:
            Trained(c, parts).add("fourierft_spectrum", {{c.run.adapter.frequencies, "n"}});
            break;
        case Method::ia3: {
            const std::string path = c.t.path();
            for (const std::string& word : c.sites.feed_forward) {
                adapter.scales_input = adapter.scales_input || path.ends_with(word);
            }
            if (adapter.scales_input) {
                Trained(c, parts).add("ia3_l", {one, in});
            } else {
                Trained(c, parts).add("ia3_l", {out, one});
            }
            break;
        }
        case Method::bottleneck: {
            const Dim narrow{c.run.adapter.bottleneck, "m"};
            Trained trained(c, parts);
            trained.add("down.weight", {narrow, out});
            trained.add("down.bias", {narrow});
            trained.add("up.weight", {out, narrow});
            trained.add("up.bias", {out});
            break;
        }
        default: break;
    }
}

bool is_beside_modules(Method method) {
    return method != Method::bitfit && method != Method::lntuning && method != Method::prompt &&
           method != Method::ptuning && method != Method::prefix && method != Method::tokens;
}

}  // namespace

ModuleAdapter adapter_beside(Context& c, const Linear& base) {
    ModuleAdapter adapter;
    if (!c.frozen_base() || !c.sites.targets_module(c.t.path(), true) ||
        !is_beside_modules(c.run.method)) {
        return adapter;
    }
    c.sites.widest_in = std::max(c.sites.widest_in, base.in.size);
    c.sites.widest_out = std::max(c.sites.widest_out, base.out.size);
    make_parts(c, base, adapter);
    return adapter;
}

ModuleAdapter adapter_of_experts(Context& c, const char* name, const Parameter& weight,
                                 bool transposed) {
    ModuleAdapter adapter;
    if (!c.frozen_base() || !c.sites.targets_parameter(c.t.path() + "." + name)) {
        return adapter;
    }
    auto scope = c.t.module(name, "peft:tuners/lora/layer.py");
    const Dim ranks{checked_product(c.run.adapter.rank, weight.size(0)), "r·E"};
    Trained trained(c, adapter.parts);
    trained.add("lora_A.weight", {ranks, weight.dim(transposed ? 1 : 2)});
    trained.add("lora_B.weight", {weight.dim(transposed ? 2 : 1), ranks});
    return adapter;
}

Tensor change_of_experts(Context& c, const ModuleAdapter& adapter, const Parameter& weight) {
    auto scope = c.t.module("lora", "peft:tuners/lora/layer.py");
    Tape& t = c.t;
    const Tensor& in = adapter.parts[0];
    const Tensor& out = adapter.parts[1];
    const Dim experts = weight.dim(0);
    const Dim rank{c.run.adapter.rank, "r"};
    const Tensor a = t.view(in, {experts, rank, in.dim(1)});
    const Tensor b = t.permute(t.view(out, {out.dim(0), rank, experts}), {2, 0, 1});
    Tensor product;
    {
        // cuBLAS wants one of the last two axes dense.
        const DType dtype = t.autocast ? *t.autocast : out.dtype();
        const Tensor dense = t.make("lora_B by experts", b.shape(), dtype);
        product = t.matmul(b, a, "B·A of every expert");
    }
    Tensor change = t.to(t.scale(std::move(product), "scaled change"), weight.dtype(), "change");
    change = t.view(std::move(change), weight.shape());
    {
        const bool recorded = std::exchange(t.grad_enabled, false);
        const Tensor checked = t.add(weight, change, "weight with its change, checked");
        t.grad_enabled = recorded;
    }
    return change;
}

ModuleAdapter adapter_beside(Context& c, const Embedding& base) {
    ModuleAdapter adapter;
    if (c.frozen_base() && c.run.method == Method::tokens && base.is_input) {
        const Dim tokens{c.run.adapter.trained_tokens, "trained tokens"};
        Trained(c, adapter.parts).add("trainable_tokens_delta", {tokens, base.weight.dim(1)});
        c.t.keep_resident(c.t.resident("trainable_tokens_original", {tokens, base.weight.dim(1)},
                                       c.run.adapter.dtype, Group::buffers));
        return adapter;
    }
    const bool low_rank = c.run.method == Method::lora || c.run.method == Method::qlora;
    if (!c.frozen_base() || !low_rank || !c.sites.targets_module(c.t.path(), false)) {
        return adapter;
    }
    const Dim rank{c.run.adapter.rank, "r"};
    Trained trained(c, adapter.parts);
    trained.add("lora_embedding_A", {rank, base.weight.dim(0)});
    trained.add("lora_embedding_B", {base.weight.dim(1), rank});
    return adapter;
}

void make_shared_projections(Context& c) {
    AdapterSites& sites = c.sites;
    if (!c.frozen_base() || sites.widest_in == 0) {
        return;
    }
    const Dim rank{c.run.adapter.rank, "r"};
    const DType dtype = c.run.adapter.dtype;
    if (c.run.method == Method::vera) {
        auto scope = c.t.module("vera", "peft:tuners/vera/model.py");
        sites.shared_a =
            c.t.resident("vera_A", {rank, {sites.widest_in, "in"}}, dtype, Group::buffers);
        sites.shared_b =
            c.t.resident("vera_B", {{sites.widest_out, "out"}, rank}, dtype, Group::buffers);
    } else if (c.run.method == Method::randlora) {
        auto scope = c.t.module("randlora", "peft:tuners/randlora/model.py");
        const Dim narrow{std::min(sites.widest_in, sites.widest_out), "min(in, out)"};
        const Dim wide{std::max(sites.widest_in, sites.widest_out), "max(in, out)"};
        const Dim bases{ceiling(narrow.size, rank.size), "bases"};
        sites.shared_a =
            c.t.resident("randlora_A", {rank, {1, "1"}, narrow}, dtype, Group::buffers);
        sites.shared_b = c.t.resident("randlora_B", {wide, bases, rank}, dtype, Group::buffers);
    }
}

// --- forwards ------------------------------------------------------------------------------------

namespace {

const char* source_of(Method method) {
    switch (method) {
        case Method::dora: return "peft:tuners/lora/dora.py";
        case Method::adalora: return "peft:tuners/adalora/layer.py";
        case Method::vera: return "peft:tuners/vera/layer.py";
        case Method::randlora: return "peft:tuners/randlora/layer.py";
        case Method::loha: return "peft:tuners/loha/layer.py";
        case Method::lokr: return "peft:tuners/lokr/layer.py";
        case Method::oft: return "peft:tuners/oft/layer.py";
        case Method::boft: return "peft:tuners/boft/layer.py";
        case Method::miss: return "peft:tuners/miss/layer.py";
        case Method::fourierft: return "peft:tuners/fourierft/layer.py";
        case Method::ia3: return "peft:tuners/ia3/layer.py";
        case Method::bottleneck: return "hu2023";
        default: return "peft:tuners/lora/layer.py";
    }
}

const char* name_of(Method method) {
    switch (method) {
        case Method::dora: return "dora";
        case Method::adalora: return "adalora";
        case Method::vera: return "vera";
        case Method::randlora: return "randlora";
        case Method::loha: return "loha";
        case Method::lokr: return "lokr";
        case Method::oft: return "oft";
        case Method::boft: return "boft";
        case Method::miss: return "miss";
        case Method::fourierft: return "fourierft";
        case Method::ia3: return "ia3";
        case Method::bottleneck: return "adapter";
        default: return "lora";
    }
}

/// _cast_input_dtype: the input in the type of the adapter's parameters.
Tensor cast_input(Context& c, const Tensor& x) {
    return c.t.to(x, c.run.adapter.dtype, "input in the adapter's type");
}

Tensor lora(Context& c, const ModuleAdapter& adapter, const Tensor& x, Tensor result) {
    Tape& t = c.t;
    const DType dtype = result.dtype();
    const Tensor input = cast_input(c, x);
    Tensor delta;
    {
        const Tensor dropped = t.dropout(input, c.run.adapter.dropout, "dropped input");
        const Tensor inner = t.linear(dropped, adapter.parts[0], {}, "lora_A output");
        delta = t.linear(inner, adapter.parts[1], {}, "lora_B output");
    }
    result = t.add(result, t.scale(std::move(delta), "scaled"), "sum with the base");
    return t.to(std::move(result), dtype, "sum in the model's type");
}

/// LoRA beside a layer of bitsandbytes: the base's result is cloned (4 bits), and the delta brought to its type.
/// Source: peft, tuners/lora/bnb.py.
Tensor lora_of_quantised(Context& c, const Linear& base, const Tensor& x, const Tensor& result) {
    Tape& t = c.t;
    const std::vector<Parameter>& parts = base.adapter.parts;
    const DType dtype = result.dtype();
    const Tensor input = t.autocast ? x : cast_input(c, x);
    Tensor delta;
    {
        const Tensor dropped = t.dropout(input, c.run.adapter.dropout, "dropped input");
        const Tensor inner = t.linear(dropped, parts[0], {}, "lora_A output");
        delta = t.linear(inner, parts[1], {}, "lora_B output");
    }
    delta = t.scale(std::move(delta), "scaled");
    if (!t.autocast) {
        delta = t.to(std::move(delta), dtype, "scaled in the model's type");
    }
    return t.add(result, std::move(delta), "sum with the base");
}

/// The norm of each row of W + s·B·A, which no gradient runs through, and B·A itself, which the forward holds.
struct RowNorms {
    Tensor low_rank;  // B·A in full, with the graph that made it
    Tensor weight;    // the frozen weight in the adapter's type
    Tensor norms;
};

RowNorms row_norms(Context& c, const Linear& base, const Parameter& a, const Parameter& b) {
    Tape& t = c.t;
    RowNorms found;
    {
        const Tensor identity = t.make("identity matrix", {base.in, base.in}, a.dtype());
        found.low_rank = t.transpose(
            t.linear(t.linear(identity, a, {}, "lora_A of the identity"), b, {}, "B·A"), 0, 1);
    }
    if (base.quantised.defined()) {
        found.weight =
            t.to(dequantised(t, base.quantised), a.dtype(), "weight in the adapter's type");
    } else {
        const Tensor matrix = base.transposed ? t.transpose(base.weight, 0, 1) : base.weight;
        found.weight = t.to(matrix, a.dtype(), "weight in the adapter's type");
    }
    const Tensor sum =
        t.add(found.weight, t.scale(t.detach(found.low_rank), "scaled B·A"), "W + scaled B·A");
    found.norms = t.make("norms of the rows", {base.out}, a.dtype());
    return found;
}

Tensor dora(Context& c, const Linear& base, const Tensor& x, Tensor result) {
    Tape& t = c.t;
    const std::vector<Parameter>& parts = base.adapter.parts;
    const DType dtype = result.dtype();
    const Tensor input = t.dropout(cast_input(c, x), c.run.adapter.dropout, "dropped input");
    Tensor added;
    {
        const RowNorms rows = row_norms(c, base, parts[0], parts[1]);
        const Tensor scale =
            t.view(t.div(parts[2], rows.norms, "magnitude / norm"), {Dim{1, "1"}, base.out});
        const Tensor inner =
            t.linear(t.linear(input, parts[0], {}, "lora_A output"), parts[1], {}, "lora_B output");
        Tensor from_base = result;
        if (c.run.adapter.dropout > 0) {
            from_base = t.linear(input, rows.weight, {}, "base output of the dropped input");
        } else if (base.bias.defined()) {
            from_base = t.sub(result, base.bias, "base output without bias");
        }
        Tensor first = t.mul(t.shift(scale, "scale − 1"), from_base, "base output × (scale − 1)");
        Tensor second = t.scale(t.mul(scale, inner, "lora_B output × scale"), "scaled");
        added = t.add(std::move(first), std::move(second), "DoRA's part");
    }
    result = t.add(result, std::move(added), "sum with the base");
    return t.to(std::move(result), dtype, "sum in the model's type");
}

Tensor adalora(Context& c, const ModuleAdapter& adapter, const Tensor& x, Tensor result) {
    Tape& t = c.t;
    const std::vector<Parameter>& parts = adapter.parts;
    const Tensor input = cast_input(c, x);
    Tensor delta;
    {
        const Tensor dropped = t.dropout(input, c.run.adapter.dropout, "dropped input");
        const Tensor inner =
            t.linear(dropped, t.mul(parts[0], parts[1], "A × E"), {}, "lora_A output");
        delta = t.linear(inner, parts[2], {}, "lora_B output");
    }
    delta = t.scale(std::move(delta), "scaled");
    t.add_in_place(result, t.scale(std::move(delta), "scaled / rank"));
    return result;
}

Tensor vera(Context& c, const Linear& base, const Tensor& x, Tensor result) {
    Tape& t = c.t;
    const std::vector<Parameter>& parts = base.adapter.parts;
    const DType dtype = result.dtype();
    const Tensor a = t.slice(c.sites.shared_a, 1, base.in);
    const Tensor b = t.slice(c.sites.shared_b, 0, base.out);
    const Tensor input = cast_input(c, x);
    Tensor inner =
        t.linear(t.dropout(input, c.run.adapter.dropout, "dropped input"), a, {}, "vera_A output");
    inner = t.mul(parts[1], std::move(inner), "λ_d × vera_A output");
    Tensor outer = t.linear(std::move(inner), b, {}, "vera_B output");
    outer = t.mul(parts[0], std::move(outer), "λ_b × vera_B output");
    result = t.add(result, std::move(outer), "sum with the base");
    return t.to(std::move(result), dtype, "sum in the model's type");
}

/// UniqueBaseGrad: λ · A · γ, an operation with a derivative of its own.
Tensor scaled_bases(Context& c, const Linear& base) {
    Tape& t = c.t;
    const std::vector<Parameter>& parts = base.adapter.parts;
    const Dim bases = parts[0].dim(1);
    const Dim narrow = parts[1].dim(1);
    const Shape shape{{parts[0].dim(0), bases, narrow}, 3};
    const Tensor product = t.make("λ × A", shape, parts[0].dtype());
    const Shape lambda = parts[0].shape();
    const Shape gamma = parts[1].shape();
    const DType dtype = parts[0].dtype();
    const auto backward = [lambda, gamma, dtype](Tape& tape, std::vector<Tensor>& grads) {
        std::vector<Tensor> results;
        const Tensor product_of_two =
            tape.make("grad × A", grads.front().shape(), grads.front().dtype());
        results.push_back(tape.make("grad of λ", lambda, dtype));
        results.push_back(tape.make("grad of γ", gamma, dtype));
        return results;
    };
    Tensor scaled = t.custom({&parts[0], &parts[1]}, {c.sites.shared_a, parts[0], parts[1]}, shape,
                             dtype, backward, "λ × A × γ");
    return t.view(std::move(scaled),
                  {{checked_product(shape[0].size, bases.size), "r·bases"}, narrow});
}

Tensor randlora(Context& c, const Linear& base, const Tensor& x, Tensor result) {
    Tape& t = c.t;
    const DType dtype = result.dtype();
    const bool narrow_input = base.in.size <= base.out.size;
    const Dim wide = narrow_input ? base.out : base.in;
    const Dim bases = bases_of(c, base);
    const Dim inner_width{checked_product(bases.size, c.run.adapter.rank), "r·bases"};
    Tensor large = t.slice(t.slice(c.sites.shared_b, 0, wide), 1, bases);
    large = t.reshape(std::move(large), {wide, inner_width}, "bases of this size");
    const Tensor small = scaled_bases(c, base);
    const Tensor input = cast_input(c, x);
    const Tensor dropped = t.dropout(input, c.run.adapter.dropout, "dropped input");
    Tensor delta;
    if (narrow_input) {
        const Tensor inner = t.linear(dropped, small, {}, "inner output");
        delta = t.linear(inner, large, {}, "outer output");
    } else {
        const Tensor inner = t.linear(dropped, t.transpose(large, 0, 1), {}, "inner output");
        delta = t.linear(inner, t.transpose(small, 0, 1), {}, "outer output");
    }
    result = t.add(result, t.scale(std::move(delta), "scaled"), "sum with the base");
    return t.to(std::move(result), dtype, "sum in the model's type");
}

/// HadaWeight: (w1_a·w1_b) ∘ (w2_a·w2_b) · scale, which keeps the four matrices and makes the rest again.
Tensor hadamard_delta(Context& c, const Linear& base) {
    Tape& t = c.t;
    const std::vector<Parameter>& p = base.adapter.parts;
    const Shape shape{{base.out, base.in}, 2};
    const DType dtype = p[0].dtype();
    Tensor product;
    {
        const Tensor first = t.make("w1_a·w1_b", shape, dtype);
        const Tensor second = t.make("w2_a·w2_b", shape, dtype);
        product = t.make("product of the two", shape, dtype);
    }
    std::vector<Shape> shapes;
    shapes.reserve(p.size());
    for (const Parameter& part : p) {
        shapes.push_back(part.shape());
    }
    const auto backward = [shape, shapes, dtype](Tape& tape, std::vector<Tensor>& grads) {
        std::vector<Tensor> results;
        const Tensor scaled = tape.make("scaled gradient", shape, dtype);
        Tensor temp;
        for (std::vector<Shape>::size_type half = 0; half < 2; ++half) {
            const Tensor other = tape.make("product of the other two", shape, dtype);
            temp = tape.make("gradient × product", shape, dtype);
            results.push_back(tape.make("grad of w_a", shapes[2 * half], dtype));
            results.push_back(tape.make("grad of w_b", shapes[2 * half + 1], dtype));
        }
        (void)grads;
        return results;
    };
    return t.custom({&p[0], &p[1], &p[2], &p[3]}, {p[0], p[1], p[2], p[3]}, shape, dtype, backward,
                    "change of the weight");
}

Tensor kronecker_delta(Context& c, const Linear& base) {
    Tape& t = c.t;
    const std::vector<Parameter>& p = base.adapter.parts;
    const Tensor second = p.size() == 3 ? t.matmul(p[1], p[2], "w2_a·w2_b") : p[1];
    const Dim one{1, "1"};
    Tensor product =
        t.mul(t.view(p[0], {p[0].dim(0), one, p[0].dim(1), one}),
              t.view(second, {one, second.dim(0), one, second.dim(1)}), "Kronecker product");
    return t.scale(t.view(std::move(product), {base.out, base.in}), "change of the weight");
}

/// The inverse transform of a sparse spectrum: its complex form is twice as large as the weight in fp32.
Tensor fourier_delta(Context& c, const Linear& base) {
    Tape& t = c.t;
    const Parameter& spectrum = base.adapter.parts[0];
    const Shape shape{{base.out, base.in}, 2};
    const Dim two{2, "2"};
    const Tensor indices = t.make("indices", {two, spectrum.dim(0)}, DType::int64);
    const Shape complex{{base.out, base.in, two}, 3};
    const Shape trained = spectrum.shape();
    const DType dtype = spectrum.dtype();
    const Tensor dense = t.make("spectrum", shape, DType::fp32);
    const auto backward = [complex, shape, trained, dtype](Tape& tape, std::vector<Tensor>& grads) {
        Tensor wide = tape.make("gradient as complex numbers", complex, DType::fp32);
        Tensor transformed = tape.make("gradient of the spectrum", complex, DType::fp32);
        wide.reset();
        grads.clear();
        const Tensor real = tape.make("real part of the gradient", shape, DType::fp32);
        transformed.reset();
        std::vector<Tensor> results;
        results.push_back(tape.make("grad of the frequencies", trained, dtype));
        return results;
    };
    Tensor transformed;
    {
        const Tensor widened = t.make("spectrum as complex numbers", complex, DType::fp32);
        transformed = t.make("inverse transform", complex, DType::fp32);
    }
    return t.custom({&spectrum}, {indices}, shape, DType::fp32, backward, "change of the weight");
}

/// The methods that make the whole change of the weight and multiply it with the input.
Tensor with_dense_delta(Context& c, const Linear& base, const Tensor& x, Tensor result) {
    Tape& t = c.t;
    const DType dtype = result.dtype();
    {
        const Tensor delta = c.run.method == Method::loha   ? hadamard_delta(c, base)
                             : c.run.method == Method::lokr ? kronecker_delta(c, base)
                                                            : fourier_delta(c, base);
        const Tensor input = t.to(x, delta.dtype(), "input in the adapter's type");
        result =
            t.add(result, t.linear(input, delta, {}, "output of the change"), "sum with the base");
    }
    return t.to(std::move(result), dtype, "sum in the model's type");
}

/// The rotations of the blocks: the Cayley transform by five terms of its Neumann series.
Tensor rotations(Context& c, const Parameter& weight, std::int64_t size) {
    Tape& t = c.t;
    const Dim n{size, "n"};
    const Shape shape{{weight.dim(0), n, n}, 3};
    Tensor skew;
    {
        const Tensor upper = t.custom(
            {&weight}, {}, shape, weight.dtype(),
            [rows = weight.shape(), dtype = weight.dtype()](Tape& tape, std::vector<Tensor>&) {
                std::vector<Tensor> results;
                results.push_back(tape.make("grad of oft_R", rows, dtype));
                return results;
            },
            "upper triangles");
        skew = t.sub(upper, t.transpose(upper, 1, 2), "skew-symmetric blocks");
    }
    Tensor rotation = t.make("rotation", shape, weight.dtype());
    t.add_in_place(rotation, skew);
    const Tensor squared = t.matmul(skew, skew, "second power");
    t.add_in_place(rotation, squared);
    Tensor power = squared;
    for (int term = 3; term <= 4; ++term) {
        power = t.matmul(power, skew, "next power");
        t.add_in_place(rotation, power);
    }
    return rotation;
}

Tensor oft(Context& c, const Linear& base, const Tensor& x) {
    Tape& t = c.t;
    const Parameter& weight = base.adapter.parts[0];
    const Dim blocks = weight.dim(0);
    const Dim n{base.in.size / blocks.size, "n"};
    Tensor input = cast_input(c, x);
    Tensor rotated;
    {
        const Tensor rotation = rotations(c, weight, n.size);
        const Dim rows{x.elements() / base.in.size, "b·s"};
        const Tensor by_block = t.permute(t.view(input, {rows, blocks, n}), {1, 0, 2});
        Tensor product = t.matmul(by_block, rotation, "rotated by block");
        rotated = t.reshape(t.permute(std::move(product), {1, 0, 2}), x.shape(), "rotated input");
    }
    input = t.to(std::move(rotated), x.dtype(), "rotated input in the model's type");
    return base.product(c, t.to(std::move(input), x.dtype()));
}

/// cayley_batch(): Q (I + S) = I − S for the skew-symmetric S of each block.
Tensor cayley_blocks(Context& c, const Parameter& blocks) {
    Tape& t = c.t;
    const Tensor skew = t.scale(t.sub(blocks, t.transpose(blocks, 1, 2)), "skew-symmetric blocks");
    const Tensor plus = t.shift(skew, "I + S");
    const Tensor minus = t.shift(t.scale(skew), "I − S");
    const Shape shape = blocks.shape();
    return t.custom(
        {&plus, &minus}, {plus, minus}, shape, DType::fp32,
        [shape](Tape& tape, std::vector<Tensor>&) {
            std::vector<Tensor> results;
            results.push_back(tape.make("grad of I + S", shape, DType::fp32));
            results.push_back(tape.make("grad of I − S", shape, DType::fp32));
            return results;
        },
        "orthogonal blocks");
}

/// The rotation of the whole input: blocks along a diagonal, between two permutations that the host keeps.
Tensor butterfly(Context& c, const Linear& base, DType dtype) {
    Tape& t = c.t;
    const Shape square{{base.in, base.in}, 2};
    const Dim one{1, "1"};
    const Tensor identity = t.make("identity", square, dtype);
    Tensor diagonal;
    {
        const Tensor blocks = cayley_blocks(c, base.adapter.parts[0]);
        diagonal = t.custom(
            {&blocks}, {}, square, DType::fp32,
            [shape = blocks.shape()](Tape& tape, std::vector<Tensor>&) {
                std::vector<Tensor> results;
                results.push_back(tape.make("grad of the blocks", shape, DType::fp32));
                return results;
            },
            "block diagonal in fp32");
    }
    const Tensor order = t.make("permutation", {one, base.in, base.in}, dtype);
    diagonal = t.to(t.unsqueeze(std::move(diagonal), 0), dtype, "block diagonal");
    Tensor turned = t.matmul(diagonal, t.transpose(order, 1, 2), "block diagonal, permuted");
    turned = t.matmul(order, turned, "permuted rotation");
    return t.matmul(t.select(turned, 0), identity, "rotation");
}

Tensor boft(Context& c, const Linear& base, const Tensor& x) {
    Tape& t = c.t;
    const Tensor ones = t.make("ones", {base.out, {1, "1"}}, x.dtype());
    Tensor rotated;
    Tensor scale;
    {
        const Tensor rotation = butterfly(c, base, x.dtype());
        scale = t.view(t.mul(base.adapter.parts[1], ones, "factors"), {base.out});
        rotated = t.matmul(x, rotation, "rotated input");
    }
    const Tensor result = base.product(c, rotated);
    return t.to(t.mul(result, scale, "scaled output"), x.dtype(),
                "scaled output in the model's type");
}

/// MiSS: result + (the sum of the input's pieces of r) · miss_block.
Tensor miss(Context& c, const Linear& base, const Tensor& x, Tensor result) {
    Tape& t = c.t;
    const DType dtype = result.dtype();
    const Parameter& block = base.adapter.parts[0];
    const Dim rank = block.dim(0);
    const Dim rows{x.elements() / base.in.size, "b·s"};
    const Dim pieces{std::max<std::int64_t>(1, base.in.size / rank.size), "pieces"};
    Tensor delta;
    if (pieces.size * rank.size == base.in.size) {
        const Tensor input = cast_input(c, x);
        const Tensor sum =
            t.sum_axis(t.view(input, {rows, pieces, rank}), 1, false, "sum of the pieces");
        delta = t.view(t.matmul(sum, block, "output of the block"), result.shape());
        result = t.add(result, delta, "sum with the base");
    }
    return t.to(std::move(result), dtype, "sum in the model's type");
}

Tensor ia3(Context& c, const Linear& base, const Tensor& x) {
    Tape& t = c.t;
    const DType dtype = x.dtype();
    const Parameter& factors = base.adapter.parts[0];
    const Dim width = base.adapter.scales_input ? base.in : base.out;
    const Tensor scaling = t.scale(t.view(factors, {width}), "factors");
    if (base.adapter.scales_input) {
        const Tensor wide = cast_input(c, x);
        const Tensor scaled =
            t.to(t.mul(wide, scaling, "scaled input"), dtype, "scaled input in the model's type");
        return base.product(c, scaled);
    }
    const Tensor result = base.product(c, x);
    return t.to(t.mul(result, scaling, "scaled output"), result.dtype(),
                "scaled output in the model's type");
}

/// get_merged_weights(): a copy of the whole table in which the trained tokens' rows are put.
Tensor merged_tokens(Context& c, const Parameter& table, const Parameter& delta) {
    auto scope = c.t.module("trainable_tokens", "peft:tuners/trainable_tokens/layer.py");
    Tape& t = c.t;
    const Tensor places = t.make("token indices", {delta.dim(0)}, DType::int64);
    const Tensor rows = t.detach(t.to(delta, table.dtype(), "rows in the model's type"));
    const auto backward = [shape = delta.shape(), dtype = delta.dtype()](Tape& tape,
                                                                         std::vector<Tensor>&) {
        std::vector<Tensor> results;
        results.push_back(tape.make("grad of the rows", shape, dtype));
        return results;
    };
    return t.custom({&delta}, {places}, table.shape(), table.dtype(), backward, "merged table");
}

/// LLM-Adapters: result + up(relu(down(result))).
Tensor bottleneck(Context& c, const ModuleAdapter& adapter, Tensor result) {
    Tape& t = c.t;
    const std::vector<Parameter>& parts = adapter.parts;
    const DType dtype = result.dtype();
    const Tensor input = cast_input(c, result);
    const Tensor narrow = t.relu(t.linear(input, parts[0], parts[1], "down output"), "relu");
    result = t.add(result, t.linear(narrow, parts[2], parts[3], "up output"), "sum with the base");
    return t.to(std::move(result), dtype, "sum in the model's type");
}

}  // namespace

Tensor adapted(Context& c, const Linear& base, const Tensor& x) {
    const Method method = c.run.method;
    Tensor result;
    if (method == Method::tokens) {
        const Tensor merged = merged_tokens(c, base.weight, base.adapter.parts[0]);
        return c.t.linear(x, merged, base.bias, "output");
    }
    if (method != Method::oft && method != Method::boft && method != Method::ia3) {
        result = base.product(c, x);
        const bool cloned =
            (base.quantised.kind == Quant::nf4 || base.quantised.kind == Quant::fp4) &&
            method != Method::bottleneck;
        if (cloned) {
            result = c.t.clone(std::move(result), "clone of the base's output");
        }
    }
    auto scope = c.t.module(name_of(method), source_of(method));
    switch (method) {
        case Method::dora: return dora(c, base, x, std::move(result));
        case Method::adalora: return adalora(c, base.adapter, x, std::move(result));
        case Method::vera: return vera(c, base, x, std::move(result));
        case Method::randlora: return randlora(c, base, x, std::move(result));
        case Method::loha:
        case Method::lokr:
        case Method::fourierft: return with_dense_delta(c, base, x, std::move(result));
        case Method::oft: return oft(c, base, x);
        case Method::miss: return miss(c, base, x, std::move(result));
        case Method::boft: return boft(c, base, x);
        case Method::ia3: return ia3(c, base, x);
        case Method::bottleneck: return bottleneck(c, base.adapter, std::move(result));
        default: {
            const bool of_bitsandbytes =
                base.quantised.defined() && base.quantised.kind != Quant::gptq;
            return of_bitsandbytes ? lora_of_quantised(c, base, x, result)
                                   : lora(c, base.adapter, x, std::move(result));
        }
    }
}

Tensor adapted(Context& c, const Embedding& base, const Tensor& ids) {
    Tape& t = c.t;
    if (c.run.method == Method::tokens) {
        const Tensor merged = merged_tokens(c, base.weight, base.adapter.parts[0]);
        return t.embedding(merged, ids, "output");
    }
    Tensor result = t.embedding(base.weight, ids, "output");
    auto scope = t.module("lora", "peft:tuners/lora/layer.py");
    const DType dtype = result.dtype();
    const Tensor rows = t.embedding(t.transpose(base.adapter.parts[0], 0, 1), ids, "lora_A output");
    Tensor delta = t.matmul(rows, t.transpose(base.adapter.parts[1], 0, 1), "lora_B output");
    result = t.add(result, t.scale(std::move(delta), "scaled"), "sum with the base");
    return t.to(std::move(result), dtype, "sum in the model's type");
}

}  // namespace tensorledger::hf
