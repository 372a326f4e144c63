// The map of what fits against every cell asked by itself, and the polynomials over a grid against the run listed there.

#include "core/search/map.h"

#include "core/options/parse.h"
#include "core/program/program.h"
#include "core/report/estimate.h"
#include "core/search/frontier.h"
#include "tests/core/catch.h"

using namespace tensorledger;

namespace {

Config config_of(const std::string& query) {
    const Parsed parsed = parse_query(query);
    INFO(query);
    REQUIRE(parsed.ok());
    return parsed.config;
}

Config at(const Config& config, const GridAxis& rows, std::int64_t row, const GridAxis& columns,
          std::int64_t column) {
    Config changed = config;
    set_integer(*rows.option, changed, rows.value(row));
    set_integer(*columns.option, changed, columns.value(column));
    return changed;
}

}  // namespace

TEST_CASE("A frontier is found from any guess", "[properties]") {
    for (std::int64_t most = 0; most <= 20; ++most) {
        for (std::int64_t low = 0; low <= most; ++low) {
            for (const std::int64_t guess : {0, 1, 7, 19, 20, 100}) {
                CHECK(frontier(low, 20, guess, [&](std::int64_t i) { return i < most; }) == most);
            }
        }
    }
}

TEST_CASE("The map is what every cell says by itself", "[properties]") {
    // clang-format off
    const struct { const char* query; GridAxis rows, columns; } cases[] = {
        {"model=openai-community/gpt2&gpu=rtx-4090-24gb", {find_option("batch"), 16, 16, 8}, {find_option("seq"), 128, 128, 8}},
        {"model=meta-llama/Llama-3.1-8B&method=lora&gpu=rtx-4090-24gb", {find_option("batch"), 1, 1, 5}, {find_option("seq"), 128, 128, 9}},
        {"model=meta-llama/Llama-3.1-8B&task=inference&gpu=rtx-4090-24gb", {find_option("sequences"), 2, 3, 7}, {find_option("context"), 3072, 1024, 9}},
        {"model=meta-llama/Llama-3.1-8B&task=inference&engine=llamacpp&gpu=rtx-4090-24gb", {find_option("sequences"), 1, 2, 4}, {find_option("context"), 8192, 8192, 9}},
    };
    // clang-format on
    for (const auto& each : cases) {
        const Config config = config_of(each.query);
        FitMap map{each.rows, each.columns, {}};
        fill(config, map);
        for (std::int64_t row = 0; row < map.rows.count; ++row) {
            for (std::int64_t column = 0; column < map.columns.count; ++column) {
                INFO(each.query << ": " << row << ", " << column);
                const Answer answer =
                    estimate(at(config, map.rows, row, map.columns, column), Detail::verdict);
                CHECK((answer.ok && answer.fit.fits) ==
                      (column < map.fits[static_cast<std::uint32_t>(row)]));
            }
        }
    }
}

TEST_CASE("Polynomials over a grid are the peak of the run at every point", "[properties]") {
    for (const std::string query :
         {"model=openai-community/gpt2", "model=meta-llama/Llama-3.2-1B&attention=eager",
          "model=meta-llama/Llama-3.1-8B&method=lora&checkpointing=full",
          "model=mistralai/Mixtral-8x7B-v0.1&precision=bf16-mixed",
          "model=Qwen/Qwen2.5-0.5B&loss=chunked&grad_accum=2",
          "model=google-bert/bert-base-uncased&attention=eager"}) {
        const Config config = config_of(query);
        const GridAxis rows{find_option("batch"), 2, 3, 6};
        const GridAxis columns{find_option("seq"), 64, 64, 8};
        INFO(query);
        const auto surface = Surface::over(config, rows, columns);
        REQUIRE(surface);
        CHECK(surface->polynomials() < 40);
        for (std::int64_t row = 0; row < rows.count; ++row) {
            for (std::int64_t column = 0; column < columns.count; ++column) {
                const auto program = program_of(at(config, rows, row, columns, column));
                REQUIRE(program);
                CHECK(surface->at(row, column) == fold(*program).peak.count());
            }
        }
    }
}

TEST_CASE("A map shows the set-up and its surroundings", "[properties]") {
    const FitMap map = grid_around(config_of("model=openai-community/gpt2&gpu=rtx-4090-24gb"));
    CHECK(map.rows.option->key == "batch");
    CHECK(map.columns.value(map.columns.count - 1) == 1024);
    CHECK(map.rows.count <= 64);
    CHECK(map_json("model=no/such-model").find("\"ok\":false") != std::string::npos);
    CHECK(map_json("model=openai-community/gpt2").find("\"fits\":[") != std::string::npos);
}
