#pragma once

// What does a family call its modules? LoRA targets, checkpoints and quantisers name tensors, so the
// spelling of each family's Hugging Face modules is kept apart from the mechanism.

#include <array>
#include <string_view>

namespace tensorledger {

/// Module paths below the model's own prefix, Llama's where nothing else is said; those of a layer are
/// below `layer`. A name that starts with / is not below the prefix. Views of static text.
struct Names {
    std::string_view embed = "embed_tokens";
    std::string_view position = "embed_positions";
    std::string_view token_type = "embeddings.token_type_embeddings";
    std::string_view embed_norm = "embed_layernorm";
    std::string_view layer = "layers.{i}.";
    std::string_view final_norm = "norm";
    std::string_view head = "lm_head";
    std::string_view attention = "self_attn.";
    std::string_view cross_attention = "cross_attn.";
    std::string_view q = "q_proj";
    std::string_view k = "k_proj";
    std::string_view v = "v_proj";
    std::string_view qkv = "qkv_proj";
    std::string_view o = "o_proj";
    std::string_view q_norm = "q_norm";
    std::string_view k_norm = "k_norm";
    std::array<std::string_view, 4> norm = {"input_layernorm", "post_attention_layernorm",
                                            "pre_feedforward_layernorm",
                                            "post_feedforward_layernorm"};
    std::string_view mlp = "mlp.";
    std::string_view gate = "gate_proj";
    std::string_view up = "up_proj";
    std::string_view down = "down_proj";
    std::string_view gate_up = "gate_up_proj";
    std::string_view moe = "mlp.";
    std::string_view router = "gate";
    std::string_view expert_gate = "gate_proj";
    std::string_view expert_up = "up_proj";
    std::string_view expert_down = "down_proj";
    std::string_view shared = "mlp.shared_experts.";
    std::string_view mixer = "mixer.";
    bool input_first = false;  // matrices are stored [in, out] (GPT-2's Conv1D)
};

/// The names of "member=name …"; norms are norm1 to norm4.
Names read_names(std::string_view text);

}  // namespace tensorledger
