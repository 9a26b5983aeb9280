#pragma once
/// Which build of the program is running: what a file holds that an earlier process wrote for a later one of the same
/// build alone (config/image.h, engine/plan_memory.h).

#include <string>

namespace gigawatt::base {

/// The identifier that the linker gave to the executable or shared library with this code; "" when it gave none.
const std::string& build_id();

}  // namespace gigawatt::base
