#include "core/formats/safetensors.h"

#include <algorithm>

#include "core/formats/json.h"

namespace tensorledger {

namespace {

constexpr std::int64_t length_bytes = 8;
constexpr std::int64_t max_header = std::int64_t{100} << 20;  // the format's own limit is 100 MB

// clang-format off
/// Bits of an element; types of fewer than eight are packed.
constexpr struct { std::string_view name; std::int64_t bits; } dtypes[] = {
    {"F64", 64}, {"F32", 32}, {"F16", 16}, {"BF16", 16}, {"I64", 64}, {"I32", 32}, {"I16", 16}, {"I8", 8},
    {"U64", 64}, {"U32", 32}, {"U16", 16}, {"U8", 8}, {"BOOL", 8}, {"C64", 64},
    {"F8_E4M3", 8}, {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F4", 4},
};
// clang-format on

struct Range {
    std::int64_t begin;
    std::int64_t end;
};

class HeaderReader {
public:
    explicit HeaderReader(SafetensorsHeader& header) : header_(header) {}

    void refuse(std::string_view tensor, std::string_view code, std::string_view sentence) {
        if (!header_.issues.empty()) return;
        Issue& issue = header_.issues.emplace_back();
        issue.field = tensor;
        issue.code = code;
        issue.message = tensor;
        issue.message += tensor.empty() ? "" : " ";
        issue.message += sentence;
    }

    void read(JsonValue root, std::int64_t data_bytes) {
        header_.tensors.reserve(static_cast<std::size_t>(root.size()));
        JsonValue member = root.first();
        for (std::int64_t i = 0; i < root.size(); ++i, member = member.next()) {
            if (member.key() != "__metadata__") read_tensor(member);
        }
        check_names();
        check_ranges(data_bytes);
    }

private:
    void read_tensor(JsonValue member) {
        StoredTensor& tensor = header_.tensors.emplace_back();
        tensor.name = member.key();
        const auto dtype = member.find("dtype").as_string();
        const JsonValue shape = member.find("shape");
        const JsonValue offsets = member.find("data_offsets");
        const auto begin = offsets.at(0).as_integer();
        const auto end = offsets.at(1).as_integer();
        if (!dtype || !shape.is_array() || !begin || !end || *begin < 0 || *end < *begin) {
            refuse(tensor.name, "wrong-type", "has no type, shape or place that can be read.");
            return;
        }
        tensor.dtype = *dtype;
        tensor.elements = 1;
        for (std::int64_t i = 0; i < shape.size(); ++i) {
            const auto size = shape.at(i).as_integer();
            if (!size || *size < 0) {
                refuse(tensor.name, "out-of-range", "has a dimension that is no size.");
                return;
            }
            tensor.shape.push_back(*size);
            tensor.elements = checked_product(tensor.elements, *size);
        }
        tensor.bytes = Bytes(*end - *begin);
        ranges_.push_back({*begin, *end});
        check_size(tensor);
        header_.bytes += tensor.bytes;
        header_.elements = (Bytes(header_.elements) + Bytes(tensor.elements)).count();
    }

    void check_size(const StoredTensor& tensor) {
        for (const auto& known : dtypes) {
            if (known.name != tensor.dtype) continue;
            const Bytes bits = Bytes(tensor.elements) * known.bits;
            if (bits.is_overflow() || bits.count() % 8 != 0 ||
                Bytes(bits.count() / 8) != tensor.bytes) {
                refuse(tensor.name, "contradiction",
                       "takes another number of bytes than its type and shape do.");
            }
            return;
        }
        refuse(tensor.name, "unknown", "is of a type that is not known here.");
    }

    void check_names() {
        std::vector<std::string_view> names;
        names.reserve(header_.tensors.size());
        for (const StoredTensor& tensor : header_.tensors) {
            names.push_back(tensor.name);
        }
        std::sort(names.begin(), names.end());
        const auto twice = std::adjacent_find(names.begin(), names.end());
        if (twice != names.end()) refuse(*twice, "duplicate", "is there twice.");
    }

    /// The tensors fill the data without gap or overlap.
    void check_ranges(std::int64_t data_bytes) {
        std::sort(ranges_.begin(), ranges_.end(), [](const Range& left, const Range& right) {
            return left.begin != right.begin ? left.begin < right.begin : left.end < right.end;
        });
        std::int64_t reached = 0;
        for (const Range& range : ranges_) {
            if (range.begin != reached) {
                refuse("", "contradiction", "The tensors overlap or leave gaps between them.");
                return;
            }
            reached = range.end;
        }
        if (data_bytes >= 0 && reached != data_bytes) {
            refuse("", "truncated", "The file does not end where its last tensor does.");
        }
    }

    SafetensorsHeader& header_;
    std::vector<Range> ranges_;
};

}  // namespace

std::int64_t safetensors_header_size(std::string_view first_bytes) {
    if (static_cast<std::int64_t>(first_bytes.size()) < length_bytes) return 0;
    std::uint64_t length = 0;
    for (std::int64_t i = length_bytes; i > 0; --i) {
        length =
            length << 8 | static_cast<unsigned char>(first_bytes[static_cast<std::size_t>(i - 1)]);
    }
    const bool plausible = length >= 2 && length <= static_cast<std::uint64_t>(max_header);
    return plausible ? length_bytes + static_cast<std::int64_t>(length) : 0;
}

SafetensorsHeader read_safetensors_header(std::string_view start, std::int64_t file_size) {
    SafetensorsHeader header;
    HeaderReader reader(header);
    const std::int64_t size = safetensors_header_size(start);
    if (size == 0) {
        reader.refuse(
            "", "wrong-type",
            "This is not a safetensors file: its first eight bytes are no header's length.");
        return header;
    }
    if (size > static_cast<std::int64_t>(start.size()) || (file_size > 0 && size > file_size)) {
        reader.refuse("", "truncated", "The file ends within its header.");
        return header;
    }
    const JsonDocument document = JsonDocument::parse(
        start.substr(length_bytes, static_cast<std::size_t>(size - length_bytes)));
    if (!document.root().is_object()) {
        reader.refuse("", "syntax", "The header is not a JSON object.");
        return header;
    }
    reader.read(document.root(), file_size > 0 ? file_size - size : -1);
    return header;
}

}  // namespace tensorledger
