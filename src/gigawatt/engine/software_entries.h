#pragma once
/// Software profiles as entries of the catalogue.

#include <string>
#include <vector>

#include "gigawatt/catalog/entry.h"
#include "gigawatt/step/software_catalog.h"

namespace gigawatt::engine {

inline constexpr const char* kSoftwareKind = "software";

std::vector<catalog::Entry> software_entries(const step::SoftwareCatalog& software);

/// What a scenario's job may name as its software: profiles, then frameworks, which stand for their newest profile.
std::vector<std::string> software_names(const step::SoftwareCatalog& software);

}  // namespace gigawatt::engine
