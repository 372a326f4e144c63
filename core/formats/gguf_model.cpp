// Which network do the metadata of a GGUF file describe? They are written out as the config.json of the
// Hugging Face class that the file was converted from, so that one reader understands both.

#include <algorithm>
#include <string>

#include "core/formats/gguf.h"

namespace tensorledger {

namespace {

// clang-format off
/// general.architecture and what it is a conversion of. With experts: where another class has them.
constexpr struct { std::string_view architecture, model_type, with_experts; } architectures[] = {
    {"llama", "llama", "mixtral"}, {"llama4", "llama4_text", ""}, {"mistral3", "mistral", ""}, {"arcee", "arcee", ""},
    {"smollm3", "smollm3", ""}, {"seed_oss", "seed_oss", ""}, {"granite", "granite", ""}, {"granitemoe", "granitemoe", ""},
    {"granitehybrid", "granitemoehybrid", ""}, {"minicpm", "minicpm", ""}, {"minicpm3", "minicpm3", ""},
    {"internlm2", "llama", ""}, {"baichuan", "llama", ""}, {"orion", "orion", ""}, {"nemotron", "nemotron", ""},
    {"stablelm", "stablelm", ""}, {"starcoder2", "starcoder2", ""}, {"qwen2", "qwen2", ""}, {"qwen2vl", "qwen2", ""},
    {"qwen2moe", "qwen2_moe", ""}, {"qwen3", "qwen3", ""}, {"qwen3moe", "qwen3_moe", ""}, {"qwen3vl", "qwen3", ""},
    {"qwen3vlmoe", "qwen3_moe", ""}, {"qwen3next", "qwen3_next", ""}, {"qwen35", "qwen3_5_text", ""},
    {"qwen35moe", "qwen3_5_moe_text", ""}, {"gemma", "gemma", ""}, {"gemma2", "gemma2", ""}, {"gemma3", "gemma3_text", ""},
    {"phi2", "phi", ""}, {"phi3", "phi3", ""}, {"phimoe", "phimoe", ""}, {"gpt-oss", "gpt_oss", ""}, {"gpt2", "gpt2", ""},
    {"gptneox", "gpt_neox", ""}, {"bloom", "bloom", ""}, {"falcon", "falcon", ""}, {"command-r", "cohere", ""},
    {"cohere2", "cohere2", ""}, {"olmo", "olmo", ""}, {"olmo2", "olmo2", ""}, {"olmoe", "olmoe", ""}, {"exaone4", "exaone4", ""},
    {"deepseek", "deepseek", ""}, {"deepseek2", "deepseek_v2", ""}, {"dots1", "dots1", ""}, {"minimax-m2", "minimax_m2", ""},
    {"glm4", "glm4", ""}, {"glm4moe", "glm4_moe", ""}, {"mamba", "mamba", ""}, {"mamba2", "mamba2", ""}, {"jamba", "jamba", ""},
    {"falcon-h1", "falcon_h1", ""}, {"nemotron_h", "nemotron_h", ""}, {"nemotron_h_moe", "nemotron_h", ""}, {"lfm2", "lfm2", ""},
    {"lfm2moe", "lfm2_moe", ""}, {"bert", "bert", ""}, {"ernie4_5", "ernie4_5", ""}, {"ernie4_5-moe", "ernie4_5_moe", ""},
    {"hunyuan-dense", "hunyuan_v1_dense", ""}, {"hunyuan-moe", "hunyuan_v1_moe", ""},
};

/// Keys of the metadata below the architecture's name, and the fields that classes call the same.
constexpr struct { std::string_view key, fields; } renamed[] = {
    {"block_count", "num_hidden_layers n_layer"},
    {"embedding_length", "hidden_size n_embd"},
    {"context_length", "max_position_embeddings n_positions"},
    {"feed_forward_length", "intermediate_size n_inner ffn_hidden_size"},
    {"attention.head_count", "num_attention_heads n_head"},
    {"attention.head_count_kv", "num_key_value_heads num_kv_heads"},
    {"attention.key_length", "head_dim"},
    {"attention.sliding_window", "sliding_window"},
    {"attention.q_lora_rank", "q_lora_rank"},
    {"attention.kv_lora_rank", "kv_lora_rank"},
    {"attention.value_length_mla", "v_head_dim"},
    {"expert_count", "num_experts num_local_experts n_routed_experts moe_num_experts"},
    {"expert_used_count", "num_experts_per_tok moe_k moe_topk"},
    {"expert_shared_count", "n_shared_experts moe_num_shared_experts num_shared_expert"},
    {"expert_feed_forward_length", "moe_intermediate_size"},
    {"expert_shared_feed_forward_length", "shared_expert_intermediate_size shared_intermediate_size moe_shared_expert_intermediate_size"},
    {"leading_dense_block_count", "first_k_dense_replace"},
    {"full_attention_interval", "full_attention_interval"},
    {"ssm.conv_kernel", "conv_kernel mamba_d_conv linear_conv_kernel_dim"},
    {"ssm.state_size", "state_size mamba_d_state ssm_state_size linear_key_head_dim"},
    {"ssm.inner_size", "mamba_d_ssm"},
    {"ssm.time_step_rank", "time_step_rank mamba_dt_rank num_heads mamba_n_heads mamba_num_heads linear_num_value_heads"},
    {"ssm.group_count", "n_groups mamba_n_groups linear_num_key_heads"},
    {"shortconv.l_cache", "conv_L_cache"},
};
// clang-format on

class ConfigWriter {
public:
    ConfigWriter(const GgufHeader& header, std::string_view architecture)
        : header_(header), architecture_(architecture) {}

