#include "gigawatt/catalog/fitted_library.h"

#include <algorithm>

#include <fmt/format.h>

namespace gigawatt::catalog {
namespace {

/// The set's constants, and those of `base` that it lacks.
FittedSet laid_over(FittedSet set, const FittedSet& base) {
  for (const auto& p : base.parameters)
    if (!set.find(p.name)) set.parameters.push_back(p);
  return set;
}

}  // namespace

const FittedSet* FittedLibrary::own(std::string_view kind, std::string_view name) const {
  for (const auto& set : own_)
    if (set.kind == kind && set.name == name) return &set;
  return nullptr;
}

const FittedLibrary::Set& FittedLibrary::shipped(const std::filesystem::path& file) const {
  const auto known = shipped_.find(file);
  return known != shipped_.end() ? known->second : shipped_.emplace(file, read_fitted(file)).first->second;
}

const FittedLibrary::Set& FittedLibrary::laid_over_default(const std::string& name, const FittedSet& set,
                                                           const FittedSet& base) const {
  const auto known = found_.find(name);
  return known != found_.end() ? known->second : found_.emplace(name, laid_over(set, base)).first->second;
}

const FittedLibrary::Set& FittedLibrary::find(std::string_view kind,
                                              std::span<const std::string> candidates) const {
  const auto folder = folder_ / kind;
  const auto* own_default = own(kind, "default");
  const std::string default_name = fmt::format("{}/default", kind);
  const Set& base = own_default ? laid_over_default(default_name, *own_default, *own_default)
                                : shipped(folder / "default.toml");
  if (!base) return base;
  for (const auto& candidate : candidates) {
    if (candidate.empty()) continue;
    const std::string name = fmt::format("{}/{}", kind, candidate);
    if (const auto* mine = own(kind, candidate)) return laid_over_default(name, *mine, *base);
    const auto path = folder / (candidate + ".toml");
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) continue;
    const Set& set = shipped(path);
    return set ? laid_over_default(name, *set, *base) : set;
  }
  return base;
}

tl::expected<FittedSet, base::Diagnostics> FittedLibrary::only(std::string_view kind) const {
  const Set& set = shipped(folder_ / fmt::format("{}.toml", kind));
  const auto* mine = own(kind, kind);
  if (!set || !mine) return set;
  return laid_over(*mine, *set);
}

tl::expected<std::vector<FittedSet>, base::Diagnostics> read_own_sets(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(path, ignored)) return read_fitted_file(path);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
    if (entry.path().extension() == ".toml" && entry.path().filename() != "intervals.toml" &&
        entry.path().filename() != "training_fit.toml")
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<FittedSet> all;
  for (const auto& file : files) {
    auto sets = read_fitted_file(file);
    if (!sets) return sets;
    std::move(sets->begin(), sets->end(), std::back_inserter(all));
  }
  if (all.empty())
    return tl::unexpected(base::Diagnostics{
        base::error("no-calibration", fmt::format("{}: no calibration there", path.string()),
                    "write one with \"gigawatt calibrate --out\"")});
  return all;
}

}  // namespace gigawatt::catalog
