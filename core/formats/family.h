#pragma once

// How does a family of models read its config.json? One row a family.
//
// `bindings` (and `defaults`) is a list of `name=expression` separated by blanks. A name with a capital letter is a
// quantity of the network (H hidden, A heads, …; the list is in families.cpp), one in lower case a field
// of the file, bound to what the class takes when the file does not have it. A row inherits the bindings
// of its parent, and every row those of ".base"; a name with a dot is no model type. An expression knows
//   fields (a.b for nested ones), quantities, whole numbers, 'texts', I for the index of the layer;
//   + - * / %  with / rounding down; = < > & || !; c?a:b;
//   a|b    b where a is missing or null        a~b    b only where a is missing
//   a@i    element i of a list, letter i of a text, or a itself where it is a single value
//   a#x    whether the list a contains x       a$'x'  whether the text a ends in x
//   sum(Q)  the quantity Q added up over the layers
//   len(a) int(a) min(a,b) max(a,b) ceil(a,b) up(a,b) exact(a,b)
//          down to a whole number; quotient rounded up; multiple of b not below a; quotient without rest
//
// `tensors` lists what is not a plain layer, separated by blanks:
//   path:h,w        one tensor          path+:h,w     with a bias of the first dimension
//   path+Q:h,w      a bias where Q      path?Q:h,w    only where Q (or ?!Q where not)
//   path[L](…)      the list repeated L times below path.{i}     path(…) once below path
//   path<field:family>  the tensors of another row, read from the object `field` by its own model_type, or
//                   as `family` where it states none (=family: whatever it states; family/other: with the
//                   bindings of `other` where there is no such object); its quantities are field.H and so on for
//                   what follows
//   {a,b}:h,w       one for each name
// A path that starts with % is an embedding, with * a persistent buffer, with & a next-token layer's;
// one that starts with / is outside of the model's own prefix. A row without tensors lists its parent's.

#include <string_view>

namespace tensorledger {

/// One row of families.def.
struct Family {
    std::string_view names;  // the model types, separated by blanks
    std::string_view parent;
    std::string_view
        source;  // the folder of transformers' models, or hf: and a repository with its own code
    std::string_view modules;   // names.h: "member=name …" where not as Llama's
    std::string_view defaults;  // what the configuration class takes for a field that is missing
    std::string_view bindings;
    std::string_view tensors;
};

/// All rows as one text, a row a line, a column a tab; the same text for as long as the program runs. A
/// program that is given it as a file (the wasm module, whose code is then smaller) defines this itself
/// and leaves families.cpp out.
std::string_view family_text();

/// A family was looked for that no row is of. Nothing happens, but where `family_text` has only some of the rows (the
/// first part of the wasm module) the program stops here.
void no_such_family();

/// The row of a model type, or null.
const Family* family_named(std::string_view model_type);

/// The texts of a row, or of the nearest ancestor that has one.
std::string_view tensors_of(const Family& family);
std::string_view source_of(const Family& family);
std::string_view modules_of(const Family& family);

/// The row whose model type is spelled in a class name such as "MiniCPM3ForCausalLM", or null.
const Family* family_of_class(std::string_view architecture);

}  // namespace tensorledger
