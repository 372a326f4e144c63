#include "core/formats/listing.h"

#include <algorithm>
#include <array>
#include <memory>

namespace tensorledger {

namespace {

/// What holds for a stretch of a listing: the name it is below and how often it occurs.
struct Context {
    std::string prefix;
    std::int64_t count = 1;
    WeightPart part = WeightPart::text;
};

/// The end of a bracketed stretch that starts at `open`, one past its closing bracket.
std::size_t end_of_group(std::string_view text, std::size_t open) {
    std::int64_t depth = 0;
    for (std::size_t i = open; i < text.size(); ++i) {
        depth += text[i] == '(' || text[i] == '[' ? 1 : 0;
        depth -= text[i] == ')' || text[i] == ']' ? 1 : 0;
        if (depth == 0) {
            return i + 1;
        }
    }
    return text.size();
}

class Reader {
public:
    Reader(Scope& scope, const Listing& listing) : scope_(scope), listing_(listing) {}

    void items(std::string_view text, const Context& context) {
        std::size_t at = 0;
        while (at < text.size()) {
            if (text[at] == ' ') {
                ++at;
                continue;
            }
            at = item(text, at, context);
        }
    }

private:
    std::size_t item(std::string_view text, std::size_t start, const Context& context) {
        std::size_t at = start;
        bool in_braces = false;
        while (at < text.size() && (in_braces || std::string_view("?+:([< ").find(text[at]) ==
                                                     std::string_view::npos)) {
            in_braces = text[at] == '{' ? text[at + 1] != 'i' && text[at + 1] != 'e'
                                        : in_braces && text[at] != '}';
            ++at;
        }
        std::string_view path = text.substr(start, at - start);
        const auto word = [&] {
            const std::size_t from = at;
            while (at < text.size() &&
                   std::string_view("+:([< ").find(text[at]) == std::string_view::npos) {
                ++at;
            }
            return text.substr(from, at - from);
        };
        bool wanted = true;
        if (at < text.size() && text[at] == '?') {
            ++at;
            const bool negated = text[at] == '!';
            at += negated ? 1 : 0;
            wanted = scope_.flag(word()) != negated;
        }
        bool bias = false;
        if (at < text.size() && text[at] == '+') {
            ++at;
            const std::string_view condition = word();
            bias = wanted && (condition.empty() || scope_.flag(condition));
        }
        Context inner = context;
        if (at < text.size() && text[at] == '[') {
            const std::size_t end = end_of_group(text, at);
            const std::int64_t layers =
                wanted ? scope_.number_of(text.substr(at + 1, end - at - 2)) : 0;
            inner.count = checked_product(context.count, layers);
            wanted = wanted && layers > 0;
            at = end;
            return group(text, at, path, ".{i}.", inner, wanted);
        }
        if (at < text.size() && text[at] == '(') {
            return group(text, at, path, ".", inner, wanted);
        }
        if (at < text.size() && text[at] == '<') {
            const std::size_t end = std::min(text.find('>', at), text.size());
            if (wanted) {
                other_row(text.substr(at + 1, end - at - 1), path, inner);
            }
            return std::min(end + 1, text.size());
        }
        const std::size_t end = std::min(text.find(' ', at), text.size());
        if (wanted && at < text.size()) {
            tensors(path, text.substr(at + 1, end - at - 1), bias, inner);
        }
        return end;
    }

    std::size_t group(std::string_view text, std::size_t open, std::string_view path,
                      std::string_view joint, Context& inner, bool wanted) {
        const std::size_t end = end_of_group(text, open);
        if (wanted) {
            if (!path.empty() && path.front() == '&') {
                inner.part = WeightPart::next_token;
                path.remove_prefix(1);
            }
            if (!path.empty() && path.front() == '/') {
                inner.prefix.clear();
                path.remove_prefix(1);
            }
            inner.prefix += path;
            if (!path.empty()) {
                inner.prefix += joint;
            }
            items(text.substr(open + 1, end - open - 2), inner);
        }
        return end;
    }

    void tensors(std::string_view path, std::string_view dims, bool bias, const Context& context) {
        const std::size_t brace = path.find('{');
        if (brace == path.npos || path.substr(brace, 3) == "{i}" ||
            path.substr(brace, 3) == "{e}") {
            tensor(path, {}, {}, dims, bias, context);
            return;
        }
        const std::size_t close = std::min(path.find('}', brace), path.size());
        std::string_view choices = path.substr(brace + 1, close - brace - 1);
        while (!choices.empty()) {
            const std::size_t comma = std::min(choices.find(','), choices.size());
            tensor(path.substr(0, brace), choices.substr(0, comma), path.substr(close + 1), dims,
                   bias, context);
            choices.remove_prefix(std::min(comma + 1, choices.size()));
        }
    }

