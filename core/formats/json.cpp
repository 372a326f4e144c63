#include "core/formats/json.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <vector>

// A misuse of the library is a bug of ours: it stops the program in every build.
#define RAPIDJSON_ASSERT(x) ((x) ? static_cast<void>(0) : __builtin_trap())
#define RAPIDJSON_HAS_STDSTRING 0
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#if defined(__clang__)
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#else
#pragma GCC diagnostic ignored "-Wclass-memaccess"
#endif
#endif
#include <rapidjson/reader.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace tensorledger {

namespace {

constexpr std::int64_t max_depth = 64;
constexpr std::size_t max_text = std::size_t{256} << 20;
constexpr double exact_limit = 9007199254740992.0;  // 2^53

/// The offset at which brackets nest too deeply, or the text's length when they never do.
std::size_t offset_of_excessive_depth(std::string_view text) {
    std::int64_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > max_depth) {
                return i;
            }
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return text.size();
}

JsonError error_at(std::string_view text, std::size_t offset, std::string_view message) {
    JsonError error{.line = 1, .column = 1, .message = std::string(message)};
    for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
        if (text[i] == '\n') {
            ++error.line;
            error.column = 1;
        } else {
            ++error.column;
        }
    }
    return error;
}

std::string_view describe(rapidjson::ParseErrorCode code) {
    switch (code) {
        case rapidjson::kParseErrorDocumentEmpty: return "the text is empty";
        case rapidjson::kParseErrorDocumentRootNotSingular: return "something follows the value";
        case rapidjson::kParseErrorObjectMissName: return "a member's name in quotes is missing";
        case rapidjson::kParseErrorObjectMissColon: return "a colon is missing";
        case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket: return "a comma or } is missing";
        case rapidjson::kParseErrorArrayMissCommaOrSquareBracket: return "a comma or ] is missing";
        case rapidjson::kParseErrorStringMissQuotationMark: return "a string is not closed";
        case rapidjson::kParseErrorNumberTooBig: return "a number is too big";
        default: return "this is not JSON";
    }
}

}  // namespace

struct JsonNode {
    JsonKind kind = JsonKind::null;
    bool is_member = false;    // the node before it is its name
    std::uint32_t text = 0;    // of a string: its place in the document's text …
    std::uint32_t length = 0;  // … and its length; of a list or object: how many it holds
    std::uint32_t end = 0;     // the node after this value and all that is in it
    double number = 0;
};

struct JsonStorage {
    std::string text;  // strings are decoded in place
    std::vector<JsonNode> nodes;
};

namespace {

/// The decimal number of a text that the reader has found to be one. Exact up to 2^53 and wherever the
/// digits and the power of ten are; else within a few units of the last place.
double number_of(std::string_view text) {
    const bool minus = text.starts_with('-');
    text.remove_prefix(minus ? 1 : 0);
    if (text.starts_with('N')) {
        return std::nan("");
    }
    if (text.starts_with('I')) {
        return minus ? -HUGE_VAL : HUGE_VAL;
    }
    double digits = 0;
    int power = 0;
    bool fraction = false;
    std::size_t at = 0;
    for (; at < text.size() && (text[at] | 0x20) != 'e'; ++at) {
        if (text[at] == '.') {
            fraction = true;
        } else {
            digits = digits * 10 + (text[at] - '0');
            power -= fraction ? 1 : 0;
        }
    }
    if (at < text.size()) {
        ++at;
        const bool down = text[at] == '-';
        at += down || text[at] == '+' ? 1 : 0;
        int exponent = 0;
        for (; at < text.size() && exponent < 1000; ++at) {
            exponent = exponent * 10 + (text[at] - '0');
        }
        power += down ? -exponent : exponent;
    }
    const double scale = std::pow(10.0, std::abs(power));
    const double value = power < 0 ? digits / scale : digits * scale;
    return minus ? -value : value;
}

/// Takes the reader's events down as nodes in the order of the text.
class Builder {
public:
    explicit Builder(JsonStorage& storage) : storage_(storage) {}

