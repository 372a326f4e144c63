#include "core/model/stored.h"

#include <algorithm>
#include <string_view>

#include "core/model/weights.h"

namespace tensorledger {

namespace {

std::int64_t ceil_divide(std::int64_t number, std::int64_t by) {
    return number / by + (number % by != 0 ? 1 : 0);
}

/// A small regular expression, matched from the start of a text: literals, `.`, `\\x`, `[…]`, `(a|b)`, `$`, `^`
/// and the repetitions `*`, `+`, `?`. Steps are counted, so that no pattern takes long.
class Expression {
public:
    explicit Expression(std::string_view pattern) : pattern_(pattern) {}
    bool matches(std::string_view text) {
        steps_ = 0;
        return alternatives(0, pattern_.size(), text, 0, [](std::size_t) { return true; });
    }

private:
    static constexpr int max_steps = 20000;

    /// The end of the atom that starts at `at`.
    std::size_t atom_end(std::size_t at, std::size_t end) const {
        const char first = pattern_[at];
        if (first == '\\') return std::min(at + 2, end);
        if (first == '[') {
            const std::size_t close = pattern_.find(']', at + 2);
            return std::min(close == std::string_view::npos ? end : close + 1, end);
        }
        if (first != '(') return at + 1;
        int depth = 0;
        for (std::size_t i = at; i < end; ++i) {
            if (pattern_[i] == '\\') {
                ++i;
            } else if (pattern_[i] == '(') {
                ++depth;
            } else if (pattern_[i] == ')' && --depth == 0) {
                return i + 1;
            }
        }
        return end;
    }

    static bool in_set(std::string_view set, char letter) {
        const bool inverted = set.starts_with('^');
        if (inverted) set.remove_prefix(1);
        for (std::size_t i = 0; i < set.size(); ++i) {
            const bool range = i + 2 < set.size() && set[i + 1] == '-';
            if (range ? letter >= set[i] && letter <= set[i + 2] : letter == set[i])
                return !inverted;
            i += range ? 2 : 0;
        }
        return inverted;
    }

    bool one(std::string_view atom, char letter) const {
        if (atom[0] == '.') return true;
        if (atom[0] == '\\' && atom.size() > 1) {
            const bool digit = letter >= '0' && letter <= '9';
            const bool word = digit || letter == '_' || (letter >= 'a' && letter <= 'z') ||
                              (letter >= 'A' && letter <= 'Z');
            return atom[1] == 'd' ? digit : atom[1] == 'w' ? word : letter == atom[1];
        }
        if (atom[0] == '[') return in_set(atom.substr(1, atom.size() - 2), letter);
        return letter == atom[0];
    }

    template <typename Then>
    bool alternatives(std::size_t at, std::size_t end, std::string_view text, std::size_t place,
                      const Then& then) {
        std::size_t start = at;
        for (std::size_t i = at; i < end;) {
            if (pattern_[i] == '|') {
                if (sequence(start, i, text, place, &call<Then>, &then)) return true;
                start = ++i;
            } else {
                i = atom_end(i, end);
            }
        }
        return sequence(start, end, text, place, &call<Then>, &then);
    }

    using Next = bool (*)(const void*, std::size_t);
    template <typename Then>
    static bool call(const void* then, std::size_t place) {
        return (*static_cast<const Then*>(then))(place);
    }

    bool sequence(std::size_t at, std::size_t end, std::string_view text, std::size_t place,
                  Next next, const void* then) {
        if (++steps_ > max_steps) return false;
        if (at >= end) return next(then, place);
        if (pattern_[at] == '^')
            return place == 0 && sequence(at + 1, end, text, place, next, then);
        if (pattern_[at] == '$') {
            return place == text.size() && sequence(at + 1, end, text, place, next, then);
        }
        const std::size_t after = atom_end(at, end);
        const char sign = after < end ? pattern_[after] : ' ';
        const bool repeated = sign == '*' || sign == '+';
        const bool optional = sign == '*' || sign == '?';
        std::size_t rest = after + (repeated || optional ? 1 : 0);
        if (rest > after && rest < end && pattern_[rest] == '?')
            ++rest;  // not greedy: the same answer
        if (pattern_[at] == '(') {
            std::size_t inner = at + 1;
            if (pattern_.substr(inner, 2) == "?:") inner += 2;
            const auto follow = [&](std::size_t reached) {
                return sequence(rest, end, text, reached, next, then) ||
                       (repeated && reached > place &&
                        sequence(at, end, text, reached, next, then));
            };
            if (alternatives(inner, after - 1, text, place, follow)) return true;
            return optional && sequence(rest, end, text, place, next, then);
        }
        const std::string_view atom = pattern_.substr(at, after - at);
        if (optional && sequence(rest, end, text, place, next, then)) return true;
        for (std::size_t reached = place; reached < text.size() && one(atom, text[reached]);) {
            ++reached;
            if (sequence(rest, end, text, reached, next, then)) return true;
            if (!repeated) break;
        }
        return false;
    }

