#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tensorledger {

/// A JSON array of flat objects, for the lists that the page and the command line show. Texts come from our own
/// tables, which hold no character that JSON escapes; a test checks that.
class JsonList {
public:
    void begin() { text_ += text_.size() > 1 ? ",{" : "{"; }
    void end() { text_ += '}'; }

    void text(std::string_view key, std::string_view value) {
        this->key(key);
        text_ += '"';
        text_ += value;
        text_ += '"';
    }

    void number(std::string_view key, std::int64_t value) {
        this->key(key);
        text_ += std::to_string(value);
    }

    void flag(std::string_view key, bool value) {
        this->key(key);
        text_ += value ? "true" : "false";
    }

    /// The whole list; nothing may be added after.
    std::string take() {
        text_ += ']';
        return std::move(text_);
    }

private:
    void key(std::string_view key) {
        if (text_.back() != '{') text_ += ',';
        text_ += '"';
        text_ += key;
        text_ += "\":";
    }

    std::string text_ = "[";
};

}  // namespace tensorledger
