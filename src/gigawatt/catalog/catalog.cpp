#include "gigawatt/catalog/catalog.h"

#include <algorithm>
#include <array>

#include "gigawatt/base/nearest.h"
#include "gigawatt/catalog/catalog_data.h"

namespace gigawatt::catalog {
namespace {

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

template <typename T>
Found<T> Catalog::find(std::string_view name) const {
  const auto& [entries, index] = data_->of<T>();
  const auto found = index.positions.find(lower_case(name));
  if (found == index.positions.end()) return tl::unexpected(not_found(index.kind, name, index));
  return &entries[found->second];
}

template <typename T>
const std::vector<T>& Catalog::all() const {
  return data_->of<T>().all;
}

/// `find` and `all` of every kind. The variable is visible from outside, so that no compiler leaves them out.
template <typename... T>
constexpr auto functions_of(const std::tuple<T...>*) {
  return std::tuple(std::pair(&Catalog::find<T>, &Catalog::all<T>)...);
}
extern const decltype(functions_of(static_cast<const Kinds*>(nullptr))) kFunctionsOfKinds;
constinit const decltype(functions_of(static_cast<const Kinds*>(nullptr))) kFunctionsOfKinds =
    functions_of(static_cast<const Kinds*>(nullptr));

Found<Model> Catalog::model(std::string_view name) const {
  const Found<Model> found = find<Model>(name);
  if (found) return found;
  const std::string wanted = released_form(name);
  const auto& [models, index] = data_->of<Model>();
  const Model* variant = nullptr;
  for (const auto& [known, position] : index.positions) {
    if (released_form(known) != wanted) continue;
    if (variant != nullptr && variant != &models[position]) return found;
    variant = &models[position];
  }
  if (variant == nullptr) return found;
  return variant;
}

Catalog Catalog::with(Model model) const {
  const auto data = std::make_shared<Data>(*data_);
  auto& [models, index] = data->of<Model>();
  std::vector<std::string> names = model.aliases;
  names.push_back(model.name);
  for (const auto& name : names) index.positions[lower_case(name)] = models.size();
  models.push_back(std::move(model));
  return Catalog(data);
}

const FacilityDefaults& Catalog::facility() const { return all<FacilityDefaults>().front(); }
const CostDefaults& Catalog::cost() const { return all<PriceTable>()[data_->cost_table].cost; }

const Accelerator& Catalog::accelerator_of(const System& system) const {
  const auto& [entries, index] = data_->of<Accelerator>();
  return entries[index.positions.at(lower_case(system.accelerator))];
}

}  // namespace gigawatt::catalog
