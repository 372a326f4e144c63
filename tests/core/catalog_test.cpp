// The catalog: every row is complete, sourced and found by its names.

#include "core/catalog/accelerators.h"
#include "core/catalog/bibliography.h"
#include "core/catalog/models.h"
#include "core/catalog/nearest.h"
#include "core/formats/json.h"
#include "tests/core/catch.h"

#include <set>

using namespace tensorledger;

namespace {

/// Whether a text needs no escape in JSON and breaks no line of the tables.
bool printable(std::string_view text) {
    for (const char c : text) {
        if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < ' ') return false;
    }
    return true;
}

}  // namespace

TEST_CASE("The catalog holds at least ninety models and a hundred and thirty accelerators",
          "[catalog]") {
    CHECK(models().size() >= 90);
    CHECK(accelerators().size() >= 130);
}

TEST_CASE("Every model's row is complete, named once, and cites a work of the bibliography",
          "[catalog]") {
    std::set<std::string> seen;
    for (const auto& model : models()) {
        INFO(model.id);
        CHECK(seen.insert(std::string(model.id)).second);
        CHECK(model.id.find('/') != std::string_view::npos);
        CHECK_FALSE(model.family.empty());
        CHECK_FALSE(model.name.empty());
        CHECK(model.year >= 2018);
        CHECK(model.year <= 2026);
        CHECK(is_cited(model.source));
        CHECK(printable(model.name));
        CHECK(find_model(model.id) == &model);
    }
}

TEST_CASE("A model is found by its id in any case, by its repository's name and by a former id",
          "[catalog]") {
    const CatalogModel* llama = find_model("meta-llama/Llama-3.1-8B");
    REQUIRE(llama != nullptr);
    CHECK(llama->name == "Llama 3.1 8B");
    CHECK(find_model("META-LLAMA/llama-3.1-8b") == llama);
    CHECK(find_model("Llama-3.1-8B") == llama);
    CHECK(find_model("meta-llama/Meta-Llama-3.1-8B") == llama);
    CHECK(find_model("meta-llama/Llama-3.1-8B-Instruct") == llama);
    CHECK(find_model("gpt2") == find_model("openai-community/gpt2"));
    CHECK(find_model("nobody/nothing") == nullptr);
    CHECK(find_model("") == nullptr);
}

TEST_CASE("A model's configuration is the config.json that its row states", "[catalog]") {
    const CatalogModel* llama = find_model("meta-llama/Llama-3.2-1B");
    REQUIRE(llama != nullptr);
    CHECK(
        config_json(*llama) ==
        R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","torch_dtype":"bfloat16",)"
        R"("hidden_size":2048,"intermediate_size":8192,"num_hidden_layers":16,)"
        R"("num_attention_heads":32,"num_key_value_heads":8,"head_dim":64,"vocab_size":128256,)"
        R"("max_position_embeddings":131072,"rope_scaling":{"rope_type":"llama3"},"tie_word_embeddings":true})");
    const CatalogModel* gpt2 = find_model("gpt2");
    REQUIRE(gpt2 != nullptr);
    CHECK(config_json(*gpt2) ==
          R"({"architectures":["GPT2LMHeadModel"],"model_type":"gpt2","n_embd":768,"n_layer":12,)"
          R"("n_head":12,"vocab_size":50257,"n_positions":1024})");
}

TEST_CASE("Every accelerator's row is complete, named once, and cites works of the bibliography",
          "[catalog]") {
    std::set<std::string_view> seen;
    for (const auto& card : accelerators()) {
        INFO(card.id);
        CHECK(seen.insert(card.id).second);
        CHECK_FALSE(card.vendor.empty());
        CHECK(card.id.find("-" + std::to_string(card.marketed_gb) + "gb") !=
              std::string_view::npos);
        CHECK(is_cited(card.source));
        CHECK(printable(card.name));
        CHECK(find_accelerator(card.id) == &card);
    }
}

