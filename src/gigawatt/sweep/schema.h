#pragma once
/// The JSON Schema of a sweep's file, for editors.

#include <string>

namespace gigawatt::sweep {

std::string sweep_schema();

}  // namespace gigawatt::sweep
