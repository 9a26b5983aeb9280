#pragma once
/// The JSON Schema of the catalogue's files, for editors.

#include <string>

namespace gigawatt::catalog {

/// One definition for each kind of entry that has files; a file is one of them. Those of a folder are named after it.
std::string catalog_schema();

}  // namespace gigawatt::catalog
