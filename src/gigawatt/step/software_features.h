#pragma once
/// What published runs state about their software beside its name and release, as named features that are data
/// (`data/software/words/features.toml`): each sets fields of a software profile. A table of runs names them in a
/// column; tables without that column are searched for the phrases in which people write them down.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/config/fields.h"
#include "gigawatt/config/node.h"
#include "gigawatt/step/software.h"

namespace gigawatt::step {

struct SoftwareFeature {
  std::string name;
  std::string doc;
  std::vector<std::string> phrases;  ///< whole words, any case
  std::vector<std::string> unless;   ///< phrases that say the contrary
  config::Node set;                  ///< fields of a profile
};

/// A kind of scale-out fabric (`kFabricNames`) and how people write it.
struct FabricWords {
  std::string name;
  std::vector<std::string> phrases;
};

struct SoftwareWords {
  std::string source;
  std::vector<SoftwareFeature> features;
  std::vector<FabricWords> fabrics;        ///< the first that matches counts
  std::vector<std::string> release_after;  ///< phrases after which a number stands for the release

  /// `profile` with these features; the message names an unknown feature and the nearest known one.
  tl::expected<SoftwareProfile, std::string> with(SoftwareProfile profile,
                                                  std::span<const std::string> names) const;

  /// Features whose phrases a text holds, in the order of the file.
  std::vector<std::string> features_in(std::string_view text) const;
  std::string fabric_in(std::string_view text) const;   ///< empty: none
  std::string release_in(std::string_view text) const;  ///< empty: none
};

/// Everything that a profile does, without what it is called: shared by profiles and features.
void behavior_fields(config::FieldVisitor& v, SoftwareProfile& profile);

/// Checked: every `set` holds fields of a profile, every fabric is a known one.
tl::expected<SoftwareWords, base::Diagnostics> read_features(const std::filesystem::path& file);

}  // namespace gigawatt::step
