#pragma once
/// Software profiles as entries of the catalogue.

#include <vector>

#include "gigawatt/catalog/entry.h"
#include "gigawatt/step/software_catalog.h"

namespace gigawatt::engine {

inline constexpr const char* kSoftwareKind = "software";

std::vector<catalog::Entry> software_entries(const step::SoftwareCatalog& software);

}  // namespace gigawatt::engine
