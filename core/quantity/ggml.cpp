#include "core/quantity/ggml.h"

namespace tensorledger {

namespace {

// clang-format off
constexpr struct { std::int64_t id; DType type; std::string_view name; } types[] = {
    { 0, DType::fp32,    "F32"},
    { 1, DType::fp16,    "F16"},
    { 2, DType::q4_0,    "Q4_0"},
    { 3, DType::q4_1,    "Q4_1"},
    { 6, DType::q5_0,    "Q5_0"},
    { 7, DType::q5_1,    "Q5_1"},
    { 8, DType::q8_0,    "Q8_0"},
    { 9, DType::q8_1,    "Q8_1"},
    {10, DType::q2_k,    "Q2_K"},
    {11, DType::q3_k,    "Q3_K"},
    {12, DType::q4_k,    "Q4_K"},
    {13, DType::q5_k,    "Q5_K"},
    {14, DType::q6_k,    "Q6_K"},
    {15, DType::q8_k,    "Q8_K"},
    {16, DType::iq2_xxs, "IQ2_XXS"},
    {17, DType::iq2_xs,  "IQ2_XS"},
    {18, DType::iq3_xxs, "IQ3_XXS"},
    {19, DType::iq1_s,   "IQ1_S"},
    {20, DType::iq4_nl,  "IQ4_NL"},
    {21, DType::iq3_s,   "IQ3_S"},
    {22, DType::iq2_s,   "IQ2_S"},
    {23, DType::iq4_xs,  "IQ4_XS"},
    {24, DType::int8,    "I8"},
    {25, DType::int16,   "I16"},
    {26, DType::int32,   "I32"},
    {27, DType::int64,   "I64"},
    {28, DType::fp64,    "F64"},
    {29, DType::iq1_m,   "IQ1_M"},
    {30, DType::bf16,    "BF16"},
    {34, DType::tq1_0,   "TQ1_0"},
    {35, DType::tq2_0,   "TQ2_0"},
    {39, DType::mxfp4,   "MXFP4"},
    {40, DType::nvfp4_64, "NVFP4"},
    {41, DType::q1_0,    "Q1_0"},
    {42, DType::q2_0,    "Q2_0"},
};
// clang-format on

constexpr char upper(char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
}

bool same_letters(std::string_view left, std::string_view right) {
    if (left.size() != right.size()) {
        return false;
    }
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (upper(left[i]) != upper(right[i])) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::optional<DType> ggml_type(std::int64_t id) {
    for (const auto& row : types) {
        if (row.id == id) {
            return row.type;
        }
    }
    return std::nullopt;
}

std::string_view ggml_name(DType type) {
    for (const auto& row : types) {
        if (row.type == type) {
            return row.name;
        }
    }
    return name(type);
}

std::optional<DType> ggml_type_named(std::string_view wanted) {
    for (const auto& row : types) {
        if (same_letters(row.name, wanted)) {
            return row.type;
        }
    }
    return std::nullopt;
}

}  // namespace tensorledger
