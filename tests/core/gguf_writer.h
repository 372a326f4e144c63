// Writes the header of a GGUF file, as it should be or broken on purpose.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

/// The bits of a number (std::bit_cast, which not every standard library has).
template <class Bits, class Value>
Bits bits_of(Value value) {
    static_assert(sizeof(Bits) == sizeof(Value));
    Bits bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

/// The header's bytes, built up piece by piece; counts come first, so they are stated in the constructor.
class GgufWriter {
public:
    enum Type : std::uint32_t {
        uint8,
        int8,
        uint16,
        int16,
        uint32,
        int32,
        float32,
        boolean,
        text,
        list,
        uint64,
        int64,
        float64,
    };

    explicit GgufWriter(std::uint64_t tensors, std::uint64_t entries, std::uint32_t version = 3) {
        bytes_ = "GGUF";
        number(version, 4);
        number(tensors, 8);
        number(entries, 8);
    }

    GgufWriter& number(std::uint64_t value, int width) {
        for (int i = 0; i < width; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
        return *this;
    }
    GgufWriter& string(std::string_view value) {
        number(value.size(), 8);
        bytes_ += value;
        return *this;
    }
    GgufWriter& key(std::string_view name, Type type) { return string(name).number(type, 4); }
    GgufWriter& entry(std::string_view name, std::uint32_t value) {
        return key(name, uint32).number(value, 4);
    }
    GgufWriter& entry(std::string_view name, std::string_view value) {
        return key(name, text).string(value);
    }
    GgufWriter& entry(std::string_view name, float value) {
        return key(name, float32).number(bits_of<std::uint32_t>(value), 4);
    }
    GgufWriter& flag(std::string_view name, bool value) {
        return key(name, boolean).number(value ? 1 : 0, 1);
    }
    GgufWriter& entry(std::string_view name, const std::vector<std::int32_t>& values) {
        key(name, list).number(int32, 4).number(values.size(), 8);
        for (const std::int32_t value : values) number(static_cast<std::uint32_t>(value), 4);
        return *this;
    }
    GgufWriter& tensor(std::string_view name, const std::vector<std::uint64_t>& ne,
                       std::uint32_t type, std::uint64_t offset) {
        string(name).number(ne.size(), 4);
        for (const std::uint64_t size : ne) number(size, 8);
        return number(type, 4).number(offset, 8);
    }
    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

/// A Llama of two layers, every matrix in Q4_0 but the norms.
inline std::string small_gguf() {
    constexpr std::uint32_t f32 = 0;
    constexpr std::uint32_t q4_0 = 2;
    GgufWriter file(2 + 2 * 9, 9);
    file.entry("general.architecture", "llama");
    file.entry("llama.block_count", 2u).entry("llama.embedding_length", 64u);
    file.entry("llama.feed_forward_length", 128u).entry("llama.attention.head_count", 4u);
    file.entry("llama.attention.head_count_kv", 2u).entry("llama.context_length", 512u);
    file.entry("llama.rope.freq_base", 10000.0f);
    file.key("tokenizer.ggml.tokens", GgufWriter::list).number(GgufWriter::text, 4).number(3, 8);
    file.string("a").string("b").string("c");
    std::uint64_t offset = 0;
    const auto add = [&](const std::string& name, std::vector<std::uint64_t> ne,
                         std::uint32_t type) {
        file.tensor(name, ne, type, offset);
        std::uint64_t elements = 1;
        for (const std::uint64_t size : ne) elements *= size;
        offset += (type == f32 ? elements * 4 : elements / 32 * 18) + 31;
        offset -= offset % 32;
    };
    add("token_embd.weight", {64, 96}, q4_0);
    add("output_norm.weight", {64}, f32);
    for (int i = 0; i < 2; ++i) {
        const std::string block = "blk." + std::to_string(i) + ".";
        add(block + "attn_norm.weight", {64}, f32);
        add(block + "attn_q.weight", {64, 64}, q4_0);
        add(block + "attn_k.weight", {64, 32}, q4_0);
        add(block + "attn_v.weight", {64, 32}, q4_0);
        add(block + "attn_output.weight", {64, 64}, q4_0);
        add(block + "ffn_norm.weight", {64}, f32);
        add(block + "ffn_gate.weight", {64, 128}, q4_0);
        add(block + "ffn_up.weight", {64, 128}, q4_0);
        add(block + "ffn_down.weight", {128, 64}, q4_0);
    }
    return file.bytes();
}
