#include "core/formats/family.h"

#include <algorithm>

namespace tensorledger {

namespace {

// clang-format off
// Quantities (of every row; "base" gives what most networks do):
//   H hidden  L layers  A heads  K kv heads  D head size  Vd value head size  V vocabulary  E embedding width
//   F feed-forward width  P learned positions  Tt token types  Maxpos  Tied  Head (has one)  Hb its bias
//   Mix the mixer  Qb Kb Vb Ob biases  Pack packed qkv  Qkn norm of q and k  Sinks  Gate (q doubled)  Gw g_proj
//   Keqv Borrow Kv  Win window  Chunk  Rope  Rot  Aw input width  Mla Rq Rkv Dn Dr Mlab Ia Id latents, indexer
//   Ri Rs Rg Rh Rd Rt Rk Rc Re Rcb Rpb Rn Rsplit recurrent  Both
//   Ffn gated|plain|none  Mb bias  Packup  Act  Moe Ne Tk Fe Eb Rb Corr Corrt Sg Fs Lat Fd
//   Norm Norms Par Fnorm En Enk norms  Names Prefix modules  Pe Pa Pr Pf dropouts  Text Textfamily nesting
constexpr Family rows[] = {
{"base", "",
 "H=hidden_size L=num_hidden_layers A=num_attention_heads K=num_key_value_heads|A D=head_dim|exact(H,A) Vd=D "
 "V=vocab_size E=H F=intermediate_size P=0 Tt=0 Maxpos=max_position_embeddings|0 Tied=tie_word_embeddings|0 Head=1 Hb=0 "
 "Mix='attention' Qb=0 Kb=Qb Vb=Qb Ob=0 Pack=0 Qkn='none' Sinks=0 Gate=0 Gw=0 Keqv=0 Borrow=0 Kv=1 Win=0 Chunk=0 "
 "Rope=1 Rf=partial_rotary_factor|rope_parameters.partial_rotary_factor|1 Rot=int(D*Rf) Aw=0 Mla=0 Rq=q_lora_rank|0 Rkv=kv_lora_rank Dn=qk_nope_head_dim "
 "Dr=qk_rope_head_dim Mlab=0 Ia=0 Id=0 Ri=0 Rs=0 Rg=0 Rh=0 Rd=0 Rt=0 Rk=0 Rc=Ri Re=0 Rcb=0 Rpb=0 Rn=0 Rsplit=0 Both=0 "
 "Ffn='gated' Mb=0 Packup=0 Act=hidden_act|'silu' Moe=0 Ne=0 Tk=0 Fe=0 Eb=0 Rb=0 Corr=0 Corrt=0 Sg=0 Fs=0 Lat=0 Fd=0 "
 "Norm='rms' Norms=2 Par=0 Fnorm=Norm En=0 Enk=Norm Scaled=0 Names='llama' Prefix='model.' Pe=0 Pa=attention_dropout|0 Pr=0 Pf=0 "
 "Decoder=1 Typed=1",
 "", ""},
{"llama mistral ministral3 yi", "",
 "vocab_size=32000 hidden_size=4096 intermediate_size=11008 num_hidden_layers=32 num_attention_heads=32 "
 "Qb=attention_bias|0 Ob=Qb Mb=mlp_bias|0 Win=sliding_window|0", "",
 "transformers:models/llama/modeling_llama.py"},
{"qwen2", "llama", "vocab_size=151936 intermediate_size=22016 Qb=1 Ob=0 "
 "Win=use_sliding_window&(I+1>(max_window_layers|28))?sliding_window|0:0", "",
 "transformers:models/qwen2/modeling_qwen2.py"},
{"gpt2", "", "hidden_size=n_embd num_hidden_layers=n_layer num_attention_heads=n_head max_position_embeddings=n_positions "
 "vocab_size=50257 n_embd=768 n_layer=12 n_head=12 n_positions=1024 tie_word_embeddings=1 F=n_inner|4*H "
 "P=max_position_embeddings Rope=0 Pack=1 Qb=1 Ob=1 Mb=1 Ffn='plain' Norm='layer' Act=activation_function|'gelu_new' Names='gpt2' "
 "Prefix='transformer.' Pe=embd_pdrop~0.1 Pa=attn_pdrop~0.1 Pr=resid_pdrop~0.1", "",
 "transformers:models/gpt2/modeling_gpt2.py"},
{"bert", "",
 "vocab_size=30522 hidden_size=768 num_hidden_layers=12 num_attention_heads=12 intermediate_size=3072 max_position_embeddings=512 "
 "type_vocab_size=2 tie_word_embeddings=1 Arch=architectures@0|'' P=max_position_embeddings Tt=type_vocab_size Rope=0 Qb=1 Ob=1 Mb=1 "
 "Ffn='plain' Act=hidden_act|'gelu' Norm='layer' Fnorm='none' En=1 Names='bert' Base='bert' Prefix=Arch$'Model'?'':'bert.' "
 "Decoder=is_decoder|0 Typed=0 Pe=hidden_dropout_prob~0.1 Pa=attention_probs_dropout_prob~0.1 Pr=hidden_dropout_prob~0.1 "
 "Mlm=Arch$'ForMaskedLM'||Arch$'LMHeadModel'||Arch$'ForCausalLM'||Arch$'ForPreTraining' Head=Mlm Hb=1 "
 "Cls=Arch$'ForSequenceClassification' Tok=Arch$'ForTokenClassification' Qa=Arch$'ForQuestionAnswering' Nl=num_labels|(id2label?len(id2label):2) "
 "Pool=Arch$'Model'||Cls||Arch$'ForPreTraining'||Arch='' Pre=Arch$'ForPreTraining'",
 "pooler.dense?Pool+:H,H /cls.predictions.transform.dense?Mlm+:H,H /cls.predictions.transform.LayerNorm?Mlm+:H "
 "/cls.seq_relationship?Pre+:2,H /classifier?Cls+:Nl,H /classifier?Tok+:Nl,H /qa_outputs?Qa+:2,H",
 "transformers:models/bert/modeling_bert.py"},
};
// clang-format on

constexpr std::string_view class_suffixes[] = {
    "ForConditionalGeneration", "ForCausalLM", "LMHeadModel", "ForMaskedLM", "ForSequenceClassification",
    "ForQuestionAnswering", "ForTokenClassification", "ForPreTraining", "ForImageClassification", "ChatModel", "Model",
};

bool lists(std::string_view names, std::string_view name) {
    std::size_t at = names.find(name);
    while (at != names.npos) {
        const std::size_t end = at + name.size();
        if ((at == 0 || names[at - 1] == ' ') && (end == names.size() || names[end] == ' ')) {
            return true;
        }
        at = names.find(name, at + 1);
    }
    return false;
}

std::string_view inherited(const Family& family, std::string_view Family::*text) {
    const Family* row = &family;
    while (row != nullptr && (row->*text).empty()) {
        row = row->parent.empty() ? nullptr : family_named(row->parent);
    }
    return row == nullptr ? std::string_view{} : row->*text;
}

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether a class name is a type's name, but for capitals, underscores and hyphens.
bool spells(std::string_view class_name, std::string_view type) {
    std::size_t at = 0;
    for (const char c : type) {
        if (c == '_' || c == '-') {
            continue;
        }
        if (at == class_name.size() || lower(class_name[at]) != c) {
            if (at < class_name.size() && class_name[at] == '_') {
                ++at;
            }
            if (at == class_name.size() || lower(class_name[at]) != c) {
                return false;
            }
        }
        ++at;
    }
    return at == class_name.size();
}

}  // namespace

const Family* family_named(std::string_view model_type) {
    if (model_type.empty() || model_type.find(' ') != model_type.npos) {
        return nullptr;
    }
    for (const Family& family : rows) {
        if (lists(family.names, model_type)) {
            return &family;
        }
    }
    return nullptr;
}

std::string_view tensors_of(const Family& family) {
    return inherited(family, &Family::tensors);
}

std::string_view source_of(const Family& family) {
    return inherited(family, &Family::source);
}

const Family* family_of_class(std::string_view architecture) {
    for (const std::string_view suffix : class_suffixes) {
        if (!architecture.ends_with(suffix)) {
            continue;
        }
        const std::string_view stem = architecture.substr(0, architecture.size() - suffix.size());
        for (const Family& family : rows) {
            std::string_view names = family.names;
            while (!names.empty()) {
                const std::size_t blank = std::min(names.find(' '), names.size());
                if (spells(stem, names.substr(0, blank))) {
                    return &family;
                }
                names.remove_prefix(std::min(blank + 1, names.size()));
            }
        }
        return nullptr;
    }
    return nullptr;
}

}  // namespace tensorledger
