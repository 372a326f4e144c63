#pragma once

// Reading and writing JSON without letting anyone see which library does it. A `JsonValue` is a
// read-only view into a `JsonDocument`, which has to outlive it; asking a value for what it is not
// answers "nothing" instead of failing, so that the caller can say which field is wrong.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tensorledger {

enum class JsonKind : std::uint8_t { missing, null, boolean, number, string, array, object };

struct JsonNode;
struct JsonStorage;

/// One value of a document; a default-made one is `missing`.
class JsonValue {
public:
    JsonValue() = default;

    JsonKind kind() const;
    bool is_missing() const { return node_ == nullptr; }
    bool is_null() const { return kind() == JsonKind::null; }
    bool is_object() const { return kind() == JsonKind::object; }
    bool is_array() const { return kind() == JsonKind::array; }

    /// A whole number whose size JavaScript holds exactly (below 2^53): 4096 and 4096.0, not 0.5.
    std::optional<std::int64_t> as_integer() const;
    std::optional<double> as_number() const;
    std::optional<bool> as_boolean() const;
    std::optional<std::string_view> as_string() const;

    /// Elements of an array or members of an object; 0 for everything else.
    std::int64_t size() const;

    /// The element of an array; missing outside its range.
    JsonValue at(std::int64_t index) const;

    /// The member of an object; missing when there is none. Of repeated keys the last one counts.
    JsonValue find(std::string_view key) const;

    /// The name and value of an object's member by its place.
    std::string_view key_at(std::int64_t index) const { return child(index).key(); }
    JsonValue value_at(std::int64_t index) const {
        return is_object() ? child(index) : JsonValue();
    }

    /// For a walk through many: the first element or member, the one after this, and the member's name.
    JsonValue first() const { return child(0); }
    JsonValue next() const;
    std::string_view key() const;

private:
    friend class JsonDocument;
    JsonValue(const JsonStorage* storage, const JsonNode* node) : storage_(storage), node_(node) {}

    JsonValue child(std::int64_t index) const;
    std::string_view text() const;

    const JsonStorage* storage_ = nullptr;
    const JsonNode* node_ = nullptr;
};

/// Where a text stops being JSON: 1-based line and column, and what is wrong there.
struct JsonError {
    std::int64_t line = 0;
    std::int64_t column = 0;
    std::string message;
};

/// A parsed text. `Infinity`, `-Infinity` and `NaN` are accepted, as Python writes them; nesting deeper
/// than 64 levels is refused.
class JsonDocument {
public:
    static JsonDocument parse(std::string_view text);

    JsonDocument(JsonDocument&&) noexcept;
    JsonDocument& operator=(JsonDocument&&) noexcept;
    ~JsonDocument();

    bool ok() const { return !error_; }
    const std::optional<JsonError>& error() const { return error_; }
    JsonValue root() const;

private:
    JsonDocument();

    std::unique_ptr<JsonStorage> storage_;
    std::optional<JsonError> error_;
};

/// Builds JSON text: commas and escapes are its business, nesting the caller's.
class JsonWriter {
public:
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    JsonWriter& key(std::string_view name);
    JsonWriter& key(const char* name);  // a literal: its address alone is passed
    JsonWriter& string(std::string_view value);
    JsonWriter& integer(std::int64_t value);
    /// Rounded to six decimals; null for what is not finite.
    JsonWriter& number(double value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    /// Text that is JSON already.
    JsonWriter& raw(std::string_view json);

    const std::string& text() const { return text_; }
    std::string take() { return static_cast<std::string&&>(text_); }

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();
    void quote(std::string_view value);

    std::string text_;
    bool first_ = true;
};

}  // namespace tensorledger
