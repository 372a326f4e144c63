#pragma once

// How are the weights stored when they are quantised? Each matrix of a Linear module becomes packed values with
// scales (and zero points, an order, code books) beside them; what a quantiser leaves alone stays.

#include <cstdint>
#include <string>
#include <vector>

#include "core/model/model.h"
#include "core/model/quantisation.h"

namespace tensorledger {

/// One stored tensor of a name pattern and a shape, `count` of them. Dimensions are numbers alone.
struct StoredWeight {
    std::string name;
    std::string dtype;
    std::vector<std::int64_t> shape;
    std::int64_t count = 1;
    Bytes bytes;               // of one
    std::int64_t weights = 0;  // parameters that one holds; 0 for what stands beside
    bool loaded = true;
};

/// Whether a pattern fits the name of a module.
bool fits(const std::string& pattern, const std::string& module);

/// Appends what one tensor is stored as. `layer` takes the place of {i}; below 0: the tensor is outside of the layers.
void store_tensor(const Model& model, const Quantisation& quantisation, const WeightTensor& tensor,
                  std::int64_t layer, std::vector<StoredWeight>& list);

/// What lies in place of one matrix, the packed values first; names are what follows the module's.
std::vector<StoredWeight> stored_matrix(const Quantisation& quantisation, std::int64_t outputs,
                                        std::int64_t inputs);

/// Every tensor of the checkpoint. Without quantisation the tensors are those of weight_tensors.
std::vector<StoredWeight> stored_weights(const Model& model, const Quantisation& quantisation);

}  // namespace tensorledger
