#include "gigawatt/base/version.h"

namespace gigawatt::base {

std::string_view version() { return GIGAWATT_VERSION; }

const std::string& program_name() {
  static const std::string name = "gigawatt " GIGAWATT_VERSION;
  return name;
}

}  // namespace gigawatt::base
