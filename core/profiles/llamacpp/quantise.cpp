#include "core/profiles/llamacpp/quantise.h"

#include <algorithm>
#include <array>
#include <string>

#include "core/profiles/llamacpp/architectures.h"
#include "core/quantity/ggml.h"

namespace tensorledger::llamacpp {

namespace {

struct FileTypeRow {
    std::string_view name;
    std::int64_t number;
    DType type;
};

constexpr std::array file_types = {
#define X(id, name, number, type) FileTypeRow{name, number, DType::type},
    TENSORLEDGER_FILE_TYPES(X)
#undef X
};

/// What a tensor is to the rules.
enum class Part : std::uint8_t {
    token_table,
    output,
    query,
    key,
    value,  // and what holds values beside others: qkv, kv_b
    packed,
    attention_output,
    ffn_up,
    ffn_gate,
    ffn_down,
    other,
};

bool contains(std::string_view text, std::string_view piece) {
    return text.find(piece) != std::string_view::npos;
}

Part part_of(const GgufTensor& tensor) {
    const std::string_view stem = tensor.stem;
    if (tensor.suffix == ".weight") {
        if (stem == "output") return Part::output;
        if (stem == "token_embd" || stem == "per_layer_token_embd") return Part::token_table;
        if (stem.ends_with("attn_qkv")) return Part::packed;
        if (stem.ends_with("attn_kv_b") || stem.ends_with("attn_v")) return Part::value;
        if (stem.ends_with("attn_k")) return Part::key;
        if (stem.ends_with("attn_q")) return Part::query;
        if (stem.ends_with("attn_output")) return Part::attention_output;
    }
    if (contains(stem, "ffn_up")) return Part::ffn_up;
    if (contains(stem, "ffn_gate")) return Part::ffn_gate;
    if (contains(stem, "ffn_down")) return Part::ffn_down;
    return Part::other;
}

/// Small tensors, and those that a model cannot do without, stay as they are.
bool is_quantisable(const GgufTensor& tensor) {
    constexpr std::string_view kept[] = {
        "_norm",  "ffn_gate_inp",         "position_embd", "token_types",    "altup",
        "laurel", "per_layer_model_proj", "ssm_conv1d",    "shortconv.conv", "attn_rel_b"};
    if (tensor.dims < 2 || tensor.suffix != ".weight") {
        return false;
    }
    for (const std::string_view stem : kept) {
        if (stem == "_norm" || stem == "ffn_gate_inp" ? tensor.stem.ends_with(stem)
                                                      : contains(tensor.stem, stem)) {
            return false;
        }
    }
    return true;
}

bool more_bits(std::int64_t layer, std::int64_t layers) {
    return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
}

/// What the rules ask about the model.
struct Facts {
    std::int64_t layers = 0;
    std::int64_t experts = 0;  // 0: none
    std::int64_t sharing =
        0;  // query heads that share a key head, in the first block; 0: it has none
    bool falcon = false;
    bool is_70b = false;
};

Facts facts_of(const Model& model, const Architecture& row) {
    Facts facts;
    const std::vector<Layer>& layers = model.decoder.layers;
    facts.layers = static_cast<std::int64_t>(layers.size());
    facts.falcon = row.name == "falcon";
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Layer& layer = layers[i];
        facts.experts = std::max(facts.experts, layer.feed_forward.experts);
        const bool attends = layer.mixer == MixerKind::attention || layer.has_parallel_attention;
        if (attends && facts.sharing == 0 && (i == 0 || !row.kv_heads_listed)) {
            // with a latent, one key serves all heads
            const std::int64_t keys =
                layer.attention.latent && row.latent_split ? 1 : layer.attention.kv_heads;
            facts.sharing = keys > 0 ? layer.attention.heads / keys : 0;
        }
    }
    const bool grouped = row.name != "llama" || facts.sharing > 1;
    facts.is_70b =
        facts.layers > 0 && facts.layers == row.layers_70b && grouped && facts.experts != 8;
    return facts;
}

using F = FileType;
using T = DType;

template <std::size_t n>
bool one_of(FileType type, const FileType (&types)[n]) {
    return std::find(types, types + n, type) != types + n;
}

constexpr FileType about_two_bits[] = {F::iq2_xxs, F::iq2_xs, F::iq1_s,
                                       F::iq2_s,   F::iq2_m,  F::iq1_m};

/// Walks the tensors in the order of the file; some rules count what came before.
class Mixture {
public:
    Mixture(FileType type, bool imatrix, const Facts& facts, const std::vector<GgufTensor>& tensors)
        : type_(type), imatrix_(imatrix), facts_(facts) {
        for (const GgufTensor& tensor : tensors) {
            const Part part = part_of(tensor);
            values_ += part == Part::value || part == Part::packed ? 1 : 0;
            tied_ = tied_ && part != Part::output;
        }
    }

