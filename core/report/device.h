#pragma once

// What lies between the tensors and the device? The run is replayed against PyTorch's caching allocator; beside what
// it reserves stand the CUDA context and what libraries take for themselves. Each is named, so that allocated, reserved
// and device add up.

#include <vector>

#include "core/options/config.h"
#include "core/program/program.h"
#include "core/report/answer.h"

namespace tensorledger {

/// How the figures beyond the tensors are wanted.
enum class DeviceDetail : std::uint8_t {
    verdict,  // a set-up whose tensors alone do not fit is not replayed; only `fit.fits` counts then
    totals,
    timeline,  // also what is reserved at every point of `answer.timeline`
};

/// More than this the tensors cannot take on the set-up's card: what is left of it beside the context and the library's
/// workspaces.
Bytes room_for_tensors(const Config& config);

/// Completes an answer that knows its allocated peak and, for `timeline`, its points: reserved, device, what lies
/// between them, whether it fits, and the notes on all that.
void add_device(const Program& program, const Config& config, DeviceDetail detail, Answer& answer);

}  // namespace tensorledger
