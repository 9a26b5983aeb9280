#pragma once
/// The contents of a Catalog, and the index from names and aliases to entries. Private to this module.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gigawatt/catalog/catalog.h"

namespace gigawatt::catalog {

std::string lower_case(std::string_view text);

/// Names and aliases in lower case -> position.
struct NameIndex {
  std::string kind;
  std::unordered_map<std::string, std::size_t> positions;
  std::vector<std::string> names;  ///< canonical, in order

  /// False when the name is taken by another entry.
  bool add(std::string_view name, std::size_t position) {
    const auto [at, added] = positions.emplace(lower_case(name), position);
    return added || at->second == position;
  }
};

/// What to say when an index does not hold a name: near canonical names, else the names of near aliases.
NotFound not_found(std::string kind, std::string_view name, const NameIndex& index);

/// The entries of a kind, ascending by name.
template <typename T>
struct Entries {
  std::vector<T> all;
  NameIndex index{std::string(kKind<T>.word), {}, {}};
};

struct Catalog::Data {
  OfKinds<Entries> kinds;
  std::size_t cost_table = 0;  ///< position of the price table "construction"

  template <typename T>
  Entries<T>& of() {
    return std::get<Entries<T>>(kinds);
  }
  template <typename T>
  const Entries<T>& of() const {
    return std::get<Entries<T>>(kinds);
  }
};

}  // namespace gigawatt::catalog