    DType type_for(const GgufTensor& tensor) {
        const Part part = part_of(tensor);
        const DType start = default_type(type_);
        if (part == Part::output || (tied_ && part == Part::token_table)) {
            return head(tensor, start);
        }
        if (type_ == F::mxfp4) {
            return tensor.ne[2] > 1 ? T::mxfp4 : T::q8_0;
        }
        if (part == Part::token_table) {
            return token_table(start);
        }
        if (one_of(type_, about_two_bits)) {
            return with_two_bits(part, start);
        }
        switch (part) {
            case Part::value:
            case Part::packed: return value(start);
            case Part::key: return facts_.experts == 8 ? T::q8_0 : query(start);
            case Part::query: return query(start);
            case Part::ffn_down: return down(tensor, start);
            case Part::attention_output: return attention_output(start);
            case Part::ffn_gate: return up(tensor, gates_seen_++, start);
            case Part::ffn_up: return up(tensor, ups_seen_++, start);
            default: return start;
        }
    }

private:
    DType head(const GgufTensor& tensor, DType start) const {
        const bool divided = tensor.ne[0] % info(start).block_elements == 0;
        if (type_ == F::mxfp4 || facts_.falcon || !divided) {
            return T::q8_0;
        }
        if (one_of(type_, about_two_bits) || type_ == F::iq3_xxs) {
            return T::q5_k;
        }
        return start == T::q8_0 ? T::q8_0 : T::q6_k;
    }

    DType token_table(DType start) const {
        switch (type_) {
            case F::iq2_xxs:
            case F::iq2_xs:
            case F::iq1_s:
            case F::iq1_m: return T::q2_k;
            case F::iq2_s:
            case F::iq2_m:
            case F::iq3_xxs: return T::iq3_s;
            case F::tq1_0:
            case F::tq2_0:
            case F::q2_0: return T::q4_k;
            default: return start;
        }
    }

    DType with_two_bits(Part part, DType start) {
        const bool wider = type_ == F::iq2_s || type_ == F::iq2_m;
        switch (part) {
            case Part::value:
            case Part::packed:
                if (facts_.sharing >= 4 || facts_.experts >= 4) {
                    return T::q4_k;
                }
                return wider ? T::iq3_s : T::q2_k;
            case Part::key: return facts_.experts == 8 ? T::q4_k : start;
            case Part::ffn_down:
                if (downs_seen_++ < facts_.layers / 8) {
                    return wider ? T::iq3_s : T::q2_k;
                }
                return start;
            case Part::attention_output:
                if (facts_.experts == 8) {
                    return T::q5_k;
                }
                if (wider) {
                    return T::iq3_s;
                }
                return type_ == F::iq1_s || type_ == F::iq1_m ? T::iq2_xxs : start;
            default: return start;
        }
    }

