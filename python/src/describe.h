#pragma once
/// A command's question for Python: what its signature, its documentation and its stub are written from.

#include <nlohmann/json.hpp>

#include "gigawatt/ask/command.h"

namespace gigawatt::python {

/// {name, summary, answer, heavy, names_files, fields: [{key, doc, kind, ...}]}. `kind` is text, boolean, integer, number,
/// quantity, date, choice, any, range, entry, input, output, table or map; where they say something: unit, min, max,
/// default, required, positional, optional, list, one_or_list, alias, choices, word, fields.
nlohmann::ordered_json describe(const ask::Command& command);

}  // namespace gigawatt::python
