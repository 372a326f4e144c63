#pragma once

// Which tensors does a family's row list beside its plain layers? Reads the little language that family.h
// describes.

#include <string_view>
#include <vector>

#include "core/formats/scope.h"
#include "core/model/tensor.h"
#include "core/quantity/issue.h"

namespace tensorledger {

/// What a listing adds to: the tensors, and notes on what could not be counted.
struct Listing {
    std::vector<WeightTensor>& tensors;
    Notes& notes;
    DType dtype;
};

/// Appends the tensors that `scope`'s family lists, their names below `prefix`.
void list_parts(Scope& scope, std::string_view prefix, WeightPart part, const Listing& listing);

/// The same for what a classifier of any family adds.
void list_classifier(Scope& scope, const Listing& listing);

}  // namespace tensorledger
