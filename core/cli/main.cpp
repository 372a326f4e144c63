// The command line: a thin client of the core. It reads arguments and files, asks, and prints; it knows no
// option, default, rule or formula.
//
//   exit status 0  answered (--batch: every line has got its answer, which may be a refusal)
//               1  refused: the issues are on standard error
//               2  misuse of the command line itself

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/catalog/accelerators.h"
#include "core/catalog/models.h"
#include "core/cli/ledger.h"
#include "core/cli/limits.h"
#include "core/cli/table.h"
#include "core/cli/weights.h"
#include "core/formats/json.h"
#include "core/formats/safetensors.h"
#include "core/options/describe.h"
#include "core/options/documents.h"
#include "core/options/foreign.h"
#include "core/options/network.h"
#include "core/options/parse.h"
#include "core/report/estimate.h"
#include "core/search/answer.h"
#include "core/search/limits.h"
#include "core/search/map.h"

namespace {

using namespace tensorledger;

enum Status : int { answered = 0, refused = 1, misused = 2 };

constexpr std::string_view kUsage =
    R"(tensorledger: will this transformer fit, and what takes the memory?

  tensorledger estimate 'QUERY' [--json]   the ledger of a set-up, as a table or as JSON
  tensorledger estimate --batch            one JSON object a line from standard input, one JSON answer a line
  tensorledger limits 'QUERY' [--json]     how far the set-up can grow, and which cards would hold it
  tensorledger map 'QUERY' [--json]        how long so many sequences can be: a grid of what fits
  tensorledger weights FILE [--json]       what a config.json, a .safetensors or a .gguf file holds
  tensorledger import FILE [--json]        what a command line, a DeepSpeed, Accelerate, PEFT or trainer file asks for
  tensorledger describe                    the options as JSON
  tensorledger models [--json]             the models of the catalog
  tensorledger gpus [--json]               the accelerators of the catalog
  tensorledger help                        this, and every option
  tensorledger --version

A QUERY is key=value&key=value, or a JSON object of the same keys; what is not said has its default.
Exit status: 0 answered, 1 refused (the issues are on standard error), 2 misuse.
)";

using Arguments = std::vector<std::string_view>;

void print(std::string_view text, std::FILE* stream = stdout) {
    std::fwrite(text.data(), 1, text.size(), stream);
}

int misuse(std::string_view complaint) {
    print("tensorledger: " + std::string(complaint) + "\n", stderr);
    print("Run `tensorledger help` for what can be said.\n", stderr);
    return misused;
}

/// Takes a flag such as --json out of the arguments; false when it is not among them.
bool take_flag(Arguments& arguments, std::string_view flag) {
    for (auto at = arguments.begin(); at != arguments.end(); ++at) {
        if (*at != flag) continue;
        arguments.erase(at);
        return true;
    }
    return false;
}

/// Prints an answer's JSON with the id of its question in front.
void print_with_id(const std::string& json, const std::string& id) {
    print("{\"id\":");
    print(id.empty() ? "null" : id);
    print(",");
    print(std::string_view(json).substr(1));
    print("\n");
}

int estimate_one(std::string_view query, bool as_json) {
    const Parsed parsed = parse(query);
    const Answer answer = answer_to(parsed);
    if (as_json) print(to_json(answer) + "\n");
    if (!answer.ok) {
        print(issues_text(answer.issues), stderr);
        return refused;
    }
    if (!as_json) print(ledger_text(parsed.config, answer));
    return answered;
}

/// Reads one line without its end; nothing at the end of the input.
std::optional<std::string> next_line(std::FILE* stream) {
    constexpr int chunk = 1 << 16;
    static char buffer[chunk];
    std::string line;
    while (std::fgets(buffer, chunk, stream) != nullptr) {
        line += buffer;
        if (line.back() != '\n') continue;
        line.pop_back();
        return line;
    }
    if (line.empty()) return std::nullopt;
    return line;
}

/// Every line gets its answer, refusals too, before the next is read: a program at the other end may wait for it.
int estimate_batch() {
    NetworkCache networks;
    while (const auto line = next_line(stdin)) {
        if (line->find_first_not_of(" \t\r") == std::string::npos) continue;
        const Parsed parsed = parse_json(*line, &networks);
        print_with_id(to_json(answer_to(parsed)), parsed.id);
        std::fflush(stdout);
    }
    return answered;
}