    DType value(DType start) {
        const bool shared = facts_.sharing >= 4;
        const std::int64_t seen = values_seen_++;
        DType type = start;
        switch (type_) {
            case F::q2_k: type = shared ? T::q4_k : T::q3_k; break;
            case F::q2_k_s:
            case F::iq3_xs:
            case F::iq3_s: type = shared ? T::q4_k : start; break;
            case F::iq3_xxs: type = shared ? T::q4_k : imatrix_ ? T::iq3_xxs : T::iq3_s; break;
            case F::iq3_m: type = T::q4_k; break;
            case F::q3_k_m: type = seen < 2 ? T::q5_k : T::q4_k; break;
            case F::q3_k_l: type = T::q5_k; break;
            case F::iq4_nl:
            case F::iq4_xs: type = shared ? T::q5_k : start; break;
            case F::q4_k_m:
            case F::q5_k_m: type = more_bits(seen, values_) ? T::q6_k : start; break;
            case F::q4_k_s: type = seen < 4 ? T::q5_k : start; break;
            default: break;
        }
        if (facts_.is_70b && (type == T::q3_k || type == T::q4_k)) {
            type = T::q5_k;
        }
        return facts_.experts == 8 ? T::q8_0 : type;
    }

    DType query(DType start) const {
        return type_ == F::iq3_xs ? T::iq3_xxs : type_ == F::iq3_xxs ? T::iq2_s : start;
    }

    /// With experts the block's number counts, without them how many came before.
    std::int64_t place(const GgufTensor& tensor, std::int64_t seen) const {
        return facts_.experts > 1 ? tensor.layer : seen;
    }

    DType down(const GgufTensor& tensor, DType start) {
        const std::int64_t layer = place(tensor, downs_seen_++);
        const std::int64_t layers = facts_.layers;
        const bool first = layer < layers / 8;
        const bool very_first = layer < layers / 16;
        const bool more = more_bits(layer, layers);
        switch (type_) {
            case F::q2_k: return T::q3_k;
            case F::q2_k_s: return first ? T::q4_k : start;
            case F::iq3_xxs: return imatrix_ ? start : first ? T::q4_k : T::q3_k;
            case F::q3_k_m:
                return very_first ? T::q5_k : !facts_.falcon || more ? T::q4_k : T::q3_k;
            case F::iq3_m: return first || (facts_.experts == 8 && more) ? T::q4_k : start;
            case F::q3_k_l: return facts_.falcon ? T::q4_k : T::q5_k;
            case F::q4_k_m:
                if (facts_.falcon) {
                    return very_first ? T::q6_k : more ? T::q5_k : T::q4_k;
                }
                return more ? T::q6_k : start;
            case F::iq4_nl:
            case F::iq4_xs: return first && !imatrix_ ? T::q5_k : start;
            case F::q5_k_m: return more ? T::q6_k : start;
            case F::q4_k_s: return first && !facts_.falcon ? T::q5_k : start;
            case F::q4_0: return first && imatrix_ ? T::q4_1 : start;
            case F::q5_0: return first && imatrix_ ? T::q5_1 : start;
            default: return start;
        }
    }

    DType attention_output(DType start) const {
        if (facts_.falcon) {
            return type_ == F::q3_k_l ? T::q4_k : start;
        }
        if (facts_.experts == 8) {
            constexpr FileType raised[] = {F::q2_k,   F::iq3_xs, F::iq3_xxs, F::q3_k_s,
                                           F::q3_k_m, F::iq4_nl, F::q4_k_s,  F::q4_k_m,
                                           F::iq3_s,  F::iq3_m,  F::iq4_xs};
            return one_of(type_, raised) ? T::q5_k : start;
        }
        switch (type_) {
            case F::q2_k: return T::q3_k;
            case F::iq3_xxs: return T::iq3_s;
            case F::q3_k_m:
            case F::iq3_m: return T::q4_k;
            case F::q3_k_l: return T::q5_k;
            default: return start;
        }
    }

    DType up(const GgufTensor& tensor, std::int64_t seen, DType start) const {
        const std::int64_t layer = place(tensor, seen);
        const bool middle = layer >= facts_.layers / 8 && layer < 7 * facts_.layers / 8;
        return type_ == F::iq3_xs && middle ? T::iq3_xxs : start;
    }

