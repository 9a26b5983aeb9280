#pragma once
/// One thing that can be known by name, as lists and pages show it.

#include <string>
#include <vector>

#include "gigawatt/catalog/json_writer.h"

namespace gigawatt::catalog {

struct Entry {
  std::string kind;
  std::string name;
  std::string title;
  std::vector<std::string> aliases;
  nlohmann::ordered_json json;  ///< by its field table
};

/// Of a struct with a field table.
template <typename T>
Entry entry_of(std::string kind, std::string name, std::string title, T value) {
  JsonWriter writer;
  fields(writer, value);
  return {std::move(kind), std::move(name), std::move(title), {}, writer.take()};
}

}  // namespace gigawatt::catalog