int run_estimate(Arguments arguments) {
    const bool as_json = take_flag(arguments, "--json");
    if (take_flag(arguments, "--batch")) {
        return arguments.empty() ? estimate_batch() : misuse("--batch reads standard input alone.");
    }
    if (arguments.size() != 1 || arguments[0].substr(0, 2) == "--") {
        return misuse("estimate takes one query, such as 'model=openai-community/gpt2&batch=8'.");
    }
    return estimate_one(arguments[0], as_json);
}

/// Prints an answer that comes as JSON: as it is, or in words; a refusal's issues go to standard error.
int print_answer(const std::string& json, bool as_json, std::string (*in_words)(JsonValue)) {
    const JsonDocument document = JsonDocument::parse(json);
    const bool ok = document.root().find("ok").as_boolean().value_or(false);
    if (as_json) print(json + "\n");
    if (!ok) {
        print(issues_text(document.root().find("issues")), stderr);
        return refused;
    }
    if (!as_json) print(in_words(document.root()));
    return answered;
}

int run_limits(Arguments arguments) {
    const bool as_json = take_flag(arguments, "--json");
    if (arguments.size() != 1 || arguments[0].substr(0, 2) == "--") {
        return misuse("limits takes one query, such as 'model=openai-community/gpt2&batch=8'.");
    }
    return print_answer(limits_json(arguments[0]), as_json, limits_text);
}

/// Of each number of sequences the longest that fits.
std::string map_text(JsonValue map) {
    const auto number = [](JsonValue object, std::string_view key) {
        return object.find(key).as_integer().value_or(0);
    };
    const JsonValue rows = map.find("rows");
    const JsonValue columns = map.find("columns");
    TextTable table(
        {{std::string(rows.find("key").as_string().value_or("")), Align::right},
         {"largest " + std::string(columns.find("key").as_string().value_or("")), Align::right}});
    for (std::int64_t row = 0; row < number(rows, "count"); ++row) {
        const std::int64_t fits = map.find("fits").at(row).as_integer().value_or(0);
        const std::int64_t longest =
            number(columns, "first") + number(columns, "step") * (fits - 1);
        table.row({std::to_string(number(rows, "first") + number(rows, "step") * row),
                   fits == 0 ? "none" : std::to_string(longest)});
    }
    return table.text();
}

int run_map(Arguments arguments) {
    const bool as_json = take_flag(arguments, "--json");
    if (arguments.size() != 1 || arguments[0].substr(0, 2) == "--") {
        return misuse("map takes one query, such as 'model=openai-community/gpt2&batch=8'.");
    }
    return print_answer(map_json(arguments[0]), as_json, map_text);
}

/// What is read of a file at first, and the largest header that a format allows.
constexpr std::int64_t first_read = std::int64_t{8} << 20;
constexpr std::int64_t max_read = std::int64_t{128} << 20;

struct FileStart {
    std::string bytes;
    std::int64_t file_size = 0;
};

/// The first `most` bytes of a file and its size; nothing when it cannot be read.
std::optional<FileStart> read_start(const std::string& path, std::int64_t most) {
    std::FILE* const file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) return std::nullopt;
    FileStart start;
    char buffer[1 << 16];
    std::size_t count = 0;
    while (static_cast<std::int64_t>(start.bytes.size()) < most &&
           (count = std::fread(buffer, 1, sizeof buffer, file)) > 0) {
        start.bytes.append(buffer, count);
    }
    const bool failed = std::ferror(file) != 0;
    start.file_size = static_cast<std::int64_t>(start.bytes.size());
    if (count > 0 && fseeko(file, 0, SEEK_END) == 0) start.file_size = ftello(file);
    std::fclose(file);
    if (failed) return std::nullopt;
    return start;
}

/// The header of each file that an index names, from the folder that the index is in.
std::vector<ShardStart> read_shards(const std::string& index_path, std::string_view index) {
    const std::string folder = index_path.substr(0, index_path.rfind('/') + 1);
    std::vector<ShardStart> shards;
    for (const std::string& name : shard_files(index)) {
        ShardStart& shard = shards.emplace_back();
        shard.name = name;
        const auto first = read_start(folder + name, 1);
        if (!first) continue;
        const std::int64_t header = safetensors_header_size(first->bytes);
        const bool longer = header > static_cast<std::int64_t>(first->bytes.size());
        auto start = longer ? read_start(folder + name, header) : first;
        if (!start) continue;
        shard.present = true;
        shard.file_size = start->file_size;
        shard.bytes = std::move(start->bytes);
    }
    return shards;
}