    std::string_view pattern_;
    int steps_ = 0;
};

/// As a file name fits: * stands for any letters.
bool fits_glob(std::string_view pattern, std::string_view name) {
    std::size_t at = 0;
    std::size_t place = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resumed = 0;
    while (place < name.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = at++;
            resumed = place;
        } else if (at < pattern.size() && (pattern[at] == name[place] || pattern[at] == '?')) {
            ++at;
            ++place;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            place = ++resumed;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '*') ++at;
    return at == pattern.size();
}

/// A name from its first list of layers on: a checkpoint's modules and the loaded model's differ before it.
std::string_view from_layers(std::string_view name) {
    const std::size_t at = name.find("layers.");
    return at == std::string_view::npos ? name : name.substr(at);
}

class Storer {
public:
    Storer(const Model& model, const Quantisation& q, std::vector<StoredWeight>& out)
        : model_(model), q_(q), out_(out) {}

    /// `layer` takes the place of {i}; below 0: the tensor is outside of the layers.
    void store(const WeightTensor& tensor, std::int64_t layer);
    /// A matrix whose module has no name.
    void matrix(std::int64_t outputs, std::int64_t inputs);

private:
    bool is_quantised(const WeightTensor& tensor, const std::string& module) const;
    void add(std::string_view suffix, DType type, std::vector<std::int64_t> shape,
             std::int64_t weights = 0);
    void words(std::int64_t outputs, std::int64_t inputs);
    void packed(std::int64_t outputs, std::int64_t inputs);
    void bitsandbytes(std::int64_t outputs, std::int64_t inputs);
    void fp8(std::int64_t outputs, std::int64_t inputs);
    void nvfp4(std::int64_t outputs, std::int64_t inputs);
    void hqq(std::int64_t outputs, std::int64_t inputs);
    std::int64_t groups(std::int64_t inputs) const {
        return q_.group > 0 ? ceil_divide(inputs, q_.group) : 1;
    }

