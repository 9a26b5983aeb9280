#pragma once
/// Python's logical lines and blocks. Private to this module.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gigawatt::interop {

/// A statement with what is indented below it. Comments and documentation strings are gone, brackets are closed.
struct PythonStatement {
  std::string text;
  std::vector<PythonStatement> body;
};

std::vector<PythonStatement> python_statements(std::string_view text);

}  // namespace gigawatt::interop
