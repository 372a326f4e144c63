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
{"base", "", "", "",
 "H=hidden_size L=num_hidden_layers A=num_attention_heads K=num_key_value_heads|A D=head_dim|exact(H,A) "
 "Vd=D V=vocab_size E=H F=intermediate_size P=0 Tt=0 Maxpos=max_position_embeddings|0 "
 "Tied=tie_word_embeddings|0 Head=1 Hb=0 Mix='attention' Qb=0 Kb=Qb Vb=Qb Ob=0 Pack=0 Qkn='none' Sinks=0 "
 "Gate=0 Gw=0 Keqv=0 Borrow=0 Kv=1 Lt=layer_types@I Sw=sliding_window|0 Wd=0 "
 "Win=layer_types?(Lt='sliding_attention'?Sw:0):Wd Chunk=0 Apart=0 Comp=0 Rope=1 "
 "Rf=partial_rotary_factor|rope_parameters.partial_rotary_factor|1 Rot=int(D*Rf) Aw=0 Mla=0 "
 "Rq=q_lora_rank Rkv=kv_lora_rank Dn=qk_nope_head_dim Dr=qk_rope_head_dim Mlab=0 Ia=0 Id=0 Ri=0 Rs=0 Rg=0 "
 "Rh=0 Rd=0 Rt=0 Rk=0 Rc=Ri Re=0 Rcb=0 Rpb=0 Rn=0 Rsplit=0 Both=0 Ffn='gated' Mb=0 Packup=0 "
 "Act=hidden_act|'silu' Moe=0 Ne=0 Tk=0 Fe=0 Eb=0 Rb=0 Corr=0 Corrt=0 Sg=0 Fs=0 Lat=0 Fd=0 Norm='rms' "
 "Norms=2 Par=0 Fnorm=Norm En=0 Enk=Norm Scaled=0 Names='llama' Prefix='model.' Pe=0 "
 "Pa=attention_dropout|0 Pr=0 Pf=0 Decoder=1 Typed=1 Mtp=0",
 ""},
{"llama", "", "llama",
 "attention_bias=0 attention_dropout=0 hidden_act='silu' hidden_size=4096 intermediate_size=11008 "
 "max_position_embeddings=2048 mlp_bias=0 num_attention_heads=32 num_hidden_layers=32 vocab_size=32000",
 "Qb=attention_bias|0 Ob=Qb Mb=mlp_bias|0",
 ""},
{"yi megrez smollm aquila internlm3", "llama", "",
 "",
 "Qb=attention_bias|qkv_bias|0 Ob=attention_bias|bias|0",
 ""},
{"mistral", "llama", "mistral",
 "intermediate_size=14336 max_position_embeddings=131072 num_key_value_heads=8 sliding_window=4096",
 "Qb=0 Wd=Sw",
 ""},
{"ministral", "mistral", "ministral",
 "",
 "",
 ""},
{"ministral3", "mistral", "ministral3",
 "head_dim=128 max_position_embeddings=262144 num_hidden_layers=34 vocab_size=131072",
 "",
 ""},
{"arcee", "llama", "arcee",
 "hidden_act='relu2' hidden_size=2560 intermediate_size=18432 max_position_embeddings=4096",
 "Ffn='plain'",
 ""},
{"granite", "llama", "granite",
 "",
 "",
 ""},
{"cwm", "llama", "cwm",
 "head_dim=128 hidden_size=6144 intermediate_size=21504 max_position_embeddings=131072 "
 "num_attention_heads=48 num_hidden_layers=64 num_key_value_heads=8 sliding_window=8192 vocab_size=128256",
 "Qb=0 Wd=I%4?Sw:0",
 ""},
{"smollm3", "llama", "smollm3",
 "hidden_size=2048 max_position_embeddings=32768 no_rope_layer_interval=4 num_attention_heads=16 "
 "num_hidden_layers=36 num_key_value_heads=4 tie_word_embeddings=1 use_sliding_window=0 vocab_size=128256",
 "Rope=no_rope_layers?no_rope_layers@I:(I+1)%no_rope_layer_interval>0 "
 "Sw=use_sliding_window?sliding_window|0:0 Wd=Rope?Sw:0",
 ""},
{"seed_oss", "llama", "seed_oss",
 "attention_bias=1 attention_dropout=0.1 attention_out_bias=0 head_dim=128 intermediate_size=27648 "
 "max_position_embeddings=524288 num_attention_heads=80 num_hidden_layers=64 num_key_value_heads=8 "
 "vocab_size=155136",
 "Ob=attention_out_bias",
 ""},
{"helium", "llama", "helium",
 "head_dim=128 hidden_size=2560 intermediate_size=7040 max_position_embeddings=4096 "
 "num_attention_heads=20 num_hidden_layers=24 num_key_value_heads=20 vocab_size=48000",
 "Ob=0",
 ""},
{"jais2", "llama", "jais2",
 "attention_bias=1 hidden_act='relu2' hidden_size=3328 intermediate_size=26624 "
 "max_position_embeddings=8192 mlp_bias=1 num_attention_heads=26 vocab_size=150272",
 "Ffn='plain' Norm='layer'",
 ""},
{"nemotron", "llama", "nemotron",
 "hidden_act='relu2' hidden_size=6144 intermediate_size=24576 max_position_embeddings=4096 "
 "num_attention_heads=48 vocab_size=256000",
 "Ffn='plain' Norm='layer'",
 ""},
{"olmo", "llama", "olmo",
 "vocab_size=50304",
 "Norm='bare'",
 ""},
{"hyperclovax", "llama", "hyperclovax",
 "",
 "",
 ""},
{"nanochat", "llama", "nanochat",
 "hidden_act='relu2' hidden_size=768 intermediate_size=8192 num_attention_heads=6 num_hidden_layers=12 "
 "vocab_size=50304",
 "",
 ""},
{"bitnet", "llama", "bitnet",
 "hidden_act='relu2' hidden_size=2560 intermediate_size=6912 num_attention_heads=20 num_hidden_layers=30 "
 "num_key_value_heads=5 vocab_size=128256",
 "",
 ""},
{"olmo2", "llama", "olmo2",
 "vocab_size=50304",
 "Qkn='full' Names='olmo2'",
 ""},
{"olmo3", "olmo2", "olmo3",
 "sliding_window=4096",
 "Wd=(I+1)%4?Sw:0",
 ""},
{"olmoe", "llama", "olmoe",
 "hidden_size=2048 intermediate_size=2048 max_position_embeddings=4096 num_attention_heads=16 "
 "num_experts=64 num_experts_per_tok=8 num_hidden_layers=16 vocab_size=50304",
 "Qkn='full' Moe=1 Ne=num_experts Tk=num_experts_per_tok Fe=F",
 ""},
{"flex_olmo", "olmo2", "flex_olmo",
 "max_position_embeddings=4096 num_experts=7 num_experts_per_tok=5 vocab_size=100352",
 "Moe=1 Ne=num_experts Tk=num_experts_per_tok Fe=F",
 ""},
{"exaone4", "olmo2", "exaone4",
 "intermediate_size=16384 num_key_value_heads=32 sliding_window=4096 sliding_window_pattern=4 "
 "vocab_size=102400",
 "Qkn='head' Qb=0 Swp=sliding_window_pattern "
 "Wd=len(Swp)?(Swp@(I%len(Swp))='L'?Sw:0):(Swp?((I+1)%Swp?Sw:0):0)",
 ""},
{"stablelm", "llama", "stablelm",
 "hidden_size=2560 intermediate_size=6912 max_position_embeddings=4096 num_key_value_heads=32 "
 "qk_layernorm=0 use_parallel_residual=0 use_qkv_bias=0 vocab_size=50304",
 "Norm='layer' Qb=use_qkv_bias Ob=0 Par=use_parallel_residual Norms=2-Par "
 "Qkn=qk_layernorm?'every-ln':'none'",
 ""},
{"starcoder2", "llama", "starcoder2",
 "hidden_act='gelu_pytorch_tanh' hidden_size=3072 intermediate_size=12288 max_position_embeddings=4096 "
 "num_attention_heads=24 num_hidden_layers=30 num_key_value_heads=2 tie_word_embeddings=1 use_bias=1 "
 "vocab_size=49152",
 "Qb=use_bias Ob=Qb Mb=Qb Ffn='plain' Norm='layer' Wd=Sw Names='starcoder2'",
 ""},
{"apertus", "llama", "apertus",
 "hidden_act='xielu' intermediate_size=14336 max_position_embeddings=65536 vocab_size=131072",
 "Ffn='plain' Qkn='head' Xi=Act='xielu'",
 "layers?Xi[L](mlp.act_fn.{alpha_p,alpha_n}:1 *mlp.act_fn.{beta,eps}:1)"},
{"persimmon", "", "persimmon",
 "attention_dropout=0 hidden_act='relu2' hidden_size=4096 intermediate_size=16384 "
 "max_position_embeddings=16384 num_attention_heads=64 num_hidden_layers=36 qk_layernorm=1 "
 "vocab_size=262144",
 "Qb=1 Ob=1 Mb=1 Pack=1 Ffn='plain' Norm='layer' Qkn=qk_layernorm?'head-ln':'none' Names='persimmon'",
 ""},
{"phi", "", "phi",
 "attention_dropout=0 embd_pdrop=0 hidden_act='gelu_new' hidden_size=2048 intermediate_size=8192 "
 "max_position_embeddings=2048 num_attention_heads=32 num_hidden_layers=24 qk_layernorm=0 resid_pdrop=0 "
 "vocab_size=51200",
 "Qb=1 Ob=1 Mb=1 Hb=1 Ffn='plain' Norm='layer' Norms=1 Par=1 Qkn=qk_layernorm?'head-ln':'none' "
 "Names='phi' Pe=embd_pdrop|0 Pr=resid_pdrop|0",
 ""},
{"phi-msft mixformer-sequential", "phi", "hf:microsoft/phi-2",
 "",
 "hidden_size=n_embd num_hidden_layers=n_layer num_attention_heads=n_head num_key_value_heads=n_head_kv "
 "intermediate_size=n_inner|4*H max_position_embeddings=n_positions Rot=rotary_dim",
 ""},
{"phi3", "", "phi3",
 "attention_dropout=0 embd_pdrop=0 hidden_act='silu' hidden_size=3072 intermediate_size=8192 "
 "max_position_embeddings=4096 num_attention_heads=32 num_hidden_layers=32 resid_pdrop=0 vocab_size=32064",
 "Pack=1 Packup=1 Wd=Sw Pe=embd_pdrop|0 Pr=resid_pdrop|0",
 ""},
{"mixtral", "llama", "mixtral",
 "intermediate_size=14336 max_position_embeddings=131072 num_experts_per_tok=2 num_key_value_heads=8 "
 "num_local_experts=8",
 "Qb=0 Wd=Sw Moe=1 Ne=num_local_experts Tk=num_experts_per_tok Fe=F Names='llama_moe'",
 ""},
{"phimoe", "mixtral", "phimoe",
 "intermediate_size=6400 lm_head_bias=0 num_local_experts=16 vocab_size=32064",
 "Qb=attention_bias Ob=Qb Norm='layer' Hb=lm_head_bias",
 ""},
{"minimax_m2", "mixtral", "minimax_m2",
 "head_dim=128 hidden_size=3072 intermediate_size=1536 max_position_embeddings=196608 "
 "num_attention_heads=48 num_experts_per_tok=8 num_hidden_layers=62 num_local_experts=256 "
 "vocab_size=200064",
 "Qkn='full' Corr=1 Mtp=0 Wd=0",
 ""},
{"granitemoe", "mixtral", "granitemoe",
 "intermediate_size=11008 max_position_embeddings=2048",
 "Qb=attention_bias Ob=Qb Wd=0",
 ""},
{"granitemoeshared", "granitemoe", "granitemoeshared",
 "shared_intermediate_size=0",
 "Fs=shared_intermediate_size Names='granite_moe'",
 ""},
{"gpt_oss", "llama", "gpt_oss",
 "attention_bias=1 head_dim=64 hidden_size=2880 intermediate_size=2880 max_position_embeddings=131072 "
 "num_attention_heads=64 num_experts_per_tok=4 num_hidden_layers=36 num_key_value_heads=8 "
 "num_local_experts=128 sliding_window=128 vocab_size=201088",
 "Qb=attention_bias Ob=Qb Sinks=1 Wd=(I+1)%2?Sw:0 Moe=1 Ne=num_local_experts "
 "Tk=num_experts_per_tok|experts_per_token Fe=F Eb=1 Rb=1 Names='gpt_oss'",
 ""},
{"qwen2", "llama", "qwen2",
 "intermediate_size=22016 max_position_embeddings=32768 max_window_layers=28 num_key_value_heads=32 "
 "sliding_window=4096 use_sliding_window=0 vocab_size=151936",
 "Qb=1 Ob=0 Mb=0 Sw=use_sliding_window?sliding_window|0:0 Wd=I+1>max_window_layers?Sw:0",
 ""},
{"mimo", "qwen2", "hf:XiaomiMiMo/MiMo-7B-Base",
 "",
 "Qb=attention_bias|1",
 ""},
{"qwen2_moe", "qwen2", "qwen2_moe",
 "decoder_sparse_step=1 hidden_size=2048 intermediate_size=5632 moe_intermediate_size=1408 "
 "num_attention_heads=16 num_experts=60 num_experts_per_tok=4 num_hidden_layers=24 num_key_value_heads=16 "
 "qkv_bias=1 shared_expert_intermediate_size=5632",
 "num_experts=num_local_experts Qb=qkv_bias|1 Moe=!(mlp_only_layers#I)&Ne>0&(I+1)%decoder_sparse_step=0 "
 "Ne=num_experts Tk=num_experts_per_tok Fe=moe_intermediate_size Fs=shared_expert_intermediate_size Sg=1 "
 "Names='qwen_moe'",
 ""},
{"qwen3", "qwen2", "qwen3",
 "head_dim=128",
 "Qb=attention_bias|0 Ob=Qb Qkn='head'",
 ""},
{"qwen3_moe", "qwen2_moe", "qwen3_moe",
 "intermediate_size=6144 moe_intermediate_size=768 num_attention_heads=32 num_experts=128 "
 "num_experts_per_tok=8 num_key_value_heads=4",
 "Qb=attention_bias|0 Ob=Qb Qkn='head' Fs=0 Sg=0 Wd=0",
 ""},
{"qwen3_next", "qwen3_moe", "qwen3_next",
 "head_dim=256 intermediate_size=5632 linear_conv_kernel_dim=4 linear_key_head_dim=128 "
 "linear_num_key_heads=16 linear_num_value_heads=32 linear_value_head_dim=128 moe_intermediate_size=512 "
 "num_attention_heads=16 num_experts=512 num_experts_per_tok=10 num_hidden_layers=48 "
 "num_key_value_heads=2 shared_expert_intermediate_size=512",
 "Ln=layer_types?Lt='linear_attention':(I+1)%(full_attention_interval|4)>0 Mix=Ln?'delta':'attention' "
 "Gate=1 Fs=shared_expert_intermediate_size Sg=1 Rg=linear_num_key_heads Rs=linear_key_head_dim "
 "Rh=linear_num_value_heads Rd=linear_value_head_dim Rk=linear_conv_kernel_dim Rc=2*Rg*Rs+Rh*Rd "
 "partial_rotary_factor=0.25 Mtp=mtp_num_hidden_layers|num_nextn_predict_layers|0",
 ""},
{"qwen3_5_moe_text", "qwen3_next", "qwen3_5_moe_text",
 "num_experts=256 num_experts_per_tok=8 num_hidden_layers=40 vocab_size=248320",
 "Rsplit=1 Moe=1",
 ""},
{"qwen3_5_text", "qwen3_next", "qwen3_5_text",
 "hidden_size=4096 intermediate_size=12288 num_hidden_layers=32 num_key_value_heads=4 vocab_size=248320",
 "Rsplit=1 Moe=0",
 ""},
{"gemma", "llama", "gemma",
 "head_dim=256 hidden_act='gelu_pytorch_tanh' hidden_size=3072 intermediate_size=24576 "
 "max_position_embeddings=8192 num_attention_heads=16 num_hidden_layers=28 num_key_value_heads=16 "
 "tie_word_embeddings=1 vocab_size=256000",
 "Ob=Qb Mb=0 Scaled=1 Act=hidden_activation|hidden_act|'gelu_pytorch_tanh'",
 ""},
{"gemma2 vaultgemma_", "gemma", "gemma2",
 "hidden_activation='gelu_pytorch_tanh' hidden_size=2304 intermediate_size=9216 num_attention_heads=8 "
 "num_hidden_layers=26 num_key_value_heads=4 sliding_window=4096",
 "Norms=4 Wd=(I+1)%2?Sw:0",
 ""},
{"vaultgemma", "gemma2", "vaultgemma",
 "",
 "Norms=2",
 ""},
{"gemma3_text", "gemma2", "gemma3_text",
 "max_position_embeddings=131072 vocab_size=262208",
 "Qkn='head' Wd=(I+1)%(sliding_window_pattern|_sliding_window_pattern|6)?Sw:0",
 ""},
{"glm", "llama", "glm",
 "attention_bias=1 head_dim=128 intermediate_size=13696 max_position_embeddings=131072 "
 "num_hidden_layers=40 num_key_value_heads=2 vocab_size=151552",
 "Ob=0 Mb=0 Packup=1 partial_rotary_factor=0.5",
 ""},
{"glm4", "glm", "glm4",
 "",
 "Norms=4",
 ""},
{"cohere", "llama", "cohere",
 "hidden_size=8192 intermediate_size=22528 max_position_embeddings=8192 num_attention_heads=64 "
 "num_hidden_layers=40 tie_word_embeddings=1 use_qk_norm=0 vocab_size=256000",
 "Norm='layer-' Norms=1 Par=1 Mb=0 Qkn=use_qk_norm?'every-ln':'none'",
 ""},
{"cohere2", "cohere", "cohere2",
 "sliding_window=4096",
 "Qkn='none' Wd=(I+1)%(sliding_window_pattern|4)?Sw:0 Rope=Win>0",
 ""},
{"cohere2_moe", "cohere2", "cohere2_moe",
 "head_dim=128 num_experts=8 num_experts_per_tok=2 num_shared_experts=0 "
 "prefix_dense_sliding_window_pattern=1 sliding_window_pattern=4",
 "Fk=first_k_dense_replace|0 "
 "Wd=(Fk>I?(I+1)%(prefix_dense_sliding_window_pattern|1):(I-Fk+1)%sliding_window_pattern)?Sw:0 "
 "Moe=mlp_layer_types?mlp_layer_types@I='sparse':I+1>Fk "
 "F=prefix_dense_intermediate_size|intermediate_size Ne=num_experts Tk=num_experts_per_tok "
 "Fe=intermediate_size Fs=(num_shared_experts|0)*Fe",
 ""},
{"gpt2", "", "gpt2",
 "activation_function='gelu_new' attn_pdrop=0.1 embd_pdrop=0.1 n_embd=768 n_head=12 n_layer=12 "
 "n_positions=1024 resid_pdrop=0.1 tie_word_embeddings=1 vocab_size=50257",
 "hidden_size=n_embd num_hidden_layers=n_layer num_attention_heads=n_head "
 "max_position_embeddings=n_positions intermediate_size=n_inner|4*H P=max_position_embeddings Rope=0 "
 "Pack=1 Qb=1 Ob=1 Mb=1 Ffn='plain' Norm='layer' Act=activation_function|'gelu_new' Names='gpt2' "
 "Prefix='transformer.' Pe=embd_pdrop Pa=attn_pdrop Pr=resid_pdrop",
 ""},
{"gpt-sw3", "gpt2", "gpt_sw3",
 "",
 "",
 ""},
{"openai-gpt", "gpt2", "openai_gpt",
 "afn='gelu' n_positions=512 vocab_size=40478",
 "Fnorm='none' Act=afn",
 ""},
{"gpt_bigcode", "gpt2", "gpt_bigcode",
 "activation_function='gelu_pytorch_tanh' multi_query=1",
 "K=multi_query?1:A Names='gpt_bigcode'",
 ""},
{"gpt_neo", "gpt2", "gpt_neo",
 "attention_dropout=0 embed_dropout=0 hidden_size=2048 max_position_embeddings=2048 num_heads=16 "
 "num_layers=24 resid_dropout=0 window_size=256",
 "num_hidden_layers=num_layers num_attention_heads=num_heads intermediate_size=4*H Pack=0 Qb=0 "
 "Names='gpt_neo' Pat=attention_types@0@0 "
 "Wd=(attention_layers?attention_layers@I:(attention_types?Pat@(I%len(Pat)):(I%2?'local':'global')))='local'?window_size:0 "
 "Pe=embed_dropout Pa=attention_dropout Pr=resid_dropout",
 ""},
{"gptj", "gpt2", "gptj",
 "attn_pdrop=0 embd_pdrop=0 n_embd=4096 n_head=16 n_layer=28 n_positions=2048 resid_pdrop=0 rotary_dim=64 "
 "vocab_size=50400 tie_word_embeddings=0",
 "P=0 Rope=1 Rot=rotary_dim|D Pack=0 Qb=0 Ob=0 Hb=1 Norms=1 Par=1 Names='gptj'",
 ""},
{"codegen", "gptj", "codegen",
 "",
 "Pack=1",
 ""},
{"gpt_neox", "", "gpt_neox",
 "attention_bias=1 attention_dropout=0 hidden_act='gelu' hidden_dropout=0 hidden_size=6144 "
 "intermediate_size=24576 max_position_embeddings=2048 num_attention_heads=64 num_hidden_layers=44 "
 "use_parallel_residual=1 vocab_size=50432",
 "Pack=1 Qb=attention_bias|1 Ob=Qb Mb=1 Ffn='plain' Norm='layer' Par=use_parallel_residual "
 "Rf=rotary_pct|rope_parameters.partial_rotary_factor|0.25 Names='gpt_neox' Prefix='gpt_neox.' "
 "Pe=hidden_dropout|0 Pr=hidden_dropout|0",
 ""},
{"bloom", "", "bloom",
 "attention_dropout=0 hidden_dropout=0 hidden_size=64 n_head=8 n_layer=2 tie_word_embeddings=1 "
 "vocab_size=250880",
 "hidden_size=n_embed num_hidden_layers=n_layer num_attention_heads=n_head|num_attention_heads "
 "intermediate_size=4*H Pack=1 Qb=1 Ob=1 Mb=1 Ffn='plain' Act='gelu' Norm='layer' En=1 Rope=0 "
 "Names='bloom' Prefix='transformer.' Pr=hidden_dropout|0",
 ""},
{"opt", "", "opt",
 "_remove_final_layer_norm=0 activation_function='relu' attention_dropout=0 do_layer_norm_before=1 "
 "dropout=0.1 enable_bias=1 ffn_dim=3072 hidden_size=768 layer_norm_elementwise_affine=1 "
 "max_position_embeddings=2048 num_attention_heads=12 num_hidden_layers=12 tie_word_embeddings=1 "
 "vocab_size=50272",
 "intermediate_size=ffn_dim P=max_position_embeddings+2 E=word_embed_proj_dim|H Proj=!(E=H) "
 "Qb=enable_bias|1 Ob=Qb Mb=Qb Ffn='plain' Act=activation_function|'relu' Rope=0 "
 "Norm=(layer_norm_elementwise_affine|1)?'layer':'bare' "
 "Fnorm=(do_layer_norm_before|1)&!_remove_final_layer_norm?Norm:'none' Names='opt' "
 "Prefix='model.decoder.' Pe=dropout Pr=dropout",
 "project_in?Proj:H,E project_out?Proj:E,H"},
{"falcon RefinedWeb RefinedWebModel", "", "falcon",
 "activation='gelu' alibi=0 attention_dropout=0 bias=0 hidden_dropout=0 hidden_size=4544 "
 "max_position_embeddings=2048 multi_query=1 new_decoder_architecture=0 num_attention_heads=71 "
 "num_hidden_layers=32 parallel_attn=1 tie_word_embeddings=1 vocab_size=65024",
 "num_hidden_layers=n_layer num_attention_heads=n_head num_kv_heads=n_head_kv "
 "K=new_decoder_architecture||!multi_query?num_kv_heads|A:1 Pack=1 Qb=bias|0 Ob=Qb Mb=Qb "
 "intermediate_size=ffn_hidden_size|4*H Ffn='plain' Act=activation|'gelu' Norm='layer' "
 "Par=new_decoder_architecture||parallel_attn "
 "Norms=new_decoder_architecture?(num_ln_in_parallel_attn|2):2-parallel_attn Rope=!alibi "
 "Names=new_decoder_architecture?'falcon':'falcon_old' Prefix='transformer.' Pr=hidden_dropout|0",
 ""},
{"mpt", "", "mpt",
 "d_model=2048 expansion_ratio=4 max_seq_len=2048 n_heads=16 n_layers=24 resid_pdrop=0 "
 "tie_word_embeddings=1 vocab_size=50368",
 "hidden_size=d_model num_hidden_layers=n_layers num_attention_heads=n_heads "
 "max_position_embeddings=max_seq_len K=attn_config.kv_n_heads|A intermediate_size=int(expansion_ratio*H) "
 "Pack=1 Ffn='plain' Act='gelu' Norm='layer-' Rope=0 Names='mpt' Prefix='transformer.' "
 "Pa=attn_config.attn_pdrop|0 Pr=resid_pdrop|0",
 ""},
{"dbrx", "mpt", "dbrx",
 "vocab_size=32000 tie_word_embeddings=0",
 "K=attn_config.kv_n_heads|1 Ffn='gated' Act='silu' intermediate_size=0 Rope=1 Moe=1 "
 "Ne=ffn_config.moe_num_experts|4 Tk=ffn_config.moe_top_k|1 Fe=ffn_config.ffn_hidden_size|3584 "
 "Names='dbrx'",
 ""},
{"deepseek", "llama", "hf:deepseek-ai/deepseek-moe-16b-base",
 "",
 "Moe=I+1>first_k_dense_replace&I%(moe_layer_freq|1)=0 Ne=n_routed_experts Tk=num_experts_per_tok "
 "Fe=moe_intermediate_size Fs=(n_shared_experts|0)*Fe first_k_dense_replace=0",
 ""},
{"deepseek_v2", "llama", "deepseek_v2",
 "first_k_dense_replace=0 kv_lora_rank=512 moe_intermediate_size=1407 n_routed_experts=64 "
 "n_shared_experts=2 q_lora_rank=1536 qk_nope_head_dim=128 qk_rope_head_dim=64 v_head_dim=128",
 "n_routed_experts=num_experts Qb=0 Ob=attention_bias|0 Mlab=attention_bias|0 Mla=1 D=Dn+Dr Vd=v_head_dim "
 "Moe=mlp_layer_types?mlp_layer_types@I='sparse':I+1>first_k_dense_replace&(len(moe_layer_freq)?moe_layer_freq@I:I%(moe_layer_freq|1)=0) "
 "Ne=n_routed_experts|0 Tk=num_experts_per_tok|0 Fe=moe_intermediate_size Fs=(n_shared_experts|0)*Fe",
 ""},
{"deepseek_v3 kimi_k2", "deepseek_v2", "deepseek_v3",
 "first_k_dense_replace=3 hidden_size=7168 intermediate_size=18432 max_position_embeddings=4096 "
 "moe_intermediate_size=2048 n_routed_experts=256 n_shared_experts=1 num_attention_heads=128 "
 "num_experts_per_tok=8 num_hidden_layers=61 num_key_value_heads=128 num_mtp_layers=1 vocab_size=129280",
 "Corr=1 Mtp=num_nextn_predict_layers|num_mtp_layers|0",
 ""},
{"deepseek_v32", "deepseek_v3", "deepseek_v32",
 "index_head_dim=128 index_n_heads=64 max_position_embeddings=163840",
 "Ia=index_n_heads Id=index_head_dim num_nextn_predict_layers=0",
 ""},
{"glm_moe_dsa", "deepseek_v32", "glm_moe_dsa",
 "hidden_size=6144 index_n_heads=32 intermediate_size=12288 max_position_embeddings=202752 "
 "num_attention_heads=64 num_hidden_layers=78 num_key_value_heads=64 q_lora_rank=2048 "
 "qk_nope_head_dim=192 v_head_dim=256 vocab_size=154880",
 "Ifreq=max(index_topk_freq|1,1) "
 "Iful=indexer_types?indexer_types@I='full':(index_topk_pattern?index_topk_pattern@I='F':max(I-(index_skip_topk_offset|2)+1,0)%Ifreq=0) "
 "Ia=Iful?index_n_heads:0 Id=Iful?index_head_dim:0",
 ""},
{"glm4_moe_lite", "deepseek_v3", "glm4_moe_lite",
 "hidden_size=2048 intermediate_size=10240 max_position_embeddings=202752 moe_intermediate_size=1536 "
 "n_routed_experts=64 num_attention_heads=20 num_experts_per_tok=4 num_hidden_layers=47 "
 "num_key_value_heads=20 q_lora_rank=768 qk_nope_head_dim=192 v_head_dim=256 vocab_size=154880",
 "first_k_dense_replace=1 num_nextn_predict_layers=0",
 ""},
{"mistral4", "deepseek_v3", "mistral4",
 "first_k_dense_replace=0 hidden_size=4096 intermediate_size=12288 kv_lora_rank=256 "
 "max_position_embeddings=1048576 n_routed_experts=128 num_attention_heads=32 num_experts_per_tok=4 "
 "num_hidden_layers=36 num_key_value_heads=32 q_lora_rank=1024 qk_nope_head_dim=64 vocab_size=131072",
 "Corr=0 Mtp=0",
 ""},
{"youtu", "deepseek_v3", "youtu",
 "hidden_size=2048 intermediate_size=6144 max_position_embeddings=131072 num_attention_heads=16 "
 "num_hidden_layers=32 num_key_value_heads=16 tie_word_embeddings=1 vocab_size=128256",
 "Moe=0 Mtp=0",
 ""},
{"minicpm3", "deepseek_v3", "minicpm3",
 "hidden_size=2560 intermediate_size=6400 kv_lora_rank=256 max_position_embeddings=32768 "
 "num_attention_heads=40 num_hidden_layers=62 num_key_value_heads=40 q_lora_rank=768 qk_nope_head_dim=64 "
 "qk_rope_head_dim=32 tie_word_embeddings=1 vocab_size=73448",
 "Moe=0 Mtp=0 Vd=v_head_dim|exact(H,A)",
 ""},
{"glm4_moe", "deepseek_v3", "glm4_moe",
 "first_k_dense_replace=1 hidden_size=4096 intermediate_size=10944 max_position_embeddings=131072 "
 "moe_intermediate_size=1408 n_routed_experts=128 num_attention_heads=96 num_hidden_layers=46 "
 "num_key_value_heads=8 use_qk_norm=0 vocab_size=151552",
 "Mla=0 Qb=attention_bias|0 Ob=0 D=head_dim|exact(H,A) Vd=D Qkn=use_qk_norm?'head':'none' "
 "partial_rotary_factor=0.5",
 ""},
{"hy_v3", "glm4_moe", "hy_v3",
 "head_dim=128 intermediate_size=13312 moe_intermediate_size=1536 num_attention_heads=64 num_experts=192 "
 "num_hidden_layers=80 num_shared_experts=1 vocab_size=120832",
 "Ob=Qb Mb=mlp_bias Qkn='head' first_k_dense_replace=1 n_routed_experts=num_experts "
 "n_shared_experts=num_shared_experts Mtp=0 partial_rotary_factor=1",
 ""},
{"llama4_text", "llama", "llama4_text",
 "attention_chunk_size=8192 head_dim=128 hidden_size=5120 interleave_moe_layer_step=1 "
 "intermediate_size=8192 intermediate_size_mlp=16384 max_position_embeddings=131072 "
 "no_rope_layer_interval=4 num_attention_heads=40 num_experts_per_tok=1 num_hidden_layers=48 "
 "num_key_value_heads=8 num_local_experts=16 use_qk_norm=1 vocab_size=202048",
 "Mb=0 intermediate_size=8192 F=intermediate_size_mlp "
 "Moe=moe_layers?moe_layers#I:(I+1)%interleave_moe_layer_step=0 Ne=num_local_experts "
 "Tk=num_experts_per_tok Fe=intermediate_size Fs=Fe Qkn=use_qk_norm?'bare':'none' "
 "Nr=no_rope_layers?no_rope_layers@I:(I+1)%no_rope_layer_interval>0 "
 "Chunk=(layer_types?Lt='chunked_attention':Nr)?attention_chunk_size|0:0 Rope=Nr Names='llama4'",
 ""},
{"ernie4_5", "llama", "ernie4_5",
 "head_dim=128 hidden_size=1024 intermediate_size=3072 max_position_embeddings=131072 "
 "num_attention_heads=16 num_hidden_layers=18 num_key_value_heads=2 tie_word_embeddings=1 use_bias=0 "
 "vocab_size=103424",
 "Qb=use_bias Ob=Qb Mb=Qb",
 ""},
{"ernie4_5_moe", "ernie4_5", "ernie4_5_moe",
 "hidden_size=2560 intermediate_size=12288 moe_intermediate_size=1536 moe_k=6 moe_layer_end_index=-1 "
 "moe_layer_interval=1 moe_layer_start_index=1 moe_num_experts=64 moe_num_shared_experts=2 "
 "num_attention_heads=20 num_hidden_layers=28 num_key_value_heads=4",
 "moe_num_experts=num_experts|num_local_experts moe_k=num_experts_per_tok Me=moe_layer_end_index "
 "Moe=Ne>0&(I+1)%moe_layer_interval=0&I+1>moe_layer_start_index&(0>Me||Me+1>I) Ne=moe_num_experts "
 "Tk=moe_k Fe=moe_intermediate_size Fs=(moe_num_shared_experts|0)*Fe Corr=moe_use_aux_free|1 Corrt=1",
 ""},
{"mamba", "", "mamba",
 "conv_kernel=4 expand=2 hidden_act='silu' hidden_size=768 num_hidden_layers=32 state_size=16 "
 "tie_word_embeddings=1 time_step_rank='auto' use_bias=0 use_conv_bias=1 vocab_size=50280",
 "Mix='mamba1' A=0 K=0 D=0 Rot=0 Ffn='none' Norms=1 intermediate_size=expand*H Ri=intermediate_size "
 "Rs=state_size Rt=time_step_rank='auto'?ceil(H,16):time_step_rank Rk=conv_kernel Rcb=use_conv_bias "
 "Rpb=use_bias Names='mamba' Prefix='backbone.'",
 ""},
{"falcon_mamba", "mamba", "falcon_mamba",
 "",
 "",
 ""},
{"mamba2", "mamba", "mamba2",
 "head_dim=64 hidden_size=4096 n_groups=8 num_heads=128 num_hidden_layers=64 state_size=128 "
 "vocab_size=32768 tie_word_embeddings=0",
 "Mix='mamba2' Rh=num_heads Rd=head_dim Ri=Rh*Rd Rg=n_groups Rn=1 Rc=Ri+2*Rg*Rs",
 ""},
{"nemotron_h", "", "nemotron_h",
 "attention_bias=0 attention_dropout=0 conv_kernel=4 head_dim=128 hidden_size=4096 "
 "intermediate_size=21504 mamba_head_dim=64 mamba_num_heads=128 mamba_proj_bias=0 "
 "max_position_embeddings=4096 mlp_bias=0 mlp_hidden_act='relu2' moe_intermediate_size=7688 "
 "moe_shared_expert_intermediate_size=7688 n_groups=8 n_routed_experts=8 n_shared_experts=1 "
 "num_attention_heads=32 num_experts_per_tok=2 num_key_value_heads=8 ssm_state_size=128 use_bias=0 "
 "use_conv_bias=1 vocab_size=131072",
 "Pat=hybrid_override_pattern Blk=layers_block_type|layer_types L=Pat?len(Pat):(Blk?len(Blk):4) Typed=0 "
 "Pc=Pat?Pat@I:(Blk?Blk@I:(I=0?'M':I=1?'E':I=2?'*':'-')) Ism=Pc='M'||Pc='mamba'||Pc='linear_attention' "
 "Isa=Pc='*'||Pc='attention'||Pc='full_attention' Ise=Pc='E'||Pc='moe' Isd=Pc='-'||Pc='mlp' "
 "Mix=Ism?'mamba2':Isa?'attention':'none' Ffn=Ise||Isd?'plain':'none' Moe=Ise "
 "D=head_dim|attention_head_dim Qb=attention_bias|0 Ob=Qb Mb=mlp_bias|0 Act=mlp_hidden_act Norms=1 Rope=0 "
 "Rh=mamba_num_heads Rd=mamba_head_dim Ri=Rh*Rd Rg=mamba_n_groups|n_groups Rs=ssm_state_size "
 "Rk=mamba_d_conv|conv_kernel Rcb=mamba_conv_bias|use_conv_bias Rpb=mamba_proj_bias|use_bias|0 Rn=1 "
 "Rc=Ri+2*Rg*Rs Ne=n_routed_experts Tk=num_experts_per_tok Fe=moe_intermediate_size "
 "Fs=(n_shared_experts|0)*moe_shared_expert_intermediate_size Lat=moe_latent_size|0 Corr=1 "
 "Names='nemotron_h' Prefix='backbone.'",
 ""},
{"jamba", "", "jamba",
 "attention_dropout=0 attn_layer_offset=4 attn_layer_period=8 expert_layer_offset=1 expert_layer_period=2 "
 "hidden_act='silu' hidden_size=4096 intermediate_size=14336 mamba_conv_bias=1 mamba_d_conv=4 "
 "mamba_d_state=16 mamba_dt_rank='auto' mamba_expand=2 mamba_proj_bias=0 max_position_embeddings=262144 "
 "num_attention_heads=32 num_experts=16 num_experts_per_tok=2 num_hidden_layers=32 num_key_value_heads=8 "
 "vocab_size=65536",
 "num_experts=num_local_experts Mix=I%attn_layer_period=attn_layer_offset?'attention':'mamba1' Rope=0 "
 "Ri=mamba_expand*H Rs=mamba_d_state Rt=mamba_dt_rank='auto'?ceil(H,16):mamba_dt_rank Rk=mamba_d_conv "
 "Rcb=mamba_conv_bias Rpb=mamba_proj_bias Rn=1 Moe=Ne>1&I%expert_layer_period=expert_layer_offset "
 "Ne=num_experts Tk=num_experts_per_tok Fe=F Names='hybrid'",
 ""},
{"bamba", "", "bamba",
 "attention_bias=0 attention_dropout=0 hidden_act='silu' hidden_size=4096 intermediate_size=14336 "
 "mamba_conv_bias=1 mamba_d_conv=4 mamba_d_head='auto' mamba_d_state=256 mamba_expand=2 mamba_n_groups=1 "
 "mamba_n_heads=128 mamba_proj_bias=0 max_position_embeddings=262144 mlp_bias=0 num_attention_heads=32 "
 "num_hidden_layers=32 num_key_value_heads=8 vocab_size=128000",
 "Blk=layers_block_type|layer_types "
 "Mix=(Blk?Blk@I='attention'||Blk@I='full_attention':attn_layer_indices#I)?'attention':'mamba2' Typed=0 "
 "Qb=attention_bias|0 Ob=Qb Mb=mlp_bias|0 Rh=mamba_n_heads "
 "Rd=mamba_d_head='auto'?mamba_expand*H/Rh:mamba_d_head Ri=mamba_expand*H Rg=mamba_n_groups "
 "Rs=mamba_d_state Rk=mamba_d_conv Rcb=mamba_conv_bias Rpb=mamba_proj_bias Rn=1 Rc=Ri+2*Rg*Rs "
 "Names='hybrid' partial_rotary_factor=0.5",
 ""},
{"granitemoehybrid", "bamba", "granitemoehybrid",
 "intermediate_size=11008 max_position_embeddings=2048 num_experts_per_tok=2 num_local_experts=8 "
 "shared_intermediate_size=1024 vocab_size=32000",
 "Blk=layer_types|layers_block_type Mb=0 Moe=num_local_experts>0 F=shared_intermediate_size "
 "Fs=shared_intermediate_size Ne=num_local_experts Tk=num_experts_per_tok Fe=intermediate_size "
 "Rope=position_embedding_type='rope' Packup=1 Names='granite_hybrid' partial_rotary_factor=1",
 ""},
{"falcon_h1", "bamba", "falcon_h1",
 "mamba_d_ssm=1024 mamba_rms_norm=0 max_position_embeddings=8192 projectors_bias=0",
 "Mix='mamba2' Both=1 Ri=mamba_d_ssm|Rh*Rd "
 "Rd=mamba_d_head='auto'?exact(mamba_d_ssm|mamba_expand*H,Rh):mamba_d_head Rn=mamba_rms_norm "
 "Rpb=mamba_proj_bias||projectors_bias partial_rotary_factor=1",
 ""},
{"lfm2", "", "lfm2",
 "block_auto_adjust_ff_dim=1 block_ffn_dim_multiplier=1 block_multiple_of=256 conv_L_cache=3 conv_bias=0 "
 "hidden_size=2560 intermediate_size=12288 max_position_embeddings=128000 num_attention_heads=32 "
 "num_hidden_layers=32 num_key_value_heads=8 tie_word_embeddings=1 vocab_size=65536",
 "Mix=(layer_types?Lt='full_attention':!full_attn_idxs||full_attn_idxs#I)?'attention':'conv' "
 "Ff=block_ff_dim|intermediate_size "
 "F=block_auto_adjust_ff_dim?up(int(block_ffn_dim_multiplier*(2*Ff/3)),block_multiple_of):Ff Qkn='head' "
 "Ri=H Rk=conv_L_cache Rcb=conv_bias Rpb=conv_bias Tied=tie_embedding|tie_word_embeddings Names='lfm2'",
 ""},
{"lfm2_moe", "lfm2", "lfm2_moe",
 "hidden_size=2048 intermediate_size=7168 moe_intermediate_size=1792 num_dense_layers=2 num_experts=32 "
 "num_experts_per_tok=4 use_expert_bias=1",
 "F=intermediate_size Moe=I+1>num_dense_layers Ne=num_experts Tk=num_experts_per_tok "
 "Fe=moe_intermediate_size Corr=use_expert_bias",
 ""},
{"laguna", "glm4_moe", "laguna",
 "gating=1 head_dim=128 hidden_size=2048 intermediate_size=8192 moe_intermediate_size=512 "
 "num_attention_heads=48 num_experts=256 num_hidden_layers=40 shared_expert_intermediate_size=512 "
 "sliding_window=512 vocab_size=100352",
 "Hl=num_attention_heads_per_layer A=Hl?Hl@I:num_attention_heads Qkn='head' Ob=Qb Gw=gating?A:0 "
 "D=head_dim n_routed_experts=num_experts first_k_dense_replace=1 Fs=shared_expert_intermediate_size "
 "Corrt=1 Mtp=0 partial_rotary_factor=1",
 ""},
{"olmo_hybrid", "olmo2", "olmo_hybrid",
 "hidden_size=3840 linear_conv_kernel_dim=4 max_position_embeddings=65536 num_attention_heads=30 "
 "vocab_size=100352",
 "Ln=layer_types?Lt='linear_attention':(I+1)%4>0 Mix=Ln?'delta':'attention' Rsplit=1 "
 "Rg=linear_num_key_heads|A Rh=linear_num_value_heads|A Rs=linear_key_head_dim|int(0.75*(H/A)) "
 "Rd=linear_value_head_dim|2*Rs Rk=linear_conv_kernel_dim Rc=2*Rg*Rs+Rh*Rd",
 ""},
{"mimo_v2_flash", "", "mimo_v2_flash",
 "attention_bias=0 attention_dropout=0 head_dim=192 hidden_act='silu' hidden_size=4096 "
 "intermediate_size=16384 max_position_embeddings=131072 moe_intermediate_size=2048 n_routed_experts=256 "
 "num_attention_heads=64 num_experts_per_tok=8 num_hidden_layers=48 num_key_value_heads=4 "
 "sliding_window=128 v_head_dim=128 vocab_size=152576",
 "n_routed_experts=num_local_experts "
 "Slid=layer_types?Lt='sliding_attention':(hybrid_layer_pattern?hybrid_layer_pattern@I:!(I=0)&(I+1)%6>0) "
 "Win=Slid?sliding_window|sliding_window_size:0 "
 "K=Slid?swa_num_key_value_heads|2*num_key_value_heads:num_key_value_heads "
 "A=Slid?swa_num_attention_heads|num_attention_heads:num_attention_heads "
 "D=Slid?swa_head_dim|head_dim:head_dim Vd=Slid?swa_v_head_dim|v_head_dim:v_head_dim "
 "Sinks=Slid?add_swa_attention_sink_bias|1:add_full_attention_sink_bias|0 Qb=attention_bias|0 Ob=0 "
 "Moe=mlp_layer_types?mlp_layer_types@I='sparse':(moe_layer_freq?moe_layer_freq@I:I>0) "
 "Ne=n_routed_experts Tk=num_experts_per_tok Fe=moe_intermediate_size Fs=(n_shared_experts|0)*Fe Corr=1",
 ""},
{"qwen", "", "hf:Qwen/Qwen-7B",
 "",
 "hidden_size=n_embd num_hidden_layers=n_layer num_attention_heads=n_head "
 "intermediate_size=ffn_hidden_size max_position_embeddings=seq_length|n_positions "
 "D=kv_channels|exact(H,A) Pack=1 Qb=1 Ob=!(no_bias|1) Mb=Ob F=intermediate_size/2 Names='qwen' "
 "Prefix='transformer.' Pe=emb_dropout_prob|0 Pa=attn_dropout_prob|0",
 ""},
{"internlm", "llama", "hf:internlm/internlm-chat-7b",
 "",
 "Qb=bias|1 Ob=Qb",
 ""},
{"internlm2", "llama", "hf:internlm/internlm2-chat-7b",
 "",
 "Qb=bias|0 Ob=Qb Pack=1 Names='internlm2'",
 ""},
{"baichuan", "llama", "hf:baichuan-inc/Baichuan2-7B-Chat",
 "",
 "Qb=0 Pack=1 Maxpos=max_position_embeddings|model_max_length|0 Names='baichuan'",
 ""},
{"orion", "llama", "hf:OrionStarAI/Orion-14B-Base",
 "",
 "Norm='layer'",
 ""},
{"minicpm", "llama", "hf:openbmb/MiniCPM-2B-sft-bf16",
 "",
 "tie_word_embeddings=1 Moe=(num_experts|0)>0 Ne=num_experts|0 Tk=num_experts_per_tok|0 Fe=F "
 "Names=Moe?'llama_moe':'llama'",
 ""},
{"chatglm", "", "hf:THUDM/chatglm2-6b",
 "",
 "num_hidden_layers=num_layers vocab_size=padded_vocab_size intermediate_size=ffn_hidden_size "
 "max_position_embeddings=seq_length K=multi_query_attention?multi_query_group_num:A "
 "D=kv_channels|exact(H,A) Pack=1 Packup=1 Qb=add_qkv_bias|add_bias_linear|0 Ob=add_bias_linear|0 Mb=Ob "
 "Rf=0.5 Norm=rmsnorm|1?'rms':'layer' Fnorm=(post_layer_norm|1)?Norm:'none' Tied=0 Names='chatglm' "
 "Prefix='transformer.' Pa=attention_dropout|0 Pr=hidden_dropout|0",
 ""},
{"nemotron-nas", "llama", "hf:nvidia/Llama-3_3-Nemotron-Super-49B-v1",
 "",
 "B=block_configs@I K=B.attention.n_heads_in_group?exact(A,B.attention.n_heads_in_group):0 "
 "Mix=B.attention.no_op?'none':B.attention.replace_with_linear?'linear':'attention' "
 "Ffn=B.ffn.no_op?'none':'gated' Fm=B.ffn.ffn_mult F=B.ffn.intermediate_size|up(int(2*Fm*H/3),256) "
 "Norms=!(Mix='none')+!(Ffn='none')",
 ""},
{"bert", "", "bert",
 "attention_probs_dropout_prob=0.1 hidden_act='gelu' hidden_dropout_prob=0.1 hidden_size=768 "
 "intermediate_size=3072 is_decoder=0 max_position_embeddings=512 num_attention_heads=12 "
 "num_hidden_layers=12 tie_word_embeddings=1 type_vocab_size=2 vocab_size=30522",
 "P=max_position_embeddings Tt=type_vocab_size Rope=0 Qb=1 Ob=1 Mb=1 Ffn='plain' Act=hidden_act|'gelu' "
 "Norm='layer' Fnorm='none' En=1 Names='bert' Arch=architectures@0|'' Prefix=Arch$'Model'?'':'bert.' "
 "Decoder=is_decoder|0 Typed=0 Pe=hidden_dropout_prob Pa=attention_probs_dropout_prob "
 "Pr=hidden_dropout_prob Mlm=Arch$'ForMaskedLM'||Arch$'LMHeadModel'||Arch$'ForCausalLM'||Pre Head=Mlm "
 "Hb=1 Cls=Arch$'ForSequenceClassification'||Arch$'ForImageClassification' "
 "Tok=Arch$'ForTokenClassification' Qa=Arch$'ForQuestionAnswering' Mc=Arch$'ForMultipleChoice' "
 "Nl=num_labels|(id2label?len(id2label):2) Pre=Arch$'ForPreTraining' "
 "Pool=Arch$'Model'||Cls||Pre||Mc||Arch=''",
 "pooler.dense?Pool+:H,H /cls.predictions.transform.dense?Mlm+:H,H "
 "/cls.predictions.transform.LayerNorm?Mlm+:H /cls.seq_relationship?Pre+:2,H /classifier?Cls+:Nl,H "
 "/classifier?Tok+:Nl,H /qa_outputs?Qa+:2,H /classifier?Mc+:1,H"},
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
