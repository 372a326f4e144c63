#include "core/model/names.h"

#include <array>

namespace tensorledger {

namespace {

struct Row {
    std::string_view name;
    Names names;
};

constexpr Names mixtral() {
    Names n;
    n.moe = "block_sparse_moe.";
    n.expert_gate = "w1";
    n.expert_up = "w3";
    n.expert_down = "w2";
    return n;
}

constexpr Names qwen_moe() {
    Names n;
    n.shared = "mlp.shared_expert.";
    return n;
}

constexpr Names olmo2() {
    Names n;
    n.norm[0] = "post_attention_layernorm";
    n.norm[1] = "post_feedforward_layernorm";
    return n;
}

constexpr Names gpt2() {
    Names n;
    n.embed = "wte";
    n.position = "wpe";
    n.layer = "h.{i}.";
    n.final_norm = "ln_f";
    n.attention = "attn.";
    n.qkv = "c_attn";
    n.o = "c_proj";
    n.norm[0] = "ln_1";
    n.norm[1] = "ln_2";
    n.up = "c_fc";
    n.down = "c_proj";
    n.input_first = true;
    return n;
}

constexpr Names gpt_neo() {
    Names n = gpt2();
    n.attention = "attn.attention.";
    n.o = "out_proj";
    n.input_first = false;
    return n;
}

constexpr Names gptj() {
    Names n = gpt2();
    n.o = "out_proj";
    n.qkv = "qkv_proj";
    n.up = "fc_in";
    n.down = "fc_out";
    n.input_first = false;
    return n;
}

constexpr Names gpt_neox() {
    Names n;
    n.embed = "embed_in";
    n.final_norm = "final_layer_norm";
    n.head = "embed_out";
    n.attention = "attention.";
    n.qkv = "query_key_value";
    n.o = "dense";
    n.up = "dense_h_to_4h";
    n.down = "dense_4h_to_h";
    return n;
}

constexpr Names bloom() {
    Names n = gpt_neox();
    n.embed = "word_embeddings";
    n.embed_norm = "word_embeddings_layernorm";
    n.layer = "h.{i}.";
    n.final_norm = "ln_f";
    n.head = "lm_head";
    n.attention = "self_attention.";
    return n;
}

constexpr Names falcon() {
    Names n = bloom();
    n.norm[0] = "ln_attn";
    n.norm[1] = "ln_mlp";
    return n;
}

constexpr Names mpt() {
    Names n = gpt2();
    n.layer = "blocks.{i}.";
    n.final_norm = "norm_f";
    n.qkv = "Wqkv";
    n.o = "out_proj";
    n.q_norm = "q_ln";
    n.k_norm = "k_ln";
    n.norm[0] = "norm_1";
    n.norm[1] = "norm_2";
    n.mlp = "ffn.";
    n.up = "up_proj";
    n.down = "down_proj";
    n.input_first = false;
    return n;
}

constexpr Names opt() {
    Names n;
    n.final_norm = "final_layer_norm";
    n.o = "out_proj";
    n.norm[0] = "self_attn_layer_norm";
    n.norm[1] = "final_layer_norm";
    n.mlp = "";
    n.up = "fc1";
    n.down = "fc2";
    return n;
}

constexpr Names phi() {
    Names n;
    n.final_norm = "final_layernorm";
    n.o = "dense";
    n.q_norm = "q_layernorm";
    n.k_norm = "k_layernorm";
    n.up = "fc1";
    n.down = "fc2";
    return n;
}

constexpr Names bert() {
    Names n;
    n.embed = "embeddings.word_embeddings";
    n.position = "embeddings.position_embeddings";
    n.embed_norm = "embeddings.LayerNorm";
    n.layer = "encoder.layer.{i}.";
    n.attention = "attention.";
    n.q = "self.query";
    n.k = "self.key";
    n.v = "self.value";
    n.o = "output.dense";
    n.norm[0] = "attention.output.LayerNorm";
    n.norm[1] = "output.LayerNorm";
    n.mlp = "";
    n.up = "intermediate.dense";
    n.down = "output.dense";
    return n;
}

constexpr Names distilbert() {
    Names n = bert();
    n.layer = "transformer.layer.{i}.";
    n.q = "q_lin";
    n.k = "k_lin";
    n.v = "v_lin";
    n.o = "out_lin";
    n.norm[0] = "sa_layer_norm";
    n.norm[1] = "output_layer_norm";
    n.mlp = "ffn.";
    n.up = "lin1";
    n.down = "lin2";
    return n;
}

constexpr Names modernbert() {
    Names n;
    n.embed = "embeddings.tok_embeddings";
    n.embed_norm = "embeddings.norm";
    n.final_norm = "final_norm";
    n.attention = "attn.";
    n.qkv = "Wqkv";
    n.o = "Wo";
    n.norm[0] = "mlp_norm";
    n.norm[1] = "attn_norm";
    n.gate_up = "Wi";
    n.down = "Wo";
    return n;
}

constexpr Names nemotron_h() {
    Names n;
    n.embed = "embeddings";
    n.final_norm = "norm_f";
    n.attention = "mixer.";
    n.mlp = "mixer.";
    n.moe = "mixer.";
    n.norm[0] = "norm";
    return n;
}

constexpr Names hybrid() {
    Names n;
    n.norm[1] = "pre_ff_layernorm";
    n.mixer = "mamba.";
    n.final_norm = "final_layernorm";
    n.mlp = "feed_forward.";
    n.moe = "feed_forward.";
    n.router = "router";
    return n;
}

constexpr Names lfm2() {
    Names n;
    n.final_norm = "embedding_norm";
    n.o = "out_proj";
    n.q_norm = "q_layernorm";
    n.k_norm = "k_layernorm";
    n.norm[0] = "operator_norm";
    n.norm[1] = "ffn_norm";
    n.mlp = "feed_forward.";
    n.moe = "feed_forward.";
    n.gate = "w1";
    n.up = "w3";
    n.down = "w2";
    n.expert_gate = "w1";
    n.expert_up = "w3";
    n.expert_down = "w2";
    n.mixer = "conv.";
    return n;
}

constexpr Names qwen() {
    Names n = gpt2();
    n.gate = "w2";
    n.up = "w1";
    n.input_first = false;
    return n;
}

constexpr Names internlm2() {
    Names n;
    n.embed = "tok_embeddings";
    n.head = "output";
    n.attention = "attention.";
    n.qkv = "wqkv";
    n.o = "wo";
    n.norm[0] = "attention_norm";
    n.norm[1] = "ffn_norm";
    n.mlp = "feed_forward.";
    n.gate = "w1";
    n.up = "w3";
    n.down = "w2";
    return n;
}

constexpr Names chatglm() {
    Names n = gpt_neox();
    n.embed = "embedding.word_embeddings";
    n.layer = "encoder.layers.{i}.";
    n.final_norm = "encoder.final_layernorm";
    n.head = "transformer.output_layer";
    n.attention = "self_attention.";
    n.gate_up = "dense_h_to_4h";
    return n;
}

constexpr Names dbrx() {
    Names n = mpt();
    n.attention = "norm_attn_norm.attn.";
    n.norm[0] = "norm_attn_norm.norm_1";
    n.norm[1] = "norm_attn_norm.norm_2";
    n.moe = "ffn.";
    n.router = "router.layer";
    n.expert_gate = "w1";
    n.expert_up = "v1";
    n.expert_down = "w2";
    return n;
}

constexpr Names starcoder2() {
    Names n;
    n.up = "c_fc";
    n.down = "c_proj";
    return n;
}

constexpr Names persimmon() {
    Names n = phi();
    n.qkv = "query_key_value";
    n.up = "dense_h_to_4h";
    n.down = "dense_4h_to_h";
    return n;
}

constexpr Names gpt_oss() {
    Names n;
    n.router = "router";
    return n;
}

constexpr Names llama4() {
    Names n;
    n.mlp = "feed_forward.";
    n.moe = "feed_forward.";
    n.router = "router";
    n.shared = "feed_forward.shared_expert.";
    return n;
}

constexpr Names gpt_bigcode() {
    Names n = gpt2();
    n.input_first = false;
    return n;
}

constexpr Names granite_moe() {
    Names n;
    n.moe = "block_sparse_moe.";
    n.router = "router";
    n.shared = "shared_mlp.";
    return n;
}

constexpr Names granite_hybrid() {
    Names n = granite_moe();
    n.mixer = "mamba.";
    n.mlp = "shared_mlp.";
    n.gate_up = "input_linear";
    n.down = "output_linear";
    return n;
}

constexpr Names baichuan() {
    Names n;
    n.qkv = "W_pack";
    return n;
}

constexpr Names clip_text() {
    Names n;
    n.embed = "embeddings.token_embedding";
    n.position = "embeddings.position_embedding";
    n.layer = "encoder.layers.{i}.";
    n.final_norm = "final_layer_norm";
    n.o = "out_proj";
    n.norm[0] = "layer_norm1";
    n.norm[1] = "layer_norm2";
    n.up = "fc1";
    n.down = "fc2";
    return n;
}

constexpr Names gemma4() {
    Names n;
    n.moe = "";
    n.router = "router.proj";
    return n;
}

constexpr Names nomic() {
    Names n = bert();
    n.layer = "layers.{i}.";
    n.attention = "self_attn.";
    n.q = "q_proj";
    n.k = "k_proj";
    n.v = "v_proj";
    n.o = "o_proj";
    n.norm[0] = "post_attention_layernorm";
    n.norm[1] = "post_mlp_layernorm";
    n.mlp = "mlp.";
    n.up = "up_proj";
    n.down = "down_proj";
    return n;
}

constexpr Names t5_encoder() {
    Names n;
    n.embed = "/shared";
    n.layer = "block.{i}.";
    n.final_norm = "final_layer_norm";
    n.attention = "layer.0.SelfAttention.";
    n.q = "q";
    n.k = "k";
    n.v = "v";
    n.o = "o";
    n.norm[0] = "layer.0.layer_norm";
    n.norm[1] = "layer.1.layer_norm";
    n.mlp = "layer.1.DenseReluDense.";
    n.gate = "wi_0";
    n.up = "wi_1";
    n.down = "wo";
    return n;
}

constexpr Names t5() {
    Names n = t5_encoder();
    n.cross_attention = "layer.1.EncDecAttention.";
    n.norm[2] = "layer.2.layer_norm";
    n.mlp = "layer.2.DenseReluDense.";
    return n;
}

constexpr Names bart_encoder() {
    Names n = opt();
    n.embed = "/model.shared";
    n.embed_norm = "layernorm_embedding";
    n.final_norm = "layer_norm";
    return n;
}

constexpr Names bart() {
    Names n = bart_encoder();
    n.cross_attention = "encoder_attn.";
    n.norm[1] = "encoder_attn_layer_norm";
    n.norm[2] = "final_layer_norm";
    return n;
}

constexpr Names whisper() {
    Names n = bart();
    n.embed = "embed_tokens";
    return n;
}

constexpr Names xlstm() {
    Names n;
    n.embed = "embeddings";
    n.final_norm = "out_norm";
    return n;
}

constexpr Names mamba() {
    Names n = nemotron_h();
    return n;
}

// In the order of NameScheme.
constexpr std::array<Row, static_cast<std::size_t>(NameScheme::count)> rows = {{
    {"llama", Names{}},
    {"llama_moe", mixtral()},
    {"qwen_moe", qwen_moe()},
    {"olmo2", olmo2()},
    {"gpt2", gpt2()},
    {"gpt_neo", gpt_neo()},
    {"gptj", gptj()},
    {"gpt_neox", gpt_neox()},
    {"bloom", bloom()},
    {"falcon", falcon()},
    {"mpt", mpt()},
    {"opt", opt()},
    {"phi", phi()},
    {"bert", bert()},
    {"distilbert", distilbert()},
    {"modernbert", modernbert()},
    {"nemotron_h", nemotron_h()},
    {"mamba", mamba()},
    {"hybrid", hybrid()},
    {"lfm2", lfm2()},
    {"qwen", qwen()},
    {"internlm2", internlm2()},
    {"chatglm", chatglm()},
    {"dbrx", dbrx()},
    {"starcoder2", starcoder2()},
    {"persimmon", persimmon()},
    {"gpt_oss", gpt_oss()},
    {"llama4", llama4()},
    {"gpt_bigcode", gpt_bigcode()},
    {"falcon_old", bloom()},
    {"granite_moe", granite_moe()},
    {"granite_hybrid", granite_hybrid()},
    {"baichuan", baichuan()},
    {"clip_text", clip_text()},
    {"gemma4", gemma4()},
    {"nomic", nomic()},
    {"t5", t5()},
    {"t5_encoder", t5_encoder()},
    {"bart", bart()},
    {"bart_encoder", bart_encoder()},
    {"whisper", whisper()},
    {"xlstm", xlstm()},
}};

}  // namespace

const Names& names_of(NameScheme scheme) {
    return rows[static_cast<std::size_t>(scheme)].names;
}

std::optional<NameScheme> name_scheme_named(std::string_view name) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].name == name) {
            return static_cast<NameScheme>(i);
        }
    }
    return std::nullopt;
}

}  // namespace tensorledger
