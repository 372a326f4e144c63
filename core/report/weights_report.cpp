// What a file's weights are: the answer to a dropped config.json, in JSON.

#include "core/formats/config_json.h"
#include "core/formats/json.h"
#include "core/model/weights.h"
#include "core/report/estimate.h"

namespace tensorledger {

namespace {

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

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

std::string weights_json(std::string_view bytes, std::string_view name) {
    if (ends_with(name, ".gguf") || ends_with(name, ".safetensors")) {
        return refused(
            {{"file", "not-yet",
              "Headers of .safetensors and .gguf files are not read yet; a config.json is."}});
    }
    const ModelOrIssues read = read_config_json(bytes);
    if (!read.model) {
        return refused(read.issues);
    }
    const std::vector<WeightTensor> tensors = weight_tensors(*read.model);
    const ParameterCounts counts = count_parameters(tensors);
    JsonWriter json;
    json.begin_object();
    json.key("ok").boolean(true);
    json.key("version").string(TENSORLEDGER_VERSION);
    json.key("kind").string("config.json");
    json.key("model_type").string(read.model->model_type);
    write_issues(json, {});
    json.key("notes").begin_array();
    for (const Note& note : read.model->notes) {
        json.begin_object();
        json.key("code").string(note.code);
        json.key("message").string(note.message);
        json.end_object();
    }
    json.end_array();
    json.key("params").begin_object();
    json.key("total").integer(counts.total);
    json.key("active").integer(counts.active);
    json.key("trainable").integer(counts.trainable);
    json.key("embedding").integer(counts.embedding);
    json.end_object();
    Bytes all;
    json.key("tensors").begin_array();
    for (const WeightTensor& tensor : tensors) {
        const Bytes size = bytes_of(tensor.dtype, tensor.shape.elements()) * tensor.count;
        all += tensor.loaded() ? size : Bytes(0);
        json.begin_object();
        json.key("name").string(tensor.name);
        json.key("shape").string(shape_text(tensor.shape));
        json.key("count").integer(tensor.count);
        json.key("dtype").string(tensorledger::name(tensor.dtype));
        json.key("bytes").integer(size.count());
        json.key("loaded").boolean(tensor.loaded());
        json.end_object();
    }
    json.end_array();
    json.key("bytes").integer(all.count());
    json.end_object();
    return json.take();
}

}  // namespace tensorledger
