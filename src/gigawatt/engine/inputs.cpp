#include "gigawatt/engine/inputs.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "gigawatt/config/toml.h"
#include "gigawatt/engine/own_model.h"
#include "gigawatt/engine/plan_memory.h"
#include "gigawatt/engine/software_entries.h"
#include "gigawatt/scenario/load.h"
#include "gigawatt/serving/engine.h"
#include "gigawatt/step/load_calibration.h"

namespace gigawatt::engine {
tl::expected<Knowledge, base::Diagnostics> load_knowledge(const std::filesystem::path& data_dir,
                                                          std::vector<catalog::FittedSet> own) {
  base::Diagnostics problems;
  const auto keep = [&problems](const auto& loaded) {
    if (!loaded) problems.insert(problems.end(), loaded.error().begin(), loaded.error().end());
  };
  auto digest = std::make_shared<const KnowledgeDigest>(data_dir, own);
  auto catalog = catalog::Catalog::load(data_dir);
  keep(catalog);
  const catalog::FittedLibrary library(data_dir / "calibration", std::move(own));
  auto software = step::load_software(data_dir / "software", library);
  keep(software);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  auto calibration = step::load_calibration(library, catalog->accelerators());
  if (!calibration) return tl::unexpected(std::move(calibration.error()));
  return Knowledge{std::move(*catalog), std::move(*calibration), std::move(*software), data_dir,
                   std::move(digest)};
}

namespace {

/// Pools of tokens name an engine that serves them.
base::Diagnostics unknown_engines(const scenario::ResolvedScenario& s, const std::filesystem::path& data) {
  base::Diagnostics problems;
  const scenario::Job usual;
  const bool own = std::any_of(s.jobs.begin(), s.jobs.end(),
                               [&](const scenario::Job& job) { return job.engine != usual.engine; });
  if (!own) return problems;
  const auto engines = serving::load_engines(data / "engines");
  if (!engines) return engines.error();
  std::vector<std::string> names;
  for (const auto& engine : *engines) names.push_back(engine.name);
  for (const auto& job : s.jobs)
    if (serving::find_engine(*engines, job.engine) == nullptr)
      problems.push_back(base::error(
          "unknown-name", fmt::format("job '{}': no serving engine '{}'", job.name, job.engine.substr(0, 60)),
          fmt::format("known: {}", fmt::join(names, ", "))));
  return problems;
}

tl::expected<Inputs, base::Diagnostics> inputs_with(const Knowledge& knowledge, std::string_view text,
                                                    const std::string& name,
                                                    const std::vector<std::string>& overrides,
                                                    const std::filesystem::path* folder) {
  auto scenario = scenario::load_text(std::string(text), name, knowledge.catalog, overrides,
                                      software_names(knowledge.software), folder);
  if (!scenario) return tl::unexpected(std::move(scenario.error()));
  if (auto wrong = unknown_engines(*scenario, knowledge.data); !wrong.empty())
    return tl::unexpected(std::move(wrong));
  auto hourly = prepare_hourly_sites(*scenario, knowledge.catalog, knowledge.data, folder);
  if (!hourly) return tl::unexpected(std::move(hourly.error()));
  return Inputs{knowledge, std::move(*scenario), std::move(*hourly)};
}

}  // namespace

tl::expected<Inputs, base::Diagnostics> inputs_of(const Knowledge& knowledge, std::string_view text,
                                                  const std::string& name,
                                                  const std::vector<std::string>& overrides,
                                                  const std::filesystem::path* folder) {
  if (folder != nullptr) {
    auto own = with_models_beside(knowledge, text, *folder);
    if (!own) return tl::unexpected(std::move(own.error()));
    if (*own) return inputs_with(**own, text, name, overrides, folder);
  }
  return inputs_with(knowledge, text, name, overrides, folder);
}

tl::expected<Inputs, base::Diagnostics> load_inputs(const std::filesystem::path& scenario_file,
                                                    const std::filesystem::path& data_dir,
                                                    const std::vector<std::string>& overrides,
                                                    std::vector<catalog::FittedSet> own) {
  const auto knowledge = load_knowledge(data_dir, std::move(own));
  if (!knowledge) return tl::unexpected(knowledge.error());
  const auto text = config::toml_text(scenario_file);
  if (!text) return tl::unexpected(text.error());
  const auto folder = scenario_file.parent_path();
  return inputs_of(*knowledge, (*text)->text, scenario_file.string(), overrides, &folder);
}

}  // namespace gigawatt::engine
