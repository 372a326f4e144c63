#include "core/options/foreign.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "core/catalog/models.h"
#include "core/formats/json.h"
#include "core/options/foreign_listing.h"
#include "core/options/messages.h"
#include "core/options/parse.h"
#include "core/options/table.h"

namespace tensorledger {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr auto npos = std::string_view::npos;

// ── The rows ─────────────────────────────────────────────────────────────────────────────────────

enum class Tool : std::uint8_t {
#define TOOL(id, kind, title, base) id,
#define SAYS(tool, name, rule)
#define JOIN(key, first, second, both)
#include "core/options/foreign.def"
#undef TOOL
#undef SAYS
};

struct ToolRow {
    std::string_view kind;
    std::string_view title;
    std::string_view base;
};

struct SaysRow {
    Tool tool;
    std::string_view name;
    std::string_view rule;
};

struct JoinRow {
    std::string_view key;
    std::string_view first;
    std::string_view second;
    std::string_view both;
};

constexpr ToolRow kTools[] = {
#define TOOL(id, kind, title, base) {kind, title, base},
#define SAYS(tool, name, rule)
#include "core/options/foreign.def"
#undef TOOL
#undef SAYS
};

constexpr SaysRow kSays[] = {
#define TOOL(id, kind, title, base)
#define SAYS(tool, name, rule) {Tool::tool, name, rule},
#include "core/options/foreign.def"
#undef TOOL
#undef SAYS
#undef JOIN
};

constexpr JoinRow kJoins[] = {
#define TOOL(id, kind, title, base)
#define SAYS(tool, name, rule)
#define JOIN(key, first, second, both) {key, first, second, both},
#include "core/options/foreign.def"
#undef TOOL
#undef SAYS
#undef JOIN
};

const SaysRow* row_of(Tool tool, std::string_view name) {
    for (const SaysRow& row : kSays) {
        if (row.tool != tool || row.name != name) continue;
        return row.rule.starts_with('=') ? row_of(tool, row.rule.substr(1)) : &row;
    }
    return nullptr;
}

// ── Texts ────────────────────────────────────────────────────────────────────────────────────────

bool is_among(std::string_view value, std::string_view list) {
    while (!list.empty()) {
        if (next_part(list, ",") == value) return true;
    }
    return false;
}

/// The word for true or false that all spellings stand for; another text as it is.
std::string_view as_flag(std::string_view value) {
    if (is_among(value, "true,True,1,yes,on")) return "true";
    if (is_among(value, "false,False,0,no,off")) return "false";
    return value;
}

bool is_flag_rule(std::string_view rule) {
    return rule.starts_with("true") || rule.starts_with("false");
}

/// "q_proj, v_proj" and "[q_proj, 'v_proj']" as "q_proj,v_proj".
std::string as_list(std::string_view value) {
    std::string list;
    for (const char c : value) {
        if (kBlanks.find(c) == npos && std::string_view("[]'\"").find(c) == npos) list += c;
    }
    return list;
}

// ── The translation ──────────────────────────────────────────────────────────────────────────────

struct Setting {
    std::string key;
    std::string value;
    std::string text;
};

class Translation {
public:
    explicit Translation(Tool tool) : tool_(tool) {
        const ToolRow& row = kTools[static_cast<int>(tool)];
        foreign_.kind = row.kind;
        foreign_.title = row.title;
        set_all(row.base, "", std::string(row.title));
    }

    void say(const Written& written) {
        const SaysRow* const row = row_of(tool_, written.name);
        if (row == nullptr) {
            leave_out(written.text, "It is not known here, and may or may not take memory.");
        } else {
            follow(row->rule, written);
        }
    }

    /// Sets keys whatever the rows say.
    void set_all(std::string_view settings, std::string_view value, const std::string& text) {
        while (!settings.empty()) {
            std::string_view setting = next_part(settings, "&");
            std::string_view key = next_part(setting, "=");
            const bool unless_set = key.ends_with('?');
            if (unless_set) key.remove_suffix(1);
            if (unless_set && is_set(key)) continue;
            set(key, setting == "*" ? as_list(value) : std::string(setting), text);
        }
    }

    void leave_out(const std::string& text, std::string_view reason) {
        foreign_.unread.push_back({text, std::string(reason)});
    }

    Foreign finish() {
        const std::size_t most = settings_.size();
        for (std::size_t round = 0; round <= most && drop_one_refused(); ++round) {
        }
        foreign_.query = query();
        return std::move(foreign_);
    }

private:
    void follow(std::string_view rule, const Written& written) {
        if (rule == "-") {
            foreign_.neutral.push_back(written.text);
        } else if (rule == "file") {
            leave_out(written.text, "A file cannot be read from here: drop it on the page.");
        } else if (rule == "repository") {
            set_repository(written);
        } else if (written.value == "auto" && rule.find("auto") == npos) {
            leave_out(written.text, "It is left to the program that starts it.");
        } else if (rule.find(':') == npos) {
            set_all(rule, written.value, written.text);
        } else {
            choose(rule, written);
        }
    }

