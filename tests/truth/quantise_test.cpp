// What llama.cpp v0.5.0 makes of a model: tensors, types and bytes of its GGUF file, confronted with what its
// own quantiser says (data/llamacpp: models.json, quantize.json; files.json are files that it really wrote).

#include <map>

#include "core/catalog/models.h"
#include "core/formats/config_json.h"
#include "core/formats/gguf.h"
#include "core/model/cache.h"
#include "core/model/weights.h"
#include "core/profiles/llamacpp/quantise.h"
#include "core/profiles/llamacpp/tensors.h"
#include "core/quantity/ggml.h"
#include "tests/core/catch.h"
#include "tests/core/gguf_writer.h"
#include "tests/truth/errors.h"

using namespace tensorledger;

namespace {

std::string text(JsonValue record, std::string_view key) {
    return std::string(record.find(key).as_string().value_or(""));
}

std::int64_t number(JsonValue record, std::string_view key) {
    return record.find(key).as_integer().value_or(-1);
}

/// The recorded models by name.
std::map<std::string, Model> recorded_models(const JsonDocument& records) {
    std::map<std::string, Model> models;
    for (std::int64_t i = 0; i < records.root().size(); ++i) {
        const JsonValue record = records.root().at(i);
        const ModelOrIssues read = read_config_json(record.find("config"));
        INFO(text(record, "model"));
        REQUIRE(read.issues.empty());
        models.emplace(text(record, "model"), *read.model);
    }
    return models;
}

/// The header of the file that llama-quantize writes: the recorded metadata and what it adds, then the tensors.
std::string header_of(JsonValue metadata, const llamacpp::GgufTensors& list) {
    const std::int64_t entries = metadata.size() + 2;
    GgufWriter file(list.tensors.size(), static_cast<std::uint64_t>(entries));
    for (std::int64_t i = 0; i < metadata.size(); ++i) {
        const std::string_view key = metadata.key_at(i);
        const JsonValue value = metadata.value_at(i);
        if (value.is_array()) {
            std::vector<std::int32_t> numbers;
            for (std::int64_t k = 0; k < value.size(); ++k) {
                numbers.push_back(static_cast<std::int32_t>(value.at(k).as_integer().value_or(0)));
            }
            file.entry(key, numbers);
        } else if (value.as_string()) {
            file.entry(key, *value.as_string());
        } else if (value.as_boolean()) {
            file.flag(key, *value.as_boolean());
        } else if (value.as_integer() && key.find("rope.freq_base") == std::string_view::npos) {
            file.entry(key, static_cast<std::uint32_t>(*value.as_integer()));
        } else {
            file.entry(key, static_cast<float>(value.as_number().value_or(0)));
        }
    }
    file.entry("general.quantization_version", 2u).entry("general.file_type", 15u);
    std::int64_t offset = 0;
    for (const llamacpp::GgufTensor& tensor : list.tensors) {
        std::uint32_t number = 0;
        while (ggml_type(number) != tensor.type) ++number;
        file.tensor(tensor.name(), {tensor.ne.begin(), tensor.ne.begin() + tensor.dims}, number,
                    static_cast<std::uint64_t>(offset));
        offset += (tensor.bytes().count() + 31) / 32 * 32;
    }
    return file.bytes();
}

}  // namespace

TEST_CASE("a GGUF file of a model has the tensors that llama.cpp's own has") {
    const JsonDocument records = JsonDocument::parse(read_test_data("llamacpp/models.json"));
    const std::map<std::string, Model> models = recorded_models(records);
    for (std::int64_t i = 0; i < records.root().size(); ++i) {
        const JsonValue record = records.root().at(i);
        INFO(text(record, "model"));
        const llamacpp::GgufTensors list = llamacpp::gguf_tensors(models.at(text(record, "model")));
        if (list.issue) continue;
        CHECK(list.architecture == text(record, "arch"));
        CHECK(list.elements() == number(record, "parameters"));
        CHECK(static_cast<std::int64_t>(list.tensors.size()) == number(record, "tensors"));
    }
}

TEST_CASE(
    "every file type takes the bytes that llama-quantize says, with an importance matrix and "
    "without") {
    const JsonDocument records = JsonDocument::parse(read_test_data("llamacpp/models.json"));
    const JsonDocument runs = JsonDocument::parse(read_test_data("llamacpp/quantize.json"));
    const std::map<std::string, Model> models = recorded_models(records);
    int compared = 0;
    for (std::int64_t r = 0; r < runs.root().size(); ++r) {
        const JsonValue run = runs.root().at(r);
        const Model& model = models.at(text(run, "model"));
        const bool imatrix = run.find("imatrix").as_boolean().value_or(false);
        const JsonValue bytes = run.find("bytes");
        for (std::int64_t i = 0; i < bytes.size(); ++i) {
            const std::string_view key = bytes.key_at(i);
            const JsonValue size = bytes.value_at(i);
            INFO(text(run, "model")
                 << " " << key << (imatrix ? " with" : " without") << " an importance matrix");
            const auto type = llamacpp::file_type_named(key);
            REQUIRE(type);
            const llamacpp::GgufTensors list = llamacpp::quantised(model, *type, imatrix);
            CHECK_FALSE(list.issue);
            CHECK(list.bytes() == Bytes(size.as_integer().value_or(-1)));
            record_error("tensors of GGUF files, every file type", size.as_integer().value_or(-1),
                         list.bytes().count());
            ++compared;
        }
        // The types that are not among the records are those that llama-quantize refuses.
        if (bytes.find("Q1_0").is_missing()) {
            const llamacpp::GgufTensors refused =
                llamacpp::quantised(model, llamacpp::FileType::q1_0, imatrix);
            CHECK(refused.issue);
        }
    }
    CHECK(compared == 1420);
}

