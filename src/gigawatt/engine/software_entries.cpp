#include "gigawatt/engine/software_entries.h"

namespace gigawatt::engine {

std::vector<catalog::Entry> software_entries(const step::SoftwareCatalog& software) {
  std::vector<catalog::Entry> out;
  for (const auto& entry : software.entries)
    out.push_back(catalog::entry_of(kSoftwareKind, entry.profile.name, entry.profile.title, entry));
  return out;
}

}  // namespace gigawatt::engine
