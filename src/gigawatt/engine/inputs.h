#pragma once
/// What a run is made from: the catalogue, the step model's constants, the software profiles, the scenario.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "gigawatt/base/diagnostic.h"
#include "gigawatt/catalog/catalog.h"
#include "gigawatt/engine/site_hours.h"
#include "gigawatt/scenario/scenario.h"
#include "gigawatt/step/calibration.h"
#include "gigawatt/step/software_catalog.h"

namespace gigawatt::engine {

class KnowledgeDigest;

/// All that is known, independent of a scenario.
struct Knowledge {
  catalog::Catalog catalog;
  step::Calibration calibration;
  step::SoftwareCatalog software;
  std::filesystem::path data;  ///< the folder that it was read from
  std::shared_ptr<const KnowledgeDigest>
      digest;  ///< of all in it that decides a plan (plan_memory.h); may be null
};

/// `own`: the user's own fitted constants, which go before the shipped ones (catalog/fitted_library.h).
tl::expected<Knowledge, base::Diagnostics> load_knowledge(const std::filesystem::path& data_dir,
                                                          std::vector<catalog::FittedSet> own = {});

struct Inputs {
  Knowledge knowledge;
  scenario::ResolvedScenario scenario;
  std::vector<HourlySite> hourly{};  ///< sites that are computed by the hour
};

/// A scenario's text on what is known. `name`: what messages call it; `folder`: where files that it names are looked for;
/// null: it may name none. `overrides` as in scenario::load. Every mistake is reported at once.
tl::expected<Inputs, base::Diagnostics> inputs_of(const Knowledge& knowledge, std::string_view text,
                                                  const std::string& name,
                                                  const std::vector<std::string>& overrides,
                                                  const std::filesystem::path* folder);
/// The same of a file, with the catalogue of a folder.
tl::expected<Inputs, base::Diagnostics> load_inputs(const std::filesystem::path& scenario_file,
                                                    const std::filesystem::path& data_dir,
                                                    const std::vector<std::string>& overrides = {},
                                                    std::vector<catalog::FittedSet> own = {});

}  // namespace gigawatt::engine
