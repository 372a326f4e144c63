#include "tests/truth/records.h"

#include "tests/core/catch.h"

using namespace tensorledger;

std::string object_text(const std::string& line, const std::string& key) {
    const std::size_t start = line.find("\"" + key + "\":{");
    if (start == std::string::npos) return {};
    std::size_t at = start + key.size() + 3;
    int depth = 0;
    bool quoted = false;
    for (std::size_t end = at; end < line.size(); ++end) {
        const char letter = line[end];
        if (quoted) {
            if (letter == '\\') ++end;
            quoted = letter != '"';
        } else if (letter == '"') {
            quoted = true;
        } else if (letter == '{') {
            ++depth;
        } else if (letter == '}' && --depth == 0) {
            return line.substr(at, end - at + 1);
        }
    }
    return {};
}

void each_line(const std::string& file,
               const std::function<void(const std::string&, JsonValue)>& check) {
    const std::string text = read_test_data(file);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        const std::string line = text.substr(at, end - at);
        at = end == std::string::npos ? text.size() : end + 1;
        const JsonDocument document = JsonDocument::parse(line);
        INFO(file << ": " << line.substr(0, 80));
        REQUIRE(document.ok());
        check(line, document.root());
    }
}

Answer answer_to(const std::string& line, NetworkCache& networks, Detail detail) {
    const Parsed parsed = parse_json(object_text(line, "request"), &networks);
    if (parsed.ok()) {
        return estimate(parsed.config, detail);
    }
    Answer refusal;
    refusal.issues = parsed.issues;
    return refusal;
}

bool is_not_described(const Issue& issue) {
    return issue.code == "not-listed" || issue.code == "not-yet";
}

std::string text_of(JsonValue record, std::string_view key) {
    return std::string(record.find(key).as_string().value_or(""));
}

std::int64_t integer(JsonValue record, std::string_view key) {
    return record.find(key).as_integer().value_or(-1);
}
