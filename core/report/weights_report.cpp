// What a file's weights are: the answer to a dropped config.json, a header of .safetensors or .gguf, or an
// index of shards, in JSON.

#include <algorithm>
#include <iterator>

#include "core/formats/config_json.h"
#include "core/formats/gguf.h"
#include "core/formats/json.h"
#include "core/formats/quantisation.h"
#include "core/formats/safetensors.h"
#include "core/formats/shards.h"
#include "core/model/weights.h"
#include "core/options/table.h"
#include "core/profiles/llamacpp/quantise.h"
#include "core/report/estimate.h"

namespace tensorledger {

namespace {

/// One line of the list: so many tensors of a name, a shape and a type.
struct Line {
    std::string name;
    std::string shape;
    std::int64_t count = 1;
    std::string dtype;
    Bytes bytes;  // of all of them
    bool loaded = true;
};

void write_messages(JsonWriter& json, std::string_view key, const Notes& notes) {
    json.key(key).begin_array();
    for (const Note& note : notes) {
        json.begin_object();
        json.key("code").string(note.code);
        json.key("message").string(note.message);
        json.end_object();
    }
    json.end_array();
}

void write_issues(JsonWriter& json, const Issues& issues) {
    json.key("issues").begin_array();
    for (const Issue& issue : issues) {
        json.begin_object();
        json.key("field").string(issue.field);
        json.key("code").string(issue.code);
        json.key("message").string(issue.message);
        json.end_object();
    }
    json.end_array();
}

std::string refused(const Issues& issues) {
    JsonWriter json;
    json.begin_object();
    json.key("ok").boolean(false);
    json.key("version").string(TENSORLEDGER_VERSION);
    write_issues(json, issues);
    json.end_object();
    return json.take();
}

std::string shape_text(const Shape& shape) {
    std::string text;
    for (int axis = 0; axis < shape.rank; ++axis) {
        text += axis > 0 ? " × " : "";
        text += shape[axis].symbol;
    }
    return text;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        text += axis > 0 ? " × " : "";
        text += std::to_string(shape[axis]);
    }
    return text;
}

/// "blk.12.attn_q.weight" as "blk.{i}.attn_q.weight": what differs only in numbers is listed once.
std::string pattern_of(std::string_view name) {
    std::string pattern;
    while (!name.empty()) {
        const std::size_t end = std::min(name.find('.'), name.size());
        const std::string_view word = name.substr(0, end);
        const bool digits =
            !word.empty() && word.find_first_not_of("0123456789") == std::string_view::npos;
        pattern += digits ? std::string_view("{i}") : word;
        pattern += end < name.size() ? "." : "";
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return pattern;
}

/// The tensors of a file, equal ones in one line, in the order in which the first of each comes.
std::vector<Line> lines_of(const std::vector<StoredTensor>& tensors) {
    std::vector<Line> lines;
    lines.reserve(tensors.size());
    for (const StoredTensor& tensor : tensors) {
        lines.push_back({.name = pattern_of(tensor.name),
                         .shape = shape_text(tensor.shape),
                         .dtype = tensor.dtype,
                         .bytes = tensor.bytes});
    }
    std::vector<std::size_t> order(lines.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = i;
    }
    const auto differs = [&lines](std::size_t left, std::size_t right) {
        const Line& a = lines[left];
        const Line& b = lines[right];
        const int name = a.name.compare(b.name);
        const int shape = a.shape.compare(b.shape);
        return name != 0 ? name : shape != 0 ? shape : a.dtype.compare(b.dtype);
    };
    std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        const int order_of = differs(left, right);
        return order_of != 0 ? order_of < 0 : left < right;
    });
    for (std::size_t i = 1, first = 0; i < order.size(); ++i) {
        if (differs(order[first], order[i]) != 0) {
            first = i;
            continue;
        }
        Line& kept = lines[order[first]];
        ++kept.count;
        kept.bytes += lines[order[i]].bytes;
        lines[order[i]].count = 0;
    }
    std::erase_if(lines, [](const Line& line) { return line.count == 0; });
    return lines;
}

/// The parts that every answer begins with.
void begin(JsonWriter& json, std::string_view kind, std::string_view model_type, const Notes& notes,
           const ParameterCounts& counts) {
    json.begin_object();
    json.key("ok").boolean(true);
    json.key("version").string(TENSORLEDGER_VERSION);
    json.key("kind").string(kind);
    json.key("model_type").string(model_type);
    write_issues(json, {});
    write_messages(json, "notes", notes);
    json.key("params").begin_object();
    json.key("total").integer(counts.total);
    json.key("active").integer(counts.active);
    json.key("trainable").integer(counts.trainable);
    json.key("embedding").integer(counts.embedding);
    json.end_object();
}

