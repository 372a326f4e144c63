#include "core/catalog/accelerators.h"

#include "core/catalog/accelerators_table.h"
#include "core/catalog/json_list.h"
#include "core/catalog/nearest.h"
#include "core/catalog/text_table.h"

namespace tensorledger {

namespace {

// clang-format off
constexpr std::string_view rows_of_all =
#define VENDOR(name) "\t" name "\n"
#define X(id, name, kind, marketed, usable, how, bandwidth, bf16, source) \
    id "\t" name "\t" kind "\t" #marketed "\t" #usable "\t" how "\t" #bandwidth "\t" #bf16 "\t" source "\n"
    TENSORLEDGER_ACCELERATORS(VENDOR, X)
#undef X
#undef VENDOR
    ;

constexpr std::string_view alias_rows =
#define X(alias, id) alias "\t" id "\n"
    TENSORLEDGER_ACCELERATOR_ALIASES(X)
#undef X
    ;
// clang-format on

constexpr std::string_view class_names[] = {"datacenter", "workstation", "consumer", "unified"};

AcceleratorClass class_of(std::string_view word) {
    int kind = 0;
    while (class_names[kind] != word) ++kind;
    return static_cast<AcceleratorClass>(kind);
}

std::vector<Accelerator> read_accelerators() {
    std::vector<Accelerator> all;
    std::string_view vendor;
    for (auto rows = rows_of_all; !rows.empty();) {
        const auto cells = columns<9>(take_until(rows, '\n'));
        if (cells[0].empty()) {
            vendor = cells[1];
            continue;
        }
        all.push_back({.id = cells[0],
                       .name = cells[1],
                       .vendor = vendor,
                       .kind = class_of(cells[2]),
                       .marketed_gb = whole(cells[3]),
                       .usable_mib = whole(cells[4]),
                       .usable = cells[5] == "reported" ? Usable::reported : Usable::assumed,
                       .bandwidth_gb_s = whole(cells[6]),
                       .bf16_tflops = whole(cells[7]),
                       .source = cells[8]});
    }
    return all;
}

}  // namespace

std::span<const Accelerator> accelerators() {
    static const std::vector<Accelerator> all = read_accelerators();
    return all;
}

const Accelerator* find_accelerator(std::string_view id) {
    for (auto rows = alias_rows; !rows.empty();) {
        const auto cells = columns<2>(take_until(rows, '\n'));
        if (same_letters(cells[0], id)) id = cells[1];
    }
    for (const auto& accelerator : accelerators()) {
        if (same_letters(accelerator.id, id)) return &accelerator;
    }
    return nullptr;
}

Bytes usable_bytes(const Accelerator& accelerator) {
    return Bytes(accelerator.usable_mib) * (std::int64_t{1} << 20);
}

std::string_view name(AcceleratorClass kind) {
    return class_names[static_cast<int>(kind)];
}

std::vector<std::string_view> nearest_accelerators(std::string_view text) {
    std::vector<std::string_view> ids;
    for (const auto& accelerator : accelerators()) ids.push_back(accelerator.id);
    return nearest(text, ids);
}

std::string accelerators_json() {
    JsonList list;
    for (const auto& accelerator : accelerators()) {
        list.begin();
        list.text("id", accelerator.id);
        list.text("name", accelerator.name);
        list.text("vendor", accelerator.vendor);
        list.text("class", name(accelerator.kind));
        list.number("marketed_gb", accelerator.marketed_gb);
        list.number("usable_mib", accelerator.usable_mib);
        list.flag("assumed", accelerator.usable == Usable::assumed);
        list.number("bandwidth_gb_s", accelerator.bandwidth_gb_s);
        list.number("bf16_tflops", accelerator.bf16_tflops);
        list.text("source", accelerator.source);
        list.end();
    }
    return list.take();
}

}  // namespace tensorledger
