#include "core/formats/json.h"

#include <charconv>
#include <cmath>

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
#include <rapidjson/document.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace tensorledger {

namespace {

constexpr std::int64_t max_depth = 64;
constexpr double exact_limit = 9007199254740992.0;  // 2^53

const rapidjson::Value& node_of(const void* node) {
    return *static_cast<const rapidjson::Value*>(node);
}

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

JsonKind JsonValue::kind() const {
    if (node_ == nullptr) {
        return JsonKind::missing;
    }
    switch (node_of(node_).GetType()) {
    case rapidjson::kNullType: return JsonKind::null;
    case rapidjson::kFalseType:
    case rapidjson::kTrueType: return JsonKind::boolean;
    case rapidjson::kNumberType: return JsonKind::number;
    case rapidjson::kStringType: return JsonKind::string;
    case rapidjson::kArrayType: return JsonKind::array;
    case rapidjson::kObjectType: return JsonKind::object;
    }
    return JsonKind::missing;
}

std::optional<std::int64_t> JsonValue::as_integer() const {
    if (kind() != JsonKind::number) {
        return std::nullopt;
    }
    const double value = node_of(node_).GetDouble();
    if (!(value < exact_limit && value > -exact_limit) || value != std::trunc(value)) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(value);
}

std::optional<double> JsonValue::as_number() const {
    if (kind() != JsonKind::number) {
        return std::nullopt;
    }
    return node_of(node_).GetDouble();
}

std::optional<bool> JsonValue::as_boolean() const {
    if (kind() != JsonKind::boolean) {
        return std::nullopt;
    }
    return node_of(node_).GetBool();
}

std::optional<std::string_view> JsonValue::as_string() const {
    if (kind() != JsonKind::string) {
        return std::nullopt;
    }
    return std::string_view(node_of(node_).GetString(), node_of(node_).GetStringLength());
}

std::int64_t JsonValue::size() const {
    switch (kind()) {
    case JsonKind::array: return node_of(node_).Size();
    case JsonKind::object: return node_of(node_).MemberCount();
    default: return 0;
    }
}

JsonValue JsonValue::at(std::int64_t index) const {
    if (kind() != JsonKind::array || index < 0 || index >= size()) {
        return JsonValue();
    }
    return JsonValue(&node_of(node_)[static_cast<rapidjson::SizeType>(index)]);
}

JsonValue JsonValue::find(std::string_view key) const {
    for (std::int64_t i = size(); kind() == JsonKind::object && i > 0; --i) {
        if (key_at(i - 1) == key) {
            return value_at(i - 1);
        }
    }
    return JsonValue();
}

std::string_view JsonValue::key_at(std::int64_t index) const {
    if (kind() != JsonKind::object || index < 0 || index >= size()) {
        return {};
    }
    const auto& name = (node_of(node_).MemberBegin() + index)->name;
    return std::string_view(name.GetString(), name.GetStringLength());
}

JsonValue JsonValue::value_at(std::int64_t index) const {
    if (kind() != JsonKind::object || index < 0 || index >= size()) {
        return JsonValue();
    }
    return JsonValue(&(node_of(node_).MemberBegin() + index)->value);
}

struct JsonDocument::Storage {
    rapidjson::Document document;
};

JsonDocument::JsonDocument() : storage_(std::make_unique<Storage>()) {}
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonDocument JsonDocument::parse(std::string_view text) {
    JsonDocument result;
    const std::size_t too_deep = offset_of_excessive_depth(text);
    if (too_deep < text.size()) {
        result.error_ = error_at(text, too_deep, "values are nested deeper than 64 levels");
        return result;
    }
    rapidjson::Document& document = result.storage_->document;
    document.Parse<rapidjson::kParseNanAndInfFlag>(text.data(), text.size());
    if (document.HasParseError()) {
        result.error_ =
            error_at(text, document.GetErrorOffset(), describe(document.GetParseError()));
    }
    return result;
}

JsonValue JsonDocument::root() const {
    return ok() ? JsonValue(static_cast<const rapidjson::Value*>(&storage_->document)) : JsonValue();
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
    for (const char c : value) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            text_ += '\\';
            text_ += c;
        } else if (c == '\n') {
            text_ += "\\n";
        } else if (code < 0x20) {
            text_ += "\\u00";
            text_ += hex[code >> 4];
            text_ += hex[code & 15];
        } else {
            text_ += c;
        }
    }
    text_ += '"';
}

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

}  // namespace tensorledger
