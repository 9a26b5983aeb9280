#pragma once
/// Expressions of the Python that run_python runs. Private to this module.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gigawatt/interop/python_value.h"

namespace gigawatt::interop {

/// What an expression can reach.
struct PythonScope {
  /// A variable; nothing where there is none of that name.
  std::function<PythonValue*(std::string_view)> variable;
  /// A call by its dotted name, with the object before the last dot if there is one.
  std::function<PythonValue(const std::string& callee, const PythonValue& before,
                            std::vector<PythonValue> positional,
                            std::vector<std::pair<std::string, PythonValue>> named)>
      call;
};

/// What it cannot read is unknown, with the text as it is.
PythonValue evaluate(std::string_view text, const PythonScope& scope);

}  // namespace gigawatt::interop