    // NOLINTBEGIN(readability-identifier-naming): the reader's names
    bool Null() { return add(JsonKind::null, 0); }
    bool Bool(bool value) { return add(JsonKind::boolean, value ? 1 : 0); }
    bool Int(int value) { return add(JsonKind::number, value); }
    bool Uint(unsigned value) { return add(JsonKind::number, value); }
    bool Int64(std::int64_t value) { return add(JsonKind::number, static_cast<double>(value)); }
    bool Uint64(std::uint64_t value) { return add(JsonKind::number, static_cast<double>(value)); }
    bool Double(double value) { return add(JsonKind::number, value); }
    bool RawNumber(const char* text, unsigned length, bool) {
        return Double(number_of({text, length}));
    }
    bool String(const char* text, unsigned length, bool) {
        add(JsonKind::string, 0);
        JsonNode& node = storage_.nodes.back();
        node.text = static_cast<std::uint32_t>(text - storage_.text.data());
        node.length = length;
        return true;
    }
    bool Key(const char* text, unsigned length, bool copy) {
        String(text, length, copy);
        after_key_ = true;
        return true;
    }
    bool StartObject() { return open(JsonKind::object); }
    bool EndObject(unsigned count) { return close(count); }
    bool StartArray() { return open(JsonKind::array); }
    bool EndArray(unsigned count) { return close(count); }
    // NOLINTEND(readability-identifier-naming)

private:
    bool add(JsonKind kind, double number) {
        JsonNode& node = storage_.nodes.emplace_back();
        node.kind = kind;
        node.number = number;
        node.is_member = after_key_;
        node.end = static_cast<std::uint32_t>(storage_.nodes.size());
        after_key_ = false;
        return true;
    }
    bool open(JsonKind kind) {
        open_.push_back(static_cast<std::uint32_t>(storage_.nodes.size()));
        return add(kind, 0);
    }
    bool close(unsigned count) {
        JsonNode& node = storage_.nodes[open_.back()];
        open_.pop_back();
        node.length = count;
        node.end = static_cast<std::uint32_t>(storage_.nodes.size());
        return true;
    }

    JsonStorage& storage_;
    std::vector<std::uint32_t> open_;
    bool after_key_ = false;
};

}  // namespace

JsonKind JsonValue::kind() const { return node_ == nullptr ? JsonKind::missing : node_->kind; }

std::optional<std::int64_t> JsonValue::as_integer() const {
    const auto value = as_number();
    if (!value || !(std::fabs(*value) < exact_limit) || *value != std::trunc(*value)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*value);
}

std::optional<double> JsonValue::as_number() const {
    return kind() == JsonKind::number ? std::optional(node_->number) : std::nullopt;
}

std::optional<bool> JsonValue::as_boolean() const {
    return kind() == JsonKind::boolean ? std::optional(node_->number != 0) : std::nullopt;
}

std::string_view JsonValue::text() const {
    return std::string_view(storage_->text).substr(node_->text, node_->length);
}

std::optional<std::string_view> JsonValue::as_string() const {
    return kind() == JsonKind::string ? std::optional(text()) : std::nullopt;
}

std::int64_t JsonValue::size() const { return is_array() || is_object() ? node_->length : 0; }

JsonValue JsonValue::child(std::int64_t index) const {
    if (index < 0 || index >= size()) {
        return JsonValue();
    }
    const std::int64_t first = node_ - storage_->nodes.data() + 1;
    const std::int64_t step = is_object() ? 2 : 1;
    if (node_->end - first == node_->length * step) {  // none of them holds others
        return JsonValue(storage_, node_ + 1 + index * step + (step - 1));
    }
    JsonValue found(storage_, node_ + step);
    for (; index > 0; --index) {
        found = found.next();
    }
    return found;
}

JsonValue JsonValue::next() const {
    const std::size_t after = node_ == nullptr ? 0 : node_->end + (node_->is_member ? 1U : 0U);
    return after == 0 || after >= storage_->nodes.size()
               ? JsonValue()
               : JsonValue(storage_, &storage_->nodes[after]);
}

std::string_view JsonValue::key() const {
    return node_ != nullptr && node_->is_member ? JsonValue(storage_, node_ - 1).text()
                                                : std::string_view();
}