    FileType type_;
    bool imatrix_;
    const Facts& facts_;
    std::int64_t values_ = 0;
    bool tied_ = true;  // no output matrix: the token table serves
    std::int64_t values_seen_ = 0;
    std::int64_t downs_seen_ = 0;
    std::int64_t gates_seen_ = 0;
    std::int64_t ups_seen_ = 0;
};

/// The type for rows that `type`'s blocks do not divide; nothing where llama-quantize gives up.
std::optional<DType> fallback(DType type, std::int64_t row) {
    const auto divides = [row](DType other) { return row % info(other).block_elements == 0; };
    if (divides(type)) {
        return type;
    }
    DType other = type;
    switch (type) {
        case T::iq1_s:
        case T::iq1_m:
        case T::iq2_xxs:
        case T::iq2_xs:
        case T::iq2_s:
        case T::iq3_xxs:
        case T::iq3_s:
        case T::iq4_xs: other = T::iq4_nl; break;
        case T::q2_0:
        case T::q2_k:
        case T::q3_k:
        case T::tq1_0:
        case T::tq2_0: other = T::q4_0; break;
        case T::q4_k: other = T::q5_0; break;
        case T::q5_k: other = T::q5_1; break;
        case T::q6_k: other = T::q8_0; break;
        default:
            if (info(type).block_elements > 32) {
                return std::nullopt;
            }
    }
    return divides(other) ? other : T::fp16;
}

}  // namespace

std::string_view name(FileType type) { return file_types[static_cast<std::uint8_t>(type)].name; }

DType default_type(FileType type) { return file_types[static_cast<std::uint8_t>(type)].type; }

std::optional<FileType> file_type_named(std::string_view wanted) {
    std::string upper(wanted);
    for (char& letter : upper) {
        if (letter >= 'a' && letter <= 'z') {
            letter = static_cast<char>(letter - 'a' + 'A');
        }
    }
    if (upper == "MXFP4") {
        return FileType::mxfp4;
    }
    for (std::size_t i = 0; i < file_types.size(); ++i) {
        if (file_types[i].name == upper) {
            return static_cast<FileType>(i);
        }
    }
    return std::nullopt;
}

std::optional<FileType> file_type_of(WeightStorage storage, DType computed) {
    switch (storage) {
        case WeightStorage::automatic:
            return computed == DType::fp32   ? FileType::fp32
                   : computed == DType::fp16 ? FileType::fp16
                                             : FileType::bf16;
#define X(id, name, number, type) \
    case WeightStorage::id: return FileType::id;
            TENSORLEDGER_FILE_TYPES(X)
#undef X
        default: return std::nullopt;
    }
}

std::optional<FileType> file_type_numbered(std::int64_t number) {
    for (std::size_t i = 0; i < file_types.size(); ++i) {
        if (file_types[i].number == number) {
            return static_cast<FileType>(i);
        }
    }
    return std::nullopt;
}

GgufTensors quantised(const Model& model, FileType type, bool imatrix) {
    const DType start = default_type(type);
    GgufTensors list = gguf_tensors(model, is_quantised(start) ? DType::bf16 : start);
    const Architecture* row = architecture_row(model);
    if (list.issue || row == nullptr || !is_quantised(start)) {
        return list;
    }
    const Facts facts = facts_of(model, *row);
    Mixture mixture(type, imatrix, facts, list.tensors);
    for (GgufTensor& tensor : list.tensors) {
        if (!is_quantisable(tensor)) {
            continue;
        }
        const std::optional<DType> given = fallback(mixture.type_for(tensor), tensor.ne[0]);
        if (!given) {
            list.issue = {"weights", "impossible",
                          "llama-quantize refuses " + std::string(name(type)) + " here: a row of " +
                              tensor.name() + " has " + std::to_string(tensor.ne[0]) +
                              " elements, which its blocks of " +
                              std::to_string(info(start).block_elements) +
                              " do not divide, and it knows no type to fall back to."};
            list.tensors.clear();
            return list;
        }
        tensor.type = *given;
    }
    return list;
}

}  // namespace tensorledger::llamacpp
