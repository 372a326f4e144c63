// Parameter counts and cache geometry of real configurations, confronted with what the modelling code
// itself says. weights/index.json: published models, their files in weights/configs. weights/small.json:
// small configurations of each family, many fields drawn at random, counted by instantiating
// transformers' modelling code (5.16.0.dev0) without weights.

#include "core/model/weights.h"
#include "core/formats/config_json.h"
#include "core/model/cache.h"
#include "tests/core/catch.h"
#include "tests/truth/errors.h"

using namespace tensorledger;

namespace {

struct Exception {
    std::string_view file;
    std::string_view reason;
};

// clang-format off
/// Records whose count is not one of the file beside them.
constexpr Exception other_counts[] = {
    {"Qwen__Qwen3-ASR-1.7B.json",
     "the file holds a 782426112-parameter model (hidden 1024, 18 audio layers) in thinker_config, which the class "
     "that counted does not read: the reference count is that of its defaults (hidden 2048, 24 audio layers)"},
    {"stepfun-ai__Step-3.7-Flash.json",
     "the file is flat and hand-written, the reference count that of the class defaults (vocabulary 128815, not 128896)"},
};

/// Records whose cache geometry counts keys and values in layers that have none.
constexpr Exception other_caches[] = {
    {"NX-AI__xLSTM-7b.json",                    "an xLSTM has no attention: 262144 is 2·h a layer as if it had"},
    {"Zyphra__Zamba-7B-v1.json",                "only the 13 hybrid layers attend, not all 76"},
    {"allenai__Olmo-Hybrid-7B.json",            "only the 8 full layers attend, the other 24 are delta nets"},
    {"sgl-project__DeepSeek-V4-Flash-FP8.json", "keys and values of 2·512 in each layer, where DeepSeek-V4 caches one vector"},
    {"thinkingmachines__Inkling-text.json",     "five of six layers see a window of 512, the record counts all as full"},
    {"RWKV__rwkv-5-world-3b.json",              "an RWKV has no attention"},
};
// clang-format on

template <std::size_t n>
bool listed(const Exception (&exceptions)[n], std::string_view file) {
    for (const Exception& exception : exceptions) {
        if (exception.file == file) return true;
    }
    return false;
}

std::string text(JsonValue record, std::string_view key) {
    return std::string(record.find(key).as_string().value_or(""));
}

ModelOrIssues read_record(JsonValue record) {
    return read_config_json(read_test_data("weights/configs/" + text(record, "file")));
}

bool is_partial(const Model& model) {
    for (const Note& note : model.notes) {
        if (note.code == "partial") return true;
    }
    return false;
}

}  // namespace

TEST_CASE("every recorded parameter count is reproduced") {
    const JsonDocument index = JsonDocument::parse(read_test_data("weights/index.json"));
    REQUIRE(index.ok());
    int compared = 0;
    for (std::int64_t i = 0; i < index.root().size(); ++i) {
        const JsonValue record = index.root().at(i);
        const std::string file = text(record, "file");
        INFO(file);
        const auto published = record.find("true_params").as_integer();
        const auto expected = published ? published : record.find("reference_params").as_integer();
        const ModelOrIssues read = read_record(record);
        if (!expected || listed(other_counts, file)) {
            // Nothing to compare with: an answer, or a refusal that says which field it is about.
            CHECK((read.model || (!read.issues.empty() && !read.issues.front().field.empty())));
            continue;
        }
        REQUIRE(read.issues.empty());
        const ParameterCounts counts = count_parameters(*read.model);
        CHECK(counts.total == *expected);
        const auto buffers = record.find("persistent_buffers").as_integer();
        if (buffers && !is_partial(*read.model)) CHECK(counts.buffers == *buffers);
        record_error("parameters of published configurations", *expected, counts.total);
        compared += published ? 1 : 0;
    }
    CHECK(compared == 127);
}

TEST_CASE("what a cache holds a token is what the configuration says") {
    const JsonDocument index = JsonDocument::parse(read_test_data("weights/index.json"));
    for (std::int64_t i = 0; i < index.root().size(); ++i) {
        const JsonValue record = index.root().at(i);
        const JsonValue cache = record.find("kv");
        const std::string file = text(record, "file");
        const ModelOrIssues read = read_record(record);
        if (!cache.is_object() || !read.model || listed(other_caches, file)) continue;
        INFO(file);
        const CacheGeometry geometry = cache_geometry(*read.model);
        CHECK(geometry.full_per_token == cache.find("full_elems_per_token").as_integer());
        CHECK(geometry.state == cache.find("state_elems").as_integer());
        const JsonValue windows = cache.find("window_elems_per_token");
        REQUIRE(static_cast<std::int64_t>(geometry.windows.size()) == windows.size());
        for (const CacheWindow& window : geometry.windows) {
            CHECK(windows.find(std::to_string(window.window)).as_integer() == window.per_token);
        }
    }
}

TEST_CASE("small configurations of every family count as the modelling code does") {
    const JsonDocument records = JsonDocument::parse(read_test_data("weights/small.json"));
    REQUIRE(records.ok());
    for (std::int64_t i = 0; i < records.root().size(); ++i) {
        const JsonValue record = records.root().at(i);
        const JsonValue config = record.find("config");
        INFO(i << " " << text(config, "model_type"));
        const ModelOrIssues read = read_config_json(config);
        REQUIRE(read.issues.empty());
        const ParameterCounts counts = count_parameters(*read.model);
        const std::int64_t expected = record.find("parameters").as_integer().value_or(-1);
        CHECK(counts.total == expected);
        record_error("parameters of small configurations of every family", expected, counts.total);
    }
}
