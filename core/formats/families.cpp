#include "core/formats/family.h"

namespace tensorledger {

std::string_view family_text() {
    static constexpr std::string_view rows =
#define X(names, parent, source, modules, defaults, bindings, tensors) \
    names "\t" parent "\t" source "\t" modules "\t" defaults "\t" bindings "\t" tensors "\n"
#include "core/formats/families.def"
#undef X
        ;
    return rows;
}

void no_such_family() {}

}  // namespace tensorledger
