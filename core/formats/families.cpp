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
 "Pa=attention_dropout|0 Pr=0 Pf=0 Decoder=1 Typed=1 Mtp=0 Text='' Textfamily='' Textprefix='' Cross=0 "
 "Vx=0 Encoder='' Enconly=0 Lapart=0 Listed=0 Partial=0",
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
{"gemma2", "gemma", "gemma2",
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
 "mamba_rms_norm=0 max_position_embeddings=8192 projectors_bias=0",
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
 "Norm='layer' Fnorm='none' En=1 Names='bert' Arch=architectures@0|'' Bare=Arch$'Model'||Arch='' "
 "Prefix=Bare?'':'bert.' Decoder=is_decoder|0 Typed=0 Pe=hidden_dropout_prob "
 "Pa=attention_probs_dropout_prob Pr=hidden_dropout_prob "
 "Mlm=Arch$'ForMaskedLM'||Arch$'LMHeadModel'||Arch$'ForCausalLM'||Pre Head=Mlm Hb=1 "
 "Cls=Arch$'ForSequenceClassification'||Arch$'ForImageClassification' Tok=Arch$'ForTokenClassification' "
 "Qa=Arch$'ForQuestionAnswering' Mc=Arch$'ForMultipleChoice' Nl=num_labels|(id2label?len(id2label):2) "
 "Pre=Arch$'ForPreTraining' Pool=Bare||Cls||Pre||Mc",
 "pooler.dense?Pool+:H,H /cls.predictions.transform.dense?Mlm+:H,H "
 "/cls.predictions.transform.LayerNorm?Mlm+:H /cls.seq_relationship?Pre+:2,H /classifier?Cls+:Nl,H "
 "/classifier?Tok+:Nl,H /qa_outputs?Qa+:2,H /classifier?Mc+:1,H"},
{"nested", "", "auto",
 "",
 "Text='text_config' Textfamily='llama' Tied=tie_word_embeddings|text.Tied "
 "Textprefix='model.language_model.'",
 ""},
{"vision", "", "auto",
 "",
 "Np=image_size@0/patch_size@0*(image_size@1/patch_size@1) Cin=num_channels Ps=patch_size@0",
 ""},
{"clip_vision_model", "vision", "clip",
 "attention_dropout=0 hidden_act='quick_gelu' hidden_size=768 image_size=224 intermediate_size=3072 "
 "num_attention_heads=12 num_channels=3 num_hidden_layers=12 patch_size=32",
 "",
 "embeddings.class_embedding:H embeddings.patch_embedding:H,Cin,Ps,Ps "
 "embeddings.position_embedding:Np+1,H pre_layrnorm+:H "
 "encoder.layers[L](self_attn.{k_proj,v_proj,q_proj,out_proj}+:H,H layer_norm1+:H mlp.fc1+:F,H "
 "mlp.fc2+:H,F layer_norm2+:H) post_layernorm+:H"},
{"siglip_vision_model", "vision", "siglip",
 "attention_dropout=0 hidden_act='gelu_pytorch_tanh' hidden_size=768 image_size=224 "
 "intermediate_size=3072 num_attention_heads=12 num_channels=3 num_hidden_layers=12 patch_size=16",
 "Pool=vision_use_head~1",
 "embeddings.patch_embedding+:H,Cin,Ps,Ps embeddings.position_embedding:Np,H "
 "encoder.layers[L](self_attn.{k_proj,v_proj,q_proj,out_proj}+:H,H layer_norm1+:H mlp.fc1+:F,H "
 "mlp.fc2+:H,F layer_norm2+:H) post_layernorm+:H head?Pool(probe:1,1,H attention.in_proj+:3*H,H "
 "attention.out_proj+:H,H layernorm+:H mlp.fc1+:F,H mlp.fc2+:H,F)"},
{"siglip2_vision_model", "siglip_vision_model", "siglip2",
 "num_patches=256",
 "",
 "embeddings.patch_embedding+:H,Cin*Ps*Ps embeddings.position_embedding:num_patches,H "
 "encoder.layers[L](self_attn.{k_proj,v_proj,q_proj,out_proj}+:H,H layer_norm1+:H mlp.fc1+:F,H "
 "mlp.fc2+:H,F layer_norm2+:H) post_layernorm+:H head?Pool(probe:1,1,H attention.in_proj+:3*H,H "
 "attention.out_proj+:H,H layernorm+:H mlp.fc1+:F,H mlp.fc2+:H,F)"},
{"pixtral", "vision", "pixtral",
 "attention_dropout=0 hidden_act='gelu' hidden_size=1024 image_size=1024 intermediate_size=4096 "
 "num_attention_heads=16 num_channels=3 num_hidden_layers=24 patch_size=16",
 "",
 "patch_conv:H,Cin,Ps,Ps ln_pre:H transformer.layers[L](attention_norm:H "
 "feed_forward.{gate_proj,up_proj}:F,H feed_forward.down_proj:H,F "
 "attention.{k_proj,v_proj,q_proj,o_proj}:H,H ffn_norm:H)"},
{"clip_text_model", "", "clip",
 "attention_dropout=0 hidden_act='quick_gelu' hidden_size=512 intermediate_size=2048 "
 "max_position_embeddings=77 num_attention_heads=8 num_hidden_layers=12 vocab_size=49408",
 "Qb=1 Ob=1 Mb=1 Ffn='plain' Norm='layer' Rope=0 P=max_position_embeddings Head=0 Names='clip_text' "
 "Prefix='text_model.'",
 ""},
{"siglip_text_model", "clip_text_model", "siglip",
 "hidden_act='gelu_pytorch_tanh' hidden_size=768 intermediate_size=3072 max_position_embeddings=64 "
 "num_attention_heads=12 vocab_size=32000",
 "Projs=projection_size|H",
 "head+:Projs,H"},
{"clip", "nested", "clip",
 "projection_dim=512",
 "Textfamily='clip_text_model' Textprefix='text_model.' Tied=1 Pd=projection_dim|512",
 "logit_scale:1 vision_model<vision_config:clip_vision_model> visual_projection:Pd,vision_config.H "
 "text_projection:Pd,text.H"},
{"siglip", "nested", "siglip",
 "",
 "Textfamily='siglip_text_model' Textprefix='text_model.' Tied=1",
 "logit_scale:1 logit_bias:1 vision_model<vision_config:siglip_vision_model>"},
{"llava", "nested", "llava",
 "multimodal_projector_bias=1 vision_feature_layer=-2",
 "Vh=len(vision_feature_layer)?vision_config.H*len(vision_feature_layer):vision_config.H "
 "Pb=multimodal_projector_bias",
 "model.vision_tower<vision_config:clip_vision_model> model.multi_modal_projector.linear_1+Pb:text.H,Vh "
 "model.multi_modal_projector.linear_2+Pb:text.H,text.H"},
{"llava_next", "llava", "llava_next",
 "",
 "",
 "model.vision_tower<vision_config:clip_vision_model> model.multi_modal_projector.linear_1+Pb:text.H,Vh "
 "model.multi_modal_projector.linear_2+Pb:text.H,text.H model.image_newline:text.H"},
{"llava_next_video", "llava_next", "llava_next_video",
 "",
 "",
 ""},
{"llava_onevision", "llava_next", "llava_onevision",
 "vision_feature_layer=-1",
 "Textfamily='qwen2'",
 "model.vision_tower<vision_config:siglip_vision_model> model.multi_modal_projector.linear_1+Pb:text.H,Vh "
 "model.multi_modal_projector.linear_2+Pb:text.H,text.H model.image_newline:text.H"},
{"mistral3", "llava", "mistral3",
 "multimodal_projector_bias=0 spatial_merge_size=2 tie_word_embeddings=1 vision_feature_layer=-1",
 "Textfamily='mistral' Sm=spatial_merge_size*spatial_merge_size",
 "model.vision_tower<vision_config:pixtral> model.multi_modal_projector.norm:vision_config.H "
 "model.multi_modal_projector.patch_merger.merging_layer:vision_config.H,Sm*vision_config.H "
 "model.multi_modal_projector.linear_1+Pb:text.H,Vh model.multi_modal_projector.linear_2+Pb:text.H,text.H"},
{"gemma3", "nested", "gemma3",
 "tie_word_embeddings=1",
 "Textfamily='gemma3_text'",
 "model.vision_tower<vision_config:siglip_vision_model> "
 "model.multi_modal_projector.mm_input_projection_weight:vision_config.H,text.H "
 "model.multi_modal_projector.mm_soft_emb_norm:vision_config.H"},
{"paligemma", "nested", "paligemma",
 "hidden_size=2048 projection_dim=2048 tie_word_embeddings=1 vocab_size=257152",
 "Textfamily='gemma' Pj=projection_dim|text.H",
 "model.vision_tower<vision_config:siglip_vision_model> "
 "model.multi_modal_projector.linear+:Pj,vision_config.H"},
{"qwen2_vl_vision", "vision", "qwen2_vl",
 "depth=32 embed_dim=1280 hidden_act='quick_gelu' hidden_size=3584 in_channels=3 mlp_ratio=4 "
 "patch_size=14 spatial_merge_size=2 temporal_patch_size=2",
 "L=depth Cin=in_channels|in_chans H=embed_dim F=int(mlp_ratio*H) "
 "M=spatial_merge_size*spatial_merge_size*H Out=hidden_size",
 "patch_embed.proj:H,Cin,temporal_patch_size,Ps,Ps blocks[L](norm1+:H norm2+:H attn.qkv+:3*H,H "
 "attn.proj+:H,H mlp.fc1+:F,H mlp.fc2+:H,F) merger.ln_q+:H merger.mlp.0+:M,M merger.mlp.2+:Out,M"},
{"qwen2_5_vl_vision", "qwen2_vl_vision", "qwen2_5_vl",
 "hidden_act='silu' intermediate_size=3420 out_hidden_size=3584",
 "H=hidden_size F=intermediate_size Out=out_hidden_size",
 "patch_embed.proj:H,Cin,temporal_patch_size,Ps,Ps blocks[L](norm1:H norm2:H attn.qkv+:3*H,H "
 "attn.proj+:H,H mlp.{gate_proj,up_proj}+:F,H mlp.down_proj+:H,F) merger.ln_q:H merger.mlp.0+:M,M "
 "merger.mlp.2+:Out,M"},
{"exaone4_5_vision", "qwen2_5_vl_vision", "exaone4_5",
 "num_heads=16 num_key_value_heads=8",
 "A=num_heads K=num_key_value_heads Qr=H+2*K*(H/A)",
 "patch_embed.proj:H,Cin,temporal_patch_size,Ps,Ps blocks[L](norm1:H norm2:H attn.qkv+:Qr,H "
 "attn.proj+:H,H mlp.{gate_proj,up_proj}+:F,H mlp.down_proj+:H,F) merger.ln_q:H merger.mlp.0+:M,M "
 "merger.mlp.2+:Out,M"},
{"qwen3_vl_vision", "qwen2_5_vl_vision", "qwen3_vl",
 "depth=27 hidden_act='gelu_pytorch_tanh' hidden_size=1152 intermediate_size=4304 "
 "num_position_embeddings=2304 patch_size=16",
 "Ds=len(deepstack_visual_indexes)",
 "patch_embed.proj+:H,Cin,temporal_patch_size,Ps,Ps pos_embed:num_position_embeddings,H "
 "blocks[L](norm1+:H norm2+:H attn.qkv+:3*H,H attn.proj+:H,H mlp.linear_fc1+:F,H mlp.linear_fc2+:H,F) "
 "merger.norm+:H merger.linear_fc1+:M,M merger.linear_fc2+:Out,M deepstack_merger_list[Ds](norm+:M "
 "linear_fc1+:M,M linear_fc2+:Out,M)"},
{"qwen3_vl_moe_vision", "qwen3_vl_vision", "qwen3_vl_moe",
 "",
 "",
 ""},
{"qwen3_5_vision", "qwen3_vl_vision", "qwen3_5",
 "",
 "Ds=0",
 ""},
{"qwen3_5_moe_vision", "qwen3_5_vision", "qwen3_5_moe",
 "",
 "",
 ""},
{"glm4v_vision", "qwen2_5_vl_vision", "glm4v",
 "attention_bias=0 attention_dropout=0 depth=24 hidden_size=1536 image_size=336 intermediate_size=13696 "
 "out_hidden_size=4096",
 "F=out_hidden_size Cx=intermediate_size Qb=attention_bias|0 Sm=spatial_merge_size",
 "embeddings.position_embedding:Np,H patch_embed.proj+:H,Cin,temporal_patch_size,Ps,Ps blocks[L](norm1:H "
 "norm2:H attn.qkv+Qb:3*H,H attn.proj:H,H mlp.{gate_proj,up_proj}:F,H mlp.down_proj:H,F) "
 "merger(proj:Out,Out post_projection_norm+:Out {gate_proj,up_proj}:Cx,Out down_proj:Out,Cx) "
 "post_conv_layernorm:H downsample+:Out,H,Sm,Sm post_layernorm:H"},
{"glm4v_moe_vision", "glm4v_vision", "glm4v_moe",
 "",
 "",
 ""},
{"qwen2_vl", "nested", "qwen2_vl",
 "",
 "Textfamily='qwen2_vl_text'",
 "model.visual<vision_config:qwen2_vl_vision>"},
{"qwen2_vl_text", "qwen2", "qwen2_vl",
 "hidden_size=8192 intermediate_size=29568 max_window_layers=80 num_attention_heads=64 "
 "num_hidden_layers=80 num_key_value_heads=8 vocab_size=152064",
 "",
 ""},
{"qwen2_5_vl", "nested", "qwen2_5_vl",
 "",
 "Textfamily='qwen2_5_vl_text'",
 "model.visual<vision_config:qwen2_5_vl_vision>"},
{"qwen2_5_vl_text", "qwen2", "qwen2_5_vl",
 "hidden_size=8192 intermediate_size=29568 max_window_layers=80 num_attention_heads=64 "
 "num_hidden_layers=80 num_key_value_heads=8 vocab_size=152064",
 "",
 ""},
{"qwen3_vl", "nested", "qwen3_vl",
 "",
 "Textfamily='qwen3_vl_text'",
 "model.visual<vision_config:=qwen3_vl_vision>"},
{"qwen3_vl_text", "qwen3", "qwen3_vl",
 "max_position_embeddings=128000",
 "",
 ""},
{"qwen3_vl_moe", "nested", "qwen3_vl_moe",
 "",
 "Textfamily='qwen3_vl_moe_text'",
 "model.visual<vision_config:=qwen3_vl_moe_vision>"},
{"qwen3_vl_moe_text", "qwen3_moe", "qwen3_vl_moe",
 "intermediate_size=5632 max_position_embeddings=128000 moe_intermediate_size=1408 num_attention_heads=16 "
 "num_experts=60 num_experts_per_tok=4 num_key_value_heads=16 tie_word_embeddings=1",
 "",
 ""},
{"qwen3_5", "nested", "qwen3_5",
 "",
 "Textfamily='qwen3_5_text'",
 "model.visual<vision_config:=qwen3_5_vision>"},
{"qwen3_5_moe", "nested", "qwen3_5_moe",
 "",
 "Textfamily='qwen3_5_moe_text'",
 "model.visual<vision_config:=qwen3_5_moe_vision>"},
{"exaone4_5", "nested", "exaone4_5",
 "",
 "Textfamily='exaone4' Mtp=0",
 "model.visual<vision_config:=exaone4_5_vision>"},
{"glm4v", "nested", "glm4v",
 "",
 "Textfamily='glm4v_text'",
 "model.visual<vision_config:=glm4v_vision>"},
{"glm4v_text", "glm4", "glm4v",
 "max_position_embeddings=32768",
 "",
 ""},
{"glm46v", "glm4v", "glm46v",
 "",
 "",
 ""},
{"glm4v_moe", "nested", "glm4v_moe",
 "",
 "Textfamily='glm4v_moe_text'",
 "model.visual<vision_config:=glm4v_moe_vision>"},
{"glm4v_moe_text", "glm4_moe", "glm4v_moe",
 "attention_bias=1 max_position_embeddings=65536 vocab_size=151424",
 "Qkn='none'",
 ""},
{"llama4_vision_model", "vision", "llama4",
 "attention_dropout=0 hidden_act='gelu' hidden_size=768 image_size=448 intermediate_size=5632 "
 "num_attention_heads=16 num_channels=3 num_hidden_layers=34 patch_size=14 pixel_shuffle_ratio=0.5 "
 "projector_input_dim=4096 projector_output_dim=4096 vision_output_dim=7680",
 "R=pixel_shuffle_ratio Vo=vision_output_dim",
 "class_embedding:H positional_embedding_vlm:Np+1,H patch_embedding.linear:H,Cin*Ps*Ps layernorm_pre+:H "
 "layernorm_post+:H model.layers[L](self_attn.{q_proj,k_proj,v_proj,o_proj}+:H,H mlp.fc1+:F,H "
 "mlp.fc2+:H,F input_layernorm+:H post_attention_layernorm+:H) "
 "vision_adapter.mlp.fc1:projector_input_dim,F "
 "vision_adapter.mlp.fc2:projector_output_dim,projector_output_dim"},
{"llama4", "nested", "llama4",
 "",
 "Textfamily='llama4_text' Textprefix='language_model.model.'",
 "vision_model<vision_config:llama4_vision_model> multi_modal_projector.linear_1:text.H,vision_config.Vo"},
{"mllama_vision_model", "vision", "mllama",
 "attention_heads=16 hidden_act='gelu' hidden_size=1280 image_size=448 intermediate_size=5120 "
 "max_num_tiles=4 num_channels=3 num_global_layers=8 num_hidden_layers=32 patch_size=14 "
 "vision_output_dim=7680",
 "A=attention_heads Tl=max_num_tiles Rt=supported_aspect_ratios?len(supported_aspect_ratios)+1:9 "
 "Gl=num_global_layers Vo=vision_output_dim",
 "class_embedding:H patch_embedding:H,Cin,Ps,Ps gated_positional_embedding(gate:1 embedding:Np+1,H "
 "tile_embedding:Rt,Tl*(Np+1)*H) pre_tile_positional_embedding(gate:1 embedding:Rt,Tl*H) "
 "post_tile_positional_embedding(gate:1 embedding:Rt,Tl*H) layernorm_pre+:H layernorm_post+:H "
 "transformer.layers[L](self_attn.{q_proj,k_proj,v_proj,o_proj}:H,H mlp.fc1+:F,H mlp.fc2+:H,F "
 "input_layernorm+:H post_attention_layernorm+:H) global_transformer.layers[Gl](gate_attn:1 gate_ffn:1 "
 "self_attn.{q_proj,k_proj,v_proj,o_proj}:H,H mlp.fc1+:F,H mlp.fc2+:H,F input_layernorm+:H "
 "post_attention_layernorm+:H)"},
{"mllama_text_model", "llama", "mllama",
 "intermediate_size=14336 max_position_embeddings=131072 num_hidden_layers=40 num_key_value_heads=8 "
 "vocab_size=128256",
 "Qb=0 Mb=0 Xl=cross_attention_layers Cross=Xl?Xl#I:I=3||I=8||I=13||I=18||I=23||I=28||I=33||I=38 "
 "Ncross=sum(Cross) Vx=8 Qkn=Cross?'head':'none'",
 "layers[Ncross](cross_attn_attn_gate:1 cross_attn_mlp_gate:1)"},
{"mllama", "nested", "mllama",
 "",
 "Textfamily='mllama_text_model'",
 "model.vision_model<vision_config:mllama_vision_model> "
 "model.multi_modal_projector+:text.H,vision_config.Vo"},
{"intern_vit_6b intern_vit", "vision", "hf:OpenGVLab/InternViT-300M-448px",
 "",
 "qkv_bias=1 Qvb=qkv_bias Ln=!(norm_type='rms_norm') Qkn=qk_normalization|0",
 "embeddings.class_embedding:1,1,H embeddings.patch_embedding+:H,Cin,Ps,Ps "
 "embeddings.position_embedding:1,Np+1,H encoder.layers[L](attn.qkv+Qvb:3*H,H attn.proj+:H,H "
 "attn.{q_norm,k_norm}?Qkn:H mlp.fc1+:F,H mlp.fc2+:H,F norm1+Ln:H norm2+Ln:H {ls1,ls2}:H)"},
{"internvl_chat", "nested", "hf:OpenGVLab/InternVL2-2B",
 "",
 "Text='llm_config' Textfamily='' Textprefix='language_model.model.' Tied=tie_word_embeddings|text.Tied "
 "Sh=int(vision_config.H/(downsample_ratio|0.5)/(downsample_ratio|0.5))",
 "vision_model<vision_config:intern_vit_6b> mlp1.0+:Sh mlp1.1+:text.H,Sh mlp1.3+:text.H,text.H"},
{"internvl_vision", "vision", "internvl",
 "attention_bias=0 attention_dropout=0 hidden_act='gelu' hidden_size=1024 intermediate_size=4096 "
 "norm_type='layer_norm' num_attention_heads=16 num_channels=3 num_hidden_layers=24 "
 "use_absolute_position_embeddings=1 use_mean_pooling=1 use_qk_norm=0",
 "Qb=attention_bias|0 Qkn=use_qk_norm Ln=!(norm_type='rms_norm') Abs=use_absolute_position_embeddings "
 "Mean=use_mean_pooling",
 "embeddings.cls_token:1,1,H embeddings.patch_embeddings.projection+:H,Cin,Ps,Ps "
 "embeddings.position_embeddings?Abs:1,Np+1,H encoder.layer[L](attention.{q_proj,k_proj,v_proj}+Qb:H,H "
 "attention.projection_layer+:H,H attention.{q_norm,k_norm}?Qkn:H mlp.fc1+:F,H mlp.fc2+:H,F "
 "layernorm_before+Ln:H layernorm_after+Ln:H {lambda_1,lambda_2}:H) layernorm?!Mean+:H"},
{"internvl", "nested", "internvl",
 "downsample_ratio=0.5 tie_word_embeddings=1",
 "Textfamily='qwen2' Sh=int(vision_config.H/(downsample_ratio|0.5)/(downsample_ratio|0.5))",
 "model.vision_tower<vision_config:internvl_vision> model.multi_modal_projector.layer_norm+:Sh "
 "model.multi_modal_projector.linear_1+:text.H,Sh model.multi_modal_projector.linear_2+:text.H,text.H"},
{"kimi_k25_vision", "vision", "kimi_k25",
 "hidden_act='gelu_pytorch_tanh' hidden_size=1152 intermediate_size=4304 num_attention_heads=16 "
 "num_hidden_layers=27 patch_size=14 pos_emb_height=64 pos_emb_width=64",
 "hidden_size=vt_hidden_size num_hidden_layers=vt_num_hidden_layers "
 "num_attention_heads=vt_num_attention_heads intermediate_size=vt_intermediate_size "
 "pos_emb_height=init_pos_emb_height pos_emb_width=init_pos_emb_width "
 "Mk=merge_kernel_size@0*merge_kernel_size@1|4 Cin=3",
 "patch_embed.proj+:H,Cin,Ps,Ps patch_embed.pos_emb:pos_emb_height,pos_emb_width,H layers[L](norm1+:H "
 "norm2+:H attn.{q_proj,k_proj,v_proj,proj}+:H,H mlp.fc1+:F,H mlp.fc2+:H,F) final_layernorm+:H"},
{"kimi_k25", "nested", "kimi_k25",
 "tie_word_embeddings=1",
 "Textfamily='deepseek_v3' Mh=vision_config.H*(vision_config.Mk|4)",
 "model.vision_tower<vision_config:=kimi_k25_vision> model.mm_projector.pre_norm+:vision_config.H "
 "model.mm_projector.in_proj+:Mh,Mh model.mm_projector.out_proj+:text.H,Mh"},
{"voxtral_encoder", "", "voxtral",
 "attention_dropout=0 hidden_size=1280 intermediate_size=5120 max_source_positions=1500 "
 "num_attention_heads=20 num_hidden_layers=32 num_mel_bins=128 vocab_size=51866",
 "hidden_size=d_model num_hidden_layers=encoder_layers intermediate_size=encoder_ffn_dim "
 "num_attention_heads=encoder_attention_heads",
 "conv1+:H,num_mel_bins,3 conv2+:H,H,3 embed_positions:max_source_positions,H "
 "layers[L](self_attn.k_proj:H,H self_attn.{v_proj,q_proj,out_proj}+:H,H self_attn_layer_norm+:H fc1+:F,H "
 "fc2+:H,F final_layer_norm+:H) layer_norm+:H"},
{"qwen2_audio_encoder", "voxtral_encoder", "qwen2_audio",
 "d_model=1280 encoder_attention_heads=20 encoder_ffn_dim=5120 encoder_layers=32",
 "",
 ""},
{"audioflamingo3_encoder", "voxtral_encoder", "audioflamingo3",
 "",
 "",
 ""},
{"voxtral", "nested", "voxtral",
 "",
 "",
 "model.audio_tower<audio_config:voxtral_encoder> "
 "model.multi_modal_projector.linear_1:text.H,audio_config.F "
 "model.multi_modal_projector.linear_2:text.H,text.H"},
{"qwen2_audio", "nested", "qwen2_audio",
 "",
 "Textfamily='qwen2'",
 "model.audio_tower<audio_config:qwen2_audio_encoder> "
 "model.multi_modal_projector.linear+:text.H,audio_config.H"},
{"lfm2_vl", "nested", "lfm2_vl",
 "downsample_factor=2 projector_bias=1 projector_hidden_size=2560 projector_use_layernorm=1 "
 "tie_word_embeddings=1",
 "Textfamily='lfm2' Ds=downsample_factor*downsample_factor*vision_config.H Pb=projector_bias "
 "Pl=projector_use_layernorm",
 "model.vision_tower<vision_config:siglip2_vision_model> model.multi_modal_projector.layer_norm?Pl+:Ds "
 "model.multi_modal_projector.linear_1+Pb:projector_hidden_size,Ds "
 "model.multi_modal_projector.linear_2+Pb:text.H,projector_hidden_size"},
{"minicpmv4_6_vision", "vision", "minicpmv4_6",
 "attention_dropout=0 hidden_act='gelu_pytorch_tanh' hidden_size=768 image_size=224 "
 "intermediate_size=3072 num_attention_heads=12 num_channels=3 num_hidden_layers=12 patch_size=16",
 "W=window_kernel_size@0*window_kernel_size@1 Wh=W*H",
 "embeddings.patch_embedding+:H,Cin,Ps,Ps embeddings.position_embedding:Np,H "
 "encoder.layers[L](self_attn.{k_proj,v_proj,q_proj,out_proj}+:H,H layer_norm1+:H mlp.fc1+:F,H "
 "mlp.fc2+:H,F layer_norm2+:H) post_layernorm+:H "
 "vit_merger(self_attn.{k_proj,v_proj,q_proj,out_proj}+:H,H layer_norm1+:H pre_norm+:Wh linear_1+:W*F,Wh "
 "linear_2+:H,W*F)"},
{"minicpmv4_6", "nested", "minicpmv4_6",
 "merger_times=1",
 "Textfamily='qwen3_5_text' Mm=(merge_kernel_size@0|2)*(merge_kernel_size@1|2)*vision_config.H "
 "Mt=merger_times-1 Out=text.H",
 "model.vision_tower<vision_config:minicpmv4_6_vision> model.merger.mlp[Mt](pre_norm+:Mm linear_1+:Mm,Mm "
 "linear_2+:vision_config.H,Mm) model.merger.last(pre_norm+:Mm linear_1+:Mm,Mm linear_2+:text.H,Mm)"},
{"minicpmv", "nested", "hf:openbmb/MiniCPM-V-4",
 "",
 "Textfamily='llama' Textprefix='llm.model.' Partial=1",
 ""},
{"gemma4_text", "gemma3_text", "gemma4",
 "attention_k_eq_v=0 enable_moe_block=0 hidden_size_per_layer_input=256 num_hidden_layers=30 "
 "num_kv_shared_layers=0 sliding_window=512 use_double_wide_mlp=0 vocab_size=262144 "
 "vocab_size_per_layer_input=262144",
 "Full=layer_types?Lt='full_attention':(I+1)%6=0||I=L-1 Wd=Full?0:Sw Win=Wd "
 "D=Full?global_head_dim|512:head_dim Keqv=Full&attention_k_eq_v "
 "K=Keqv?num_global_key_value_heads|num_key_value_heads:num_key_value_heads Nsh=num_kv_shared_layers|0 "
 "Borrow=Nsh>0&I+1>L-Nsh F=use_double_wide_mlp&Borrow?2*intermediate_size:intermediate_size "
 "Moe=enable_moe_block Fd=F Ne=num_experts Tk=top_k_experts Fe=moe_intermediate_size "
 "Ple=hidden_size_per_layer_input|0 Hasple=Ple>0 Vple=vocab_size_per_layer_input Names='gemma4' "
 "partial_rotary_factor=1",
 "layers[L](*layer_scalar:1) layers?Hasple[L](per_layer_input_gate:Ple,H per_layer_projection:H,Ple "
 "post_per_layer_input_norm:H) layers?Moe[L](router.scale:H router.per_expert_scale:Ne "
 "{post_feedforward_layernorm_1,post_feedforward_layernorm_2,pre_feedforward_layernorm_2}:H) "
 "embed_tokens_per_layer?Hasple:Vple,L*Ple per_layer_model_projection?Hasple:L*Ple,H "
 "per_layer_projection_norm?Hasple:Ple"},
{"gemma4_vision", "vision", "gemma4",
 "attention_dropout=0 head_dim=64 hidden_size=768 intermediate_size=3072 max_position_embeddings=131072 "
 "num_attention_heads=12 num_hidden_layers=16 num_key_value_heads=12 patch_size=16 "
 "position_embedding_size=10240 standardize=0 use_clipped_linears=0",
 "Q=A*D K=num_key_value_heads Kd=K*D Clip=use_clipped_linears Std=standardize",
 "patch_embedder.position_embedding_table:2,position_embedding_size,H patch_embedder.input_proj:H,3*Ps*Ps "
 "encoder.layers[L](self_attn.q_proj.linear:Q,H self_attn.{k_proj,v_proj}.linear:Kd,H "
 "self_attn.o_proj.linear:H,Q self_attn.{q_norm,k_norm}:D mlp.{gate_proj,up_proj}.linear:F,H "
 "mlp.down_proj.linear:H,F "
 "{input_layernorm,post_attention_layernorm,pre_feedforward_layernorm,post_feedforward_layernorm}:H "
 "*clip?Clip:28) *{std_bias,std_scale}?Std:H"},
{"gemma4_audio", "", "gemma4",
 "conv_kernel_size=5 hidden_act='silu' hidden_size=1024 num_attention_heads=8 num_hidden_layers=12 "
 "output_proj_dims=1536 use_clipped_linears=1",
 "C0=subsampling_conv_channels@0|128 C1=subsampling_conv_channels@1|32 Clip=use_clipped_linears D=H/A "
 "Fi=C1*32 Outp=output_proj_dims",
 "subsample_conv_projection(layer0.conv:C0,1,3,3 layer0.norm:C0 layer1.conv:C1,C0,3,3 layer1.norm:C1 "
 "input_proj_linear:H,Fi) layers[L]({feed_forward1,feed_forward2}.ffw_layer_1.linear:4*H,H "
 "{feed_forward1,feed_forward2}.ffw_layer_2.linear:H,4*H {feed_forward1,feed_forward2}.pre_layer_norm:H "
 "{feed_forward1,feed_forward2}.post_layer_norm:H self_attn.per_dim_scale:D "
 "self_attn.{q_proj,k_proj,v_proj,post}.linear:H,H self_attn.relative_k_proj:H,H "
 "lconv1d.linear_start.linear:2*H,H lconv1d.linear_end.linear:H,H "
 "lconv1d.depthwise_conv1d:H,1,conv_kernel_size lconv1d.{pre_layer_norm,conv_norm}:H "
 "{norm_pre_attn,norm_post_attn,norm_out}:H *clip?Clip:40) output_proj+:output_proj_dims,H"},
{"gemma4", "nested", "gemma4",
 "tie_word_embeddings=1",
 "Textfamily='gemma4_text' Vis=vision_config?1:0 Aud=audio_config?1:0",
 "model.vision_tower?Vis<vision_config:gemma4_vision> model.audio_tower?Aud<audio_config:gemma4_audio> "
 "model.embed_vision.embedding_projection?Vis:text.H,vision_config.H "
 "model.embed_audio.embedding_projection?Aud:text.H,audio_config.Outp"},
{"deepseek_v4", "deepseek_v3", "deepseek_v4",
 "hc_mult=4 head_dim=512 hidden_size=4096 index_head_dim=128 index_n_heads=64 "
 "max_position_embeddings=1048576 num_attention_heads=64 num_experts_per_tok=6 num_hidden_layers=43 "
 "num_key_value_heads=1 num_nextn_predict_layers=1 o_groups=8 o_lora_rank=1024 q_lora_rank=1024 "
 "sliding_window=128",
 "D=head_dim Rkv=D Dn=0 Dr=0 Vd=D Apart=1 Win=sliding_window "
 "Cr=compress_ratios?compress_ratios@I:(layer_types?(Lt='compressed_sparse_attention'?4:Lt='heavily_compressed_attention'?128:0):I>1&I%2=1?4:128) "
 "Typed=0 Csa=Cr=4 Hca=Cr=128 N4=sum(Csa) N128=sum(Hca) Comp=Cr Ia=Csa?index_n_heads:0 "
 "Id=Csa?index_head_dim:0 Moe=1 Nh=num_hash_layers|3 Corr=I+1>Nh Hc=hc_mult Hw=Hc*(Hc+2) "
 "Or=o_groups*o_lora_rank moe_intermediate_size=intermediate_size Mtp=num_nextn_predict_layers|0",
 "layers[L](self_attn(sinks:A q_a_proj:Rq,H q_a_norm:Rq q_b_proj:A*D,Rq kv_proj:D,H kv_norm:D "
 "o_a_proj:Or,A*D/o_groups o_b_proj:H,Or) {attn_hc,ffn_hc}.fn:Hw,Hc*H {attn_hc,ffn_hc}.base:Hw "
 "{attn_hc,ffn_hc}.scale:3) layers[N128](self_attn.compressor(position_bias:128,D {kv_proj,gate_proj}:D,H "
 "kv_norm:D)) layers[N4](self_attn.compressor(position_bias:4,2*D {kv_proj,gate_proj}:2*D,H kv_norm:D "
 "indexer(position_bias:4,2*index_head_dim {kv_proj,gate_proj}:2*index_head_dim,H kv_norm:index_head_dim "
 "q_b_proj:index_n_heads*index_head_dim,Rq scorer.weights_proj:index_n_heads,H))) hc_head(hc_fn:Hc,Hc*H "
 "hc_base:Hc hc_scale:1) *layers.mlp.gate.tid2eid:Nh,V,Tk"},
{"deepseek_ref", "deepseek_v4", "deepseek_v4",
 "",
 "",
 ""},
{"roberta", "bert", "roberta",
 "vocab_size=50265",
 "Prefix=Bare?'':'roberta.' Pool=Bare||Mc",
 "pooler.dense?Pool+:H,H /lm_head.dense?Mlm+:H,H /lm_head.layer_norm?Mlm+:H /classifier.dense?Cls+:H,H "
 "/classifier.out_proj?Cls+:Nl,H /classifier?Tok+:Nl,H /qa_outputs?Qa+:2,H /classifier?Mc+:1,H"},
{"xlm-roberta", "roberta", "xlm_roberta",
 "vocab_size=30522",
 "",
 ""},
{"camembert", "roberta", "camembert",
 "vocab_size=30522",
 "",
 ""},
{"data2vec-text", "roberta", "data2vec_text",
 "vocab_size=30522",
 "",
 ""},
{"electra", "bert", "electra",
 "embedding_size=128 hidden_size=256 intermediate_size=1024 num_attention_heads=4",
 "E=embedding_size Proj=!(E=H) Prefix=Bare?'':'electra.' Mlm=Arch$'ForMaskedLM'||Arch$'ForCausalLM' "
 "Cm=Cls||Mc",
 "embeddings_project?Proj+:H,E /generator_predictions.LayerNorm?Mlm+:E "
 "/generator_predictions.dense?Mlm+:E,H /discriminator_predictions.dense?Pre+:H,H "
 "/discriminator_predictions.dense_prediction?Pre+:1,H /classifier.dense?Cm+:H,H "
 "/classifier.out_proj?Cls+:Nl,H /classifier?Tok+:Nl,H /qa_outputs?Qa+:2,H /classifier?Mc+:1,H"},
{"albert", "bert", "albert",
 "attention_probs_dropout_prob=0 embedding_size=128 hidden_act='gelu_new' hidden_dropout_prob=0 "
 "hidden_size=4096 inner_group_num=1 intermediate_size=16384 num_attention_heads=64 num_hidden_groups=1 "
 "vocab_size=30000",
 "E=embedding_size Prefix=Bare?'':'albert.' Lapart=1",
 "encoder.embedding_hidden_mapping_in+:H,E "
 "encoder.albert_layer_groups[num_hidden_groups](albert_layers[inner_group_num](full_layer_layer_norm+:H "
 "attention.{query,key,value,dense}+:H,H attention.LayerNorm+:H ffn+:F,H ffn_output+:H,F)) "
 "pooler?Pool+:H,H /predictions.LayerNorm?Mlm+:E /predictions.dense?Mlm+:E,H "
 "/sop_classifier.classifier?Pre+:2,H /classifier?Cls+:Nl,H /classifier?Tok+:Nl,H /qa_outputs?Qa+:2,H "
 "/classifier?Mc+:1,H"},
{"deberta-v2", "bert", "deberta_v2",
 "hidden_size=1536 intermediate_size=6144 max_relative_positions=-1 num_attention_heads=24 "
 "num_hidden_layers=24 position_biased_input=1 relative_attention=0 type_vocab_size=0 vocab_size=128100",
 "E=embedding_size|H Proj=!(E=H) P=(position_biased_input|1)?max_position_embeddings:0 "
 "Prefix=Bare?'':'deberta.' Rel=relative_attention "
 "Mr=max_relative_positions>0?max_relative_positions:max_position_embeddings "
 "Buckets=(position_buckets|0)>0?position_buckets:Mr Rn=Rel&norm_rel_ebd#'layer_norm' "
 "Cv=(conv_kernel_size|0)>0 Sep=Rel&!share_att_key C2p=Sep&pos_att_type#'c2p' P2c=Sep&pos_att_type#'p2c' "
 "Cm=Cls||Mc",
 "embeddings.embed_proj?Proj:H,E encoder.rel_embeddings?Rel:2*Buckets,H encoder.LayerNorm?Rn+:H "
 "encoder.conv.conv?Cv+:H,H,conv_kernel_size encoder.conv.LayerNorm?Cv+:H "
 "encoder.layer?C2p[L](attention.self.pos_key_proj+:H,H) "
 "encoder.layer?P2c[L](attention.self.pos_query_proj+:H,H) /pooler.dense?Cm+:H,H "
 "/cls.predictions.transform.dense?Mlm+:E,H /cls.predictions.transform.LayerNorm?Mlm+:E "
 "/classifier?Cls+:Nl,H /classifier?Tok+:Nl,H /qa_outputs?Qa+:2,H /classifier?Mc+:1,H"},
{"deberta", "deberta-v2", "deberta",
 "hidden_size=768 intermediate_size=3072 num_attention_heads=12 num_hidden_layers=12 vocab_size=50265",
 "Pack=1 Qb=0 Buckets=Mr C2p=Rel&pos_att_type#'c2p' P2c=Rel&pos_att_type#'p2c'",
 "encoder.layer[L](attention.self.{q_bias,v_bias}:H) embeddings.embed_proj?Proj:H,E "
 "encoder.rel_embeddings?Rel:2*Buckets,H encoder.layer?C2p[L](attention.self.pos_proj:H,H) "
 "encoder.layer?P2c[L](attention.self.pos_q_proj+:H,H) /pooler.dense?Cm+:H,H "
 "/cls.predictions.transform.dense?Mlm+:E,H /cls.predictions.transform.LayerNorm?Mlm+:E "
 "/classifier?Cls+:Nl,H /classifier?Tok+:Nl,H /qa_outputs?Qa+:2,H"},
{"distilbert", "bert", "distilbert",
 "activation='gelu' attention_dropout=0.1 dim=768 dropout=0.1 hidden_dim=3072 n_heads=12 n_layers=6",
 "hidden_size=dim num_hidden_layers=n_layers num_attention_heads=n_heads intermediate_size=hidden_dim "
 "Tt=0 Act=activation Names='distilbert' Prefix=Bare?'':'distilbert.' Cm=Cls||Mc Pe=dropout "
 "Pa=attention_dropout Pr=dropout",
 "/vocab_transform?Mlm+:H,H /vocab_layer_norm?Mlm+:H /pre_classifier?Cm+:H,H /classifier?Cls+:Nl,H "
 "/classifier?Tok+:Nl,H /qa_outputs?Qa+:2,H /classifier?Mc+:1,H"},
{"modernbert", "bert", "modernbert",
 "attention_bias=0 attention_dropout=0 classifier_bias=0 decoder_bias=1 embedding_dropout=0 "
 "hidden_activation='gelu' intermediate_size=1152 local_attention=128 max_position_embeddings=8192 "
 "mlp_bias=0 mlp_dropout=0 norm_bias=0 num_hidden_layers=22 vocab_size=50368",
 "P=0 Tt=0 Rope=1 Pack=1 Packup=1 Ffn='gated' Act=hidden_activation Qb=attention_bias Ob=Qb Mb=mlp_bias "
 "Norm=norm_bias?'layer':'layer-' Fnorm=Norm Norms=I=0?1:2 Hb=decoder_bias Names='modernbert' "
 "Prefix=Bare?'':'model.' "
 "Win=(layer_types?Lt='sliding_attention':I%(global_attn_every_n_layers|3)>0)?local_attention:0 Hd=!Bare "
 "Cb=classifier_bias Nb=norm_bias Cq=Cls||Tok||Qa Nq=Qa?2:Nl Pe=embedding_dropout Pa=attention_dropout "
 "Pr=mlp_dropout",
 "/head.dense?Hd+Cb:H,H /head.norm?Hd+Nb:H /classifier?Cq+:Nq,H /classifier?Mc+:1,H"},
{"nomic_bert", "bert", "nomic_bert",
 "attention_probs_dropout_prob=0 hidden_act='silu' hidden_dropout_prob=0 max_position_embeddings=2048 "
 "vocab_size=30528",
 "hidden_size=n_embd num_hidden_layers=n_layer num_attention_heads=n_head intermediate_size=n_inner "
 "max_position_embeddings=n_positions P=0 Rope=1 Qb=0 Ob=0 Mb=0 Ffn='gated' Names='nomic' "
 "Prefix=Bare?'':'nomic_bert.' Pool=Cls",
 "pooler.dense?Pool+:H,H /cls.predictions.transform.dense?Mlm+:H,H "
 "/cls.predictions.transform.layer_norm?Mlm+:H /classifier?Cls+:Nl,H /classifier?Tok+:Nl,H"},
{"t5", "", "t5",
 "d_ff=2048 d_kv=64 d_model=512 dropout_rate=0.1 feed_forward_proj='relu' num_heads=8 num_layers=6 "
 "relative_attention_num_buckets=32 vocab_size=32128",
 "hidden_size=d_model num_hidden_layers=num_layers num_attention_heads=num_heads head_dim=d_kv "
 "intermediate_size=d_ff L=num_decoder_layers|num_hidden_layers Rope=0 Arch=architectures@0|'' "
 "Enconly=Arch$'EncoderModel' Head=!(Arch$'Model') Gated=feed_forward_proj#'gated' "
 "Ffn=Gated?'gated':'plain' Act=Gated?'gelu_new':'relu' Tied=1 Cross=2 Norms=3 Encoder='t5_encoder' "
 "Every=0 Be=Every?num_hidden_layers:1 Bd=Every?L:1 Bn=relative_attention_num_buckets Names='t5' "
 "Prefix='decoder.' Pe=dropout_rate Pa=dropout_rate Pr=dropout_rate Pf=dropout_rate Decoder=1",
 "/encoder.block[Be](layer.0.SelfAttention.relative_attention_bias:Bn,A) /encoder.final_layer_norm:H "
 "block[Bd](layer.0.SelfAttention.relative_attention_bias:Bn,A)"},
{"mt5", "t5", "mt5",
 "d_ff=1024 feed_forward_proj='gated-gelu' num_heads=6 num_layers=8 vocab_size=250112",
 "",
 ""},
{"t5_encoder", "t5", "t5",
 "",
 "L=num_hidden_layers Cross=0 Norms=2 Names='t5_encoder' Prefix='encoder.'",
 ""},
{"umt5", "t5", "umt5",
 "d_ff=1024 feed_forward_proj='gated-gelu' num_heads=6 num_layers=8 vocab_size=250112",
 "Every=1",
 ""},
{"bart", "", "bart",
 "activation_dropout=0 activation_function='gelu' attention_dropout=0 d_model=1024 "
 "decoder_attention_heads=16 decoder_ffn_dim=4096 decoder_layers=12 dropout=0.1 encoder_layers=12 "
 "max_position_embeddings=1024 tie_word_embeddings=1 vocab_size=50265",
 "hidden_size=d_model num_hidden_layers=encoder_layers L=decoder_layers A=decoder_attention_heads "
 "intermediate_size=decoder_ffn_dim P=max_position_embeddings+2 Qb=1 Ob=1 Mb=1 Rope=0 Ffn='plain' "
 "Act=activation_function Norm='layer' Fnorm='none' En=1 Arch=architectures@0|'' Head=!(Arch$'Model') "
 "Lm=Head Cross=2 Norms=3 Encoder='bart_encoder' Eln=0 Names='bart' Prefix='model.decoder.' Pe=dropout "
 "Pa=attention_dropout Pr=dropout Pf=activation_dropout",
 "/model.encoder.embed_positions:P,H /model.encoder.layernorm_embedding?En+:H "
 "/model.encoder.layer_norm?Eln+:H *final_logits_bias?Lm:1,V"},
{"bart_encoder", "bart", "bart",
 "",
 "L=encoder_layers A=encoder_attention_heads intermediate_size=encoder_ffn_dim Cross=0 Norms=2 "
 "Names='bart_encoder' Prefix='model.encoder.'",
 ""},
{"plbart", "bart", "plbart",
 "attention_dropout=0.1 d_model=768 decoder_attention_heads=12 decoder_ffn_dim=3072 decoder_layers=6 "
 "encoder_layers=6 vocab_size=50005",
 "",
 ""},
{"mbart", "bart", "mbart",
 "",
 "Fnorm='layer' Eln=1",
 ""},
{"mvp", "bart", "mvp",
 "vocab_size=50267",
 "",
 ""},
{"pegasus", "bart", "pegasus",
 "",
 "P=max_position_embeddings En=0 Fnorm='layer' Eln=1",
 ""},
{"marian", "bart", "marian",
 "vocab_size=58101",
 "P=max_position_embeddings En=0",
 ""},
{"blenderbot", "bart", "blenderbot",
 "d_model=2560 decoder_attention_heads=32 decoder_ffn_dim=10240 decoder_layers=24 encoder_layers=2 "
 "max_position_embeddings=128 vocab_size=8008",
 "P=max_position_embeddings En=0 Fnorm='layer' Eln=1",
 ""},
{"blenderbot-small", "bart", "blenderbot_small",
 "d_model=512 decoder_ffn_dim=2048 decoder_layers=8 encoder_layers=8 max_position_embeddings=512",
 "P=max_position_embeddings",
 ""},
{"m2m_100", "bart", "m2m_100",
 "activation_function='relu' attention_dropout=0.1 vocab_size=128112",
 "P=0 En=0 Fnorm='layer' Eln=1",
 "/model.encoder.layer_norm+:H"},
{"whisper", "bart", "whisper",
 "d_model=384 decoder_attention_heads=6 decoder_ffn_dim=1536 decoder_layers=4 dropout=0 encoder_layers=4 "
 "max_source_positions=1500 max_target_positions=448 num_mel_bins=80 vocab_size=51865",
 "P=max_target_positions En=0 Fnorm='layer' Kb=0 max_position_embeddings=max_target_positions "
 "Names='whisper' Encoder='whisper_encoder'",
 "/model.encoder.conv1+:H,num_mel_bins,3 /model.encoder.conv2+:H,H,3 "
 "/model.encoder.embed_positions:max_source_positions,H /model.encoder.layer_norm+:H"},
{"whisper_encoder", "whisper", "whisper",
 "",
 "L=encoder_layers A=encoder_attention_heads intermediate_size=encoder_ffn_dim Cross=0 Norms=2 "
 "Names='bart_encoder' Prefix='model.encoder.'",
 ""},
{"vit", "vision", "vit",
 "hidden_act='gelu' hidden_size=768 image_size=224 intermediate_size=3072 num_attention_heads=12 "
 "num_channels=3 num_hidden_layers=12 patch_size=16 qkv_bias=1",
 "Arch=architectures@0|'' Cls=Arch$'ForImageClassification' Bare=Arch$'Model'||Arch='' "
 "Nl=num_labels|(id2label?len(id2label):2) Po=pooler_output_size|H Qb=qkv_bias Listed=1 V=0 Decoder=0 "
 "Prefix=Bare?'':'vit.'",
 "embeddings.cls_token:1,1,H embeddings.position_embeddings:1,Np+1,H "
 "embeddings.patch_embeddings.projection+:H,Cin,Ps,Ps layers[L](attention.{q_proj,k_proj,v_proj}+Qb:H,H "
 "attention.o_proj+:H,H layernorm_before+:H layernorm_after+:H mlp.fc1+:F,H mlp.fc2+:H,F) layernorm+:H "
 "pooler.dense?Bare+:Po,H /classifier?Cls+:Nl,H"},
{"deit", "vit", "deit",
 "",
 "Prefix=Bare?'':'deit.'",
 "embeddings.{cls_token,distillation_token}:1,1,H embeddings.position_embeddings:1,Np+2,H "
 "embeddings.patch_embeddings.projection+:H,Cin,Ps,Ps layers[L](attention.{q_proj,k_proj,v_proj}+Qb:H,H "
 "attention.o_proj+:H,H layernorm_before+:H layernorm_after+:H mlp.fc1+:F,H mlp.fc2+:H,F) layernorm+:H "
 "pooler.dense?Bare+:Po,H /classifier?Cls+:Nl,H"},
{"yolos", "vit", "yolos",
 "num_detection_tokens=100 use_mid_position_embeddings=1",
 "Nd=num_detection_tokens Nn=Np+Nd+1 Mid=use_mid_position_embeddings?L-1:0 Has=Arch$'ForObjectDetection'",
 "embeddings.cls_token:1,1,H embeddings.detection_tokens:1,Nd,H embeddings.position_embeddings:1,Nn,H "
 "embeddings.patch_embeddings.projection+:H,Cin,Ps,Ps encoder.mid_position_embeddings:Mid,1,Nn,H "
 "encoder.layer[L](attention.attention.{query,key,value}+Qb:H,H attention.output.dense+:H,H "
 "intermediate.dense+:F,H output.dense+:H,F layernorm_before+:H layernorm_after+:H) layernorm+:H "
 "pooler.dense?Bare+:H,H /class_labels_classifier?Has(layers.{0,1}+:H,H layers.2+:Nl+1,H) "
 "/bbox_predictor?Has(layers.{0,1}+:H,H layers.2+:4,H)"},
{"dinov2", "vit", "dinov2",
 "mlp_ratio=4 patch_size=14 use_mask_token=1 use_swiglu_ffn=0",
 "F=int(mlp_ratio*H) Mask=use_mask_token|1 Prefix=Bare?'':'dinov2.' Swi=use_swiglu_ffn "
 "Gf=(int(2*F/3)+7)/8*8 Abs=1",
 "embeddings.cls_token:1,1,H embeddings.mask_token?Mask:1,H embeddings.position_embeddings:1,Np+1,H "
 "embeddings.patch_embeddings.projection+:H,Cin,Ps,Ps encoder.layer[L](norm1+:H "
 "attention.attention.{query,key,value}+Qb:H,H attention.output.dense+:H,H "
 "{layer_scale1,layer_scale2}.lambda1:H norm2+:H) encoder.layer?!Swi[L](mlp.fc1+:F,H mlp.fc2+:H,F) "
 "encoder.layer?Swi[L](mlp.weights_in+:2*Gf,H mlp.weights_out+:H,Gf) layernorm+:H /classifier?Cls+:Nl,2*H"},
{"wav2vec2-bert", "", "wav2vec2_bert",
 "apply_spec_augment=1 attention_dropout=0 conv_depthwise_kernel_size=31 feature_projection_input_dim=160 "
 "hidden_act='swish' hidden_size=1024 intermediate_size=4096 left_max_position_embeddings=64 "
 "num_attention_heads=16 num_hidden_layers=24 position_embeddings_type='relative_key' "
 "right_max_position_embeddings=8",
 "Listed=1 V=0 Decoder=0 Prefix='' Ma=apply_spec_augment Fi=feature_projection_input_dim "
 "Rk2=left_max_position_embeddings+right_max_position_embeddings+1 D=H/num_attention_heads "
 "Relk=position_embeddings_type='relative_key' Rl=position_embeddings_type='relative'",
 "masked_spec_embed?Ma:H feature_projection.layer_norm+:Fi feature_projection.projection+:H,Fi "
 "encoder.layers[L]({ffn1_layer_norm,self_attn_layer_norm,ffn2_layer_norm,final_layer_norm}+:H "
 "{ffn1,ffn2}.intermediate_dense+:F,H {ffn1,ffn2}.output_dense+:H,F "
 "self_attn.{linear_q,linear_k,linear_v,linear_out}+:H,H self_attn.distance_embedding?Relk:Rk2,D "
 "self_attn.linear_pos?Rl:H,H self_attn.{pos_bias_u,pos_bias_v}?Rl:num_attention_heads,D "
 "conv_module(layer_norm+:H pointwise_conv1:2*H,H,1 depthwise_conv:H,1,conv_depthwise_kernel_size "
 "depthwise_layer_norm+:H pointwise_conv2:H,H,1))"},
{"xlstm", "", "xlstm",
 "add_out_norm=1 ffn_proj_factor=2.667 ffn_round_up_to_multiple_of=64 hidden_size=4096 num_heads=8 "
 "num_hidden_layers=32 qk_dim_factor=0.5 use_bias=0 v_dim_factor=1 vocab_size=50304",
 "Mix='xlstm' A=num_heads K=A D=0 Rot=0 Ffn='gated' "
 "intermediate_size=up(int(H*ffn_proj_factor),ffn_round_up_to_multiple_of) hidden_size=embedding_dim "
 "L=num_hidden_layers|num_blocks Lapart=1 Qk=int(H*qk_dim_factor) Vv=int(H*v_dim_factor) Ub=use_bias "
 "Fnorm=add_out_norm?'rms':'none' Names='xlstm' Prefix='backbone.' Rh=A Rs=Qk/A Rd=Vv/A Re=A*Rs*Rd",
 "blocks[L](norm_mlstm+Ub:H norm_ffn+Ub:H mlstm_layer({q,k}+Ub:Qk,H v+Ub:Vv,H ogate_preact+Ub:Vv,H "
 "{igate_preact,fgate_preact}+:A,H multihead_norm+Ub:Vv out_proj+Ub:H,Vv) "
 "ffn({proj_up_gate,proj_up}+Ub:F,H proj_down+Ub:H,F))"},
{"zamba", "", "zamba",
 "attention_dropout=0 attn_layer_offset=4 attn_layer_period=6 hidden_act='gelu' hidden_size=3712 "
 "intermediate_size=14848 mamba_conv_bias=1 mamba_d_conv=4 mamba_d_state=16 mamba_dt_rank='auto' "
 "mamba_expand=2 mamba_proj_bias=0 max_position_embeddings=4096 n_mamba_heads=2 num_attention_heads=16 "
 "num_hidden_layers=76 num_key_value_heads=16 tie_word_embeddings=1 vocab_size=32000",
 "Blk=layers_block_type|layer_types "
 "Hyb=Blk?Blk@I='hybrid':(I=2||(I>2&(I-3)%attn_layer_period=attn_layer_offset)) Nhyb=sum(Hyb) "
 "Nplain=L-Nhyb Mix='mamba1' Both=Hyb Apart=1 Lapart=1 Typed=0 Aw=2*H D=attention_head_dim|2*H/A Rot=D "
 "Ffn=Hyb?'gated':'none' Act=hidden_act Norms=1 Ri=mamba_expand*H Rs=mamba_d_state "
 "Rt=mamba_dt_rank='auto'?ceil(H,16):mamba_dt_rank Rk=mamba_d_conv Rm=n_mamba_heads Rp=Ri/Rm "
 "Cb=mamba_conv_bias Pbb=mamba_proj_bias Q=A*D Kd=K*D Names='hybrid'",
 "layers[Nplain](input_layernorm:H mamba(x_proj_weight:Rm,Rt+2*Rs,Rp dt_proj_weight:Rm,Rp,Rt "
 "dt_proj_bias:Rm,Rp A_log:Rm,Rp,Rs D:Rm,Rp conv1d+Cb:Ri,1,Rk in_proj+Pbb:2*Ri,H out_proj+Pbb:H,Ri)) "
 "layers[Nhyb](linear:H,H mamba_decoder(input_layernorm:H mamba(x_proj_weight:Rm,Rt+2*Rs,Rp "
 "dt_proj_weight:Rm,Rp,Rt dt_proj_bias:Rm,Rp A_log:Rm,Rp,Rs D:Rm,Rp conv1d+Cb:Ri,1,Rk in_proj+Pbb:2*Ri,H "
 "out_proj+Pbb:H,Ri))) layers.2.shared_transf(self_attn.q_proj:Q,Aw self_attn.{k_proj,v_proj}:Kd,Aw "
 "self_attn.o_proj:H,Q feed_forward.{gate_proj,up_proj}:F,H feed_forward.down_proj:H,F input_layernorm:Aw "
 "pre_ff_layernorm:H)"},
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