TEST_CASE("a GGUF file takes the bytes of the one that llama-quantize wrote") {
    const JsonDocument records = JsonDocument::parse(read_test_data("llamacpp/models.json"));
    const JsonDocument files = JsonDocument::parse(read_test_data("llamacpp/files.json"));
    const std::map<std::string, Model> models = recorded_models(records);
    const auto compare = [&](const std::string& name, std::string_view ftype,
                             std::int64_t expected) {
        INFO(name << " " << ftype);
        const llamacpp::GgufTensors list =
            llamacpp::quantised(models.at(name), *llamacpp::file_type_named(ftype));
        for (std::int64_t i = 0; i < records.root().size(); ++i) {
            const JsonValue record = records.root().at(i);
            if (text(record, "model") != name) continue;
            const std::string bytes = header_of(record.find("metadata"), list);
            const GgufHeader header = read_gguf_header(bytes, expected);
            REQUIRE(header.issues.empty());
            CHECK(header.file_bytes == Bytes(expected));
            CHECK(header.bytes == list.bytes());
            record_error("GGUF files, header included", expected, header.file_bytes.count());
        }
    };
    for (std::int64_t i = 0; i < files.root().size(); ++i) {
        const JsonValue file = files.root().at(i);
        compare(text(file, "model"), text(file, "ftype"), number(file, "bytes"));
    }
    for (std::int64_t i = 0; i < records.root().size(); ++i) {
        const JsonValue record = records.root().at(i);
        compare(text(record, "model"), text(record, "ftype"), number(record, "file_bytes"));
    }
}

TEST_CASE("the metadata of a GGUF file describe the network that it was converted from") {
    const JsonDocument records = JsonDocument::parse(read_test_data("llamacpp/models.json"));
    for (std::int64_t i = 0; i < records.root().size(); ++i) {
        const JsonValue record = records.root().at(i);
        INFO(text(record, "model"));
        const Model model = *read_config_json(record.find("config")).model;
        const std::string bytes = header_of(record.find("metadata"), llamacpp::gguf_tensors(model));
        const ModelOrIssues read_back = gguf_model(read_gguf_header(bytes, 0));
        REQUIRE(read_back.issues.empty());
        const Model& same = *read_back.model;
        CHECK(count_parameters(same).total == count_parameters(model).total);
        CHECK(count_parameters(same).active == count_parameters(model).active);
        CHECK(cache_geometry(same) == cache_geometry(model));
        if (model.max_position > 0) CHECK(same.max_position == model.max_position);
        CHECK(llamacpp::gguf_tensors(same).bytes() == llamacpp::gguf_tensors(model).bytes());
    }
}

TEST_CASE("the converted tensors of every known architecture hold the parameters of the class") {
    const JsonDocument index = JsonDocument::parse(read_test_data("weights/index.json"));
    int compared = 0;
    for (std::int64_t i = 0; i < index.root().size(); ++i) {
        const std::string file = text(index.root().at(i), "file");
        INFO(file);
        const ModelOrIssues read = read_config_json(read_test_data("weights/configs/" + file));
        if (!read.model) continue;
        const llamacpp::GgufTensors list = llamacpp::gguf_tensors(*read.model);
        // BERT's pooler and heads are left out of the file; Falcon's head is stored though its config ties it.
        if (list.issue || list.architecture == "bert" || list.architecture == "falcon") continue;
        std::int64_t parameters = 0;
        for (const WeightTensor& tensor : weight_tensors(*read.model)) {
            const bool converted =
                tensor.part == WeightPart::text || tensor.part == WeightPart::buffer;
            parameters += converted ? tensor.elements() : 0;
        }
        for (const std::string_view table :
             {"rope_freqs", "rope_factors_long", "rope_factors_short"}) {
            const llamacpp::GgufTensor* found = list.find(table);
            parameters += found != nullptr ? found->elements() : 0;
        }
        CHECK(list.elements() == parameters);
        ++compared;
    }
    CHECK(compared > 80);
}

