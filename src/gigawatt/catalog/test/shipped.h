#pragma once

#include <filesystem>
#include <stdexcept>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"

namespace gigawatt::catalog::test {

/// The catalogue that ships with the program, read once; throws what is wrong with it.
inline const Catalog& shipped() {
  static const Catalog catalog = [] {
    auto loaded = Catalog::load(std::filesystem::path(GW_SOURCE_DIR) / "data");
    if (!loaded) throw std::runtime_error("the catalogue does not load:\n" + base::render(loaded.error()));
    return *loaded;
  }();
  return catalog;
}

}  // namespace gigawatt::catalog::test