void end(JsonWriter& json, const std::vector<Line>& lines) {
    Bytes all;
    json.key("tensors").begin_array();
    for (const Line& line : lines) {
        all += line.loaded ? line.bytes : Bytes(0);
        json.begin_object();
        json.key("name").string(line.name);
        json.key("shape").string(line.shape);
        json.key("count").integer(line.count);
        json.key("dtype").string(line.dtype);
        json.key("bytes").integer(line.bytes.count());
        json.key("loaded").boolean(line.loaded);
        json.end_object();
    }
    json.end_array();
    json.key("bytes").integer(all.count());
    json.end_object();
}

Issue too_large() {
    return {"", "too-large", "The sizes leave what can be counted exactly (2^53 bytes, 8 PiB)."};
}

/// Dimensions in symbols, every tensor as its class has it.
std::vector<Line> plain_lines(const std::vector<WeightTensor>& tensors) {
    std::vector<Line> lines;
    lines.reserve(tensors.size());
    for (const WeightTensor& tensor : tensors) {
        lines.push_back({.name = tensor.name,
                         .shape = shape_text(tensor.shape),
                         .count = tensor.count,
                         .dtype = std::string(name(tensor.dtype)),
                         .bytes = bytes_of(tensor.dtype, tensor.shape.elements()) * tensor.count,
                         .loaded = tensor.loaded()});
    }
    return lines;
}

/// Dimensions in numbers, with what a quantiser puts in place of a matrix.
std::vector<Line> quantised_lines(const Model& model, const Quantisation& quantisation) {
    std::vector<Line> lines;
    for (const StoredWeight& tensor : stored_weights(model, quantisation)) {
        lines.push_back({.name = tensor.name,
                         .shape = shape_text(tensor.shape),
                         .count = tensor.count,
                         .dtype = tensor.dtype,
                         .bytes = tensor.bytes * tensor.count,
                         .loaded = tensor.loaded});
    }
    return lines;
}

std::string answer_to_config(std::string_view text) {
    ModelOrIssues read = read_config_json(text);
    if (!read.model) {
        return refused(read.issues);
    }
    Model& model = *read.model;
    const JsonDocument document = JsonDocument::parse(text);
    const QuantisationOrIssues quantised = read_quantisation(document.root(), model.dtype);
    if (quantised.rest) {
        model.dtype = *quantised.rest;
        for (WeightTensor& part : model.parts) {
            part.dtype = model.dtype;
        }
    }
    Notes notes = model.notes;
    for (const Issue& issue : quantised.issues) {
        notes.push_back(
            {"partial", issue.message + " The bytes are those of the unquantised weights."});
    }
    const std::vector<WeightTensor> tensors = weight_tensors(model);
    const bool plain = quantised.quantisation.method == QuantMethod::none;
    JsonWriter json;
    begin(json, "config.json", model.model_type, notes, count_parameters(tensors));
    end(json, plain ? plain_lines(tensors) : quantised_lines(model, quantised.quantisation));
    return json.take();
}

/// Elements of the tables that llama.cpp's converter works out from a config: no parameters of the network.
std::int64_t rotary_tables(const GgufHeader& header) {
    std::int64_t elements = 0;
    for (const StoredTensor& tensor : header.tensors) {
        if (tensor.name.starts_with("rope_f")) {
            elements = (Bytes(elements) + Bytes(tensor.elements)).count();
        }
    }
    return elements;
}

/// The set-up that asks llama.cpp for this file; how its weights are stored only where an option says so.
std::string llamacpp_query(const GgufHeader& header) {
    std::string query = "task=inference&engine=llamacpp";
    const auto number = header.integer("general.file_type");
    const auto type = number ? llamacpp::file_type_numbered(*number) : std::nullopt;
    if (!type) {
        return query;
    }
    std::uint8_t place = 0;
    for (const ChoiceRow& choice : find_option("weights")->choices) {
        const auto storage = static_cast<WeightStorage>(place);
        if (place++ > 0 && choice.status == Status::ready &&
            llamacpp::file_type_of(storage, DType::bf16) == type) {
            query += "&weights=" + std::string(choice.value);
            break;
        }
    }
    return query;
}