TEST_CASE(
    "models of the catalog take what llama.cpp plans for their files, to a hundredth of a MiB") {
    // Tensor bytes in MiB as planned for these models at real size, all in Q4_K_M but gpt-oss in MXFP4_MOE.
    constexpr struct {
        std::string_view id, ftype;
        double mib;
    } planned[] = {
        {"meta-llama/Llama-3.3-70B-Instruct", "Q4_K_M", 40543.11},
        {"mistralai/Mistral-7B-v0.3", "Q4_K_M", 4169.52},
        {"Qwen/Qwen2.5-7B", "Q4_K_M", 4460.45},
        {"Qwen/Qwen3-32B", "Q4_K_M", 18840.96},
        {"google/gemma-3-1b-it", "Q4_K_M", 762.49},
        {"microsoft/Phi-3.5-mini-instruct", "Q4_K_M", 2285.04},
        {"bigscience/bloom-7b1", "Q4_K_M", 4454.31},
        {"deepseek-ai/DeepSeek-V3", "Q4_K_M", 385750.62},
        {"openai/gpt-oss-120b", "MXFP4_MOE", 60438.47},
        {"tiiuae/falcon-7b", "Q4_K_M", 4823.44},
        {"mistralai/Mamba-Codestral-7B-v0.1", "Q4_K_M", 3954.61},
        {"mistralai/Mixtral-8x7B-v0.1", "Q4_K_M", 27129.87},
    };
    for (const auto& row : planned) {
        INFO(row.id);
        const CatalogModel* found = find_model(row.id);
        REQUIRE(found != nullptr);
        const Model model = *read_config_json(config_json(*found)).model;
        const Bytes bytes =
            llamacpp::quantised(model, *llamacpp::file_type_named(row.ftype)).bytes();
        CHECK(static_cast<double>(bytes.count()) / (1 << 20) ==
              Approx(row.mib).epsilon(0).margin(0.0051));
    }
}

TEST_CASE("published sizes of GGUF files are met to their last digit") {
    // llama.cpp's tools/quantize/README.md: bits a weight of Llama 3.1 8B (8,030,261,248 weights); those of fewer
    // than four bits in IQ types were made with an importance matrix.
    constexpr struct {
        std::string_view ftype;
        double bits;
    } bits[] = {
        {"IQ1_S", 2.0042},  {"IQ1_M", 2.1460},  {"IQ2_XXS", 2.3824}, {"IQ2_XS", 2.5882},
        {"IQ2_S", 2.7403},  {"IQ2_M", 2.9294},  {"IQ3_XXS", 3.2548}, {"IQ3_XS", 3.4977},
        {"IQ3_S", 3.6606},  {"IQ3_M", 3.7628},  {"IQ4_XS", 4.4597},  {"IQ4_NL", 4.6818},
        {"Q2_K_S", 2.9697}, {"Q2_K", 3.1593},   {"Q3_K_S", 3.6429},  {"Q3_K_L", 4.2979},
        {"Q4_K_S", 4.6672}, {"Q4_K_M", 4.8944}, {"Q5_K_S", 5.5704},  {"Q5_K_M", 5.7036},
        {"Q6_K", 6.5633},   {"Q8_0", 8.5008},   {"F16", 16.0005},
    };
    const auto model_of = [](std::string_view id) {
        return *read_config_json(config_json(*find_model(id))).model;
    };
    const Model llama = model_of("meta-llama/Llama-3.1-8B");
    for (const auto& row : bits) {
        INFO(row.ftype);
        const bool imatrix = row.ftype.starts_with("IQ1") || row.ftype.starts_with("IQ2") ||
                             row.ftype.starts_with("IQ3");
        const Bytes bytes =
            llamacpp::quantised(llama, *llamacpp::file_type_named(row.ftype), imatrix).bytes();
        const double computed = static_cast<double>(bytes.count()) * 8 / 8030261248.0;
        CHECK(computed == Approx(row.bits).epsilon(0).margin(0.00006));
        record_error("GGUF files, published bits a weight and sizes",
                     static_cast<std::int64_t>(row.bits * 8030261248.0 / 8), bytes.count());
    }
    // Logs of loads (ikawrakow/ik_llama.cpp, discussions and pull requests): GiB of all tensors.
    constexpr struct {
        std::string_view id, ftype;
        double gib, last_digit;
    } logged[] = {
        {"Qwen/Qwen3-235B-A22B", "Q4_K_M", 132.386, 0.001},
        {"Qwen/Qwen3-30B-A3B", "Q5_K_M", 20.228, 0.001},
        {"Qwen/Qwen3-30B-A3B", "Q4_K_M", 17.28, 0.01},
        {"deepseek-ai/DeepSeek-R1", "Q8_0", 664.295, 0.001},
        {"google/gemma-3-27b-it", "Q4_K_M", 15.404, 0.001},
    };
    for (const auto& row : logged) {
        INFO(row.id << " " << row.ftype);
        const Bytes bytes =
            llamacpp::quantised(model_of(row.id), *llamacpp::file_type_named(row.ftype)).bytes();
        const double gib = static_cast<double>(bytes.count()) / (1 << 30);
        CHECK(gib == Approx(row.gib).epsilon(0).margin(0.51 * row.last_digit));
        record_error("GGUF files, published bits a weight and sizes",
                     static_cast<std::int64_t>(row.gib * (1 << 30)), bytes.count());
    }
}
