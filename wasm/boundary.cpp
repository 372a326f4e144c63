// The boundary: a handful of functions, text in and text out. wasm/index.js turns plain objects into
// that text and back.
//
// Embind coerces silently (-1 becomes 4294967295, "no" becomes true), hands containers back as
// handles that leak, and delivers a throw as a bare number. So nothing but strings crosses, the
// option table of the core judges what they say, and no class is bound. JSON text parsed on the
// JavaScript side is also smaller and faster here than objects built through `val` (a quarter less
// time for a ledger of 60 rows, 0.9 KB less glue).

#include <emscripten/bind.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/catalog/accelerators.h"
#include "core/catalog/models.h"
#include "core/options/describe.h"
#include "core/options/foreign.h"
#include "core/report/estimate.h"
#include "core/search/answer.h"
#include "core/search/limits.h"
#include "core/search/map.h"
#include "wasm/catalog.h"

namespace tensorledger::boundary {
namespace {

std::string version() { return TENSORLEDGER_VERSION; }

/// The answer as JSON, to a query string or a JSON object.
std::string estimate(const std::string& setup) { return estimate_json(setup); }

/// The same question, answered with the totals and the verdict alone.
std::string totals(const std::string& setup) { return totals_json(setup); }

/// How far the set-up can grow, how it can be stored, and which cards would hold it.
std::string limits(const std::string& setup) { return limits_json(setup); }

/// What fits around the set-up, over a grid of how many sequences and how long.
std::string map(const std::string& setup) { return map_json(setup); }

/// What the bytes of a config.json, a .safetensors header or a .gguf header hold; `size` is the whole file's.
std::string weights(const std::string& bytes, const std::string& name, double size) {
    return weights_json(bytes, name, static_cast<std::int64_t>(size));
}

/// The files given so far for the next question about an index.
std::vector<ShardStart>& shards_given() {
    static std::vector<ShardStart> given;
    return given;
}

/// The start of a file that an index names.
void shard(const std::string& name, const std::string& start, double size) {
    shards_given().push_back({name, start, static_cast<std::int64_t>(size), true});
}

/// What an index and the files given before it hold.
std::string shards(const std::string& index) {
    const std::vector<ShardStart> given = std::move(shards_given());
    shards_given().clear();
    std::vector<ShardStart> wanted;
    for (const std::string& name : shard_files(index)) {
        const auto found = std::find_if(given.begin(), given.end(), [&](const ShardStart& start) {
            return start.name == name;
        });
        wanted.push_back(found == given.end() ? ShardStart{name, "", 0, false} : *found);
    }
    return shards_json(index, wanted);
}

/// The set-up that a command line or a configuration of another tool asks for.
std::string imported(const std::string& text) { return foreign_json(text); }

EMSCRIPTEN_BINDINGS(tensorledger) {
    emscripten::function("version", &version);
    emscripten::function("catalog", &give_catalog);
    emscripten::function("describe", &describe_json);
    emscripten::function("models", &models_json);
    emscripten::function("accelerators", &accelerators_json);
    emscripten::function("estimate", &estimate);
    emscripten::function("totals", &totals);
    emscripten::function("limits", &limits);
    emscripten::function("map", &map);
    emscripten::function("weights", &weights);
    emscripten::function("imported", &imported);
    emscripten::function("shard", &shard);
    emscripten::function("shards", &shards);
}

}  // namespace
}  // namespace tensorledger::boundary