    void tensor(std::string_view before, std::string_view middle, std::string_view after,
                std::string_view dims, bool bias, const Context& context) {
        WeightTensor made;
        made.count = context.count;
        made.layers = context.count;
        made.dtype = listing_.dtype;
        made.part = context.part;
        const char mark = before.empty() ? '\0' : before.front();
        made.name = context.prefix;
        if (mark == '%' || mark == '*' || mark == '&' || mark == '/') {
            before.remove_prefix(1);
            if (mark == '/') {
                made.name.clear();
            } else if (mark == '%') {
                made.role = WeightRole::embedding;
            } else {
                made.part = mark == '*' ? WeightPart::buffer : WeightPart::next_token;
            }
        }
        made.name += before;
        made.name += middle;
        made.name += after;
        while (!dims.empty() && made.shape.rank < 5) {
            const std::size_t comma = dimension_end(dims);
            const std::string_view expression = dims.substr(0, comma);
            made.shape.append({scope_.number_of(expression), expression});
            dims.remove_prefix(std::min(comma + 1, dims.size()));
        }
        if (made.shape.elements() == 0) {
            return;
        }
        const std::string base = made.name;
        if (mark != '*') {
            made.name += ".weight";
        }
        listing_.tensors.push_back(made);
        if (bias) {
            made.name = base + ".bias";
            made.shape.rank = 1;
            listing_.tensors.push_back(made);
        }
    }

    static std::size_t dimension_end(std::string_view dims) {
        std::int64_t depth = 0;
        for (std::size_t i = 0; i < dims.size(); ++i) {
            depth += dims[i] == '(' ? 1 : 0;
            depth -= dims[i] == ')' ? 1 : 0;
            if (depth == 0 && dims[i] == ',') {
                return i;
            }
        }
        return dims.size();
    }

    /// `field:family`: the tower that the object `field` describes by its own model_type, or as `family`
    /// where it names none. A type without a row leaves a note.
    void other_row(std::string_view reference, std::string_view path, const Context& context) {
        const std::size_t colon = std::min(reference.find(':'), reference.size());
        const std::string_view field = reference.substr(0, colon);
        std::string_view fallback = reference.substr(std::min(colon + 1, reference.size()));
        const std::size_t slash = std::min(fallback.find('/'), fallback.size());
        const Family* when_absent =
            family_named(fallback.substr(std::min(slash + 1, fallback.size())));
        fallback = fallback.substr(0, slash);
        JsonValue object = scope_.object();
        std::string_view rest = field;
        while (!rest.empty()) {
            const std::size_t dot = std::min(rest.find('.'), rest.size());
            object = object.find(rest.substr(0, dot));
            rest.remove_prefix(std::min(dot + 1, rest.size()));
        }
        const auto stated = object.find("model_type").as_string();
        const bool fixed = fallback.starts_with('=');
        const Family* family = stated && !fixed ? family_named(*stated) : nullptr;
        if (fixed || (family == nullptr && !stated)) {
            family = family_named(fallback.substr(fixed ? 1 : 0));
        }
        if (family == nullptr || tensors_of(*family).empty()) {
            Note& note = listing_.notes.emplace_back();
            note.code = "partial";
            note.message = "The part that ";
            note.message += field;
            note.message += " describes is of a kind that cannot be counted here (";
            note.message += stated.value_or("it names no model_type");
            note.message += "): it is left out of every figure.";
            return;
        }
        auto scope = std::make_unique<Scope>(object, *family, field, scope_.issues(),
                                             object.is_object() ? nullptr : when_absent);
        Context inner = context;
        inner.prefix += path;
        if (!path.empty()) {
            inner.prefix += '.';
        }
        Reader reader(*scope, listing_);
        if (inner.part == WeightPart::text) {
            inner.part = WeightPart::tower;
        }
        reader.items(tensors_of(*family), inner);
        scope_.attach(field, *scope);
        for (auto& place : scopes_) {
            if (!place) {
                place = std::move(scope);
                break;
            }
        }
    }

    Scope& scope_;
    const Listing& listing_;
    std::array<std::unique_ptr<Scope>, 4> scopes_;
};

}  // namespace

void list_parts(Scope& scope, std::string_view prefix, WeightPart part, const Listing& listing) {
    Reader reader(scope, listing);
    reader.items(tensors_of(scope.family()), {.prefix = std::string(prefix), .part = part});
}

void list_classifier(Scope& scope, const Listing& listing) {
    Reader(scope, listing).items(family_named(".base")->tensors, {});
}

}  // namespace tensorledger
