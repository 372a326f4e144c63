#include "core/formats/gguf.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "core/quantity/ggml.h"

namespace tensorledger {

namespace {

constexpr std::int64_t max_entries = std::int64_t{1} << 16;  // of the metadata
constexpr std::int64_t max_tensors = std::int64_t{1} << 17;  // the largest models have some 3,000
constexpr std::int64_t max_dims = 4;
constexpr std::int64_t max_listed = 4096;  // elements of a list that are kept: one a layer
constexpr std::int64_t max_nesting = 4;    // of lists in lists
constexpr std::int64_t usual_alignment = 32;

using Kind = GgufValue::Kind;

/// Types of values, by the number that the file has.
struct ValueType {
    std::int64_t bytes;
    Kind kind;
    bool is_signed;
};
constexpr std::array<ValueType, 13> value_types = {{
    {1, Kind::integer, false},  // uint8
    {1, Kind::integer, true},   // int8
    {2, Kind::integer, false},  // uint16
    {2, Kind::integer, true},   // int16
    {4, Kind::integer, false},  // uint32
    {4, Kind::integer, true},   // int32
    {4, Kind::real, true},      // float32
    {1, Kind::boolean, false},  // bool
    {0, Kind::text, false},     // string
    {0, Kind::list, false},     // array
    {8, Kind::integer, false},  // uint64
    {8, Kind::integer, true},   // int64
    {8, Kind::real, true},      // float64
}};

class HeaderReader {
public:
    HeaderReader(std::string_view bytes, std::int64_t file_size, GgufHeader& header)
        : bytes_(bytes), file_size_(file_size), header_(header) {}

    void read();

private:
    bool failed() const { return !header_.issues.empty(); }
    void refuse(std::string_view field, std::string_view code, std::string sentence);
    void end_too_soon();
    std::int64_t left() const { return static_cast<std::int64_t>(bytes_.size()) - at_; }
    std::uint64_t raw(std::int64_t width);
    std::int64_t size();
    std::string_view text();
    std::string_view skip(std::int64_t count);
    void number(const ValueType& type, GgufValue& value);
    void list(GgufValue& value, std::int64_t depth);
    void value(GgufValue& value, std::int64_t type, std::int64_t depth);
    void metadata(std::int64_t count);
    void tensor();
    void tensors(std::int64_t count);
    void check_names();
    void check_places();

