#pragma once

// What does it have to fit on? Accelerators with the memory that a program can really use, which is not the
// figure on the box: a driver keeps some back, and error correction costs a sixteenth on some cards.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/quantity/bytes.h"

namespace tensorledger {

enum class AcceleratorClass : std::uint8_t { datacenter, workstation, consumer, unified };

/// How is the usable memory of a row known?
enum class Usable : std::uint8_t {
    reported,  // the driver's figure, read in its published output
    assumed,  // no published reading: a cautious figure below the marketed one, to be said in a note
};

struct Accelerator {
    std::string_view id;      // "h100-80gb"
    std::string_view name;    // "H100 SXM5", without its memory: some are sold with several
    std::string_view vendor;  // "NVIDIA"
    AcceleratorClass kind = AcceleratorClass::datacenter;
    std::int64_t marketed_gb = 0;  // as sold; GB is the vendor's label
    std::int64_t usable_mib = 0;   // what the driver reports as total, in MiB
    Usable usable = Usable::assumed;
    std::int64_t bandwidth_gb_s = 0;  // of its memory, GB/s, rounded; 0: not stated
    std::int64_t bf16_tflops = 0;     // dense, rounded; 0: has no bf16 units, or not stated
    std::string_view source;          // bibliography key, or key:place
};

/// Every accelerator, by vendor and class, newest kinds last.
std::span<const Accelerator> accelerators();

/// The accelerator of that id, of one of its other ids, or of an id without its memory where it is sold with one
/// memory only ("rtx-4090"). Letters' case does not matter. Null: no such accelerator.
const Accelerator* find_accelerator(std::string_view id);

/// Whether its compute capability is 9.0 (NVIDIA's list of CUDA GPUs): libraries take larger workspaces there.
bool is_hopper(const Accelerator& accelerator);

/// Whether its compute capability is 8.9 (the same list): fp8, and of its products one layout only, as on Hopper.
bool is_ada(const Accelerator& accelerator);

/// Whether its instruction set is gfx94x (ROCm's list of accelerators): likewise.
bool is_cdna3(const Accelerator& accelerator);

/// What a program can allocate on it, in bytes.
Bytes usable_bytes(const Accelerator& accelerator);

/// Its name with its memory as sold: "H100 SXM5 80 GB".
std::string label(const Accelerator& accelerator);

/// "datacenter", "workstation", "consumer" or "unified".
std::string_view name(AcceleratorClass kind);

/// Up to three ids that a reader who wrote `text` may have meant, nearest first.
std::vector<std::string_view> nearest_accelerators(std::string_view text);

/// [{"id", "name", "vendor", "class", "marketed_gb", "usable_mib", "assumed", …}, …].
std::string accelerators_json();

}  // namespace tensorledger
