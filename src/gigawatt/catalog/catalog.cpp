#include "gigawatt/catalog/catalog.h"

#include <algorithm>
#include <array>

#include "gigawatt/base/nearest.h"
#include "gigawatt/catalog/catalog_data.h"

namespace gigawatt::catalog {
namespace {

template <typename T>
Found<T> look_up(const NameIndex& index, const std::vector<T>& entries, std::string_view name) {
  const auto found = index.positions.find(lower_case(name));
  if (found == index.positions.end()) return tl::unexpected(not_found(index.kind, name, index));
  return &entries[found->second];
}

/// A checkpoint's name without its owner and without the words of releases that leave all sizes as they are: tuning,
/// number formats, dates ("meta-llama/Llama-3.1-8B-Instruct-FP8", "Qwen3-30B-A3B-Thinking-2507"). Versions stay.
std::string released_form(std::string_view name) {
  constexpr std::array<std::string_view, 20> kWords = {
      "instruct", "chat", "base", "it",   "hf",   "thinking", "fp8",  "fp4",  "nvfp4",   "mxfp4",
      "bf16",     "awq",  "gptq", "int4", "int8", "gguf",     "4bit", "8bit", "dynamic", "meta"};
  const std::string lower = lower_case(name.substr(name.rfind('/') + 1));
  std::string out;
  for (std::size_t begin = 0; begin <= lower.size();) {
    const std::size_t end = std::min(lower.find_first_of("-_", begin), lower.size());
    const std::string word = lower.substr(begin, end - begin);
    const bool date = word.size() == 4 && word.find_first_not_of("0123456789") == std::string::npos;
    if (!date && std::find(kWords.begin(), kWords.end(), word) == kWords.end()) out += word;
    begin = end + 1;
  }
  return out;
}

}  // namespace

NotFound not_found(std::string kind, std::string_view name, const NameIndex& index) {
  NotFound missing{std::move(kind), std::string(name), base::nearest_names(name, index.names)};
  if (!missing.nearest.empty()) return missing;
  std::vector<std::string> aliases;
  for (const auto& [alias, position] : index.positions) aliases.push_back(alias);
  std::sort(aliases.begin(), aliases.end());
  for (const auto& alias : base::nearest_names(name, aliases)) {
    const auto& canonical = index.names[index.positions.at(alias)];
    if (std::find(missing.nearest.begin(), missing.nearest.end(), canonical) == missing.nearest.end())
      missing.nearest.push_back(canonical);
  }
  return missing;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string NotFound::message() const {
  std::string text = "no " + kind + " '" + name.substr(0, 80) + "' in the catalogue";
  if (nearest.empty()) return text;
  text += ": did you mean ";
  for (std::size_t i = 0; i < nearest.size(); ++i)
    text += (i == 0 ? "'" : i + 1 == nearest.size() ? " or '" : ", '") + nearest[i] + "'";
  return text + "?";
}

Found<Accelerator> Catalog::accelerator(std::string_view name) const {
  return look_up(data_->accelerator_names, data_->accelerators, name);
}
Found<System> Catalog::system(std::string_view name) const {
  return look_up(data_->system_names, data_->systems, name);
}
Found<Model> Catalog::model(std::string_view name) const {
  const Found<Model> found = look_up(data_->model_names, data_->models, name);
  if (found) return found;
  const std::string wanted = released_form(name);
  const Model* variant = nullptr;
  for (const auto& [known, position] : data_->model_names.positions) {
    if (released_form(known) != wanted) continue;
    if (variant != nullptr && variant != &data_->models[position]) return found;
    variant = &data_->models[position];
  }
  if (variant == nullptr) return found;
  return variant;
}
Found<Network> Catalog::network(std::string_view name) const {
  return look_up(data_->network_names, data_->networks, name);
}
Found<Site> Catalog::site(std::string_view name) const {
  return look_up(data_->site_names, data_->sites, name);
}
Found<FailureTable> Catalog::failures(std::string_view name) const {
  return look_up(data_->failure_names, data_->failures, name);
}
Found<PriceTable> Catalog::prices(std::string_view name) const {
  return look_up(data_->price_names, data_->prices, name);
}
Found<GridRegion> Catalog::grid(std::string_view name) const {
  return look_up(data_->grid_names, data_->grids, name);
}
Found<CarbonRegion> Catalog::carbon_region(std::string_view name) const {
  return look_up(data_->carbon_names, data_->carbon_regions, name);
}
Found<Generator> Catalog::generator(std::string_view name) const {
  return look_up(data_->generator_names, data_->generators, name);
}
Found<CoolingKind> Catalog::cooling(std::string_view name) const {
  return look_up(data_->cooling_names, data_->facility.cooling, name);
}
Found<ReferenceFact> Catalog::fact(std::string_view name) const {
  return look_up(data_->fact_names, data_->facts, name);
}
Found<Source> Catalog::source(std::string_view key) const {
  return look_up(data_->source_names, data_->sources, key);
}

const std::vector<Accelerator>& Catalog::accelerators() const { return data_->accelerators; }
const std::vector<System>& Catalog::systems() const { return data_->systems; }
const std::vector<Model>& Catalog::models() const { return data_->models; }
const std::vector<Network>& Catalog::networks() const { return data_->networks; }
const std::vector<Site>& Catalog::sites() const { return data_->sites; }
const std::vector<FailureTable>& Catalog::failure_tables() const { return data_->failures; }
const std::vector<PriceTable>& Catalog::price_tables() const { return data_->prices; }
const std::vector<CarbonTable>& Catalog::carbon_tables() const { return data_->carbon; }
const std::vector<GridRegion>& Catalog::grids() const { return data_->grids; }
const std::vector<ReferenceFact>& Catalog::facts() const { return data_->facts; }
const std::vector<Source>& Catalog::sources() const { return data_->sources; }
const FacilityDefaults& Catalog::facility() const { return data_->facility; }
const CostDefaults& Catalog::cost() const { return data_->prices[data_->cost_table].cost; }

const Accelerator& Catalog::accelerator_of(const System& system) const {
  return data_->accelerators[data_->accelerator_names.positions.at(lower_case(system.accelerator))];
}

}  // namespace gigawatt::catalog
