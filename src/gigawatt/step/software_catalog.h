#pragma once
/// Reads `data/software/*.toml` and picks the profile of a run from its framework and release.
///
/// A file holds one profile: its features (see `SoftwareProfile`), the framework names it stands for
/// (`frameworks`, compared without case as substrings, the longest match wins) and, for frameworks that change
/// with releases, the first release it describes (`from_release`, compared number by number: "25.11" < "26.02").

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/fitted_library.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/step/plan.h"
#include "gigawatt/step/software.h"
#include "gigawatt/step/software_features.h"

namespace gigawatt::step {

struct SoftwareEntry {
  SoftwareProfile profile;
  std::vector<std::string> frameworks;
  std::string from_release;
  std::string source;
};

/// The field table of a profile's file.
void fields(config::FieldVisitor& v, SoftwareEntry& entry);

class SoftwareCatalog {
 public:
  std::vector<SoftwareEntry> entries;  ///< in the order of their names
  SoftwareWords words;                 ///< features and fabrics that published runs name

  const SoftwareProfile* find(std::string_view name) const;

  /// The profile for a framework ("NeMo 2.0/Megatron") and release ("25.11"; may be empty: the newest that the
  /// framework name matches). An unknown framework gets `default_profile()`.
  const SoftwareProfile& choose(std::string_view framework, std::string_view release) const;

  /// The newest profile of a framework by one of its names ("Megatron-Bridge", "torchtitan"); null: none has it.
  const SoftwareProfile* newest(std::string_view framework) const;

  /// The newest profile that is marked as a default.
  const SoftwareProfile& default_profile() const;
};

/// Every profile of a folder, with the fitted host time of its class (`calibration`'s set "host"); all problems at once.
tl::expected<SoftwareCatalog, base::Diagnostics> load_software(const std::filesystem::path& folder,
                                                               const catalog::FittedLibrary& calibration);

/// -1, 0, 1 by the numbers in both texts from left to right.
int compare_releases(std::string_view a, std::string_view b);

}  // namespace gigawatt::step
