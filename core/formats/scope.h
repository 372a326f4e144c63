#pragma once

// What is the value of a quantity, given a family's row and the object that a file holds for it?

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/formats/family.h"
#include "core/formats/json.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// What an expression yields. A number is a double, as it is in a config.json: whole ones are exact below
/// 2^53, and a size that is not below it is refused.
struct ScopeValue {
    enum class Kind : std::uint8_t { missing, null, number, text, json };
    Kind kind = Kind::missing;
    double number = 0;
    std::string_view text;
    JsonValue json;

    bool is_set() const { return kind != Kind::missing && kind != Kind::null; }
};

bool operator==(const ScopeValue& left, const ScopeValue& right);

/// A family's row bound to an object. Issues go to the list given; after one, values are zeros.
class Scope {
public:
    /// The bindings of `before`, where there is one, come before the family's own.
    Scope(JsonValue object, const Family& family, std::string_view path, Issues& issues,
          const Family* before = nullptr);

    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    /// The quantity of that name, evaluated for the current layer. A number is never negative.
    std::int64_t number(std::string_view name) { return whole(value(name), name); }
    bool flag(std::string_view name) { return number(name) != 0; }
    std::string_view text(std::string_view name);
    double real(std::string_view name);

    /// The value of an expression, for the tensor lists.
    std::int64_t number_of(std::string_view expression);
    bool flag_of(std::string_view name) { return flag(name); }

    /// From here on, I is this.
    void set_layer(std::int64_t layer) { layer_ = layer; }

    /// Whether the quantity, as last evaluated, depends on the layer.
    bool varies(std::string_view name) const;

    /// The quantity in the current layer, whatever it is.
    ScopeValue value(std::string_view name);

    /// Makes another scope's quantities known as `name.X`.
    void attach(std::string_view name, Scope& other);

    JsonValue object() const { return object_; }
    const Family& family() const { return family_; }
    Issues& issues() { return issues_; }
    std::string_view last_field() const { return last_field_; }
    void refuse(std::string_view field, std::string_view code, std::string_view message);

private:
    friend class Evaluation;

    struct Binding {
        std::uint32_t hash = 0;
        std::string_view name;
        std::string_view expression;
        ScopeValue value;
        std::string_view field;  // that the value was read from last
        std::int64_t layer = 0;  // that the value is of, where it varies
        bool known = false;
        bool varies = false;
        bool busy = false;
    };
    struct Attached {
        std::string_view name;
        Scope* scope = nullptr;
    };
    /// What the object holds for a field, by where the name of the field stands.
    struct Seen {
        const char* name = nullptr;
        ScopeValue value;
    };

    void bind(std::string_view text);
    Binding* slot_of(std::string_view name, std::uint32_t hash);
    Binding* find(std::string_view name);
    const Binding* find(std::string_view name) const {
        return const_cast<Scope*>(this)->find(name);
    }
    ScopeValue evaluate(Binding& binding);
    ScopeValue field(std::string_view path);
    const ScopeValue& stated(std::string_view path);
    std::int64_t whole(const ScopeValue& value, std::string_view name);
    std::string full_path(std::string_view field) const;

    JsonValue object_;
    const Family& family_;
    std::string_view path_;
    Issues& issues_;
    std::vector<Binding> bindings_;
    std::array<std::uint16_t, 512> slots_{};  // by hash: one more than the place in bindings_
    std::array<Seen, 64> seen_{};
    std::array<Attached, 4> attached_{};  // no network has more parts
    std::int64_t layer_ = 0;
    bool varies_ = false;
    std::string_view last_field_;
};

}  // namespace tensorledger
