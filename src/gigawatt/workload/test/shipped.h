#pragma once

#include <stdexcept>

#include "gigawatt/catalog/test/shipped.h"

namespace gigawatt::workload::test {

/// A model of the catalogue that ships with the program; throws if there is none.
inline const catalog::Model& model(const char* name) {
  const auto found = catalog::test::shipped().model(name);
  if (!found) throw std::runtime_error(found.error().message());
  return **found;
}

}  // namespace gigawatt::workload::test