std::string answer_to_gguf(std::string_view bytes, std::int64_t file_size) {
    const GgufHeader header = read_gguf_header(bytes, file_size);
    if (!header.issues.empty()) {
        return refused(header.issues);
    }
    if (!header.file_bytes.is_exact_in_json() || !Bytes(header.elements).is_exact_in_json()) {
        return refused({too_large()});
    }
    const ModelOrIssues network = gguf_model(header);
    ParameterCounts counts;
    Notes notes;
    if (network.model) {
        counts = count_parameters(*network.model);
        notes = network.model->notes;
        if (counts.total != header.elements - rotary_tables(header)) {
            notes.push_back({"partial", "The tensors have " + std::to_string(header.elements) +
                                            " elements, the network that the metadata describe " +
                                            std::to_string(counts.total) + " parameters."});
        }
    } else {
        counts = {
            .total = header.elements, .active = header.elements, .trainable = header.elements};
        for (const Issue& issue : network.issues) {
            notes.push_back({"partial", issue.message + " Its tensors are listed nevertheless."});
        }
    }
    counts.total = header.elements;
    JsonWriter json;
    begin(json, "gguf", header.text("general.architecture"), notes, counts);
    json.key("gguf_version").integer(header.version);
    json.key("header_bytes").integer(header.header_bytes);
    json.key("file_bytes").integer(header.file_bytes.count());
    if (network.model) {
        const std::string config = gguf_config(header);
        json.key("config").raw(config);
        json.key("query").string(llamacpp_query(header));
    }
    end(json, lines_of(header.tensors));
    return json.take();
}

std::string answer_to_safetensors(std::string_view bytes, std::int64_t file_size) {
    const SafetensorsHeader header = read_safetensors_header(bytes, file_size);
    if (!header.issues.empty()) {
        return refused(header.issues);
    }
    const std::int64_t parameters = stored_parameters(header.tensors);
    if (!header.bytes.is_exact_in_json() || !Bytes(parameters).is_exact_in_json()) {
        return refused({too_large()});
    }
    JsonWriter json;
    begin(json, "safetensors", "", {},
          {.total = parameters, .active = parameters, .trainable = parameters});
    json.key("header_bytes").integer(safetensors_header_size(bytes));
    end(json, lines_of(header.tensors));
    return json.take();
}

std::string answer_to_index(const ShardIndex& shards) {
    if (!shards.issues.empty()) {
        return refused(shards.issues);
    }
    JsonWriter json;
    begin(json, "index.json", "", shards.notes, {});
    json.key("files").begin_array();
    for (const std::string& file : shards.files) {
        json.string(file);
    }
    json.end_array();
    json.key("tensor_count").integer(static_cast<std::int64_t>(shards.places.size()));
    json.key("tensors").begin_array().end_array();
    json.key("bytes").integer(shards.bytes.count());
    json.end_object();
    return json.take();
}

std::string answer_to_shards(const ShardIndex& index, const std::vector<ShardStart>& shards) {
    std::vector<StoredTensor> tensors;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        if (!shards[i].present) {
            return refused(
                {{shards[i].name, "missing",
                  "The file " + shards[i].name + " that the index names is not beside it."}});
        }
        SafetensorsHeader header = read_safetensors_header(shards[i].bytes, shards[i].file_size);
        const Issues issues = compare_shard(index, static_cast<std::int64_t>(i), header);
        if (!issues.empty()) {
            return refused(issues);
        }
        tensors.insert(tensors.end(), std::make_move_iterator(header.tensors.begin()),
                       std::make_move_iterator(header.tensors.end()));
    }
    const std::int64_t parameters = stored_parameters(tensors);
    JsonWriter json;
    begin(json, "safetensors", "", {},
          {.total = parameters, .active = parameters, .trainable = parameters});
    end(json, lines_of(tensors));
    return json.take();
}

}  // namespace

std::vector<std::string> shard_files(std::string_view index) {
    const JsonDocument document = JsonDocument::parse(index);
    return read_shard_index(document.root()).files;
}

std::string shards_json(std::string_view text, const std::vector<ShardStart>& shards) {
    const JsonDocument document = JsonDocument::parse(text);
    const bool any = std::any_of(shards.begin(), shards.end(),
                                 [](const ShardStart& shard) { return shard.present; });
    if (!any || !document.root().find("weight_map").is_object()) {
        return weights_json(text, "model.safetensors.index.json");
    }
    const ShardIndex index = read_shard_index(document.root());
    return index.issues.empty() ? answer_to_shards(index, shards) : refused(index.issues);
}

std::string weights_json(std::string_view bytes, std::string_view name, std::int64_t file_size) {
    if (name.ends_with(".gguf") || bytes.starts_with("GGUF")) {
        return answer_to_gguf(bytes, file_size);
    }
    if (name.ends_with(".safetensors")) {
        return answer_to_safetensors(bytes, file_size);
    }
    if (bytes.find("\"weight_map\"") != std::string_view::npos &&
        static_cast<std::int64_t>(bytes.size()) <= max_index) {
        const JsonDocument document = JsonDocument::parse(bytes);
        if (document.root().find("weight_map").is_object()) {
            return answer_to_index(read_shard_index(document.root()));
        }
    }
    return answer_to_config(bytes);
}

}  // namespace tensorledger
