#include "core/report/device.h"

#include <algorithm>
#include <string_view>

#include "core/allocator/replay.h"
#include "core/catalog/accelerators.h"

namespace tensorledger {

namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

/// What a process takes on the card before the first tensor, and beside the allocator: the CUDA context
/// with the kernels that PyTorch loads lazily. 0.47 GiB with torch 2.1.1 on an A100 (ml-engineering).
constexpr Bytes kContext = Bytes(481 * kMiB);

/// The same with PyTorch 1.10, whose kernels are all loaded at once: 1.78 GiB on an A100 (ml-engineering), 1343 MiB on a
/// V100 (transformers' documentation).
constexpr Bytes kOldContext = Bytes(1823 * kMiB);
constexpr Bytes kOldVoltaContext = Bytes(1343 * kMiB);

Bytes context_of(const Config& config) {
    if (config.task != Task::train || config.torch != TorchVersion::v1_10) {
        return kContext;
    }
    return config.gpu.starts_with("v100") ? kOldVoltaContext : kOldContext;
}

/// What from_pretrained leaves free when it asks for the room of all weights at once: 1.2 GiB.
constexpr Bytes kUnwarmed = Bytes(1'288'490'189);

constexpr std::string_view kAllocator = "pytorch:c10/cuda/CUDACachingAllocator.cpp";
constexpr std::string_view kHandles = "pytorch:aten/src/ATen/cuda/CublasHandlePool.cpp";

/// The workspace that PyTorch gives to each cuBLAS handle unless CUBLAS_WORKSPACE_CONFIG says otherwise: :4096:2:16:8
/// in KiB, on Hopper 32 MiB; hipBLAS of ROCm 32 MiB, on CDNA 3 128 MiB.
Bytes workspace_of(const Accelerator* gpu) {
    if (gpu != nullptr && gpu->vendor == "AMD") {
        return Bytes((is_cdna3(*gpu) ? 128 : 32) * kMiB);
    }
    return gpu != nullptr && is_hopper(*gpu) ? Bytes(32 * kMiB)
                                             : Bytes((4096 * 2 + 16 * 8) * std::int64_t{1024});
}

/// Whether a convolution runs: a weight of more than two axes that is a layer's own.
bool convolves(const Program& program) {
    return std::any_of(
        program.tensors.begin(), program.tensors.end(), [](const ProgramTensor& tensor) {
            return tensor.resident && tensor.group == Group::weights && tensor.shape.rank > 2 &&
                   std::string_view(tensor.name) == "weight";
        });
}

/// What the allocator does with the run on a card that has so much for it.
struct Outcome {
    Replayed replayed;
    bool fits = false;
    bool tightly = false;  // only since free segments are given back when the card is full
};

/// The run on a card that has so much: where that is enough it goes as it would on a boundless one, unless free segments
/// had to be given back. Where it is not, a verdict needs no more; else it is seen what the run would take.
Outcome outcome_of(const Program& program, ReplaySettings settings, Bytes room, DeviceDetail detail,
                   bool hopeless) {
    Outcome outcome;
    if (!hopeless) {
        const Bytes boundless = settings.capacity;
        settings.capacity = room;
        outcome.replayed = replay(program, settings);
        outcome.fits = !outcome.replayed.out_of_memory;
        outcome.tightly = outcome.fits && outcome.replayed.retries > 0;
        settings.capacity = boundless;
    }
    if (outcome.fits) {
        return outcome;
    }
    if (detail == DeviceDetail::verdict) {
        outcome.replayed.reserved = room + Bytes(1);  // more than there is
        return outcome;
    }
    outcome.replayed = replay(program, settings);
    return outcome;
}

void add_beside(const Program& program, const Config& config, const Replayed& replayed,
                Bytes workspace, Answer& answer) {
    const auto row = [&](std::string_view name, Bytes bytes, std::string_view within,
                         std::string_view source, std::string_view note) {
        answer.beside.push_back({name, bytes, within, source, std::string(note)});
    };
    const Bytes zero(0);
    const Bytes rounding =
        std::max(zero, replayed.allocated - replayed.workspaces - answer.totals.allocated);
    const Bytes free =
        answer.totals.reserved - answer.totals.allocated - replayed.workspaces - rounding;
    const Bytes split = std::min(replayed.fragmentation, free);
    const bool two = replayed.workspaces > workspace;
    row("cuBLAS workspaces", replayed.workspaces, "reserved", kHandles,
        two ? "One for each thread that multiplies matrices, the forward's and that of autograd's "
              "backward; taken from the caching allocator at the first product and kept. While a "
              "product with a bias runs, cublasLt borrows 1 MiB more, which is not counted."
            : "For the thread that multiplies matrices; taken from the caching allocator at the "
              "first product and kept. While a product with a bias runs, cublasLt borrows 1 MiB "
              "more, which is not counted.");
    row("rounding", rounding, "reserved", kAllocator,
        "Each tensor gets whole blocks of 512 B; above 1 MiB a rest of up to 1 MiB is not split "
        "off and stays with it. PyTorch's memory_allocated counts these, and the workspaces.");
    row("fragmentation", split, "reserved", kAllocator,
        "Free at the peak, in segments of which another part is in use: too small for what was "
        "asked for, or left behind it. Every step is as long as the first here; where lengths "
        "change from step to step, or a cache grows token by token, there is more of it.");
    row("cached segments", free - split, "reserved", kAllocator,
        "Free segments that the allocator keeps for later, and those that are made after the "
        "peak.");
    row("CUDA context", context_of(config), "device",
        "ml-engineering:training/performance/README.md",
        "Measured, unexplained: what a process takes on the card before its first tensor, kernels "
        "loaded lazily (torch 2.1.1, A100). Loaded eagerly it was 0.92 GiB; 0.90 GiB with torch "
        "1.13, 1.78 GiB with 1.10. It differs with driver, card and the kernels that run.");
    if (convolves(program)) {
        row("cuDNN workspace", zero, "device", "pytorch:aten/src/ATen/native/cudnn",
            "Not described, so counted as 0 B: a convolution borrows a workspace of cuDNN's choice "
            "from the caching allocator while it runs.");
    } else {
        row("cuDNN workspace", zero, "device", "pytorch:aten/src/ATen/native/cudnn",
            "0 B: the model has no convolution.");
    }
    row("communication", zero, "device", "pytorch:torch/distributed",
        config.framework == Framework::deepspeed && config.task == Task::train
            ? "Not described, so counted as 0 B: DeepSpeed starts NCCL for one device too."
            : "0 B: one device talks to no other.");
}

void add_notes(const Accelerator& gpu, const Outcome& outcome, Answer& answer) {
    const auto note = [&](std::string_view code, std::string_view message) {
        answer.notes.push_back({std::string(code), std::string(message)});
    };
    if (gpu.usable == Usable::assumed) {
        note("assumed-memory",
             "No published driver reading backs the usable memory of this card; a cautious "
             "figure below the marketed one is used.");
    }
    if (gpu.vendor != "NVIDIA" && gpu.vendor != "AMD") {
        note("other-allocator",
             "PyTorch reaches this device through another allocator than the one that is simulated "
             "(that of CUDA and ROCm): reserved and device are what a CUDA card would show.");
    }
    if (!outcome.replayed.walked) {
        note("not-replayed",
             "The run has too many events to be replayed against the allocator: reserved and "
             "device are lower bounds, without fragmentation.");
    }
    if (outcome.tightly) {
        note("retries",
             "It fits only because the allocator gives its free segments back when the card is "
             "full, and asks again: steps are slower, and a little more memory would fail. "
             "Expandable segments leave fewer gaps.");
    } else if (answer.fit.fits && answer.fit.headroom < Bytes(answer.fit.available.count() / 20)) {
        note("tight",
             "It fits with less than 5 % of the card to spare: a larger CUDA context or another "
             "process on the card can still make it run out of memory.");
    }
}

}  // namespace

Bytes room_for_tensors(const Config& config) {
    const Accelerator* gpu = find_accelerator(config.gpu);
    const std::int32_t threads = config.task == Task::train ? 2 : 1;
    return gpu == nullptr ? Bytes(std::int64_t{1} << 52)
                          : usable_bytes(*gpu) - kContext - workspace_of(gpu) * threads;
}

void add_device(const Program& program, const Config& config, DeviceDetail detail, Answer& answer) {
    const Accelerator* gpu = find_accelerator(config.gpu);
    const bool trains = config.task == Task::train;
    const Bytes room =
        gpu == nullptr ? Bytes(std::int64_t{1} << 52) : usable_bytes(*gpu) - context_of(config);
    ReplaySettings settings;
    settings.passes = trains ? 2 : 1;
    // ROCm's PyTorch 2.6 says that it has none and goes on without.
    const bool is_amd = gpu != nullptr && gpu->vendor == "AMD";
    settings.expandable_segments = config.expandable_segments && !is_amd;
    settings.workspace = workspace_of(gpu);
    const bool on_device =
        !trains || config.method == Method::qlora;  // loaded there, not moved there
    const Bytes total = gpu == nullptr ? Bytes(std::int64_t{1} << 52) : usable_bytes(*gpu);
    settings.warm_up = on_device ? std::max(Bytes(0), total - kUnwarmed) : Bytes(0);
    if (detail == DeviceDetail::timeline) {
        for (const TimelinePoint& point : answer.timeline) {
            settings.points.push_back(point.at);
        }
    }
    const Bytes least = answer.totals.allocated + settings.workspace * settings.passes;
    Outcome outcome;
    if (least.is_exact_in_json()) {
        outcome = outcome_of(program, settings, room, detail, least > room);
    }
    const Replayed& replayed = outcome.replayed;
    answer.totals.reserved = std::max(replayed.reserved, least);
    answer.totals.device = answer.totals.reserved + context_of(config);
    answer.allocator = {.allocated = std::max(replayed.allocated, least),
                        .reserved = answer.totals.reserved,
                        .fragmentation = replayed.fragmentation,
                        .segments = replayed.segments,
                        .retries = replayed.retries};
    if (detail != DeviceDetail::verdict) {
        Replayed shown = replayed;
        if (!replayed.walked) {
            shown.workspaces = settings.workspace * settings.passes;
            shown.allocated = least;
        }
        add_beside(program, config, shown, settings.workspace, answer);
    }
    for (std::uint32_t index = 0; index < answer.timeline.size(); ++index) {
        TimelinePoint& point = answer.timeline[index];
        point.reserved = replayed.walked ? replayed.reserved_at[index] : point.live;
    }
    if (gpu == nullptr) {
        return;
    }
    answer.fit.gpu = std::string(gpu->id);
    answer.fit.available = usable_bytes(*gpu);
    answer.fit.headroom = answer.fit.available - answer.totals.device;
    answer.fit.fits = answer.fit.headroom >= Bytes(0);
    if (detail != DeviceDetail::verdict) {
        add_notes(*gpu, outcome, answer);
    }
}

}  // namespace tensorledger