    const Model& model_;
    const Quantisation& q_;
    std::vector<StoredWeight>& out_;
    std::string module_;
    std::int64_t count_ = 1;
    bool loaded_ = true;
};

bool Storer::is_quantised(const WeightTensor& tensor, const std::string& module) const {
    const bool linear = tensor.shape.rank == 2 && tensor.name.ends_with(".weight");
    const bool stays = module.ends_with("indexer.weights_proj") || module.ends_with("eh_proj");
    if (q_.method == QuantMethod::none || !linear || stays) return false;
    switch (tensor.role) {
        case WeightRole::attention:
        case WeightRole::mixer:
        case WeightRole::mlp:
            if (q_.method == QuantMethod::mxfp4) return false;
            break;
        case WeightRole::expert: break;
        case WeightRole::head:
            if (!q_.quantises_head) return false;
            break;
        case WeightRole::other:
            if (q_.method == QuantMethod::mxfp4 || module.find("embed") != std::string::npos)
                return false;
            break;
        default: return false;  // embeddings, norms, routers
    }
    return std::none_of(q_.kept.begin(), q_.kept.end(),
                        [&module](const std::string& pattern) { return fits(pattern, module); });
}

void Storer::add(std::string_view suffix, DType type, std::vector<std::int64_t> shape,
                 std::int64_t weights) {
    StoredWeight& made = out_.emplace_back();
    made.name = module_;
    made.name += suffix;
    made.dtype = name(type);
    std::int64_t elements = 1;
    for (const std::int64_t size : shape) elements = checked_product(elements, size);
    made.shape = std::move(shape);
    made.bytes = bytes_of(type, elements);
    made.weights = weights;
    made.count = count_;
    made.loaded = loaded_;
}

/// GPTQ packs along the inputs, AWQ along the outputs; GEMV's scales and zeros are padded.
void Storer::words(std::int64_t outputs, std::int64_t inputs) {
    const std::int64_t weights = checked_product(outputs, inputs);
    const auto in_words = [this](std::int64_t elements) {
        return ceil_divide(elements * q_.bits, 32);
    };
    if (q_.method == QuantMethod::awq_gemv) {
        const std::int64_t times = q_.group >= 128 ? 1 : q_.group >= 64 ? 2 : 4;
        const std::int64_t width = ceil_divide(ceil_divide(groups(inputs), 8), times) * times;
        add(".qweight", DType::int32, {outputs, in_words(inputs)}, weights);
        add(".qzeros", DType::int32, {outputs, width});
        add(".scales", DType::fp16, {outputs, width * 8});
        return;
    }
    const bool awq = q_.method == QuantMethod::awq;
    if (awq) {
        add(".qweight", DType::int32, {inputs, in_words(outputs)}, weights);
    } else {
        add(".qweight", DType::int32, {in_words(inputs), outputs}, weights);
    }
    add(".qzeros", DType::int32, {groups(inputs), in_words(outputs)});
    add(".scales", DType::fp16, {groups(inputs), outputs});
    if (!awq) {
        add(".g_idx", DType::int32, {inputs});
    }
}

void Storer::packed(std::int64_t outputs, std::int64_t inputs) {
    const std::int64_t weights = checked_product(outputs, inputs);
    const std::int64_t per_word = 32 / q_.bits;
    if (q_.method == QuantMethod::int8) {
        add(".weight", DType::int8, {outputs, inputs}, weights);
        if (q_.group < 0) {
            add(".weight_scale", q_.scale, {1});
        } else {
            add(".weight_scale", q_.scale, {outputs, groups(inputs)});
        }
        return;
    }
    add(".weight_packed", DType::int32, {outputs, ceil_divide(inputs, per_word)}, weights);
    add(".weight_scale", q_.scale, {outputs, groups(inputs)});
    add(".weight_shape", DType::int64, {2});
    if (q_.zero_points) {
        add(".weight_zero_point", DType::int32, {ceil_divide(outputs, per_word), groups(inputs)});
    }
    if (q_.ordered) {
        add(".weight_g_idx", DType::int32, {inputs});
    }
}

void Storer::bitsandbytes(std::int64_t outputs, std::int64_t inputs) {
    constexpr std::int64_t block = 64;
    constexpr std::int64_t outer_block = 256;
    const std::int64_t weights = checked_product(outputs, inputs);
    if (q_.method == QuantMethod::bnb_int8) {
        add(".weight", DType::int8, {outputs, inputs}, weights);
        add(".SCB", DType::fp32, {outputs});
        return;
    }
    const std::int64_t scales = ceil_divide(weights, block);
    add(".weight", DType::uint8, {ceil_divide(weights, 2), 1}, weights);
    add(".weight.absmax", q_.double_scales ? DType::uint8 : DType::fp32, {scales});
    if (q_.double_scales) {
        add(".weight.nested_absmax", DType::fp32, {ceil_divide(scales, outer_block)});
        add(".weight.nested_quant_map", DType::fp32, {256});
    }
    add(".weight.quant_map", DType::fp32, {16});
}

void Storer::fp8(std::int64_t outputs, std::int64_t inputs) {
    add(".weight", DType::fp8, {outputs, inputs}, checked_product(outputs, inputs));
    if (q_.block_rows > 0) {
        add(".weight_scale_inv", q_.scale,
            {ceil_divide(outputs, q_.block_rows), ceil_divide(inputs, q_.block_columns)});
    } else if (q_.group == 0) {
        add(".weight_scale", q_.scale, {outputs, 1});
    } else {
        add(".weight_scale", q_.scale, {});
    }
    if (q_.input_scale) {
        add(".input_scale", q_.scale, {});
    }
}

void Storer::nvfp4(std::int64_t outputs, std::int64_t inputs) {
    add(".weight", DType::uint8, {outputs, ceil_divide(inputs, 2)},
        checked_product(outputs, inputs));
    add(".weight_scale", DType::fp8, {outputs, ceil_divide(inputs, 16)});
    add(".weight_scale_2", DType::fp32, {});
    if (q_.input_scale) {
        add(".input_scale", DType::fp32, {});
    }
}

void Storer::hqq(std::int64_t outputs, std::int64_t inputs) {
    const std::int64_t weights = checked_product(outputs, inputs);
    const std::int64_t scales = q_.group > 0 ? ceil_divide(weights, q_.group) : outputs;
    if (q_.bits == 3) {
        add(".W_q", DType::int32, {ceil_divide(weights, 10)}, weights);  // ten in a word
    } else {
        add(".W_q", DType::uint8, {ceil_divide(weights * q_.bits, 8)}, weights);
    }
    add(".scale", q_.scale, {scales});
    add(".zero", q_.scale, {scales});
}

void Storer::store(const WeightTensor& tensor, std::int64_t layer) {
    constexpr std::string_view end = ".weight";
    std::string full = tensor.name;
    const std::size_t place = full.find("{i}");
    if (layer >= 0 && place != std::string::npos) {
        full.replace(place, 3, std::to_string(layer));
    }
    count_ = tensor.count;
    loaded_ = tensor.loaded();
    const bool ends = tensor.name.ends_with(end);
    const std::string module = ends ? full.substr(0, full.size() - end.size()) : full;
    if (!is_quantised(tensor, module)) {
        module_ = tensor.name;
        std::vector<std::int64_t> shape;
        shape.reserve(static_cast<std::uint32_t>(tensor.shape.rank));
        for (int axis = 0; axis < tensor.shape.rank; ++axis)
            shape.push_back(tensor.shape[axis].size);
        add("", tensor.dtype, std::move(shape), tensor.loaded() ? tensor.shape.elements() : 0);
        return;
    }
    module_ = tensor.name.substr(0, tensor.name.size() - end.size());
    const bool turned = model_.names.input_first;
    const std::int64_t outputs = tensor.shape[turned ? 1 : 0].size;
    const std::int64_t inputs = tensor.shape[turned ? 0 : 1].size;
    matrix(outputs, inputs);
}

void Storer::matrix(std::int64_t outputs, std::int64_t inputs) {
    switch (q_.method) {
        case QuantMethod::gptq:
        case QuantMethod::awq:
        case QuantMethod::awq_gemv: words(outputs, inputs); break;
        case QuantMethod::packed:
        case QuantMethod::int8: packed(outputs, inputs); break;
        case QuantMethod::bnb_int8:
        case QuantMethod::bnb_4bit: bitsandbytes(outputs, inputs); break;
        case QuantMethod::fp8: fp8(outputs, inputs); break;
        case QuantMethod::nvfp4: nvfp4(outputs, inputs); break;
        case QuantMethod::hqq: hqq(outputs, inputs); break;
        case QuantMethod::mxfp4:
            add("_blocks", DType::uint8, {outputs, ceil_divide(inputs, 32), 16},
                checked_product(outputs, inputs));
            add("_scales", DType::uint8, {outputs, ceil_divide(inputs, 32)});
            break;
        case QuantMethod::none: break;
    }
}

/// Equal lines become one, in the order in which the first of each comes.
void merge(std::vector<StoredWeight>& list) {
    std::vector<StoredWeight> merged;
    for (StoredWeight& line : list) {
        const auto same =
            std::find_if(merged.begin(), merged.end(), [&line](const StoredWeight& other) {
                return other.name == line.name && other.dtype == line.dtype &&
                       other.shape == line.shape && other.loaded == line.loaded;
            });
        if (same == merged.end()) {
            merged.push_back(std::move(line));
        } else {
            same->count += line.count;
        }
    }
    list = std::move(merged);
}

}  // namespace

bool fits(const std::string& pattern, const std::string& module) {
    if (pattern.starts_with("re:")) {
        return Expression(std::string_view(pattern).substr(3)).matches(module);
    }
    const std::string_view wanted = from_layers(pattern);
    const std::string_view found = from_layers(module);
    if (wanted.find('*') != std::string_view::npos) {
        // a pattern for what holds modules fits those below it
        return fits_glob(wanted, found) || fits_glob(std::string(wanted) + ".*", found) ||
               fits_glob(pattern, module);
    }
    const auto is_below = [](std::string_view name, std::string_view above) {
        return name.starts_with(above) &&
               (name.size() == above.size() || name[above.size()] == '.');
    };
    return is_below(found, wanted) || is_below(module, pattern) || found.ends_with(wanted);
}

void store_tensor(const Model& model, const Quantisation& quantisation, const WeightTensor& tensor,
                  std::int64_t layer, std::vector<StoredWeight>& list) {
    Storer(model, quantisation, list).store(tensor, layer);
}

std::vector<StoredWeight> stored_matrix(const Quantisation& quantisation, std::int64_t outputs,
                                        std::int64_t inputs) {
    std::vector<StoredWeight> parts;
    const Model none;
    Storer(none, quantisation, parts).matrix(outputs, inputs);
    return parts;
}

std::vector<StoredWeight> stored_weights(const Model& model, const Quantisation& quantisation) {
    std::vector<StoredWeight> list;
    Storer storer(model, quantisation, list);
    Model rest = model;
    rest.decoder.layers.clear();
    const std::vector<WeightTensor> outside = weight_tensors(rest);
    for (const WeightTensor& tensor : outside) {
        storer.store(tensor, -1);
    }
    Model one = rest;
    one.parts.clear();
    one.encoder.reset();
    one.next_token_layers.clear();
    one.vocab = 0;
    one.has_head = false;
    one.final_norm = NormKind::none;
    one.embedding_norm = false;
    for (std::size_t i = 0; i < model.decoder.layers.size(); ++i) {
        one.decoder.layers.assign(1, model.decoder.layers[i]);
        for (const WeightTensor& tensor : weight_tensors(one)) {
            storer.store(tensor, static_cast<std::int64_t>(i));
        }
    }
    merge(list);
    return list;
}

}  // namespace tensorledger
