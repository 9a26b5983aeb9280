#pragma once
/// A model as a file of `data/models`: the keys that differ from their defaults, in the field table's order.

#include <string>

#include "gigawatt/catalog/model.h"

namespace gigawatt::interop {

std::string model_toml(const catalog::Model& model);

}  // namespace gigawatt::interop
