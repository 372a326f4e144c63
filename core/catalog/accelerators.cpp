#include "core/catalog/accelerators.h"

#include <algorithm>
#include <initializer_list>

#include "core/catalog/nearest.h"
#include "core/catalog/text_table.h"
#include "core/catalog/texts.h"
#include "core/formats/json.h"

namespace tensorledger {

namespace {

constexpr std::string_view class_names[] = {"datacenter", "workstation", "consumer", "unified"};

AcceleratorClass class_of(std::string_view word) {
    int kind = 0;
    while (class_names[kind] != word) ++kind;
    return static_cast<AcceleratorClass>(kind);
}

/// "rtx-4090" of "rtx-4090-24gb".
std::string_view without_memory(std::string_view id) {
    const bool ends_so = id.size() > 2 && id.substr(id.size() - 2) == "gb";
    return ends_so ? id.substr(0, id.rfind('-')) : id;
}

std::vector<Accelerator> read_accelerators() {
    std::vector<Accelerator> all;
    std::string_view vendor;
    for (auto rows = catalog_text(CatalogTable::accelerators); !rows.empty();) {
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

bool begins_as(const Accelerator& accelerator, std::initializer_list<std::string_view> starts) {
    return std::any_of(starts.begin(), starts.end(), [&](std::string_view start) {
        return accelerator.id.substr(0, start.size()) == start;
    });
}

}  // namespace

std::span<const Accelerator> accelerators() {
    static const std::vector<Accelerator> all = read_accelerators();
    return all;
}

const Accelerator* find_accelerator(std::string_view id) {
    for (auto rows = catalog_text(CatalogTable::accelerator_aliases); !rows.empty();) {
        const auto cells = columns<2>(take_until(rows, '\n'));
        if (same_letters(cells[0], id)) id = cells[1];
    }
    const Accelerator* of_that_name = nullptr;
    int memories = 0;
    for (const auto& accelerator : accelerators()) {
        if (same_letters(accelerator.id, id)) return &accelerator;
        if (same_letters(without_memory(accelerator.id), id)) {
            of_that_name = &accelerator;
            ++memories;
        }
    }
    return memories == 1 ? of_that_name : nullptr;
}

bool is_hopper(const Accelerator& accelerator) {
    return begins_as(accelerator, {"h100-", "h800-", "h20-", "h200-", "gh200-"});
}

bool is_ada(const Accelerator& accelerator) {
    return begins_as(accelerator, {"l4-", "l40-", "l40s-", "l20-", "rtx-40"}) ||
           accelerator.id.find("-ada-") != std::string_view::npos;
}

bool is_cdna3(const Accelerator& accelerator) {
    return begins_as(accelerator, {"mi300a-", "mi300x-", "mi325x-"});
}

Bytes usable_bytes(const Accelerator& accelerator) {
    return Bytes(accelerator.usable_mib) * (std::int64_t{1} << 20);
}

std::string_view name(AcceleratorClass kind) { return class_names[static_cast<int>(kind)]; }

std::vector<std::string_view> nearest_accelerators(std::string_view text) {
    std::vector<std::string_view> ids;
    for (const auto& accelerator : accelerators()) ids.push_back(accelerator.id);
    return nearest(text, ids);
}

std::string label(const Accelerator& accelerator) {
    return std::string(accelerator.name) + ' ' + std::to_string(accelerator.marketed_gb) + " GB";
}

std::string accelerators_json() {
    JsonWriter list;
    list.begin_array();
    for (const auto& accelerator : accelerators()) {
        list.begin_object();
        list.key("id").string(accelerator.id);
        list.key("name").string(label(accelerator));
        list.key("vendor").string(accelerator.vendor);
        list.key("class").string(name(accelerator.kind));
        list.key("marketed_gb").integer(accelerator.marketed_gb);
        list.key("usable_mib").integer(accelerator.usable_mib);
        list.key("assumed").boolean(accelerator.usable == Usable::assumed);
        list.key("bandwidth_gb_s").integer(accelerator.bandwidth_gb_s);
        list.key("bf16_tflops").integer(accelerator.bf16_tflops);
        list.key("source").string(accelerator.source);
        list.end_object();
    }
    list.end_array();
    return list.take();
}

}  // namespace tensorledger
