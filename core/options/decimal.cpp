#include "core/options/decimal.h"

#include <limits>

namespace tensorledger {

namespace {

constexpr double kScale = 1e6;
constexpr double kLargest = 1e9;
constexpr int kPlaces = 6;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::int64_t nearest_millionths(double value) {
    const double scaled = value * kScale;
    return static_cast<std::int64_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

}  // namespace

std::optional<std::int64_t> whole_number(std::string_view text) {
    const std::string_view digits = text.substr(text.substr(0, 1) == "-" ? 1 : 0);
    if (digits.empty() || !is_digit(digits[0])) return std::nullopt;
    if (digits[0] == '0' && text != "0") return std::nullopt;
    // Counted downwards, because the lowest number has no positive counterpart.
    std::int64_t value = 0;
    for (const char digit : digits) {
        if (!is_digit(digit) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit - '0', &value)) {
            return std::nullopt;
        }
    }
    if (digits.size() < text.size()) return value;
    if (value == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
    return -value;
}

std::optional<double> decimal_number(std::string_view text) {
    const auto point = text.find('.');
    const auto whole = whole_number(text.substr(0, point));
    if (!whole.has_value() || *whole < 0 || *whole >= static_cast<std::int64_t>(kLargest)) {
        return std::nullopt;
    }
    std::int64_t millionths = *whole * static_cast<std::int64_t>(kScale);
    if (point != std::string_view::npos) {
        const std::string_view places = text.substr(point + 1);
        if (places.empty() || places.size() > kPlaces) return std::nullopt;
        std::int64_t weight = static_cast<std::int64_t>(kScale);
        for (const char c : places) {
            if (!is_digit(c)) return std::nullopt;
            weight /= 10;
            millionths += (c - '0') * weight;
        }
    }
    return static_cast<double>(millionths) / kScale;
}

bool is_short_decimal(double value) {
    if (!(value > -kLargest && value < kLargest)) return false;
    return static_cast<double>(nearest_millionths(value)) / kScale == value;
}

std::string decimal_text(double value) {
    std::int64_t millionths = nearest_millionths(value);
    std::string text = millionths < 0 ? "-" : "";
    if (millionths < 0) millionths = -millionths;
    const auto scale = static_cast<std::int64_t>(kScale);
    text += std::to_string(millionths / scale);
    std::int64_t rest = millionths % scale;
    if (rest != 0) text += '.';
    for (std::int64_t weight = scale / 10; rest != 0; weight /= 10) {
        text += static_cast<char>('0' + rest / weight);
        rest %= weight;
    }
    return text;
}

}  // namespace tensorledger