TEST_CASE(
    "An accelerator's usable memory stays within what is sold, and an assumed one is what is sold "
    "in decimal units",
    "[catalog]") {
    for (const auto& card : accelerators()) {
        INFO(card.id);
        CHECK(card.usable_mib <= card.marketed_gb * 1024 * 101 / 100 + 256);
        const std::int64_t decimal = card.marketed_gb * 1'000'000'000 / (1 << 20);
        const bool shared = card.kind == AcceleratorClass::unified;
        // Error correction takes up to a sixteenth of some cards' memory.
        if (card.usable == Usable::reported && !shared) {
            CHECK(card.usable_mib >= decimal * 15 / 16);
        }
        if (card.usable == Usable::assumed && !shared) CHECK(card.usable_mib == decimal);
        if (card.usable == Usable::assumed && shared) {
            CHECK(card.usable_mib == card.marketed_gb * 1024 * 2 / 3);
        }
        CHECK(usable_bytes(card) == Bytes(card.usable_mib * 1024 * 1024));
    }
}

TEST_CASE("An accelerator is found by its id in any case, without its memory, and by a second name",
          "[catalog]") {
    const Accelerator* h100 = find_accelerator("h100-80gb");
    REQUIRE(h100 != nullptr);
    CHECK(h100->usable_mib == 81039);
    CHECK(label(*h100) == "H100 SXM5 80 GB");
    CHECK(find_accelerator("H100-80GB") == h100);
    CHECK(find_accelerator("h100-80gb-sxm") == h100);
    CHECK(find_accelerator("rtx-4090") == find_accelerator("rtx-4090-24gb"));
    CHECK(find_accelerator("rtx-40") == nullptr);
    CHECK(find_accelerator("") == nullptr);
}

TEST_CASE("A work is cited by its key and a place, several by semicolons", "[catalog]") {
    CHECK(is_cited("korthikanti2022"));
    CHECK(is_cited("transformers:models/llama/modeling_llama.py:254"));
    CHECK(is_cited("nvidia-smi; llmfit"));
    CHECK_FALSE(is_cited("nvidia-smi; somewhere"));
    CHECK_FALSE(is_cited("somewhere:else"));
    CHECK_FALSE(is_cited(""));
    CHECK(citation_key("transformers:models/x.py:254") == "transformers");
    CHECK(citation_place("transformers:models/x.py:254") == "models/x.py:254");
    CHECK(citation_place("dao2022").empty());
}

TEST_CASE("The bibliography is in order, complete and permanent", "[catalog]") {
    std::string_view before;
    for (const auto& work : bibliography()) {
        INFO(work.key);
        CHECK(before < work.key);
        before = work.key;
        CHECK_FALSE(work.title.empty());
        CHECK(work.year.size() == 4);
        // The article's title and address are not known; everything else has both.
        if (work.key != "article2022") {
            CHECK_FALSE(work.authors.empty());
            CHECK(work.url.substr(0, 8) == "https://");
        }
        for (const auto text : {work.authors, work.title, work.url}) CHECK(printable(text));
    }
}

TEST_CASE("An unknown name brings up the names that the reader may have meant", "[catalog]") {
    CHECK(nearest_models("llama3.1-8b").front() == "meta-llama/Llama-3.1-8B");
    CHECK(nearest_models("mistral 7b v0.3").front() == "mistralai/Mistral-7B-v0.3");
    CHECK(nearest_models("gtp2").front() == "openai-community/gpt2");
    CHECK(nearest_accelerators("rtx4090").front() == "rtx-4090-24gb");
    CHECK(nearest_accelerators("H100 SXM").front() == "h100-80gb");
    CHECK(nearest_models("xyzzy").empty());
    CHECK(nearest_models("").empty());
    CHECK(nearest_models("qwen").size() == 3);
    CHECK(nearest("bach", {"batch", "sequences"}) == std::vector<std::string_view>{"batch"});
}

TEST_CASE("The lists of the catalog are JSON, one object a row", "[catalog]") {
    const std::string lists[] = {models_json(), accelerators_json(), bibliography_json()};
    const std::size_t rows[] = {models().size(), accelerators().size(), bibliography().size()};
    for (int i = 0; i < 3; ++i) {
        const JsonDocument document = JsonDocument::parse(lists[i]);
        INFO(lists[i].substr(0, 200));
        REQUIRE(document.ok());
        CHECK(document.root().size() == static_cast<std::int64_t>(rows[i]));
        CHECK(document.root().at(0).is_object());
    }
}
