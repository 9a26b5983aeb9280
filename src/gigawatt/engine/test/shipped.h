#pragma once

#include <filesystem>

#include "gigawatt/engine/inputs.h"

namespace gigawatt::engine::test {

inline const std::filesystem::path kDataFolder = std::filesystem::path(GW_SOURCE_DIR) / "data";

/// What ships with the program, read once.
inline const Knowledge& shipped() {
  static const Knowledge knowledge = load_knowledge(kDataFolder).value();
  return knowledge;
}

}  // namespace gigawatt::engine::test