    std::string_view bytes_;
    std::int64_t file_size_;
    GgufHeader& header_;
    std::int64_t at_ = 0;
    std::vector<std::int64_t> offsets_;
    std::int64_t alignment_ = usual_alignment;
};

void HeaderReader::refuse(std::string_view field, std::string_view code, std::string sentence) {
    if (!failed()) {
        header_.issues.push_back({std::string(field), std::string(code), std::move(sentence)});
    }
}

void HeaderReader::end_too_soon() {
    const bool whole = file_size_ > 0 && static_cast<std::int64_t>(bytes_.size()) >= file_size_;
    refuse("", "truncated",
           whole ? "The file ends within its header."
                 : "The header does not end within the bytes that were read.");
}

/// A little-endian number of so many bytes; 0 behind the end.
std::uint64_t HeaderReader::raw(std::int64_t width) {
    std::uint64_t number = 0;
    const std::string_view taken = skip(width);
    for (std::size_t i = taken.size(); i > 0; --i) {
        number = number << 8 | static_cast<unsigned char>(taken[i - 1]);
    }
    return number;
}

/// A length or count; one that 63 bits do not hold is more than there can be.
std::int64_t HeaderReader::size() {
    const std::uint64_t stated = raw(8);
    constexpr auto most = static_cast<std::uint64_t>(Bytes::overflow().count());
    return static_cast<std::int64_t>(std::min(stated, most));
}

std::string_view HeaderReader::skip(std::int64_t count) {
    if (failed() || count > left()) {
        end_too_soon();
        return {};
    }
    const std::string_view taken =
        bytes_.substr(static_cast<std::size_t>(at_), static_cast<std::size_t>(count));
    at_ += count;
    return taken;
}

std::string_view HeaderReader::text() {
    const std::int64_t length = size();
    if (!failed() && file_size_ > 0 && length > file_size_) {
        refuse("", "out-of-range", "A text in the header is stated to be longer than the file.");
        return {};
    }
    return skip(length);
}

void HeaderReader::number(const ValueType& type, GgufValue& value) {
    const std::uint64_t bits = raw(type.bytes);
    if (type.kind == Kind::real) {
        // std::bit_cast is not in the standard library of every compiler that this is built with.
        if (type.bytes == 4) {
            const auto narrow = static_cast<std::uint32_t>(bits);
            float real = 0;
            std::memcpy(&real, &narrow, sizeof real);
            value.real = static_cast<double>(real);
        } else {
            std::memcpy(&value.real, &bits, sizeof bits);
        }
        return;
    }
    const std::int64_t unused = 64 - 8 * type.bytes;
    if (type.is_signed) {
        value.integer = static_cast<std::int64_t>(bits << unused) >> unused;
    } else {
        constexpr auto most = static_cast<std::uint64_t>(Bytes::overflow().count());
        value.integer = static_cast<std::int64_t>(std::min(bits, most));
    }
}

void HeaderReader::list(GgufValue& value, std::int64_t depth) {
    value.integers.clear();
    const auto of = static_cast<std::int64_t>(raw(4));
    value.size = size();
    if (failed()) {
        return;
    }
    if (of >= static_cast<std::int64_t>(value_types.size()) || depth > max_nesting) {
        refuse(value.key, "unknown",
               std::string(value.key) + " is a list of a type that is not known.");
        return;
    }
    const ValueType& type = value_types[static_cast<std::size_t>(of)];
    value.of = type.kind;
    // Texts and lists take at least their length, so that the bytes left bound the walk.
    const std::int64_t least = type.bytes > 0 ? type.bytes : type.kind == Kind::text ? 8 : 12;
    if (value.size > left() / least) {
        const bool beyond = file_size_ > 0 && value.size > file_size_ / least;
        if (beyond) {
            refuse(value.key, "out-of-range",
                   std::string(value.key) +
                       " is a list that states more elements than the file holds.");
        }
        end_too_soon();
        return;
    }
    if (type.bytes == 0) {
        GgufValue element;
        element.key = value.key;
        for (std::int64_t i = 0; i < value.size && !failed(); ++i) {
            this->value(element, of, depth + 1);
        }
        return;
    }
    const std::int64_t kept =
        type.kind == Kind::real ? 0 : std::min<std::int64_t>(value.size, max_listed);
    value.integers.reserve(static_cast<std::size_t>(kept));
    for (std::int64_t i = 0; i < kept; ++i) {
        GgufValue element;
        number(type, element);
        value.integers.push_back(element.integer);
    }
    skip((value.size - kept) * type.bytes);
}

void HeaderReader::value(GgufValue& value, std::int64_t type, std::int64_t depth) {
    if (type >= static_cast<std::int64_t>(value_types.size())) {
        refuse(value.key, "unknown", std::string(value.key) + " is of a type that is not known.");
        return;
    }
    const ValueType& known = value_types[static_cast<std::size_t>(type)];
    value.kind = known.kind;
    switch (known.kind) {
        case Kind::text: value.text = text(); break;
        case Kind::list: list(value, depth); break;
        default: number(known, value);
    }
}

void HeaderReader::metadata(std::int64_t count) {
    for (std::int64_t i = 0; i < count && !failed(); ++i) {
        GgufValue& made = header_.metadata.emplace_back();
        made.key = text();
        const auto type = static_cast<std::int64_t>(raw(4));
        if (!failed()) {
            value(made, type, 0);
        }
    }
    const GgufValue* alignment = failed() ? nullptr : header_.find("general.alignment");
    if (alignment != nullptr) {
        alignment_ = alignment->integer;
        if (alignment->kind != Kind::integer || alignment_ <= 0 || alignment_ > (1 << 20) ||
            (alignment_ & (alignment_ - 1)) != 0) {
            refuse("general.alignment", "out-of-range",
                   "general.alignment is not a power of two that a file can be aligned to.");
        }
    }
}

void HeaderReader::tensor() {
    StoredTensor& made = header_.tensors.emplace_back();
    made.name = text();
    const auto dims = static_cast<std::int64_t>(raw(4));
    if (failed()) {
        return;
    }
    if (dims > max_dims) {
        refuse(made.name, "out-of-range",
               "The tensor " + made.name + " has more dimensions than the four that ggml knows.");
        return;
    }
    made.elements = 1;
    for (std::int64_t i = 0; i < dims; ++i) {
        made.shape.push_back(size());
        made.elements = checked_product(made.elements, made.shape.back());
    }
    const auto number = static_cast<std::int64_t>(raw(4));
    const std::int64_t offset = size();
    if (failed()) {
        return;
    }
    const std::optional<DType> type = ggml_type(number);
    if (!type) {
        refuse(made.name, "unknown",
               "The tensor " + made.name + " is of the type " + std::to_string(number) +
                   ", which ggml does not have.");
        return;
    }
    made.dtype = ggml_name(*type);
    const std::int64_t row = made.shape.empty() ? 1 : made.shape.front();
    const DTypeInfo& blocks = info(*type);
    if (row % blocks.block_elements != 0) {
        refuse(made.name, "contradiction",
               "A row of the tensor " + made.name + " is no whole number of " + made.dtype +
                   " blocks.");
        return;
    }
    if (made.elements == Bytes::overflow().count()) {
        refuse(made.name, "too-large",
               "The tensor " + made.name + " has more elements than 64 bits count.");
        return;
    }
    made.bytes = bytes_of(*type, made.elements);
    header_.elements = (Bytes(header_.elements) + Bytes(made.elements)).count();
    header_.bytes += made.bytes;
    offsets_.push_back(offset);
}

void HeaderReader::tensors(std::int64_t count) {
    constexpr std::int64_t least = 8 + 4 + 4 + 8;
    if (count > left() / least) {
        end_too_soon();
        return;
    }
    header_.tensors.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count && !failed(); ++i) {
        tensor();
    }
}

/// Sorted names side by side: equal ones are neighbours.
void HeaderReader::check_names() {
    std::vector<std::string_view> names;
    names.reserve(std::max(header_.tensors.size(), header_.metadata.size()));
    const auto twice = [&names]() -> std::string_view {
        std::sort(names.begin(), names.end());
        const auto found = std::adjacent_find(names.begin(), names.end());
        return found == names.end() ? std::string_view() : *found;
    };
    for (const GgufValue& entry : header_.metadata) {
        names.push_back(entry.key);
    }
    if (const std::string_view key = twice(); !key.empty()) {
        refuse(key, "duplicate", "The header states " + std::string(key) + " twice.");
    }
    names.clear();
    for (const StoredTensor& tensor : header_.tensors) {
        names.push_back(tensor.name);
    }
    if (const std::string_view name = twice(); !name.empty()) {
        refuse(name, "duplicate", "The header names the tensor " + std::string(name) + " twice.");
    }
}

/// The tensors lie one behind the other, each at a multiple of the alignment.
void HeaderReader::check_places() {
    const auto aligned = [this](Bytes size) {
        const bool lost = size.is_overflow();
        return lost ? size : size + Bytes((alignment_ - size.count() % alignment_) % alignment_);
    };
    header_.header_bytes = aligned(Bytes(at_)).count();
    Bytes reached;
    Bytes end;
    for (std::size_t i = 0; i < header_.tensors.size(); ++i) {
        const StoredTensor& tensor = header_.tensors[i];
        if (Bytes(offsets_[i]) != reached) {
            refuse(
                tensor.name, "contradiction",
                "The tensor " + tensor.name +
                    " does not begin where the one before it ends: they overlap or leave a gap.");
            return;
        }
        end = reached + tensor.bytes;
        reached = aligned(end);
    }
    header_.file_bytes = Bytes(header_.header_bytes) + reached;
    if (header_.file_bytes.is_overflow()) {
        refuse("", "too-large", "The tensors take more bytes than 64 bits count.");
    } else if (file_size_ > 0 && !header_.tensors.empty() &&
               Bytes(header_.header_bytes) + end > Bytes(file_size_)) {
        refuse("", "truncated", "The file ends before its last tensor does.");
    }
}

void HeaderReader::read() {
    constexpr std::string_view magic = "GGUF";
    if (bytes_.size() < magic.size() || bytes_.substr(0, magic.size()) != magic) {
        refuse("", "wrong-type",
               "This is not a GGUF file: it does not begin with the letters GGUF.");
        return;
    }
    at_ = static_cast<std::int64_t>(magic.size());
    header_.version = static_cast<std::int64_t>(raw(4));
    if (!failed() && (header_.version < 2 || header_.version > 3)) {
        const bool swapped = (header_.version & 0xffff) == 0 && header_.version != 0;
        refuse("", "unknown",
               swapped ? std::string("The file is a big-endian GGUF, which is not read here.")
                       : "The file is of version " + std::to_string(header_.version) +
                             " of GGUF; versions 2 and 3 are read.");
        return;
    }
    const std::int64_t tensor_count = size();
    const std::int64_t entries = size();
    if (failed()) {
        return;
    }
    if (tensor_count > max_tensors || entries > max_entries) {
        refuse("", "out-of-range",
               "The header states " + std::to_string(tensor_count) + " tensors and " +
                   std::to_string(entries) + " keys; no model has so many (limits " +
                   std::to_string(max_tensors) + " and " + std::to_string(max_entries) + ").");
        return;
    }
    metadata(entries);
    if (!failed()) tensors(tensor_count);
    if (!failed()) check_names();
    if (!failed()) check_places();
}

}  // namespace

const GgufValue* GgufHeader::find(std::string_view key) const {
    for (const GgufValue& entry : metadata) {
        if (entry.key == key) {
            return &entry;
        }
    }
    return nullptr;
}

std::optional<std::int64_t> GgufHeader::integer(std::string_view key) const {
    const GgufValue* found = find(key);
    if (found == nullptr || (found->kind != Kind::integer && found->kind != Kind::boolean)) {
        return std::nullopt;
    }
    return found->integer;
}

std::string_view GgufHeader::text(std::string_view key) const {
    const GgufValue* found = find(key);
    return found != nullptr && found->kind == Kind::text ? found->text : std::string_view();
}

GgufHeader read_gguf_header(std::string_view start, std::int64_t file_size) {
    GgufHeader header;
    HeaderReader(start, file_size, header).read();
    return header;
}

}  // namespace tensorledger