    void choose(std::string_view rule, const Written& written) {
        const std::string_view value =
            is_flag_rule(rule) ? as_flag(written.value) : std::string_view(written.value);
        while (!rule.empty()) {
            std::string_view settings = next_part(rule, " | ");
            const std::string_view values = next_part(settings, ":");
            if (values != "else" && !is_among(value, values)) continue;
            settings = trimmed(settings);
            set_all(settings, value, written.text);
            if (settings.empty()) foreign_.neutral.push_back(written.text);
            return;
        }
        leave_out(written.text, "This value is not known here.");
    }

    /// `owner/name:Q4_K_M`: the quantisation is known, the network is in the file.
    void set_repository(const Written& written) {
        std::string_view rest = written.value;
        next_part(rest, ":");
        std::string type(rest);
        for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        if (!type.empty()) set("weights", type, written.text);
        leave_out(written.text, "The model is in a GGUF file: drop it on the page.");
    }

    void set_model(const std::string& name, const std::string& text) {
        if (const CatalogModel* const model = find_model(name)) {
            put("model", std::string(model->id), text);
            return;
        }
        foreign_.model = name;
        leave_out(text, "The catalog has no such model: hand over its config.json.");
    }

    void set(std::string_view key, std::string value, const std::string& text) {
        if (key == "model") {
            set_model(value, text);
            return;
        }
        for (const Setting& setting : settings_) {
            if (setting.key != key) continue;
            for (const JoinRow& join : kJoins) {
                if (join.key == key && join.first == setting.value && join.second == value) {
                    value = join.both;
                    break;
                }
            }
        }
        put(key, std::move(value), text);
    }

    bool is_set(std::string_view key) const {
        return std::any_of(settings_.begin(), settings_.end(),
                           [&](const Setting& setting) { return setting.key == key; });
    }

    void put(std::string_view key, std::string value, const std::string& text) {
        std::erase_if(settings_, [&](const Setting& setting) { return setting.key == key; });
        settings_.push_back({std::string(key), std::move(value), text});
    }

    std::string query() const {
        std::string text;
        for (const OptionRow& option : options()) {
            for (const Setting& setting : settings_) {
                if (setting.key != option.key) continue;
                if (!text.empty()) text += '&';
                text += setting.key;
                text += '=';
                text += percent_encoded(setting.value);
            }
        }
        return text;
    }

    /// Takes out the first setting that the option table refuses, with its sentence.
    bool drop_one_refused() {
        const Parsed parsed = parse_query(query());
        for (const Issue& issue : parsed.issues) {
            const auto at = std::find_if(settings_.begin(), settings_.end(),
                                         [&](const Setting& s) { return s.key == issue.field; });
            if (at == settings_.end()) continue;
            leave_out(at->text, issue.message);
            settings_.erase(at);
            return true;
        }
        return false;
    }

    Tool tool_;
    Foreign foreign_;
    std::vector<Setting> settings_;
};

// ── Whose it is ──────────────────────────────────────────────────────────────────────────────────

bool has(JsonValue object, std::string_view key) { return !object.find(key).is_missing(); }

std::optional<Tool> tool_of(JsonValue root) {
    if (has(root, "peft_type")) return Tool::peft;
    for (const std::string_view key :
         {"zero_optimization", "train_micro_batch_size_per_gpu", "train_batch_size"}) {
        if (has(root, key)) return Tool::deepspeed;
    }
    return std::nullopt;
}

std::optional<Tool> tool_of(const Listing& yaml) {
    int of_a_trainer = 0;
    for (const Written& written : yaml) {
        for (const std::string_view sign :
             {"compute_environment", "distributed_type", "fsdp_config.", "deepspeed_config."}) {
            if (written.name.starts_with(sign)) return Tool::accelerate;
        }
        if (row_of(Tool::trainer, written.name) != nullptr) ++of_a_trainer;
    }
    if (of_a_trainer >= 2) return Tool::trainer;
    return std::nullopt;
}

// ── Command lines ────────────────────────────────────────────────────────────────────────────────

using Words = std::span<const std::string>;

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

struct Command {
    Tool tool;
    std::size_t arguments;  // the first word after what names the tool
};

std::optional<Command> command_of(Words words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        const std::string_view name = base_name(word);
        const std::string_view next = i + 1 < words.size() ? words[i + 1] : std::string_view();
        if (name.starts_with("llama-")) return Command{Tool::llamacpp, i + 1};
        if (name == "vllm" && next == "serve") return Command{Tool::vllm, i + 2};
        if (word.starts_with("vllm.entrypoints") || name.starts_with("vllm-openai")) {
            return Command{Tool::vllm, i + 1};
        }
        if (word == "sglang.launch_server") return Command{Tool::sglang, i + 1};
        if (name == "sglang" && next == "serve") return Command{Tool::sglang, i + 2};
        if (name == "torchrun" || name == "deepspeed" || name.ends_with(".py") ||
            (name == "accelerate" && next == "launch") || (name == "trl" && next == "sft") ||
            name == "llamafactory-cli") {
            return Command{Tool::trainer, i + 1};
        }
    }
    return std::nullopt;
}