    std::string write(std::string_view model_type);

private:
    const GgufValue* find(std::string_view key) const;
    std::int64_t number(std::string_view key) const;
    bool has(std::string_view name) const;
    std::vector<std::int64_t> blocks_with(std::string_view end) const;
    void whole(std::string_view field, std::int64_t value) { json_.key(field).integer(value); }
    void flag(std::string_view field, bool value) { json_.key(field).boolean(value); }
    void renamed_keys();
    void period(std::string_view prefix, const std::vector<std::int64_t>& blocks);
    void kinds_of_layers(std::string_view model_type);
    void sizes(std::string_view model_type);
    void tensors(std::string_view model_type);

    const GgufHeader& header_;
    std::string_view architecture_;
    JsonWriter json_;
};

const GgufValue* ConfigWriter::find(std::string_view key) const {
    std::string full(architecture_);
    full += '.';
    full += key;
    return header_.find(full);
}

/// A number, or the largest of a list that has one for each layer; 0 where there is none.
std::int64_t ConfigWriter::number(std::string_view key) const {
    const GgufValue* value = find(key);
    if (value == nullptr) {
        return 0;
    }
    std::int64_t most = value->kind == GgufValue::Kind::integer ? value->integer : 0;
    for (const std::int64_t element : value->integers) {
        most = std::max(most, element);
    }
    return most;
}

/// Whether there is a tensor of that name; one that starts with a point, in any block.
bool ConfigWriter::has(std::string_view name) const {
    const bool in_block = name.starts_with('.');
    return std::any_of(header_.tensors.begin(), header_.tensors.end(),
                       [name, in_block](const StoredTensor& tensor) {
                           return in_block ? tensor.name.ends_with(name) : tensor.name == name;
                       });
}

/// Numbers of the blocks that have a tensor of that name.
std::vector<std::int64_t> ConfigWriter::blocks_with(std::string_view end) const {
    constexpr std::string_view start = "blk.";
    std::vector<std::int64_t> blocks;
    for (const StoredTensor& tensor : header_.tensors) {
        if (!tensor.name.ends_with(end) || !tensor.name.starts_with(start)) {
            continue;
        }
        std::int64_t block = 0;
        for (std::size_t i = start.size(); i < tensor.name.size() && block < 100000; ++i) {
            const char digit = tensor.name[i];
            if (digit < '0' || digit > '9') {
                break;
            }
            block = 10 * block + (digit - '0');
        }
        blocks.push_back(block);
    }
    std::sort(blocks.begin(), blocks.end());
    return blocks;
}

void ConfigWriter::renamed_keys() {
    for (const auto& row : renamed) {
        const bool no_width = row.key == "feed_forward_length" && number(row.key) == 0;  // Mamba
        if (find(row.key) == nullptr || no_width) {
            continue;
        }
        std::string_view fields = row.fields;
        while (!fields.empty()) {
            const std::size_t end = std::min(fields.find(' '), fields.size());
            whole(fields.substr(0, end), number(row.key));
            fields.remove_prefix(std::min(end + 1, fields.size()));
        }
    }
}

/// prefix_offset and prefix_period of what comes every so many blocks.
void ConfigWriter::period(std::string_view prefix, const std::vector<std::int64_t>& blocks) {
    if (blocks.empty()) {
        return;
    }
    const std::string name(prefix);
    whole(name + "_offset", blocks.front());
    whole(name + "_period", blocks.size() > 1 ? blocks[1] - blocks[0]
                                              : std::max<std::int64_t>(1, number("block_count")));
}

/// Which blocks attend: where the file says how many key heads each block has.
void ConfigWriter::kinds_of_layers(std::string_view model_type) {
    const GgufValue* heads = find("attention.head_count_kv");
    if (heads == nullptr || heads->kind != GgufValue::Kind::list) {
        return;
    }
    if (model_type == "jamba") {
        std::vector<std::int64_t> attending;
        for (std::size_t i = 0; i < heads->integers.size(); ++i) {
            if (heads->integers[i] > 0) {
                attending.push_back(static_cast<std::int64_t>(i));
            }
        }
        period("attn_layer", attending);
        return;
    }
    if (model_type == "nemotron_h") {
        const GgufValue* widths = find("feed_forward_length");
        const std::vector<std::int64_t> routed = blocks_with(".ffn_gate_inp.weight");
        std::string pattern;
        for (std::size_t i = 0; i < heads->integers.size(); ++i) {
            const bool wide =
                widths != nullptr && i < widths->integers.size() && widths->integers[i] > 0;
            const bool mixture =
                std::binary_search(routed.begin(), routed.end(), static_cast<std::int64_t>(i));
            pattern += heads->integers[i] > 0 ? '*' : mixture ? 'E' : wide ? '-' : 'M';
        }
        json_.key("hybrid_override_pattern").string(pattern);
        return;
    }
    const std::string_view other = model_type.starts_with("lfm2")     ? "conv"
                                   : model_type == "granitemoehybrid" ? "mamba"
                                                                      : "";
    if (other.empty()) {
        return;
    }
    json_.key("layer_types").begin_array();
    for (const std::int64_t count : heads->integers) {
        json_.string(count == 0 ? other : other == "conv" ? "full_attention" : "attention");
    }
    json_.end_array();
}

/// What classes state in other terms than the file.
void ConfigWriter::sizes(std::string_view model_type) {
    const std::int64_t hidden = number("embedding_length");
    const std::int64_t inner = number("ssm.inner_size");
    const std::int64_t heads = number("ssm.time_step_rank");
    if (inner > 0 && hidden > 0) {
        json_.key("expand").number(static_cast<double>(inner) / static_cast<double>(hidden));
        whole("mamba_expand", inner / hidden);
    }
    if (inner > 0 && heads > 0) {
        for (const std::string_view field :
             {"mamba_d_head", "mamba_head_dim", "linear_value_head_dim"}) {
            whole(field, inner / heads);
        }
        if (model_type == "mamba2") {
            whole("head_dim", inner / heads);
        }
    }
    if (const std::int64_t rotary = number("rope.dimension_count"); rotary > 0) {
        const std::int64_t full = number("attention.key_length_mla");
        if (full > 0) {
            whole("qk_rope_head_dim", rotary);
            whole("qk_nope_head_dim", full - rotary);
        } else if (const std::int64_t head = number("attention.key_length"); head > 0) {
            json_.key("partial_rotary_factor")
                .number(static_cast<double>(rotary) / static_cast<double>(head));
        }
    }
    if (model_type == "falcon") {
        const bool shares = number("attention.head_count_kv") == 1;
        flag("multi_query", shares);
        flag("new_decoder_architecture", has(".attn_norm_2.weight"));
    }
    if (model_type == "granitemoehybrid" && number("expert_count") == 0) {
        whole("num_local_experts", 0);
        whole("shared_intermediate_size", number("feed_forward_length"));
    }
    if (model_type == "qwen3_moe" || model_type == "qwen2_moe") {
        whole("decoder_sparse_step", 1);
    }
    if (model_type == "lfm2" || model_type == "lfm2_moe") {
        flag("block_auto_adjust_ff_dim", false);
    }
    if (model_type == "deepseek_v2" && number("attention.q_lora_rank") == 0) {
        json_.key("q_lora_rank").null();
    }
}

/// What the tensors show: the vocabulary, a tied head, biases and norms.
void ConfigWriter::tensors(std::string_view model_type) {
    std::int64_t vocabulary = number("vocab_size");
    std::int64_t types = 0;
    for (const StoredTensor& tensor : header_.tensors) {
        const bool table = tensor.shape.size() == 2;
        if (table && tensor.name == "token_embd.weight") {
            vocabulary = tensor.shape[1];
        } else if (table && tensor.name == "token_types.weight") {
            types = tensor.shape[1];
        }
    }
    if (vocabulary == 0) {
        const GgufValue* tokens = header_.find("tokenizer.ggml.tokens");
        vocabulary = tokens != nullptr ? tokens->size : 0;
    }
    whole("vocab_size", vocabulary);
    whole("type_vocab_size", types);
    flag("tie_word_embeddings", !has("output.weight") || model_type == "bert");
    const bool bias = has(".attn_q.bias") || has(".attn_qkv.bias");
    for (const std::string_view field : {"attention_bias", "qkv_bias", "add_qkv_bias", "bias"}) {
        flag(field, bias);
    }
    flag("attention_out_bias", has(".attn_output.bias"));
    flag("mlp_bias", has(".ffn_up.bias"));
    flag("use_qk_norm", has(".attn_q_norm.weight"));
    flag("mamba_rms_norm", has(".ssm_norm.weight"));
    flag("use_conv_bias", has(".ssm_conv1d.bias"));
    flag("mamba_conv_bias", has(".ssm_conv1d.bias"));
    const bool divisors = has("rope_freqs.weight");
    if (divisors || has("rope_factors_long.weight")) {
        json_.key("rope_scaling").begin_object();
        json_.key("rope_type").string(divisors ? "llama3" : "longrope");
        json_.end_object();
    }
    if (model_type == "jamba") {
        period("expert_layer", blocks_with(".ffn_gate_inp.weight"));
    }
}

std::string ConfigWriter::write(std::string_view model_type) {
    const bool corrected = model_type == "deepseek_v2" && has(".exp_probs_b.bias");
    json_.begin_object();
    json_.key("model_type").string(corrected ? "deepseek_v3" : model_type);
    renamed_keys();
    sizes(model_type);
    kinds_of_layers(model_type);
    tensors(model_type);
    if (corrected) {
        whole("num_nextn_predict_layers", 0);
    }
    json_.end_object();
    return json_.take();
}

}  // namespace

std::string gguf_config(const GgufHeader& header) {
    const std::string_view name = header.text("general.architecture");
    for (const auto& row : architectures) {
        if (row.architecture != name) {
            continue;
        }
        std::string_view model_type = row.model_type;
        if (!row.with_experts.empty() &&
            header.integer(std::string(name) + ".expert_count").value_or(0) > 0) {
            model_type = row.with_experts;
        }
        return ConfigWriter(header, name).write(model_type);
    }
    return {};
}

ModelOrIssues gguf_model(const GgufHeader& header) {
    const std::string config = gguf_config(header);
    if (!config.empty()) {
        return read_config_json(config);
    }
    const std::string name(header.text("general.architecture"));
    ModelOrIssues result;
    result.issues.push_back(
        {"general.architecture", name.empty() ? "missing" : "unknown",
         name.empty() ? "The metadata do not say what architecture the file is of."
                      : "The architecture " + name + " is not one whose network is known here."});
    return result;
}

}  // namespace tensorledger