int run_weights(Arguments arguments) {
    const bool as_json = take_flag(arguments, "--json");
    if (arguments.size() != 1) return misuse("weights takes one file.");
    const std::string path(arguments[0]);
    auto file = read_start(path, first_read);
    if (!file.has_value()) return misuse("the file " + path + " cannot be read.");
    std::string json = weights_json(file->bytes, path, file->file_size);
    if (file->file_size > static_cast<std::int64_t>(file->bytes.size()) &&
        path.ends_with(".gguf") && json.find("\"truncated\"") != std::string::npos) {
        file = read_start(path, max_read);
        if (file) json = weights_json(file->bytes, path, file->file_size);
    } else if (path.ends_with(".safetensors") &&
               safetensors_header_size(file->bytes) >
                   static_cast<std::int64_t>(file->bytes.size())) {
        file = read_start(path, safetensors_header_size(file->bytes));
        if (file) json = weights_json(file->bytes, path, file->file_size);
    } else if (path.ends_with(".index.json")) {
        if (file->file_size > static_cast<std::int64_t>(file->bytes.size()))
            file = read_start(path, max_read);
        if (file) json = shards_json(file->bytes, read_shards(path, file->bytes));
    }
    return print_answer(json, as_json, weights_text);
}

/// The query that says what another tool's text says; what was not understood goes to standard error.
int run_import(Arguments arguments) {
    const bool as_json = take_flag(arguments, "--json");
    if (arguments.size() != 1) return misuse("import takes one file.");
    const std::string path(arguments[0]);
    const auto file = read_start(path, first_read);
    if (!file.has_value()) return misuse("the file " + path + " cannot be read.");
    const Foreign read = read_foreign(file->bytes);
    if (as_json) print(foreign_json(file->bytes) + "\n");
    if (!read.recognised()) {
        const JsonDocument document = JsonDocument::parse(foreign_json(file->bytes));
        print(issues_text(document.root().find("issues")), stderr);
        return refused;
    }
    if (as_json) return answered;
    print(read.query + "\n");
    for (const LeftOut& each : read.unread) {
        print("left out: " + each.text + "\n  " + each.reason + "\n", stderr);
    }
    return answered;
}

int list_models(Arguments arguments) {
    if (take_flag(arguments, "--json")) {
        print(models_json() + "\n");
        return answered;
    }
    TextTable table({{"model"}, {"name"}, {"family"}, {"year", Align::right}});
    for (const CatalogModel& model : models()) {
        table.row({std::string(model.id), model.name, std::string(model.family),
                   std::to_string(model.year)});
    }
    print(table.text());
    return answered;
}

int list_gpus(Arguments arguments) {
    if (take_flag(arguments, "--json")) {
        print(accelerators_json() + "\n");
        return answered;
    }
    TextTable table(
        {{"gpu"}, {"name"}, {"sold as GB", Align::right}, {"usable GiB", Align::right}});
    for (const Accelerator& row : accelerators()) {
        table.row({std::string(row.id), std::string(row.name), std::to_string(row.marketed_gb),
                   in_gib(usable_bytes(row))});
    }
    print(table.text());
    return answered;
}

/// Writes what is generated from the option table and kept in the repository; for those who build it.
int run_generate(const Arguments& arguments) {
    if (arguments.size() == 1 && arguments[0] == "typescript") {
        print(typescript_declarations());
        return answered;
    }
    if (arguments.size() == 1 && arguments[0] == "readme-options") {
        print(readme_options_table());
        return answered;
    }
    return misuse("generate takes typescript or readme-options.");
}

}  // namespace

int main(int count, char** values) {
    Arguments arguments(values + (count > 0 ? 1 : 0), values + count);
    if (arguments.empty()) {
        print(kUsage, stderr);
        return misused;
    }
    const std::string_view command = arguments.front();
    arguments.erase(arguments.begin());
    if (command == "estimate") return run_estimate(arguments);
    if (command == "limits") return run_limits(arguments);
    if (command == "map") return run_map(arguments);
    if (command == "weights") return run_weights(arguments);
    if (command == "import") return run_import(arguments);
    if (command == "models") return list_models(arguments);
    if (command == "gpus") return list_gpus(arguments);
    if (command == "generate") return run_generate(arguments);
    if (!arguments.empty()) return misuse("`" + std::string(command) + "` takes nothing after it.");
    if (command == "describe") {
        print(describe_json() + "\n");
        return answered;
    }
    if (command == "help" || command == "--help" || command == "-h") {
        print(kUsage);
        print(options_help());
        return answered;
    }
    if (command == "--version") {
        print("tensorledger " TENSORLEDGER_VERSION "\n");
        return answered;
    }
    return misuse("there is no command `" + std::string(command) + "`.");
}