bool is_option(std::string_view word) {
    return word.size() > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9');
}

class CommandReader {
public:
    CommandReader(Command command, Words words)
        : tool_(command.tool), words_(words), at_(command.arguments), said_(command.tool) {}

    Foreign read() {
        read_environment();
        while (at_ < words_.size()) {
            const std::string& word = words_[at_++];
            if (is_option(word)) {
                read_option(word);
            } else {
                read_positional(word);
            }
        }
        return said_.finish();
    }

private:
    void read_environment() {
        for (std::size_t i = 0; i < at_; ++i) {
            std::string_view value = words_[i];
            const std::string_view name = next_part(value, "=");
            const bool allocator =
                name == "PYTORCH_CUDA_ALLOC_CONF" || name == "PYTORCH_ALLOC_CONF";
            if (allocator && value.find("expandable_segments:True") != npos) {
                said_.set_all("expandable_segments=true", "", words_[i]);
            }
        }
    }

    void read_option(const std::string& word) {
        std::string_view value = word;
        std::string name(next_part(value, "="));
        name.erase(0, name.find_first_not_of('-'));
        std::replace(name.begin(), name.end(), '-', '_');
        Written written{name, std::string(value), word};
        if (word.find('=') == npos) take_value(written);
        said_.say(written);
    }

    /// The next word is the value, unless the option is a flag that stands alone.
    void take_value(Written& written) {
        const SaysRow* const row = row_of(tool_, written.name);
        const bool flag = row != nullptr && is_flag_rule(row->rule);
        const bool more = at_ < words_.size() && !is_option(words_[at_]);
        const bool takes = more && (!flag || is_among(words_[at_],
                                                      "true,false,True,False,0,1,on,"
                                                      "off,yes,no,auto"));
        if (!takes) {
            written.value = flag ? "true" : "";
            return;
        }
        written.value = words_[at_];
        written.text += " " + words_[at_];
        ++at_;
        // A list may follow word by word: --lora_target_modules q_proj v_proj
        while (row != nullptr && row->name.ends_with("modules") && at_ < words_.size() &&
               !is_option(words_[at_])) {
            written.value += "," + words_[at_];
            written.text += " " + words_[at_++];
        }
    }

    void read_positional(const std::string& word) {
        const bool serves = tool_ == Tool::vllm || tool_ == Tool::sglang;
        if (serves && !named_) {
            named_ = true;
            said_.say({"model", word, word});
        } else if (tool_ == Tool::trainer && (word.ends_with(".py") || word == "launch")) {
            return;  // what is run, and what runs it
        } else {
            said_.leave_out(word, "It is not known here, and may or may not take memory.");
        }
    }

    Tool tool_;
    Words words_;
    std::size_t at_;
    bool named_ = false;
    Translation said_;
};

Foreign translated(Tool tool, const Listing& listing) {
    Translation translation(tool);
    for (const Written& written : listing) translation.say(written);
    return translation.finish();
}

constexpr std::string_view::size_type kLongestText = std::string_view::size_type{1} << 20;

}  // namespace

Foreign read_foreign(std::string_view text) {
    if (text.size() > kLongestText) return {};
    const std::string_view start = trimmed(text);
    if (start.starts_with("{")) {
        const JsonDocument document = JsonDocument::parse(text);
        const auto tool = document.ok() ? tool_of(document.root()) : std::nullopt;
        if (!tool.has_value()) return {};
        return translated(*tool, json_listing(document.root()));
    }
    const std::vector<std::string> words = words_of(text);
    if (const auto command = command_of(words)) return CommandReader(*command, words).read();
    const Listing yaml = yaml_listing(text);
    if (const auto tool = tool_of(yaml)) return translated(*tool, yaml);
    return {};
}

std::string foreign_json(std::string_view text) {
    const Foreign foreign = read_foreign(text);
    JsonWriter json;
    json.begin_object().key("ok").boolean(foreign.recognised());
    json.key("version").string(TENSORLEDGER_VERSION);
    if (!foreign.recognised()) {
        json.key("issues").begin_array().begin_object();
        json.key("field")
            .string("")
            .key("code")
            .string("not-recognised")
            .key("message")
            .string(
                "This is no set-up that is known here: a command line of llama.cpp, vLLM, SGLang, "
                "torchrun or "
                "accelerate, a configuration of DeepSpeed, Accelerate or PEFT, or the YAML of a "
                "trainer.");
        json.end_object().end_array().key("notes").begin_array().end_array().end_object();
        return json.take();
    }
    json.key("kind").string(foreign.kind).key("title").string(foreign.title);
    json.key("query").string(foreign.query);
    if (!foreign.model.empty()) json.key("model").string(foreign.model);
    json.key("unread").begin_array();
    for (const LeftOut& each : foreign.unread) {
        json.begin_object().key("text").string(quoted(each.text)).key("reason").string(each.reason);
        json.end_object();
    }
    json.end_array().key("neutral").begin_array();
    for (const std::string& each : foreign.neutral) json.string(quoted(each));
    json.end_array().end_object();
    return json.take();
}

}  // namespace tensorledger
