#include "gigawatt/engine/software_entries.h"

#include <algorithm>

namespace gigawatt::engine {

std::vector<catalog::Entry> software_entries(const step::SoftwareCatalog& software) {
  std::vector<catalog::Entry> out;
  for (const auto& entry : software.entries)
    out.push_back(catalog::entry_of(kSoftwareKind, entry.profile.name, entry.profile.title, entry));
  return out;
}

std::vector<std::string> software_names(const step::SoftwareCatalog& software) {
  std::vector<std::string> names;
  for (const auto& entry : software.entries) names.push_back(entry.profile.name);
  for (const auto& entry : software.entries)
    for (const auto& framework : entry.frameworks)
      if (std::find(names.begin(), names.end(), framework) == names.end()) names.push_back(framework);
  return names;
}

}  // namespace gigawatt::engine
