#include "core/formats/quantisation.h"

#include <algorithm>
#include <string>

namespace tensorledger {

namespace {

std::int64_t number(JsonValue object, std::string_view key, std::int64_t otherwise) {
    return object.find(key).as_integer().value_or(otherwise);
}

bool flag(JsonValue object, std::string_view key, bool otherwise = false) {
    return object.find(key).as_boolean().value_or(otherwise);
}

std::string_view text(JsonValue object, std::string_view key) {
    return object.find(key).as_string().value_or("");
}

std::string lower(std::string_view letters) {
    std::string low(letters);
    for (char& letter : low) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return low;
}

/// Names of modules that stay as they are, under the names that quantisers give the list.
void read_kept(JsonValue object, Quantisation& q) {
    for (const std::string_view key : {"ignore", "modules_to_not_convert", "llm_int8_skip_modules",
                                       "ignored_layers", "exclude_modules", "skip_modules"}) {
        const JsonValue list = object.find(key);
        JsonValue element = list.first();
        for (std::int64_t i = 0; i < list.size() && list.is_array();
             ++i, element = element.next()) {
            if (element.as_string()) q.kept.emplace_back(*element.as_string());
        }
    }
}

bool states_dtype(JsonValue object) {
    return object.find("torch_dtype").as_string() || object.find("dtype").as_string();
}

void refuse(QuantisationOrIssues& result, std::string sentence) {
    result.issues.push_back({"quantization_config", "not-listed", std::move(sentence)});
}

/// compressed-tensors and ModelOpt: one group of modules, its weights' format.
void read_groups(JsonValue object, QuantisationOrIssues& result, DType computed) {
    Quantisation& q = result.quantisation;
    q.scale = computed;
    q.quantises_head = true;
    const JsonValue groups = object.find("config_groups");
    JsonValue weights;
    JsonValue inputs;
    if (groups.size() > 0) {
        weights = groups.value_at(0).find("weights");
        inputs = groups.value_at(0).find("input_activations");
    }
    if (groups.size() > 1) {
        refuse(result,
               "quantization_config quantises groups of modules in different ways, which is not "
               "described here.");
        return;
    }
    const std::string algorithm = lower(text(object, "quant_algo"));
    if (algorithm == "mixed_precision") {
        refuse(result,
               "quantization_config mixes several precisions, which is not described here.");
        return;
    }
    const std::int64_t bits = number(weights, "num_bits", algorithm == "nvfp4" ? 4 : 8);
    const bool whole = text(weights, "type") == "int";
    const std::string_view strategy = text(weights, "strategy");
    const std::string_view format = text(object, "format");
    const bool words = format == "pack-quantized";
    q.bits = bits;
    q.input_scale = inputs.is_object() && !flag(inputs, "dynamic");
    q.zero_points = !flag(weights, "symmetric", true);
    q.ordered =
        weights.find("actorder").as_string().has_value() && text(weights, "actorder") != "static";
    const std::int64_t group = number(weights, "group_size", 0);
    q.group = strategy == "tensor" || (strategy.empty() && group == 0) ? -1
              : strategy == "channel"                                  ? 0
                                      : std::max<std::int64_t>(group, 0);
    if (text(object, "quant_method") == "modelopt" || !algorithm.empty()) q.scale = DType::fp32;
    const JsonValue block = weights.find("block_structure");
    if (block.size() == 2) {
        q.block_rows = block.at(0).as_integer().value_or(0);
        q.block_columns = block.at(1).as_integer().value_or(0);
    }
    if (bits == 4 && !whole && (group == 16 || algorithm == "nvfp4")) {
        q.method = QuantMethod::nvfp4;
        q.global_scale = true;
    } else if (bits == 8 && !whole) {
        q.method = QuantMethod::fp8;
    } else if (words && bits > 0 && bits <= 8) {
        q.method = QuantMethod::packed;
    } else if (bits == 8) {
        q.method = QuantMethod::int8;
    } else {
        refuse(result, "The format " + std::string(format) +
                           " of quantization_config is not described here.");
    }
}

void read_bitsandbytes(JsonValue object, Quantisation& q) {
    const bool four = flag(object, "load_in_4bit") || flag(object, "_load_in_4bit");
    q.method = four ? QuantMethod::bnb_4bit : QuantMethod::bnb_int8;
    q.bits = four ? 4 : 8;
    q.double_scales = flag(object, "bnb_4bit_use_double_quant");
}

void read_fp8(JsonValue object, Quantisation& q) {
    q.method = QuantMethod::fp8;
    q.bits = 8;
    q.group = -1;
    q.scale = DType::fp32;
    const JsonValue block = object.find("weight_block_size");
    if (block.size() == 2) {
        q.block_rows = block.at(0).as_integer().value_or(0);
        q.block_columns = block.at(1).as_integer().value_or(0);
    }
    q.input_scale = text(object, "activation_scheme") == "static";
}

}  // namespace

QuantisationOrIssues read_quantisation(JsonValue config, DType computed) {
    QuantisationOrIssues result;
    JsonValue object = config.find("quantization_config");
    if (!object.is_object()) object = config.find("compression_config");
    if (!object.is_object()) object = config.find("text_config").find("quantization_config");
    if (!object.is_object()) {
        return result;
    }
    Quantisation& q = result.quantisation;
    std::string method = lower(text(object, "quant_method"));
    if (flag(object, "load_in_4bit") || flag(object, "load_in_8bit")) method = "bitsandbytes";
    q.bits = number(object, "bits", 4);
    q.group = number(object, "group_size", number(object, "q_group_size", 128));
    if (q.group < 0) q.group = 0;
    q.zero_points = flag(object, "zero_point", true);
    q.ordered = flag(object, "desc_act");
    q.scale = computed;
    read_kept(object, q);
    if (method == "gptq" || method == "gptqmodel") {
        q.method = QuantMethod::gptq;
        q.quantises_head = flag(object, "lm_head");
    } else if (method == "awq") {
        q.method =
            lower(text(object, "version")) == "gemv" ? QuantMethod::awq_gemv : QuantMethod::awq;
    } else if (method == "bitsandbytes") {
        read_bitsandbytes(object, q);
    } else if (method == "mxfp4") {
        q.method = QuantMethod::mxfp4;
    } else if (method == "hqq") {
        q.method = QuantMethod::hqq;
        const JsonValue inner = object.find("quant_config").find("weight_quant_params");
        q.bits = number(inner, "nbits", 4);
        q.group = number(inner, "group_size", 64);
    } else if (object.find("config_groups").is_object() || method == "modelopt") {
        read_groups(object, result, computed);
    } else if (method == "fp8" || method == "fbgemm_fp8") {
        read_fp8(object, q);
        if (method == "fbgemm_fp8") q.group = 0;
    } else {
        refuse(result, method.empty()
                           ? std::string("quantization_config does not name its quant_method.")
                           : "Weights quantised by " + method + " are not described here.");
    }
    const bool bits_known = q.bits == 2 || q.bits == 3 || q.bits == 4 || q.bits == 8;
    const bool blocks_known =
        (q.block_rows == 0) == (q.block_columns == 0) && q.block_rows >= 0 && q.block_columns >= 0;
    if (result.issues.empty() && (!bits_known || !blocks_known)) {
        result.issues.push_back(
            {"quantization_config", "out-of-range",
             "quantization_config states bits or blocks that no quantiser has."});
    }
    if (!result.issues.empty()) {
        q.method = QuantMethod::none;
    }
    if (!states_dtype(config) && !states_dtype(config.find("text_config"))) {
        const bool half = q.method == QuantMethod::gptq || q.method == QuantMethod::awq ||
                          q.method == QuantMethod::awq_gemv || q.method == QuantMethod::bnb_4bit ||
                          q.method == QuantMethod::bnb_int8;
        if (half) result.rest = DType::fp16;
        if (q.method == QuantMethod::mxfp4) result.rest = DType::bf16;
    }
    return result;
}

}  // namespace tensorledger
