#include "core/formats/scope.h"

#include <algorithm>
#include <cmath>

namespace tensorledger {

namespace {

using Kind = ScopeValue::Kind;

constexpr double exact_limit = 9007199254740992.0;  // 2^53

constexpr std::uint32_t hash_of(std::string_view text) {
    std::uint32_t hash = 2166136261U;
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    }
    return hash;
}

constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool is_word(char c) {
    return is_upper(c) || is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

ScopeValue number_value(double value) {
    ScopeValue result;
    result.kind = Kind::number;
    result.number = value;
    return result;
}

ScopeValue truth_value(bool value) { return number_value(value ? 1 : 0); }

ScopeValue text_value(std::string_view value) {
    ScopeValue result;
    result.kind = Kind::text;
    result.text = value;
    return result;
}

ScopeValue value_of(JsonValue json) {
    switch (json.kind()) {
        case JsonKind::missing: return {};
        case JsonKind::null: {
            ScopeValue result;
            result.kind = Kind::null;
            return result;
        }
        case JsonKind::boolean: return truth_value(*json.as_boolean());
        case JsonKind::number: return number_value(*json.as_number());
        case JsonKind::string: return text_value(*json.as_string());
        case JsonKind::array:
        case JsonKind::object: break;
    }
    ScopeValue result;
    result.kind = Kind::json;
    result.json = json;
    return result;
}

bool truth(const ScopeValue& value) {
    switch (value.kind) {
        case Kind::missing:
        case Kind::null: return false;
        case Kind::number: return value.number != 0;
        case Kind::text: return !value.text.empty();
        case Kind::json: return value.json.size() > 0;
    }
    return false;
}

bool equal(const ScopeValue& left, const ScopeValue& right) {
    if (left.kind == Kind::text || right.kind == Kind::text) {
        return left.kind == right.kind && left.text == right.text;
    }
    return left.kind == Kind::number && right.kind == left.kind && left.number == right.number;
}

JsonValue follow(JsonValue object, std::string_view path) {
    while (!path.empty()) {
        const std::size_t dot = std::min(path.find('.'), path.size());
        object = object.find(path.substr(0, dot));
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return object;
}

}  // namespace

/// Evaluates one expression by recursive descent; a branch that is not taken is read over.
class Evaluation {
public:
    Evaluation(Scope& scope, std::string_view text) : scope_(scope), text_(text) {}

    ScopeValue run() {
        if (text_.size() == 1 && is_digit(text_[0])) {
            return number_value(text_[0] - '0');
        }
        return choice(true);
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (peek() != c) {
            return false;
        }
        ++at_;
        return true;
    }
    bool take_pair(char c) {
        if (peek() != c || at_ + 1 >= text_.size() || text_[at_ + 1] != c) {
            return false;
        }
        at_ += 2;
        return true;
    }

    ScopeValue choice(bool active) {
        const ScopeValue condition = fallback(active);
        if (!take('?')) {
            return condition;
        }
        const bool yes = active && truth(condition);
        const ScopeValue first = choice(active && yes);
        take(':');
        const ScopeValue second = choice(active && !yes);
        return yes ? first : second;
    }

    ScopeValue fallback(bool active) {
        ScopeValue value = disjunction(active);
        while ((peek() == '|' && (at_ + 1 >= text_.size() || text_[at_ + 1] != '|')) ||
               peek() == '~') {
            const bool also_null = text_[at_++] == '|';
            const bool wanted =
                value.kind == Kind::missing || (also_null && value.kind == Kind::null);
            const ScopeValue other = disjunction(active && wanted);
            if (wanted) {
                value = other;
            }
        }
        return value;
    }

    ScopeValue disjunction(bool active) {
        ScopeValue value = conjunction(active);
        while (take_pair('|')) {
            const bool decided = truth(value);
            const ScopeValue other = conjunction(active && !decided);
            value = truth_value(decided || truth(other));
        }
        return value;
    }

    ScopeValue conjunction(bool active) {
        ScopeValue value = comparison(active);
        while (take('&')) {
            const bool undecided = truth(value);
            const ScopeValue other = comparison(active && undecided);
            value = truth_value(undecided && truth(other));
        }
        return value;
    }

    ScopeValue comparison(bool active) {
        const ScopeValue left = sum(active);
        const char op = peek();
        if (op != '=' && op != '<' && op != '>' && op != '#' && op != '$') {
            return left;
        }
        ++at_;
        const ScopeValue right = sum(active);
        bool result = false;
        switch (op) {
            case '=': result = equal(left, right); break;
            case '<': result = left.number < right.number; break;
            case '>': result = left.number > right.number; break;
            case '$': result = left.kind == Kind::text && left.text.ends_with(right.text); break;
            default:
                if (left.kind == Kind::json) {
                    for (std::int64_t i = 0; i < left.json.size() && !result; ++i) {
                        result = equal(value_of(left.json.at(i)), right);
                    }
                } else {
                    result =
                        left.kind == Kind::text && left.text.find(right.text) != left.text.npos;
                }
        }
        return truth_value(result);
    }

    ScopeValue arithmetic(char op, const ScopeValue& left, const ScopeValue& right, bool active) {
        if (!active) {
            return {};
        }
        if (!left.is_set() || !right.is_set()) {
            return left.is_set() ? right : left;
        }
        if (left.kind != Kind::number || right.kind != Kind::number) {
            scope_.refuse(scope_.last_field_, "wrong-type", "is not a number.");
            return number_value(0);
        }
        const double a = left.number;
        const double b = right.number;
        switch (op) {
            case '+': return number_value(a + b);
            case '-': return number_value(a - b);
            case '*': return number_value(a * b);
            default: return number_value(quotient(op, a, b));
        }
    }

    /// Of whole numbers the quotient is one too; dividing by a fraction gives a fraction.
    double quotient(char op, double a, double b) {
        if (!(b > 0)) {
            scope_.refuse(scope_.last_field_, "out-of-range",
                          "is zero where the network divides by it.");
            return 0;
        }
        const double whole = std::floor(a / b);
        const bool fraction = a != std::floor(a) || b != std::floor(b);
        return op == '%' ? a - whole * b : fraction ? a / b : whole;
    }

    ScopeValue sum(bool active) {
        ScopeValue value = product(active);
        while (peek() == '+' || peek() == '-') {
            const char op = text_[at_++];
            value = arithmetic(op, value, product(active), active);
        }
        return value;
    }

    ScopeValue product(bool active) {
        ScopeValue value = unary(active);
        while (peek() == '*' || peek() == '/' || peek() == '%') {
            const char op = text_[at_++];
            value = arithmetic(op, value, unary(active), active);
        }
        return value;
    }

    ScopeValue unary(bool active) {
        if (take('!')) {
            return truth_value(!truth(unary(active)));
        }
        if (take('-')) {
            return number_value(-unary(active).number);
        }
        ScopeValue value = atom(active);
        while (true) {
            if (take('@')) {
                value = element(value, atom(active));
            } else if (take('.')) {
                const std::string_view path = word(true);
                value = value_of(follow(value.json, path));
            } else {
                return value;
            }
        }
    }

    static ScopeValue element(const ScopeValue& list, const ScopeValue& index) {
        if (list.kind == Kind::json) {
            return value_of(list.json.at(static_cast<std::int64_t>(index.number)));
        }
        if (list.kind == Kind::text) {
            const auto at = static_cast<std::size_t>(index.number);
            return index.number >= 0 && at < list.text.size() ? text_value(list.text.substr(at, 1))
                                                              : ScopeValue{};
        }
        return list;
    }

    std::string_view word(bool with_dots) {
        const std::size_t start = at_;
        while (is_word(peek()) || (with_dots && peek() == '.')) {
            ++at_;
        }
        return text_.substr(start, at_ - start);
    }

    ScopeValue atom(bool active) {
        if (take('(')) {
            const ScopeValue value = choice(active);
            take(')');
            return value;
        }
        if (take('\'')) {
            const std::size_t start = at_;
            while (peek() != '\'' && peek() != '\0') {
                ++at_;
            }
            const std::string_view text = text_.substr(start, at_ - start);
            take('\'');
            return text_value(text);
        }
        if (is_digit(peek())) {
            double number = 0;
            while (is_digit(peek())) {
                number = number * 10 + (text_[at_++] - '0');
            }
            if (take('.')) {
                double scale = 1;
                for (; is_digit(peek()); scale *= 10) {
                    number = number * 10 + (text_[at_++] - '0');
                }
                number /= scale;
            }
            return number_value(number);
        }
        const std::string_view name = word(true);
        if (take('(')) {
            return call(name, active);
        }
        return active ? named(name) : ScopeValue{};
    }

    /// `sum(Q)`: the quantity added up over all layers.
    ScopeValue sum_over_layers(bool active) {
        const std::string_view name = word(false);
        take(')');
        if (!active) {
            return {};
        }
        const std::int64_t here = scope_.layer_;
        const std::int64_t layers = std::min(scope_.number("L"), std::int64_t{4096});
        std::int64_t total = 0;
        for (std::int64_t i = 0; i < layers; ++i) {
            scope_.set_layer(i);
            total += scope_.number(name);
        }
        scope_.set_layer(here);
        scope_.varies_ = false;
        return number_value(static_cast<double>(total));
    }

    ScopeValue call(std::string_view name, bool active) {
        if (name == "sum") {
            return sum_over_layers(active);
        }
        const ScopeValue first = choice(active);
        const ScopeValue second = take(',') ? choice(active) : ScopeValue{};
        take(')');
        if (!active) {
            return {};
        }
        if (name == "len") {
            return number_value(first.kind == Kind::text ? static_cast<double>(first.text.size())
                                                         : static_cast<double>(first.json.size()));
        }
        if (!first.is_set()) {
            return first;
        }
        const double a = first.number;
        const double b = second.number;
        if (name == "int") {
            return number_value(std::trunc(a));
        }
        if (name == "min" || name == "max") {
            return (a < b) == (name == "min") ? first : second;
        }
        const double whole = quotient('/', a, b);
        if (name == "exact") {
            if (whole * b != a) {
                scope_.refuse(scope_.last_field_, "contradiction",
                              "does not divide the width that it splits into equal parts.");
            }
            return number_value(whole);
        }
        const double rounded_up = whole * b < a ? whole + 1 : whole;
        return number_value(name == "up" ? rounded_up * b : rounded_up);
    }

    ScopeValue named(std::string_view name) {
        if (is_upper(name.front())) {
            if (name == "I") {
                scope_.varies_ = true;
                return number_value(static_cast<double>(scope_.layer_));
            }
            const std::size_t end = std::min(name.find('.'), name.size());
            const ScopeValue found = scope_.value(name.substr(0, end));
            if (end == name.size()) {
                return found;
            }
            scope_.last_field_ = name.substr(end + 1);
            return value_of(follow(found.json, name.substr(end + 1)));
        }
        const std::size_t dot = name.rfind('.');
        if (dot != name.npos && is_upper(name[dot + 1])) {
            for (const auto& attached : scope_.attached_) {
                if (attached.scope != nullptr && attached.name == name.substr(0, dot)) {
                    return attached.scope->value(name.substr(dot + 1));
                }
            }
            return {};
        }
        return scope_.field(name);
    }

    Scope& scope_;
    std::string_view text_;
    std::size_t at_ = 0;
};

bool operator==(const ScopeValue& left, const ScopeValue& right) {
    return left.kind == right.kind && (!left.is_set() || equal(left, right));
}

Scope::Scope(JsonValue object, const Family& family, std::string_view path, Issues& issues,
             const Family* before)
    : object_(object), family_(family), path_(path), issues_(issues) {
    bindings_.reserve(160);
    if (before != nullptr) {
        bind(before->bindings);
    }
    const Family* row = &family;
    while (row != nullptr) {
        bind(row->defaults);
        bind(row->bindings);
        const bool is_base = row->names == ".base";
        row = is_base ? nullptr : family_named(row->parent.empty() ? ".base" : row->parent);
    }
}

void Scope::bind(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        if (text[at] == ' ') {
            ++at;
            continue;
        }
        const std::size_t sign = text.find('=', at);
        const std::size_t end = std::min(text.find(' ', sign), text.size());
        const std::string_view name = text.substr(at, sign - at);
        const std::uint32_t hash = hash_of(name);
        if (slot_of(name, hash) == nullptr) {  // a row's own binding comes before its parent's
            Binding& binding = bindings_.emplace_back();
            binding.name = name;
            binding.hash = hash;
            binding.expression = text.substr(sign + 1, end - sign - 1);
            std::size_t slot = hash % slots_.size();
            while (slots_[slot] != 0) {
                slot = (slot + 1) % slots_.size();
            }
            slots_[slot] = static_cast<std::uint16_t>(bindings_.size());
        }
        at = end;
    }
}

Scope::Binding* Scope::slot_of(std::string_view name, std::uint32_t hash) {
    for (std::size_t slot = hash % slots_.size(); slots_[slot] != 0;
         slot = (slot + 1) % slots_.size()) {
        Binding& binding = bindings_[slots_[slot] - 1U];
        if (binding.hash == hash && binding.name == name) {
            return &binding;
        }
    }
    return nullptr;
}

Scope::Binding* Scope::find(std::string_view name) { return slot_of(name, hash_of(name)); }

void Scope::attach(std::string_view name, Scope& other) {
    for (Attached& place : attached_) {
        if (place.scope == nullptr) {
            place = {name, &other};
            return;
        }
    }
}

bool Scope::varies(std::string_view name) const {
    const Binding* binding = find(name);
    return binding != nullptr && binding->varies;
}

ScopeValue Scope::value(std::string_view name) {
    Binding* binding = find(name);
    return binding == nullptr ? ScopeValue{} : evaluate(*binding);
}

ScopeValue Scope::evaluate(Binding& binding) {
    if (binding.known && (!binding.varies || binding.layer == layer_)) {
        last_field_ = binding.field;
        varies_ = varies_ || binding.varies;
        return binding.value;
    }
    if (binding.busy) {
        return {};
    }
    binding.busy = true;
    const bool outer = varies_;
    varies_ = false;
    binding.value = Evaluation(*this, binding.expression).run();
    binding.varies = varies_;
    binding.known = true;
    binding.layer = layer_;
    binding.field = last_field_;
    binding.busy = false;
    varies_ = outer || binding.varies;
    return binding.value;
}

const ScopeValue& Scope::stated(std::string_view path) {
    // Names of fields stand in static text: one place, one name.
    const auto place = reinterpret_cast<std::uintptr_t>(path.data());
    Seen& seen = seen_[(place ^ place >> 6) % seen_.size()];
    if (seen.name != path.data()) {
        seen.name = path.data();
        seen.value = value_of(follow(object_, path));
    }
    return seen.value;
}

ScopeValue Scope::field(std::string_view path) {
    last_field_ = path;
    const ScopeValue value = stated(path);
    if (value.kind == Kind::missing) {
        Binding* binding = find(path);
        if (binding != nullptr) {
            const ScopeValue inner = evaluate(*binding);
            if (!inner.is_set()) {
                last_field_ = path;
            }
            return inner;
        }
        return value;
    }
    // Some indices count from the end.
    const bool may_be_negative = path.ends_with("_index") || path.ends_with("_layer") ||
                                 path.ends_with("relative_positions") ||
                                 path.ends_with("position_buckets");
    if (value.kind == Kind::number && !(value.number >= 0 || may_be_negative)) {
        refuse(path, "out-of-range", "is negative; a size of a network is not.");
        return number_value(0);
    }
    return value;
}

std::int64_t Scope::whole(const ScopeValue& value, std::string_view name) {
    switch (value.kind) {
        case Kind::number:
            if (!(value.number >= 0 && value.number < exact_limit)) {
                refuse(last_field_.empty() ? name : last_field_, "out-of-range",
                       "leads to a size outside of 0 to 2^53.");
                return 0;
            }
            if (value.number != std::floor(value.number)) {
                refuse(last_field_, "wrong-type", "is not a whole number.");
                return 0;
            }
            return static_cast<std::int64_t>(value.number);
        case Kind::text:
            refuse(last_field_, "wrong-type", "is a text where a number belongs.");
            return 0;
        case Kind::json:
            refuse(last_field_, "wrong-type", "is a list or an object where a number belongs.");
            return 0;
        case Kind::missing:
            refuse(last_field_.empty() ? name : last_field_, "missing",
                   "is missing, and this model type has no default for it.");
            return 0;
        case Kind::null: return 0;
    }
    return 0;
}

std::string_view Scope::text(std::string_view name) {
    const ScopeValue found = value(name);
    if (found.kind == Kind::text || !found.is_set()) {
        return found.text;
    }
    refuse(last_field_, "wrong-type", "is not a text.");
    return {};
}

double Scope::real(std::string_view name) {
    const ScopeValue found = value(name);
    if (found.kind == Kind::text || found.kind == Kind::json) {
        refuse(last_field_, "wrong-type", "is not a number.");
        return 0;
    }
    return found.number;
}

std::int64_t Scope::number_of(std::string_view expression) {
    return whole(Evaluation(*this, expression).run(), expression);
}

std::string Scope::full_path(std::string_view field) const {
    std::string path(path_);
    if (!path.empty() && !field.empty()) {
        path += '.';
    }
    path += field;
    return path;
}

void Scope::refuse(std::string_view field, std::string_view code, std::string_view message) {
    if (!issues_.empty()) {
        return;
    }
    Issue& issue = issues_.emplace_back();
    issue.field = full_path(field);
    issue.code = code;
    issue.message = issue.field;
    issue.message += ' ';
    issue.message += message;
}

}  // namespace tensorledger