JsonValue JsonValue::at(std::int64_t index) const {
    return is_array() ? child(index) : JsonValue();
}

JsonValue JsonValue::find(std::string_view key) const {
    JsonValue found;
    if (is_object()) {
        JsonValue member = first();
        for (std::int64_t i = 0; i < size(); ++i, member = member.next()) {
            if (member.key() == key) {
                found = member;
            }
        }
    }
    return found;
}

JsonDocument::JsonDocument() : storage_(std::make_unique<JsonStorage>()) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonDocument JsonDocument::parse(std::string_view text) {
    JsonDocument result;
    if (text.size() > max_text) {
        result.error_ = error_at({}, 0, "the text is larger than 256 MiB");
        return result;
    }
    if (const std::size_t nothing = text.find('\0'); nothing != text.npos) {
        result.error_ = error_at(text, nothing, "a byte is zero");
        return result;
    }
    const std::size_t too_deep = offset_of_excessive_depth(text);
    if (too_deep < text.size()) {
        result.error_ = error_at(text, too_deep, "values are nested deeper than 64 levels");
        return result;
    }
    JsonStorage& storage = *result.storage_;
    storage.text = text;
    storage.nodes.reserve(text.size() / 16);
    rapidjson::Reader reader;
    rapidjson::InsituStringStream stream(storage.text.data());
    Builder builder(storage);
    constexpr unsigned flags = rapidjson::kParseInsituFlag | rapidjson::kParseNanAndInfFlag |
                               rapidjson::kParseNumbersAsStringsFlag;
    const auto outcome = reader.Parse<flags>(stream, builder);
    if (outcome.IsError()) {
        result.error_ = error_at(text, outcome.Offset(), describe(outcome.Code()));
    }
    return result;
}

JsonValue JsonDocument::root() const {
    return ok() ? JsonValue(storage_.get(), storage_->nodes.data()) : JsonValue();
}

void JsonWriter::separate() {
    if (!first_) {
        text_ += ',';
    }
    first_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    text_ += bracket;
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    text_ += bracket;
    first_ = false;
    return *this;
}

void JsonWriter::quote(std::string_view value) {
    constexpr std::string_view hex = "0123456789abcdef";
    text_ += '"';
    std::size_t plain = 0;  // where the run of characters begins that stand for themselves
    for (std::size_t i = 0; i < value.size(); ++i) {
        const auto code = static_cast<unsigned char>(value[i]);
        if (code >= 0x20 && code != '"' && code != '\\') continue;
        text_.append(value, plain, i - plain);
        plain = i + 1;
        text_ += '\\';
        if (code >= 0x20) {
            text_ += value[i];
        } else if (code == '\n') {
            text_ += 'n';
        } else {
            text_ += "u00";
            text_ += hex[code >> 4];
            text_ += hex[code & 15];
        }
    }
    text_.append(value, plain);
    text_ += '"';
}

JsonWriter& JsonWriter::key(const char* name) { return key(std::string_view(name)); }

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    quote(name);
    text_ += ':';
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
    separate();
    quote(value);
    return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
    separate();
    char digits[24];
    text_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    return *this;
}

JsonWriter& JsonWriter::number(double value) {
    constexpr std::int64_t millionths = 1'000'000;
    if (!(std::fabs(value) < exact_limit / millionths)) {
        return value == std::trunc(value) && std::fabs(value) < exact_limit
                   ? integer(static_cast<std::int64_t>(value))
                   : null();
    }
    const auto scaled = static_cast<std::int64_t>(std::llround(std::fabs(value) * millionths));
    if (value < 0 && scaled > 0) {
        separate();
        text_ += '-';
        first_ = true;
    }
    integer(scaled / millionths);
    std::int64_t rest = scaled % millionths;
    if (rest != 0) {
        text_ += '.';
        for (std::int64_t digit = millionths / 10; rest != 0; digit /= 10) {
            text_ += static_cast<char>('0' + rest / digit);
            rest %= digit;
        }
    }
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    separate();
    text_ += value ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::null() {
    separate();
    text_ += "null";
    return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    separate();
    text_ += json;
    return *this;
}

}  // namespace tensorledger
